import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expireChildDataOfSessions, sessionKeys } from '../../src/features/sessions/index.ts';
import { arrange, type Arranged } from '../accounts/arrange.ts';
import { redisAvailable, startTestRedis, type TestRedis } from '../services/redis.ts';
import { agentsOf, heldBy } from './agents.ts';

describe.runIf(redisAvailable(import.meta.filename))('data of children in Redis', () => {
  let redis: TestRedis;
  let program: Arranged;
  beforeAll(async () => {
    redis = await startTestRedis();
    program = await arrange({ redisUrls: redis.urls });
  });
  afterAll(async () => {
    await program?.close();
    await redis?.close();
  });

  test('goes with the time that it is kept for; the next start loads what is left from the database', async () => {
    const agents = agentsOf(program);
    const { id, token } = heldBy(await agents.start('in-redis'));
    await agents.end(id, token, { child_name: 'Mia', seats: 4 });
    const { persistentContext } = sessionKeys(program.tenant, { inboxId: agents.inboxId, contactId: 'in-redis' });
    expect(await redis.client().exists(persistentContext)).toBe(1);
    program.clock.advance(31 * 86_400_000);
    expect(await expireChildDataOfSessions(program, { actor: { kind: 'system', id: 'test' }, requestId: 'test' })).toBe(1);
    expect(await redis.client().exists(persistentContext)).toBe(0);
    expect(await agents.start('in-redis')).toMatchObject({ loadedFrom: 'POSTGRES' });
    expect(await agents.see('in-redis', 'admin')).toMatchObject({ persistentContext: { seats: 4 } });
  });
});
