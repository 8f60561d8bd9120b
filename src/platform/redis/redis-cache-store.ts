import { z } from 'zod';
import type { CacheKey, CacheStore } from '../cache/cache-store.ts';
import { redisScript, type RedisServer } from './redis.ts';

/** How long a key that was forgotten is remembered as such, and how old a snapshot may be whose rows are stored. Seconds. */
const remembered = 60;
const oldest = 30;

// An entry is '=' and its text, a forgotten key '!' and the server's time of that. One clock, the server's own, tells
// what came first; processes only tell how long ago their snapshot was opened. All keys of a call are one tenant's and
// carry it as their hash tag, so they lie in one slot of a cluster.
const time = `local t = redis.call('TIME')  local now = t[1] * 1000 + math.floor(t[2] / 1000)`;
const lookup = redisScript(`${time}
local found = redis.call('MGET', unpack(KEYS))
local texts = {}
for i = 1, #KEYS do
  local value = found[i]
  if value and string.sub(value, 1, 1) == '=' then texts[i] = string.sub(value, 2) else texts[i] = false end
end
return { now, texts }`);
const fill = redisScript(`local since = tonumber(ARGV[1])
for i = 1, #KEYS do
  local present = redis.call('GET', KEYS[i])
  if not (present and string.sub(present, 1, 1) == '!' and tonumber(string.sub(present, 2)) >= since) then
    redis.call('SET', KEYS[i], '=' .. ARGV[i * 2], 'EX', ARGV[i * 2 + 1])
  end
end`);
const forget = redisScript(`${time}
for i = 1, #KEYS do redis.call('SET', KEYS[i], '!' .. string.format('%d', now), 'EX', ${remembered}) end`);

/** How often keys that could not be forgotten are tried again, in milliseconds, and how many are remembered at most. */
const settleEvery = 500;
const mostOwed = 100_000;

const looked = z.tuple([z.int(), z.array(z.string().nullable())]);

/**
 * A store in Redis, which all processes share. It is not told to load once over all processes: a lock would cost every
 * miss one more round trip and make Redis something that is waited for, to save at most one short statement a process.
 */
export function createRedisCacheStore(redis: RedisServer): CacheStore {
  // What could not be forgotten while Redis was away is, as soon as it is back: it may have kept what it held. Should this
  // process end before, the event on the bus is what remains.
  const owed = new Set<CacheKey>();
  // A Redis that is full still deletes; it only refuses to remember, and then it refuses late fills, too.
  const forgetAll = async (keys: readonly CacheKey[]): Promise<void> => {
    await redis.ask((commands) => commands.unlink(...keys));
    await redis.ask((commands) => forget(commands, keys, []));
  };
  const settle = async (): Promise<void> => {
    const byTenant = Map.groupBy([...owed].slice(0, 1_000), (key) => key.slice(key.indexOf('{'), key.indexOf('}')));
    for (const keys of byTenant.values()) {
      await forgetAll(keys);
      for (const key of keys) owed.delete(key);
    }
  };
  const timer = setInterval(() => void (owed.size > 0 && settle().catch(() => undefined)), settleEvery);
  timer.unref();

  return {
    kind: redis.kind,
    async lookup(keys) {
      const [now, texts] = looked.parse(await redis.ask((commands) => lookup(commands, keys, [])));
      const answeredAt = performance.now();
      return {
        texts,
        async fill(entries, since) {
          // Told at the latest when the answer came, so the snapshot is taken for older than it is, never for younger.
          const age = Math.max(0, Math.ceil(answeredAt - since));
          if (performance.now() - since > oldest * 1_000) return;
          await redis.ask((commands) => fill(commands, entries.map(({ key }) => key), [now - age, ...entries.flatMap(({ text, seconds }) => [text, seconds])]));
        },
      };
    },
    async forget(keys) {
      try {
        await forgetAll(keys);
      } catch (error) {
        for (const key of keys) if (owed.size < mostOwed) owed.add(key);
        throw error;
      }
    },
    fellBack: (error) => redis.fellBack(error),
    close: () => clearInterval(timer),
  };
}
