import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { arrange, type Arranged } from '../accounts/arrange.ts';
import { redisAvailable, startTestRedis, type TestRedis } from '../services/redis.ts';
import { agentsOf, heldBy } from './agents.ts';

const withRedis = redisAvailable(import.meta.filename);
const places = [['PostgreSQL alone', false], ...(withRedis ? ([['Redis', true], ['a Redis Cluster', 'cluster']] as const) : [])] as const;

describe.each(places)('sessions with %s', (_name, kind) => {
  let redis: TestRedis | null = null;
  let program: Arranged;
  let agents: ReturnType<typeof agentsOf>;
  beforeAll(async () => {
    redis = kind === false ? null : await startTestRedis({ cluster: kind === 'cluster' });
    program = await arrange(redis ? { redisUrls: redis.urls } : {});
    agents = agentsOf(program);
  });
  afterAll(async () => {
    await program?.close();
    await redis?.close();
  });

  test('a session is started, worked on and ended; what is kept of the contact is there at the next start', async () => {
    const started = await agents.start('1');
    expect(started).toMatchObject({ __typename: 'SessionStarted', fencingToken: 1, loadedFrom: 'NEW', resumed: false, expiresAt: '2026-11-21T09:05:00.000Z' });
    const { id, token } = heldBy(started);
    expect(await agents.step(id, token, { thought: 'which tour?' }, { goal: 'book', empty: null })).toMatchObject({ __typename: 'SessionStepAppended', step: { sequence: 1 } });
    expect(await agents.step(id, token, 'done')).toMatchObject({ step: { sequence: 2 } });
    expect(await agents.see('1')).toMatchObject({ id, activeContext: { goal: 'book' }, persistentContext: null, lock: { holder: 'agent_001', fencingToken: 1 }, pendingMessages: [], steps: [{ sequence: 2, content: 'done' }, { sequence: 1, content: { thought: 'which tour?' } }] });
    expect(await agents.end(id, token, { tour: { at: '10:00', guide: null }, phone: '1', note: null })).toMatchObject({ __typename: 'SessionEnded' });
    expect(await agents.see('1')).toMatchObject({ activeContext: null, persistentContext: { tour: { at: '10:00' }, phone: '1' }, lock: null });
    const next = heldBy(await agents.start('1'));
    expect(next).toEqual({ id, token: 2 });
    expect(await agents.end(id, 2, { phone: null, child: 'one' })).toMatchObject({ __typename: 'SessionEnded' });
    expect((await agents.see('1'))?.persistentContext).toEqual({ tour: { at: '10:00' }, child: 'one' });
    expect(await agents.start('1')).toMatchObject({ loadedFrom: redis ? 'REDIS' : 'POSTGRES' });
  });

  test('a request that is repeated after a lost answer is done once', async () => {
    const start = (key: string, holder = 'agent_001') => agents.start('again', holder, 'agent', key);
    const all = await Promise.all([start('k-1'), start('k-1'), start('k-1')]);
    const { id, token } = heldBy(all[0] ?? { __typename: 'none' });
    expect(all).toEqual(all.map(() => expect.objectContaining({ __typename: 'SessionStarted', fencingToken: token, lockId: all[0]?.lockId, expiresAt: all[0]?.expiresAt }) as object));
    expect(all.filter(({ repeated }) => repeated)).toHaveLength(2);
    expect(await start('k-2')).toMatchObject({ __typename: 'SessionBusy' });
    expect(await agents.start('again')).toMatchObject({ __typename: 'SessionBusy' });
    expect(await start('k-1', 'other')).toMatchObject({ __typename: 'ConflictError', code: 'CONFLICT', path: ['input', 'idempotencyKey'] });
    expect(await start('a b')).toMatchObject({ __typename: 'InvalidInputError', code: 'BAD_USER_INPUT', path: ['input', 'idempotencyKey'] });

    const step = (content: unknown, key: string, at = token) => agents.step(id, at, content, { at: content }, key);
    const steps = await Promise.all([step(1, 's-1'), step(1, 's-1'), step(2, 's-2')]);
    expect(new Set(steps.map((each) => each.step?.id)).size).toBe(2);
    expect(steps[1]).toMatchObject({ step: steps[0]?.step });
    expect(await step(3, 's-3')).toMatchObject({ step: { sequence: 3 }, repeated: false });
    expect(await step(2, 's-2')).toMatchObject({ step: steps[2]?.step, repeated: true });
    expect((await agents.see('again'))?.activeContext).toEqual({ at: 3 });
    expect(await step('changed', 's-1')).toMatchObject({ code: 'CONFLICT', path: ['input', 'idempotencyKey'] });
    expect(await step(1, 'k-1')).toMatchObject({ code: 'CONFLICT', path: ['input', 'idempotencyKey'] });

    // Whoever takes over repeats the step of the one before.
    program.clock.advance(301_000);
    expect(await step(3, 's-3')).toMatchObject({ __typename: 'StaleLock' });
    const next = heldBy(await start('k-3', 'next'));
    expect(await step(3, 's-3', next.token)).toMatchObject({ step: { sequence: 3 }, repeated: true });
    expect(await start('k-1')).toMatchObject({ __typename: 'StaleLock', path: ['input', 'idempotencyKey'] });
    expect(await agents.end(id, next.token, { kept: 1 })).toMatchObject({ __typename: 'SessionEnded', repeated: false });
    expect(await agents.end(id, next.token, { kept: 2 })).toMatchObject({ __typename: 'SessionEnded', repeated: true });
    expect(await agents.end(id, token)).toMatchObject({ __typename: 'StaleLock' });
    expect(await start('k-3', 'next')).toMatchObject({ __typename: 'StaleLock' });
    expect(await agents.see('again')).toMatchObject({ persistentContext: { kept: 1 }, lock: null, steps: [{ sequence: 3 }, { sequence: 2 }, { sequence: 1 }] });
  });

  test('a lock has one holder; a holder that lets it expire cannot write any more, and the next one goes on from its active context', async () => {
    const { id, token } = heldBy(await agents.start('2', 'first'));
    expect(await agents.start('2', 'second')).toMatchObject({ __typename: 'SessionBusy', holder: 'first', code: 'CONFLICT' });
    await agents.step(id, token, 1, { at: 'half' });
    program.clock.advance(200_000);
    expect(await agents.renew(id, token)).toMatchObject({ __typename: 'LockRenewed', waiting: 0 });
    program.clock.advance(299_000);
    expect(await agents.start('2', 'second')).toMatchObject({ __typename: 'SessionBusy' });
    program.clock.advance(2_000);
    for (const late of [await agents.step(id, token, 2, { at: 'late' }), await agents.renew(id, token), await agents.drain(id, token), await agents.end(id, token, { lost: true })]) expect(late).toMatchObject({ __typename: 'StaleLock', path: ['input', 'fencingToken'] });
    const second = await agents.start('2', 'second');
    expect(second).toMatchObject({ __typename: 'SessionStarted', fencingToken: 2, resumed: true });
    expect(await agents.step(id, token, 2)).toMatchObject({ __typename: 'StaleLock' });
    expect(await agents.end(id, token, { lost: true })).toMatchObject({ __typename: 'StaleLock' });
    expect(await agents.see('2')).toMatchObject({ activeContext: { at: 'half' }, persistentContext: null, lock: { holder: 'second' } });
    expect(await agents.end(id, 2)).toMatchObject({ __typename: 'SessionEnded' });
  });

  test('messages are queued once, handed out in order, and a session does not end while some wait', async () => {
    const bodies = ['a', 'b', 'c'].map((body) => ({ key: `message:${body}`, body }));
    expect(await agents.queue('3', [...bodies, { key: 'message:a', body: 'a' }])).toMatchObject({ queued: 3, duplicates: 1 });
    expect(await agents.queue('3', bodies)).toMatchObject({ queued: 0, duplicates: 3 });
    expect(await agents.see('3')).toMatchObject({ pendingMessages: [{ body: 'a' }, { body: 'b' }, { body: 'c' }] });
    const { id, token } = heldBy(await agents.start('3'));
    expect(await agents.end(id, token)).toMatchObject({ __typename: 'MessagesWaiting', count: 3 });
    expect(await agents.drain(id, token, { most: 2 })).toMatchObject({ messages: [{ sequence: 1, body: 'a', redelivered: false }, { sequence: 2, body: 'b' }], remaining: 1 });
    // The answer was lost: the holder says what it received.
    expect(await agents.drain(id, token, { receivedUpTo: 1 })).toMatchObject({ messages: [{ body: 'b', redelivered: true }, { body: 'c', redelivered: false }], remaining: 0 });
    program.clock.advance(301_000);
    const next = heldBy(await agents.start('3'));
    expect(await agents.drain(next.id, next.token)).toMatchObject({ messages: [{ body: 'b', redelivered: true }, { body: 'c', redelivered: true }] });
    expect(await agents.drain(next.id, next.token)).toMatchObject({ messages: [], remaining: 0 });
    expect(await agents.end(next.id, next.token)).toMatchObject({ __typename: 'SessionEnded' });
  });

  test('of two agents who race for a contact, one gets the lock, a hundred times', async () => {
    for (let round = 0; round < 100; round += 1) {
      const contact = `race-${round % 10}`;
      const both = await Promise.all([agents.start(contact, 'one'), agents.start(contact, 'other')]);
      const types = both.map(({ __typename }) => __typename).toSorted();
      expect(types, `round ${round}`).toEqual(['SessionBusy', 'SessionStarted']);
      const { id, token } = heldBy(both.find(({ __typename }) => __typename === 'SessionStarted') ?? { __typename: 'none' });
      expect(token).toBe(Math.floor(round / 10) + 1);
      expect(await agents.end(id, token)).toMatchObject({ __typename: 'SessionEnded' });
    }
  }, 60_000);

  test('a thousand messages that arrive while sessions end are handed out once each', async () => {
    const seen: string[] = [];
    let arriving = true;
    const arrive = async (): Promise<void> => {
      const lanes = [0, 1, 2, 3].map(async (lane) => {
        for (let at = 0; at < 50; at += 1) await agents.queue('busy', [0, 1, 2, 3, 4].map((part) => ({ key: `${lane}-${at}-${part}`, body: `${lane}-${at}-${part}` })));
      });
      await Promise.all(lanes);
      arriving = false;
    };
    const work = async (): Promise<void> => {
      for (let last = false; !last; ) {
        last = !arriving;
        const { id, token } = heldBy(await agents.start('busy'));
        for (let ended = false; !ended; ) {
          const { messages = [] } = await agents.drain(id, token);
          expect(messages.every(({ redelivered }) => !redelivered)).toBe(true);
          seen.push(...messages.map(({ body }) => body));
          ended = (await agents.end(id, token)).__typename === 'SessionEnded';
        }
      }
    };
    await Promise.all([arrive(), work()]);
    expect(seen).toHaveLength(1_000);
    expect(new Set(seen).size).toBe(1_000);
    expect((await agents.see('busy'))?.pendingMessageCount).toBe(0);
  }, 60_000);

  test('bad input is refused with its place', async () => {
    expect(await agents.start('{x}')).toMatchObject({ __typename: 'InvalidInputError', path: ['input', 'contactId'] });
    expect(await agents.start('4', ' ')).toMatchObject({ path: ['input', 'holder'] });
    expect(await agents.start('4', 'agent', 'viewer')).toMatchObject({ __typename: 'ForbiddenError' });
    expect(await agents.step('Session_x', 1, 1)).toMatchObject({ __typename: 'NotFoundError', path: ['input', 'sessionId'] });
    const { id, token } = heldBy(await agents.start('4'));
    expect(await agents.drain(id, token, { most: 501 })).toMatchObject({ path: ['input', 'most'] });
    expect(await agents.step(id, token, 'x'.repeat(300_000))).toMatchObject({ path: ['input', 'content'] });
    expect(await agents.step(id, token, { big: '@' }, { text: `a\u0000` })).toMatchObject({ __typename: 'InvalidInputError' });
  });

  test('a viewer sees that there is a session, and nothing that it holds; another tenant sees none', async () => {
    const { id, token } = heldBy(await agents.start('5'));
    await agents.queue('5', [{ key: 'm', body: 'secret' }]);
    await agents.step(id, token, 'secret', { secret: 1 });
    expect(JSON.stringify(await agents.see('5', 'viewer'))).not.toContain('secret');
    const foreign = await program.query<{ session: null; node: null }, Record<string, unknown>>('query($id: ID!) { session(inboxId: 74274, contactId: "5") { id } node(id: $id) { id } }', { id }, { token: await program.token('admin', { tenant: program.otherTenant }) });
    expect(foreign.data).toEqual({ session: null, node: null });
  });
});
