import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCaches, type Cache } from '../../../src/platform/cache/caches.ts';
import type { Log } from '../../../src/platform/log.ts';
import { createRedisCacheStore } from '../../../src/platform/redis/redis-cache-store.ts';
import { openRedis, RedisAway, type RedisServer } from '../../../src/platform/redis/redis.ts';
import { metric } from '../../harness/live-client.ts';
import { until } from '../../harness/program.ts';
import { givenRedis, redisAvailable, startTestRedis, type TestRedis } from '../../services/redis.ts';
import { cacheContract, newTenant, rows, Table, type StorePair } from '../cache/cache-contract.ts';

const available = redisAvailable(import.meta.filename);
const lines: { level: string; message: string }[] = [];
const note = (level: string) => (_fields: unknown, message?: string): void => void lines.push({ level, message: message ?? '' });
const log = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') } satisfies Log;
const declared = [rows] as unknown as readonly Cache<never>[];

describe.runIf(available).each([['redis', false], ['a cluster of one node', true]])('%s', (name, cluster) => {
  let server: TestRedis;
  let redis: RedisServer;
  let other: RedisServer;
  let pair: StorePair;
  beforeAll(async () => {
    server = await startTestRedis({ cluster });
    redis = await openRedis({ urls: server.urls, log });
    other = await openRedis({ urls: server.urls, log });
    pair = { here: createRedisCacheStore(redis), there: createRedisCacheStore(other), poison: (key, text) => server.client().set(key, text), settled: async () => undefined };
  });
  afterAll(async () => {
    await redis?.close();
    await other?.close();
    await server?.close();
  });

  cacheContract(name, () => pair);

  it('keeps a tenant\'s keys of all caches in one slot', async () => {
    const tenant = newTenant();
    const slots = await Promise.all(['ctx', 'profile', 'scoring_model'].map((cache) => server.client().cluster('KEYSLOT', `${cache}:{${tenant}}:a`).catch(() => 'no cluster')));
    expect(new Set(slots).size).toBe(1);
    expect(slots[0]).toEqual(cluster ? expect.any(Number) : 'no cluster');
  });

  it('while it is away answers come from the source at once, with one line in the log; when it is back it is used again', async () => {
    const caches = createCaches(createRedisCacheStore(redis), declared);
    const [table, tenant] = [new Table(), newTenant()];
    table.content.set('a', 1);
    await server.stop();
    lines.length = 0;
    const before = await metric('cache_fallbacks_total');
    for (let times = 0; times < 50; times += 1) expect(await table.ask(caches, tenant, ['a'])).toEqual([{ id: 'a', value: 1 }]);
    expect(table.asked).toHaveLength(50);
    expect(await metric('cache_fallbacks_total') - before).toBe(50);
    expect(lines.filter(({ message }) => message === 'redis_unavailable, falling_back_to_backend')).toEqual([{ level: 'warn', message: 'redis_unavailable, falling_back_to_backend' }]);
    await expect(caches.forget(tenant, [{ kind: 'row.changed', accountId: null, data: { id: 'a' } }])).rejects.toBeInstanceOf(RedisAway);
    await caches.forgetNow(tenant, [{ kind: 'row.changed', accountId: null, data: { id: 'a' } }]);

    await server.start();
    await until('answers come from Redis again', async () => {
      const asked = table.asked.length;
      await table.ask(caches, tenant, ['a']);
      return table.asked.length === asked;
    });
  });

  it('that takes questions and answers none is given up soon, and asked again when it answers', async () => {
    const caches = createCaches(createRedisCacheStore(redis), declared);
    const [table, tenant] = [new Table(), newTenant()];
    table.content.set('a', 1);
    await table.ask(caches, tenant, ['a']);
    server.freeze();
    try {
      for (let times = 0; times < 10; times += 1) expect(await table.ask(caches, tenant, ['a'])).toEqual([{ id: 'a', value: 1 }]);
    } finally {
      server.thaw();
    }
    await until('answers come from Redis again', async () => {
      const asked = table.asked.length;
      await table.ask(caches, tenant, ['a']);
      return table.asked.length === asked;
    });
  });

  it('that refuses to store more is only not stored in', async () => {
    const caches = createCaches(createRedisCacheStore(redis), declared);
    const [table, tenant] = [new Table(), newTenant()];
    table.content.set('a', 1);
    await server.client().config('SET', 'maxmemory', '1');
    try {
      for (let times = 0; times < 3; times += 1) expect(await table.ask(caches, tenant, ['a'])).toEqual([{ id: 'a', value: 1 }]);
    } finally {
      await server.client().config('SET', 'maxmemory', '0');
    }
  });
});

if (givenRedis) {
  const urls = givenRedis;
  describe('the Redis of REDIS_URL', () => {
    let ends: RedisServer[];
    let pair: StorePair;
    beforeAll(async () => {
      ends = [await openRedis({ urls, log }), await openRedis({ urls, log })];
      const [here, there] = ends.map(createRedisCacheStore) as [StorePair['here'], StorePair['there']];
      pair = { here, there, poison: null, settled: async () => undefined };
    });
    afterAll(() => Promise.all(ends.map((each) => each.close())));
    cacheContract('the Redis of REDIS_URL', () => pair);
  });
}

it('a program starts without the Redis it was told of', async () => {
  const redis = await openRedis({ urls: ['redis://127.0.0.1:1'], log });
  await expect(redis.ask((commands) => commands.ping())).rejects.toBeInstanceOf(RedisAway);
  await redis.close();
});
