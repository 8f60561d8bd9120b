import { z } from 'zod';
import type { FastCopies, FoundCopy } from '../fast-copies.ts';
import { redisScript, type RedisConnection, type RedisServer } from './redis.ts';

// A copy is its version, a colon and its text.
const write = redisScript(`for i = 1, #KEYS do
  local present = redis.call('GET', KEYS[i])
  local version = present and tonumber(string.match(present, '^(%d+):'))
  if not (version and version > tonumber(ARGV[i * 3 - 2])) then
    redis.call('SET', KEYS[i], ARGV[i * 3 - 2] .. ':' .. ARGV[i * 3 - 1], 'EX', ARGV[i * 3])
  end
end`);
const lock = redisScript(`if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return ARGV[1] end
return redis.call('GET', KEYS[1])`);
const release = redisScript(`if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', unpack(KEYS)) end`);
const append = redisScript(`redis.call('RPUSH', KEYS[1], unpack(ARGV, 2))
redis.call('EXPIRE', KEYS[1], ARGV[1])`);
const settle = redisScript(`for _, item in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  local number = tonumber(item)
  if number and number > tonumber(ARGV[1]) then return end
end
redis.call('DEL', KEYS[1])
if ARGV[2] ~= '' then
  redis.call('RPUSH', KEYS[1], ARGV[2])
  redis.call('EXPIRE', KEYS[1], ARGV[3])
end`);

const texts = z.array(z.string().nullable());
/** Items of a list that travel in one command. */
const itemsAtOnce = 1_000;

/** Copies in Redis. `namespace` sets those of a restored database apart from those that were made before. */
export function createRedisCopies(redis: RedisServer, namespace: string | null): FastCopies {
  const named = (key: string): string => (namespace === null ? key : `${namespace}:${key}`);
  const attempt = async <Result>(question: (commands: RedisConnection) => Promise<Result>, otherwise: Result): Promise<Result> => {
    try {
      return await redis.ask(question);
    } catch (error) {
      redis.fellBack(error);
      return otherwise;
    }
  };
  return {
    kind: redis.kind,
    read: (keys) => attempt(async (commands) => texts.parse(await commands.mget(keys.map(named))).map(readCopy), keys.map(() => null)),
    write: (copies) => attempt(async (commands) => void (await write(commands, copies.map(({ key }) => named(key)), copies.flatMap(({ version, text, seconds }) => [version, text, seconds]))), undefined),
    lock: ({ key, id, milliseconds }) => attempt(async (commands) => z.string().nullable().parse(await lock(commands, [named(key)], [id, milliseconds])), null),
    take: ({ key, id, milliseconds }) => attempt(async (commands) => void (await commands.set(named(key), id, 'PX', milliseconds)), undefined),
    release: ({ key, id }, keys) => attempt(async (commands) => void (await release(commands, [named(key), ...keys.map(named)], [id])), undefined),
    append: ({ key, items, seconds }) => attempt(async (commands) => {
      for (let at = 0; at < items.length; at += itemsAtOnce) await append(commands, [named(key)], [seconds, ...items.slice(at, at + itemsAtOnce)]);
    }, undefined),
    firstItems: (key) => attempt<readonly string[] | null>((commands) => commands.lrange(named(key), 0, 1), null),
    settle: ({ key, upTo, item, seconds }) => attempt(async (commands) => void (await settle(commands, [named(key)], [upTo, item ?? '', seconds])), undefined),
    forget: (keys) => attempt(async (commands) => {
      await commands.unlink(...keys.map(named));
      return true;
    }, false),
  };
}

function readCopy(text: string | null): FoundCopy | null {
  const [, version, value] = /^(\d{1,15}):(.*)$/s.exec(text ?? '') ?? [];
  return version === undefined || value === undefined ? null : { version: Number(version), text: value };
}
