import { createCaches, type Caches } from '../platform/cache/caches.ts';
import { inNamespace } from '../platform/cache/cache-store.ts';
import { createInProcessStore } from '../platform/cache/in-process-store.ts';
import { noFastCopies, type FastCopies } from '../platform/fast-copies.ts';
import type { WorkerRegistry, HeartbeatPace } from '../platform/heartbeats.ts';
import type { Log } from '../platform/log.ts';
import type { Database } from '../platform/postgres/database.ts';
import { createMemoryRateLimiter, type RateLimiter, type RateRule } from '../platform/rate-limiter.ts';
import { createRedisCacheStore } from '../platform/redis/redis-cache-store.ts';
import { createRedisCopies } from '../platform/redis/redis-copies.ts';
import { createRedisRateLimiter } from '../platform/redis/redis-rate-limiter.ts';
import { createRedisWorkerRegistry } from '../platform/redis/redis-worker-registry.ts';
import { openRedis } from '../platform/redis/redis.ts';
import type { Dependency } from '../api/http/health.ts';
import { createInProcessChannels, type LiveChannels } from '../api/live/live-channels.ts';
import { createRedisChannels } from '../api/live/redis-channels.ts';
import { caches as declared } from './caches.ts';
import type { Releases } from './lifecycle.ts';

/** What is in Redis where there is one, and in the process where there is none. */
export interface RedisParts {
  readonly caches: Caches;
  readonly channels: LiveChannels;
  readonly copies: FastCopies;
  /** Null without Redis: no other process is heard of. */
  readonly registry: WorkerRegistry | null;
  readonly dependency: Dependency;
  /** Counts by key, for all processes together where there is Redis. `name` sets the keys apart. */
  rateLimiter(name: string, rule: RateRule): RateLimiter;
}

/** What these parts are made of. */
export interface RedisPartsOptions {
  readonly redisUrls: readonly string[] | null;
  readonly database: Database;
  /** The restore that the database comes from: what was cached before it is not answered any more. */
  readonly timelineId: string | null;
  readonly log: Log;
  readonly releases: Releases;
  readonly pace?: HeartbeatPace | undefined;
}

/** Opens the parts; the program starts and goes on without Redis all the same. */
export async function openRedisParts(options: RedisPartsOptions): Promise<RedisParts> {
  const { database, releases } = options;
  const parts = options.redisUrls ? await inRedis(options.redisUrls, options) : inProcess(options);
  releases.add('caches', () => parts.caches.close());
  releases.add('live channels', () => parts.channels.close());
  database.onCommitted((tenantId, facts) => parts.caches.forgetNow(tenantId, facts));
  return parts;
}

function inProcess({ database }: RedisPartsOptions): RedisParts {
  return {
    caches: createCaches(createInProcessStore({ doorbell: database.doorbell }), declared),
    channels: createInProcessChannels(),
    copies: noFastCopies,
    registry: null,
    dependency: { kind: 'in-process', check: async () => undefined },
    rateLimiter: createMemoryRateLimiter,
  };
}

async function inRedis(urls: readonly string[], { log, releases, pace, timelineId }: RedisPartsOptions): Promise<RedisParts> {
  const redis = await openRedis({ urls, log });
  releases.add('redis', () => redis.close());
  return {
    caches: createCaches(inNamespace(createRedisCacheStore(redis), timelineId), declared),
    channels: createRedisChannels(redis),
    copies: createRedisCopies(redis, timelineId),
    registry: createRedisWorkerRegistry(redis, pace),
    dependency: { kind: redis.kind, check: () => redis.ask((commands) => commands.ping()) },
    rateLimiter: (name, rule) => createRedisRateLimiter(redis, name, rule),
  };
}
