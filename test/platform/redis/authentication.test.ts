import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Log } from '../../../src/platform/log.ts';
import { openRedis, RedisAway } from '../../../src/platform/redis/redis.ts';
import { redisAvailable, startTestRedis, type TestRedis } from '../../services/redis.ts';

const lines: string[] = [];
const log: Log = { debug: () => undefined, info: () => undefined, warn: (fields: unknown) => void lines.push(JSON.stringify(fields)), error: () => undefined };

describe.runIf(redisAvailable(import.meta.filename)).each([['redis', false], ['a cluster of one node', true]])('%s with a password', (_name, cluster) => {
  let server: TestRedis;
  beforeAll(async () => {
    server = await startTestRedis({ cluster });
    await server.client().call('ACL', 'SETUSER', 'app', 'on', '>p@ss/word', '~*', '&*', '+@all');
    await server.client().call('ACL', 'SETUSER', 'default', 'off');
  });
  afterAll(() => server?.close());

  const open = (login: string) => openRedis({ urls: server.urls.map((url) => url.replace('redis://', `redis://${login}`)), log });

  it('is used with the login of the URL', async () => {
    const redis = await open('app:p%40ss%2Fword@');
    expect(await redis.ask((commands) => commands.set('key', 'value'))).toBe('OK');
    expect(await redis.ask((commands) => commands.get('key'))).toBe('value');
    await redis.close();
  });

  it.each(['app:wrong@', ''])('is away for the login "%s", and the error tells no secret', async (login) => {
    lines.length = 0;
    const redis = await open(login);
    const error: unknown = await redis.ask((commands) => commands.set('key', 'secret value')).catch((fault: unknown) => fault);
    expect(error).toBeInstanceOf(RedisAway);
    expect(JSON.stringify([error, error instanceof RedisAway ? error.cause : null, String(error)])).not.toMatch(/secret value|wrong/);
    if (!cluster) expect(lines.at(-1)).toMatch(/WRONGPASS|NOAUTH|invalid|required/i);
    await redis.close();
  });
});
