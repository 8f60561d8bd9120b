import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';
import { rateLimiterOver, type RateLimiter, type RateRule } from '../rate-limiter.ts';
import { redisScript, RedisAway, type RedisScript, type RedisServer } from './redis.ts';

/** How long a request waits for the shared count before this process counts by itself. Milliseconds. */
const patience = 100;
/** How long it then does not ask again. Milliseconds. */
const rest = 1_000;

/**
 * Counts in Redis, for all processes together, in one round trip. While Redis is away or slow each process counts in its
 * own memory: the limit then holds for each process, and no request waits.
 */
export function createRedisRateLimiter(redis: RedisServer, name: string, rule: RateRule): RateLimiter {
  const options = { keyPrefix: `rate:${name}`, points: rule.points, duration: rule.seconds };
  const insurance = new RateLimiterMemory(options);
  return rateLimiterOver(new RateLimiterRedis({ ...options, storeClient: limiterClient(redis), insuranceLimiter: insurance }), rule);
}

/** The part of an ioredis client that the library uses to count, over a Redis that is never waited for. */
function limiterClient(redis: RedisServer) {
  let script: RedisScript | null = null;
  let resting = 0;
  return {
    defineCommand(_name: string, { lua }: { readonly lua: string }) {
      script = redisScript(lua);
    },
    async rlflxIncr([key, ...values]: readonly string[]): Promise<unknown> {
      if (!script || key === undefined || performance.now() < resting) throw new RedisAway(new Error('it did not answer a moment ago'));
      const count = script;
      try {
        return await answered(redis.ask((commands) => count(commands, [key], values)));
      } catch (error) {
        resting = performance.now() + rest;
        redis.fellBack(error);
        throw error;
      }
    },
  };
}

/** Waits for an answer, and gives up only after what has arrived was read: a busy process is not a slow Redis. */
async function answered<Answer>(answer: Promise<Answer>): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => setImmediate(() => reject(new RedisAway(new Error(`it did not answer within ${patience} ms`)))), patience);
  });
  answer.catch(() => undefined);
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
