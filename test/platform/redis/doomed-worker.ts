import { FrozenClock } from '../../../src/platform/clock.ts';
import { startHeartbeats } from '../../../src/platform/heartbeats.ts';
import { createRedisWorkerRegistry } from '../../../src/platform/redis/redis-worker-registry.ts';
import { openRedis } from '../../../src/platform/redis/redis.ts';

/** A process with one worker that gives signs of life until it is killed. Arguments: the URLs of Redis. */
const pace = { every: 50, deadAfter: 400, forgetAfter: 2_500 };
const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const redis = await openRedis({ urls: process.argv.slice(2), log });
startHeartbeats({ roles: ['context-engine'], registry: createRedisWorkerRegistry(redis, pace), clock: new FrozenClock('2026-11-21T08:00:00.000Z'), pace });
console.log('it lives');
