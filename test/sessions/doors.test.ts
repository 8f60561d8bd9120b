import { afterAll, beforeAll, expect, test } from 'vitest';
import { clearErasedSessions, expireSessionData } from '../../src/features/sessions/index.ts';
import { arrange, type Arranged } from '../accounts/arrange.ts';
import { liveClient } from '../harness/live-client.ts';
import { agentsOf, heldBy } from './agents.ts';

let program: Arranged;
let agents: ReturnType<typeof agentsOf>;
beforeAll(async () => {
  program = await arrange();
  agents = agentsOf(program);
});
afterAll(() => program?.close());

async function rest(method: 'GET' | 'POST', path: string, body?: object, role: 'agent' | 'viewer' = 'agent'): Promise<{ status: number; body: Record<string, never> }> {
  const response = await fetch(`${program.url}/api/sessions${path}`, { method, headers: { 'content-type': 'application/json', authorization: `Bearer ${await program.token(role)}` }, ...(body ? { body: JSON.stringify(body) } : {}) });
  return { status: response.status, body: (await response.json()) as Record<string, never> };
}

test('agents without GraphQL run a session by REST', async () => {
  expect((await rest('GET', '/7/rest')).status).toBe(404);
  const start = { inboxId: 7, contactId: 'rest', holder: 'r1' };
  expect((await rest('POST', '', start, 'viewer')).status).toBe(403);
  expect((await rest('POST', '', { ...start, inboxId: 'x' })).body).toMatchObject({ error: { code: 'BAD_USER_INPUT', path: ['inboxId'] } });
  const started = await rest('POST', '', start);
  expect(started).toMatchObject({ status: 201, body: { fencingToken: 1, loadedFrom: 'NEW', session: { inboxId: 7, contactId: 'rest' } } });
  expect(await rest('POST', '', start)).toMatchObject({ status: 409, body: { error: { code: 'CONFLICT', reason: 'SESSION_BUSY' }, holder: 'r1' } });
  const at = `/${String((started.body as { session?: { id: string } }).session?.id)}`;
  const token = { fencingToken: 1 };
  expect(await rest('POST', `${at}/steps`, { ...token, content: { big: 12345678901234567890n.toString() }, activeContext: { a: 1 } })).toMatchObject({ status: 201, body: { step: { sequence: 1 } } });
  await agentsOf(program, 7).queue('rest', [{ key: 'm', body: 'hello' }]);
  expect(await rest('POST', `${at}/end`, token)).toMatchObject({ status: 409, body: { error: { reason: 'MESSAGES_WAITING' }, count: 1 } });
  expect(await rest('POST', `${at}/drain`, token)).toMatchObject({ status: 200, body: { messages: [{ body: 'hello', redelivered: false }], remaining: 0 } });
  expect(await rest('POST', `${at}/renew`, token)).toMatchObject({ status: 200, body: { waiting: 0 } });
  expect(await rest('GET', '/7/rest')).toMatchObject({ status: 200, body: { activeContext: { a: 1 }, lock: { holder: 'r1' } } });
  expect(await rest('GET', '/7/rest', undefined, 'viewer')).toMatchObject({ body: { activeContext: null } });
  expect(await rest('POST', `${at}/end`, { ...token, persistentContext: { kept: 1 } })).toMatchObject({ status: 200, body: { session: { persistentContext: { kept: 1 }, lock: null } } });
  expect(await rest('POST', `${at}/end`, token)).toMatchObject({ status: 200, body: { repeated: true, session: { lock: null } } });
  const again = { ...start, idempotencyKey: 'start-2' };
  expect(await rest('POST', '', again)).toMatchObject({ status: 201, body: { fencingToken: 2, repeated: false } });
  expect(await rest('POST', '', again)).toMatchObject({ status: 201, body: { fencingToken: 2, repeated: true } });
  const step = { fencingToken: 2, content: 1, idempotencyKey: 'step-1' };
  expect(await rest('POST', `${at}/steps`, step)).toMatchObject({ status: 201, body: { step: { sequence: 2 }, repeated: false } });
  expect(await rest('POST', `${at}/steps`, step)).toMatchObject({ status: 201, body: { step: { sequence: 2 }, repeated: true } });
  expect(await rest('POST', `${at}/end`, token)).toMatchObject({ status: 409, body: { error: { reason: 'STALE_LOCK' } } });
});

