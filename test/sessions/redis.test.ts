import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sessionKeys } from '../../src/features/sessions/index.ts';
import { arrange, type Arranged } from '../accounts/arrange.ts';
import { until } from '../harness/program.ts';
import { redisAvailable, startTestRedis, type TestRedis } from '../services/redis.ts';
import { agentsOf, heldBy } from './agents.ts';

describe.runIf(redisAvailable(import.meta.filename))('copies of sessions in Redis', () => {
  let redis: TestRedis;
  let program: Arranged;
  let agents: ReturnType<typeof agentsOf>;
  let contact = 0;
  beforeAll(async () => {
    redis = await startTestRedis();
    program = await arrange({ redisUrls: redis.urls });
    agents = agentsOf(program);
  });
  beforeEach(() => void (contact += 1));
  afterAll(async () => {
    await program?.close();
    await redis?.close();
  });

  const keys = () => sessionKeys(program.tenant, { inboxId: agents.inboxId, contactId: String(contact) });
  const listed = async (): Promise<string[]> => (await redis.client().keys(`*_${contact}}:*`)).toSorted();

  test('the four keys carry the hash tag of the session and their times to live; values are sealed; the end leaves the persistent context alone', async () => {
    const { id, token } = heldBy(await agents.start(String(contact)));
    await agents.step(id, token, 'step', { secret: 'word' });
    await agents.queue(String(contact), [{ key: 'm', body: 'secret words' }]);
    const { activeContext, persistentContext, sessionLock, newMessages } = keys();
    expect(activeContext).toBe(`sess:{${program.tenant}:74274_${contact}}:active_context`);
    expect(await listed()).toEqual([activeContext, newMessages, sessionLock].toSorted());
    const times = await Promise.all([activeContext, newMessages, sessionLock].map((key) => redis.client().ttl(key)));
    for (const [index, most] of [3_600, 300, 300].entries()) {
      expect(times[index]).toBeGreaterThan(most - 20);
      expect(times[index]).toBeLessThanOrEqual(most);
    }
    const text = Buffer.from((await redis.client().get(activeContext))?.split(':')[1] ?? '', 'base64').toString('latin1');
    expect(text).not.toMatch(/secret|word/);
    await agents.drain(id, token);
    await agents.end(id, token, { secret: 'kept' });
    expect(await listed()).toEqual([persistentContext]);
    const ttl = await redis.client().ttl(persistentContext);
    expect(ttl).toBeGreaterThan(2_592_000 - 20);
    expect(Buffer.from((await redis.client().get(persistentContext))?.split(':')[1] ?? '', 'base64').toString('latin1')).not.toMatch(/secret|kept/);
  });

  test('Redis that is flushed in mid-session loses nothing', async () => {
    const before = heldBy(await agents.start(String(contact)));
    await agents.end(before.id, before.token, { kept: 'yes' });
    const { id, token } = heldBy(await agents.start(String(contact)));
    await agents.step(id, token, 1, { work: 1 });
    await agents.queue(String(contact), [{ key: 'm', body: 'hello' }]);
    await redis.client().flushall();
    expect(await agents.start(String(contact), 'other')).toMatchObject({ __typename: 'SessionBusy' });
    expect(await agents.see(String(contact))).toMatchObject({ activeContext: { work: 1 }, persistentContext: { kept: 'yes' }, lock: { fencingToken: token }, pendingMessages: [{ body: 'hello' }] });
    expect(await agents.drain(id, token)).toMatchObject({ messages: [{ body: 'hello' }] });
    expect(await agents.end(id, token)).toMatchObject({ __typename: 'SessionEnded' });
    await redis.client().flushall();
    expect(await agents.start(String(contact))).toMatchObject({ loadedFrom: 'POSTGRES' });
    expect(await redis.client().exists(keys().persistentContext)).toBe(1);
  });

  test('Redis that is killed in mid-session loses nothing, and what it did not hear of does not count when it is back', async () => {
    const first = heldBy(await agents.start(String(contact)));
    await agents.end(first.id, first.token, { state: 'old' });
    const { id, token } = heldBy(await agents.start(String(contact)));
    // What a Redis with a disk would still hold.
    const held = { lock: await redis.client().get(keys().sessionLock), context: await redis.client().get(keys().persistentContext) };
    await redis.stop();
    expect(await agents.step(id, token, 1, { work: 1 })).toMatchObject({ __typename: 'SessionStepAppended' });
    await agents.queue(String(contact), [{ key: 'm', body: 'hello' }]);
    expect(await agents.start(String(contact), 'other')).toMatchObject({ __typename: 'SessionBusy', holder: 'agent_001' });
    expect(await agents.drain(id, token)).toMatchObject({ messages: [{ body: 'hello' }] });
    expect(await agents.end(id, token, { state: 'new' })).toMatchObject({ __typename: 'SessionEnded' });
    await redis.start();
    await redis.client().set(keys().sessionLock, held.lock ?? '');
    await redis.client().set(keys().persistentContext, held.context ?? '');
    await until('the program reaches Redis again', async () => (await program.copies.read([keys().persistentContext]))[0] !== null);
    expect(await agents.start(String(contact), 'next')).toMatchObject({ __typename: 'SessionStarted', fencingToken: 3, loadedFrom: 'POSTGRES' });
    expect((await agents.see(String(contact)))?.persistentContext).toEqual({ state: 'new' });
  });

  test('a holder that polls an empty queue is answered by Redis, and is handed every message all the same', async () => {
    const { id, token } = heldBy(await agents.start(String(contact)));
    const changed = async () => (await program.rows('select changed_at from agent_session where contact_id = $1', [String(contact)]))[0]?.['changed_at'];
    const first = await agents.drain(id, token);
    const at = await changed();
    program.clock.advance(30_000);
    expect(await agents.drain(id, token)).toEqual(first);
    expect(await changed()).toEqual(at);
    // A message is announced behind its commit.
    await agents.queue(String(contact), [{ key: 'a', body: 'a' }]);
    expect(await agents.drain(id, token)).toMatchObject({ messages: [{ body: 'a', redelivered: false }], remaining: 0 });
    expect(await redis.client().exists(keys().newMessages)).toBe(0);
    expect(await agents.drain(id, token)).toMatchObject({ messages: [] });
    // One whose announcement was lost is handed out once the end counted it, or after a minute.
    const quiet = await redis.client().lrange(keys().newMessages, 0, -1);
    expect(quiet).toEqual([expect.stringMatching(/^quiet:1:\d+$/)]);
    await agents.queue(String(contact), [{ key: 'b', body: 'b' }]);
    await redis.client().del(keys().newMessages);
    await redis.client().rpush(keys().newMessages, ...quiet);
    expect(await agents.drain(id, token)).toMatchObject({ messages: [] });
    expect(await agents.end(id, token)).toMatchObject({ __typename: 'MessagesWaiting', count: 1 });
    expect(await agents.drain(id, token)).toMatchObject({ messages: [{ body: 'b' }] });
    await agents.queue(String(contact), [{ key: 'c', body: 'c' }]);
    await redis.client().del(keys().newMessages);
    await redis.client().rpush(keys().newMessages, ...quiet);
    program.clock.advance(61_000);
    expect(await agents.drain(id, token)).toMatchObject({ messages: [{ body: 'c' }] });
    // A drain that ends behind an announcement does not hide it.
    await redis.client().del(keys().newMessages);
    await redis.client().rpush(keys().newMessages, '4');
    await program.copies.settle({ key: keys().newMessages, upTo: 3, item: 'quiet:1:9', seconds: 300 });
    expect(await redis.client().lrange(keys().newMessages, 0, -1)).toEqual(['4']);
    await agents.drain(id, token);
    expect(await agents.end(id, token)).toMatchObject({ __typename: 'SessionEnded' });
    expect(await agents.drain(id, token)).toMatchObject({ __typename: 'StaleLock' });
  });

  test('contexts are read from Redis if the copies bear the versions of the row, and from PostgreSQL otherwise', async () => {
    const first = heldBy(await agents.start(String(contact)));
    await agents.end(first.id, first.token, { from: 'Redis' });
    const { id, token } = heldBy(await agents.start(String(contact)));
    await agents.step(id, token, 1, { from: 'Redis' });
    const copied = { active: await redis.client().get(keys().activeContext) ?? '', persistent: await redis.client().get(keys().persistentContext) ?? '' };
    // What both places hold is made different, which the program never does: an active context that looks like the persistent one, without another version.
    await program.rows('update agent_session set active_sealed = persistent_sealed where contact_id = $1', [String(contact)]);
    const here = { activeContext: { from: 'Redis' }, persistentContext: { from: 'Redis' } };
    const there = { activeContext: { values: { from: 'Redis' } }, persistentContext: { from: 'Redis' } };
    expect(await agents.see(String(contact))).toMatchObject(here);
    for (const other of [copied.active.replace(/^\d+/, '1'), copied.active.replace(/^\d+/, '99'), copied.active.replace(/:.*/, ':AAAA'), 'garbage']) {
      await redis.client().set(keys().activeContext, other);
      expect(await agents.see(String(contact)), other).toMatchObject(there);
    }
    await redis.client().set(keys().activeContext, copied.active);
    expect(await agents.see(String(contact))).toMatchObject(here);
    await redis.client().del(keys().persistentContext);
    expect(await agents.see(String(contact))).toMatchObject(there);
  });

  test('a copy that outlived its session is never taken for one of a later session with the contact', async () => {
    const first = heldBy(await agents.start(String(contact)));
    await agents.end(first.id, first.token, { secret: 'old' });
    const left = await redis.client().get(keys().persistentContext) ?? '';
    await program.rows('delete from agent_session where contact_id = $1', [String(contact)]);
    const next = heldBy(await agents.start(String(contact)));
    expect(await redis.client().exists(keys().persistentContext)).toBe(0);
    await agents.end(next.id, next.token, { own: 'new' });
    expect(await redis.client().get(keys().persistentContext)).not.toBe(left);
    expect((await agents.see(String(contact)))?.persistentContext).toEqual({ own: 'new' });
  });

  test('a lock in Redis is released by who holds it, and by nobody else', async () => {
    const { id, token } = heldBy(await agents.start(String(contact)));
    await redis.client().set(keys().sessionLock, 'another');
    expect(await agents.end(id, token)).toMatchObject({ __typename: 'SessionEnded' });
    expect(await redis.client().get(keys().sessionLock)).toBe('another');
    // The database knows better than Redis.
    expect(await agents.start(String(contact))).toMatchObject({ __typename: 'SessionStarted' });
  });

  test('an erasure deletes the keys', async () => {
    const account = await program.account(`acme-${contact}`);
    await program.upsert('contacts', [{ account: { id: account }, externalRef: { system: 'chatwoot', id: `${agents.inboxId}/${contact}` }, name: 'Erika Muster', email: `erika${contact}@muster.example` }]);
    const { id, token } = heldBy(await agents.start(String(contact)));
    await agents.end(id, token, { child: 'Max' });
    await agents.start(String(contact));
    // Whatever the program wrote in time: all four are there.
    for (const key of Object.values(keys())) await redis.client().setnx(key, '1:left');
    expect(await listed()).toHaveLength(4);
    const email = `erika${contact}@muster.example`;
    const { data } = await program.query<{ erasurePreview: { digest: string } }, Record<string, unknown>>('query($email: String!) { erasurePreview(email: $email) { digest } }', { email }, { role: 'privacy_officer' });
    const erased = await program.query<{ eraseSubject: { __typename: string } }, Record<string, unknown>>('mutation($email: String!, $digest: String!) { eraseSubject(email: $email, previewDigest: $digest) { __typename } }', { email, digest: data?.erasurePreview.digest }, { role: 'privacy_officer' });
    expect(erased).toMatchObject({ errors: undefined });
    expect(await listed()).toEqual([]);
    expect(await program.count('select from agent_session where contact_id = $1', [String(contact)])).toBe(0);
  });
});
