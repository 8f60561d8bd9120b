import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FrozenClock } from '../../../src/platform/clock.ts';
import { startHeartbeats, type Heartbeats, type HeartbeatPace } from '../../../src/platform/heartbeats.ts';
import type { Log } from '../../../src/platform/log.ts';
import { createRedisWorkerRegistry } from '../../../src/platform/redis/redis-worker-registry.ts';
import { openRedis, type RedisServer } from '../../../src/platform/redis/redis.ts';
import { until } from '../../harness/program.ts';
import { redisAvailable, startTestRedis, type TestRedis } from '../../services/redis.ts';

const log: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const clock = new FrozenClock('2026-11-21T09:00:00.000Z');
const pace: HeartbeatPace = { every: 50, deadAfter: 400, forgetAfter: 2_500 };

describe('without Redis', () => {
  it('a process tells of its own workers, and that it knows of no others', async () => {
    const heartbeats = startHeartbeats({ roles: ['api', 'scheduler'], registry: null, clock });
    const { workers, registry } = await heartbeats.list();
    expect(registry).toEqual({ kind: 'in-process', status: 'up' });
    expect(workers).toEqual(['api', 'scheduler'].map((role) => ({ id: expect.any(String), role, status: 'running', process: process.pid, host: expect.any(String), startedAt: '2026-11-21T09:00:00.000Z', lastSeenAt: '2026-11-21T09:00:00.000Z' })));
    await heartbeats.stop();
  });
});

describe.runIf(redisAvailable(import.meta.filename)).each([['redis', false], ['a cluster of one node', true]])('with %s', (_name, cluster) => {
  let server: TestRedis;
  let redis: RedisServer;
  const begun: Heartbeats[] = [];
  const children: ChildProcess[] = [];
  beforeAll(async () => {
    server = await startTestRedis({ cluster });
    redis = await openRedis({ urls: server.urls, log });
  });
  afterAll(async () => {
    for (const heartbeats of begun) await heartbeats.stop();
    for (const child of children) child.kill('SIGKILL');
    await redis?.close();
    await server?.close();
  });

  const begin = (roles: readonly string[]): Heartbeats => {
    const heartbeats = startHeartbeats({ roles, registry: createRedisWorkerRegistry(redis, pace), clock, pace });
    begun.push(heartbeats);
    return heartbeats;
  };
  const seen = async (heartbeats: Heartbeats): Promise<string[]> => (await heartbeats.list()).workers.map(({ role, status, process: pid }) => `${role} ${status}${pid === process.pid ? '' : ' elsewhere'}`).sort();

  it('a worker that was killed is told from a live one of its kind, and forgotten after a while; one that stops is taken off', async () => {
    const watching = begin(['api']);
    const stopping = begin(['context-engine']);
    const doomed = spawn(process.execPath, ['--import', 'tsx', new URL('doomed-worker.ts', import.meta.url).pathname, ...server.urls], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(doomed);
    await once(doomed.stdout, 'data');
    await until('all three are heard of', async () => JSON.stringify(await seen(watching)) === JSON.stringify(['api running', 'context-engine running', 'context-engine running elsewhere']));
    expect((await watching.list()).registry).toEqual({ kind: cluster ? 'redis-cluster' : 'redis', status: 'up' });

    doomed.kill('SIGKILL');
    await until('the dead one is told', async () => (await seen(watching)).includes('context-engine dead elsewhere'));
    expect(await seen(watching)).toEqual(['api running', 'context-engine dead elsewhere', 'context-engine running']);
    const dead = (await watching.list()).workers.find(({ status }) => status === 'dead');
    expect(dead).toEqual({ id: expect.any(String), role: 'context-engine', status: 'dead', process: doomed.pid, host: expect.any(String), startedAt: '2026-11-21T08:00:00.000Z', lastSeenAt: '2026-11-21T08:00:00.000Z' });

    await stopping.stop();
    await until('it is taken off', async () => !(await seen(watching)).includes('context-engine running'));
    await until('the dead one is forgotten', async () => JSON.stringify(await seen(watching)) === '["api running"]');
  });

  it('while Redis is away a process tells of its own, and of all once it is back', async () => {
    const [watching, other] = [begin(['api']), begin(['scheduler'])];
    await until('both are heard of', async () => (await seen(watching)).includes('scheduler running'));
    await server.stop();
    const { workers, registry } = await watching.list();
    expect([workers.map(({ role, status }) => [role, status]), registry.status]).toEqual([[['api', 'running']], 'down']);
    await server.start();
    await until('they are heard of again', async () => (await seen(watching)).includes('scheduler running'));
    await other.stop();
  });

  it('what another version of the program wrote is left out', async () => {
    const watching = begin(['api']);
    await server.client().hset('heartbeat:{workers}:known', 'heartbeat:{workers}:api:x', 'not json', 'heartbeat:{workers}:api:y', '{"id":"y"}');
    await until('it is heard of', async () => (await watching.list()).registry.status === 'up');
    expect((await watching.list()).workers.map(({ id }) => id)).not.toContain('y');
  });
});