test('what REST cannot read is refused with its place', async () => {
  const started = await rest('POST', '', { inboxId: 16, contactId: 'odd', holder: 'r1' });
  for (const inbox of ['0x10', '1.6e1', '%2016', '16.0']) expect(await rest('GET', `/${inbox}/odd`), inbox).toMatchObject({ status: 400, body: { error: { path: ['inboxId'] } } });
  const at = `/${String((started.body as { session?: { id: string } }).session?.id)}`;
  const token = { fencingToken: 1 };
  expect(await rest('POST', `${at}/steps`, token)).toMatchObject({ status: 400, body: { error: { message: 'content must be stated: any JSON value, null included.', path: ['content'] } } });
  const { body } = await rest('POST', `${at}/steps`, { ...token, content: null });
  expect(await rest('POST', `${at}/drain`, { ...token, receivedUpTo: -1 })).toMatchObject({ status: 400, body: { error: { path: ['receivedUpTo'] } } });
  const stated = (key: string) => ({ key, stepId: (body as { step?: { id: string } }).step?.id });
  const end = (more: object) => rest('POST', `${at}/end`, { ...token, ...more });
  expect(await end({ persistentContext: { a: 1 }, statedIn: [stated('a'), stated('b')] })).toMatchObject({ status: 400, body: { error: { path: ['statedIn', '1', 'key'] } } });
  expect(await end({ persistentContext: { a: 1 }, statedIn: [stated('a'), stated('a')] })).toMatchObject({ status: 400, body: { error: { path: ['statedIn', '1', 'key'] } } });
  expect(await end({ statedIn: [stated('a')] })).toMatchObject({ status: 400, body: { error: { path: ['statedIn', '0', 'key'] } } });
  expect(await end({ persistentContext: { a: 1 }, statedIn: [stated('a')] })).toMatchObject({ status: 200 });
});

test('a subscriber is sent the present state, then each change, and resumes behind a cursor', async () => {
  const subscription = 'subscription($contact: String!, $after: String) { sessionChanged(inboxId: 74274, contactId: $contact, after: $after) { __typename cursor ... on SessionChange { kind initial session { lock { fencingToken } pendingMessageCount } } } }';
  const client = liveClient(program, { authorization: `Bearer ${await program.token('agent')}` });
  const live = client.subscribe(subscription, { contact: 'live' });
  expect(await live.atLeast(1)).toMatchObject([{ __typename: 'Listening' }]);
  const { id, token } = heldBy(await agents.start('live'));
  await agents.start('someone-else');
  await agents.step(id, token, 1);
  await agents.queue('live', [{ key: 'm', body: 'hello' }]);
  expect(await live.atLeast(4)).toMatchObject([{}, { kind: 'STARTED', initial: false }, { kind: 'STEP_APPENDED' }, { kind: 'MESSAGES_QUEUED' }]);
  const after = live.events[1]?.cursor;
  live.stop();
  const again = client.subscribe(subscription, { contact: 'live', after });
  await agents.drain(id, token);
  await agents.end(id, token);
  expect((await again.atLeast(4)).map(({ kind }) => kind)).toEqual(['STEP_APPENDED', 'MESSAGES_QUEUED', 'MESSAGES_DRAINED', 'ENDED']);
  await client.close();
});

