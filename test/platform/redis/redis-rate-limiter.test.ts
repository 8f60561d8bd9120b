import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Log } from '../../../src/platform/log.ts';
import type { RateLimiter } from '../../../src/platform/rate-limiter.ts';
import { createRedisRateLimiter } from '../../../src/platform/redis/redis-rate-limiter.ts';
import { openRedis, type RedisServer } from '../../../src/platform/redis/redis.ts';
import { until } from '../../harness/program.ts';
import { redisAvailable, startTestRedis, type TestRedis } from '../../services/redis.ts';

const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined } satisfies Log;
const rule = { points: 10, seconds: 3_600 };
let keys = 0;

describe.runIf(redisAvailable(import.meta.filename)).each([['one Redis', false], ['a cluster of one node', true]])('a rate limit of two processes, on %s', (_name, cluster) => {
  let server: TestRedis;
  let connections: RedisServer[];
  let one: RateLimiter;
  let other: RateLimiter;
  beforeAll(async () => {
    server = await startTestRedis({ cluster });
    connections = await Promise.all([1, 2].map(() => openRedis({ urls: server.urls, log })));
    [one, other] = connections.map((redis) => createRedisRateLimiter(redis, 'test', rule)) as [RateLimiter, RateLimiter];
  });
  afterAll(async () => {
    for (const redis of connections ?? []) await redis.close();
    await server?.close();
  });
  const newKey = (): string => `{tenant}:caller-${(keys += 1)}`;
  const commands = async (): Promise<number> => Number(/total_commands_processed:(\d+)/.exec(await server.client().info('stats'))?.[1]);
  /** The limiters count in Redis again: they did not ask for a moment after it failed. */
  const counted = (): Promise<unknown> => until('both count in Redis', async () => {
    const key = newKey();
    await one.take(key, 4);
    return (await other.take(key, 4)).remaining === 2;
  });

  it('is one limit', async () => {
    const key = newKey();
    expect(await one.take(key, 6)).toMatchObject({ allowed: true, remaining: 4 });
    expect(await other.take(key, 6)).toMatchObject({ allowed: false, remaining: 0 });
    expect(other.refusedFor(key)).toBeGreaterThan(0);
    // The other process learns of it with its next request.
    expect(one.refusedFor(key)).toBe(0);
    expect(await one.take(key, 1)).toMatchObject({ allowed: false });
    expect(one.refusedFor(key)).toBeGreaterThan(0);
  });

  it('asks Redis once for each request', async () => {
    await one.take(newKey(), 1);
    const before = await commands();
    for (let times = 0; times < 20; times += 1) await one.take(newKey(), 1);
    // A script counts as itself and as the commands that it calls; INFO is one more.
    expect(await commands() - before).toBeLessThanOrEqual(20 * 5 + 1);
    const calls = await server.client().info('commandstats');
    expect(calls).toMatch(/cmdstat_evalsha/);
  });

  it('is each process\'s own while Redis is gone, and one again when it is back', async () => {
    await server.stop();
    const key = newKey();
    expect(await one.take(key, 10)).toMatchObject({ allowed: true, remaining: 0 });
    expect(await one.take(key, 1)).toMatchObject({ allowed: false });
    expect(await other.take(key, 10)).toMatchObject({ allowed: true });
    await server.start();
    await counted();
  });

  it('waits for a Redis that does not answer once, and then does not ask it for a while', async () => {
    server.freeze();
    try {
      const key = newKey();
      const burst = await Promise.all(Array.from({ length: 30 }, () => one.take(key, 1)));
      expect(burst.filter(({ allowed }) => allowed)).toHaveLength(10);
      // None of these waits for an answer: all are done before a timer of no length.
      const order: string[] = [];
      const late = new Promise<void>((resolve) => setTimeout(() => resolve(void order.push('timer')), 0));
      await Promise.all(Array.from({ length: 30 }, () => one.take(newKey(), 1))).then(() => order.push('taken'));
      await late;
      expect(order[0]).toBe('taken');
    } finally {
      server.thaw();
    }
    await counted();
  });
});
