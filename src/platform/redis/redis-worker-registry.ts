import { z } from 'zod';
import { usualPace, type HeartbeatPace, type SeenWorker, type Worker, type WorkerRegistry } from '../heartbeats.ts';
import { redisScript, type RedisServer } from './redis.ts';

/** The braces keep all of it in one slot of a cluster. */
const prefix = 'heartbeat:{workers}';
/** Every worker heard of, and when, by the server's clock. */
const seenWorkers = `${prefix}:known`;
const seenAt = `${prefix}:seen`;
const keyOf = ({ role, id }: Pick<Worker, 'role' | 'id'>): string => `${prefix}:${role}:${id}`;

const time = `local t = redis.call('TIME')  local now = t[1] * 1000 + math.floor(t[2] / 1000)`;
const beat = redisScript(`${time}
for i = 3, #KEYS do
  redis.call('SET', KEYS[i], '1', 'PX', ARGV[1])
  redis.call('HSET', KEYS[1], KEYS[i], ARGV[i - 1])
  redis.call('ZADD', KEYS[2], now, KEYS[i])
end`);
const leave = redisScript(`for i = 3, #KEYS do
  redis.call('DEL', KEYS[i])
  redis.call('HDEL', KEYS[1], KEYS[i])
  redis.call('ZREM', KEYS[2], KEYS[i])
end`);
const list = redisScript(`${time}
for _, old in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now - ARGV[1])) do
  redis.call('HDEL', KEYS[1], old)
  redis.call('ZREM', KEYS[2], old)
end
return redis.call('HGETALL', KEYS[1])`);

const listed = z.array(z.string());
const kept = z.object({ id: z.string(), role: z.string(), process: z.int(), host: z.string(), startedAt: z.string(), lastSeenAt: z.string() });

/**
 * The registry of workers in Redis. A worker's own key expires when it is not renewed; beside it stands who has been
 * heard of, so that one that died is still told, for a while, from one that never was.
 */
export function createRedisWorkerRegistry(redis: RedisServer, pace: HeartbeatPace = usualPace): WorkerRegistry {
  return {
    kind: redis.kind,
    async beat(workers, at) {
      const texts = workers.map((worker) => JSON.stringify({ ...worker, lastSeenAt: at }));
      await redis.ask((commands) => beat(commands, [seenWorkers, seenAt, ...workers.map(keyOf)], [pace.deadAfter, ...texts]));
    },
    async leave(workers) {
      await redis.ask((commands) => leave(commands, [seenWorkers, seenAt, ...workers.map(keyOf)], []));
    },
    async list() {
      const fields = listed.parse(await redis.ask((commands) => list(commands, [seenWorkers, seenAt], [pace.forgetAfter])));
      const known = fields.flatMap((text, index) => (index % 2 === 1 ? read(text) : []));
      if (known.length === 0) return [];
      const alive = await redis.ask((commands) => commands.mget(known.map(keyOf)));
      return known
        .map((worker, index): SeenWorker => ({ ...worker, status: alive[index] === null ? 'dead' : 'running' }))
        .toSorted((one, other) => one.role.localeCompare(other.role) || one.id.localeCompare(other.id));
    },
  };
}

function read(text: string): z.infer<typeof kept>[] {
  try {
    return [kept.parse(JSON.parse(text))];
  } catch {
    // Written by another version of the program.
    return [];
  }
}