test('an erasure takes the sessions of the person and their name out of the sessions of others; they cannot be started again', async () => {
  const email = 'klara.winter@winter.example';
  const account = await program.account('winter');
  await program.upsert('contacts', [{ account: { id: account }, externalRef: { system: 'chatwoot', id: '74274/klara' }, name: 'Klara Winter', email }]);
  const own = heldBy(await agents.start('klara'));
  await agents.step(own.id, own.token, { said: 'secret' });
  await agents.queue('klara', [{ key: 'm', body: 'secret' }]);
  const other = heldBy(await agents.start('friend'));
  await agents.step(other.id, other.token, { said: `Write to ${email}`, number: 1 }, { friend: email });
  await agents.queue('friend', [{ key: 'm', body: `Ask ${email}, please` }]);
  const { data } = await program.query<{ erasurePreview: { digest: string; items: { kind: string; count: number }[] } }, Record<string, unknown>>('query($email: String!) { erasurePreview(email: $email) { digest items { kind count } } }', { email }, { role: 'privacy_officer' });
  expect(data?.erasurePreview.items).toEqual(expect.arrayContaining([{ kind: 'SESSION', count: 1 }, { kind: 'SESSION_MENTION', count: 3 }]));
  const erased = await program.query('mutation($email: String!, $digest: String!) { eraseSubject(email: $email, previewDigest: $digest) { __typename } }', { email, digest: data?.erasurePreview.digest ?? '' }, { role: 'privacy_officer' });
  expect(erased.errors).toBeUndefined();
  await clearErasedSessions(program, { actor: { kind: 'system', id: 'test' }, requestId: 'test' });
  expect(await program.count('select from agent_session where contact_id = $1', ['klara'])).toBe(0);
  expect(await program.count('select from session_step t where session_id not in (select id from agent_session)')).toBe(0);
  expect(await agents.see('friend')).toMatchObject({ activeContext: { friend: '[erased]' }, pendingMessages: [{ body: 'Ask [erased], please' }], steps: [{ content: { said: 'Write to [erased]', number: 1 } }] });
  expect(await agents.step(own.id, own.token, 1)).toMatchObject({ __typename: 'StaleLock' });
  expect(await agents.start('klara')).toMatchObject({ __typename: 'SuppressedError' });
  expect(await agents.queue('klara', [{ key: 'n', body: 'again' }])).toMatchObject({ queued: 0, suppressed: 1 });
});

test('retention deletes steps and acknowledged messages, then sessions without a change, and nothing that waits', async () => {
  const caller = { actor: { kind: 'system', id: 'test' }, requestId: 'test' } as const;
  const save = 'mutation($input: SessionSettingsInput!) { saveSessionSettings(input: $input) { __typename ... on SessionSettings { transcriptDays contextDays } } }';
  expect(await program.query(save, { input: { transcriptDays: 2, contextDays: 10 } }, { role: 'agent' })).toMatchObject({ data: { saveSessionSettings: { __typename: 'ForbiddenError' } } });
  expect(await program.query(save, { input: { transcriptDays: 2, contextDays: 10 } }, { role: 'admin' })).toMatchObject({ data: { saveSessionSettings: { transcriptDays: 2 } } });
  const { id, token } = heldBy(await agents.start('old'));
  await agents.step(id, token, 1);
  await agents.end(id, token, { kept: 1 });
  await agents.queue('waiting', [{ key: 'm', body: 'unread' }]);
  program.clock.advance(3 * 86_400_000);
  await expireSessionData(program, caller);
  expect(await agents.see('old')).toMatchObject({ steps: [], persistentContext: { kept: 1 } });
  program.clock.advance(8 * 86_400_000);
  await expireSessionData(program, caller);
  expect(await agents.see('old')).toBeNull();
  expect(await agents.see('waiting')).toMatchObject({ pendingMessages: [{ body: 'unread' }] });
});

test('a holder of a session that retention deleted cannot write to the next one with the contact', async () => {
  const paused = heldBy(await agents.start('paused'));
  program.clock.advance(366 * 86_400_000);
  await expireSessionData(program, { actor: { kind: 'system', id: 'test' }, requestId: 'test' });
  expect(await agents.see('paused')).toBeNull();
  const next = heldBy(await agents.start('paused', 'next'));
  expect(next.id).toBe(paused.id);
  expect(next.token).toBeGreaterThan(paused.token);
  expect(await agents.step(paused.id, paused.token, 'late')).toMatchObject({ __typename: 'StaleLock' });
  expect(await agents.end(paused.id, paused.token, { late: true })).toMatchObject({ __typename: 'StaleLock' });
  expect(await agents.end(next.id, next.token)).toMatchObject({ __typename: 'SessionEnded' });
});
