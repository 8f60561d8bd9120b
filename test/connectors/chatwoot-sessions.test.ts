import { afterAll, beforeAll, expect, test } from 'vitest';
import { roles } from '../../src/app/config.ts';
import { readChatwoot } from '../../src/features/connectors/chatwoot/read.ts';
import { copySessions, createCopiesOpener, createDeliveryQueue } from '../../src/features/connectors/index.ts';
import { arrange, dataOf, type Arranged } from '../accounts/arrange.ts';
import { connectVendor, type ConnectedVendor } from './connect-vendor.ts';
import { messageEvent } from './payloads/chatwoot.ts';
import { connect } from './outbound/fake-vendor.ts';
import { served, startChatwootServer } from './vendors/chatwoot-server.ts';
import { deliverAs } from './vendor-requests.ts';

let program: Arranged;
let chatwoot: ConnectedVendor;
beforeAll(async () => {
  program = await arrange();
  chatwoot = await connectVendor(program, 'chatwoot', { inboxes: { 74274: { system: 'crm', id: 'acme' } } });
});
afterAll(() => program?.close());

const queue = (contactId: number) => program.rows(`select m.sequence::int as sequence, m.delivery_key as key, to_char(m.sent_at at time zone 'UTC', 'HH24:MI') as at from session_message m join agent_session s on s.tenant_id = m.tenant_id and s.id = m.session_id where s.tenant_id = $1 and s.contact_id = $2 order by 1`, [program.tenant, String(contactId)]);

test('a message of a contact is in the queue of its session once, and the session knows the contact', async () => {
  const answer = await chatwoot.send(messageEvent(1, { contactId: 501 }));
  expect([answer.status, answer.body.status]).toEqual([202, 'accepted']);
  expect(await queue(501)).toEqual([{ sequence: 1, key: 'chatwoot:1/1', at: '08:00' }]);
  const [session] = await program.rows(`select s.account_id = c.account_id as has_account, c.id is not null as has_contact from agent_session s left join contact c on c.id = s.contact_node_id where s.contact_id = '501'`);
  expect(session).toEqual({ has_account: true, has_contact: true });
  expect(await program.count('select from signal')).toBe(0);
});

test('a message that comes twice, under another delivery id, is known by its own', async () => {
  await chatwoot.send(messageEvent(2, { contactId: 502 }));
  const again = await deliverAs(program, { vendor: 'chatwoot', webhook: chatwoot.webhook }, messageEvent(2, { contactId: 502 }), { headers: { 'x-chatwoot-delivery': 'another' } });
  expect([again.status, again.body.status]).toEqual([200, 'duplicate']);
  expect(await queue(502)).toHaveLength(1);
});

test('messages that arrive together are queued in the order of their arrival, each once', async () => {
  const sent = Array.from({ length: 60 }, (_, index) => messageEvent(1_000 + (index % 30), { contactId: 503 }, { content: `Message ${index % 30}` }));
  const answers = await Promise.all(sent.map((event) => chatwoot.send(event)));
  expect(answers.filter(({ status }) => status === 202)).toHaveLength(30);
  const rows = await queue(503);
  expect(rows.map((row) => row['sequence'])).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
  expect(new Set(rows.map((row) => row['key'])).size).toBe(30);
}, 60_000);

test('the longest message that Chatwoot takes is queued with its attachments', async () => {
  const attachments = Array.from({ length: 15 }, (_, place) => ({ file_type: 'image', data_url: `https://chat.example/rails/${place}/${'x'.repeat(200)}.png` }));
  const answer = await chatwoot.send(messageEvent(6, { contactId: 506 }, { content: 'x'.repeat(150_000), attachments }));
  expect([answer.status, (await queue(506)).length]).toEqual([202, 1]);
});

test('a private note is not queued', async () => {
  expect((await chatwoot.send(messageEvent(3, { contactId: 504 }, { private: true }))).body.status).toBe('ignored');
  expect(await queue(504)).toEqual([]);
});

test('an unsigned server is accepted with the token alone, where settings allow it', async () => {
  const { createWebhookSecret: { requestPath } } = dataOf(await program.query<{ createWebhookSecret: { requestPath: string } }, { settings: object }>('mutation($settings: JSONObject) { createWebhookSecret(source: CHATWOOT, settings: $settings) { ... on WebhookSecretCreated { requestPath } } }', { settings: { unsigned: true } }, { role: 'admin' }));
  expect(requestPath).toMatch(/&token=[0-9a-f]{64}$/);
  const post = async (path: string): Promise<number> => (await fetch(`${program.url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(messageEvent(5, { contactId: 505 })) })).status;
  expect(await post(requestPath.replace(/&token=.*/, ''))).toBe(401);
  expect(await post(requestPath)).toBe(202);
  expect(await post(requestPath)).toBe(200);
  expect(await queue(505)).toHaveLength(1);
});

test('a session loads the copy of its contact, and what it ends with is copied back', async () => {
  const server = await startChatwootServer();
  const own = await arrange({ roles: roles.filter((role) => role !== 'scheduler'), vendorUrls: new Map([['chatwoot', server.url]]) });
  try {
    await connect(own, 'chatwoot', { accountId: 1, accessToken: 'chatwoot-token' });
    server.contacts.set('601', served(601, { additional_attributes: { city: 'Berlin', tour: 'Monday', gone: null } }));
    type Started = { startSession: { __typename: string; session: { id: string; persistentContext: object }; fencingToken: number; loadedFrom: string } };
    const { startSession } = dataOf(await own.query<Started, Record<string, never>>('mutation { startSession(input: { inboxId: 74274, contactId: "601", holder: "agent" }) { __typename ... on SessionStarted { session { id persistentContext } fencingToken loadedFrom } ... on UserError { message } } }', {}, { role: 'admin' }));
    expect(startSession).toMatchObject({ loadedFrom: 'CHATWOOT', session: { persistentContext: { city: 'Berlin', tour: 'Monday' } } });
    const { session: { id: sessionId }, fencingToken } = startSession;
    const { endSession } = dataOf(await own.query<{ endSession: { __typename: string } }, { input: object }>('mutation($input: EndSessionInput!) { endSession(input: $input) { __typename ... on UserError { message } } }', { input: { sessionId, fencingToken, persistentContext: { tour: null, child: { age: 4 } } } }, { role: 'admin' }));
    expect(endSession.__typename).toBe('SessionEnded');
    const caller = { tenantId: own.tenant, actor: { kind: 'system', id: 'scheduler' }, requestId: 'test' } as const;
    await copySessions({ database: own.database, seal: own.seal, openCopies: createCopiesOpener(own.database, own.vendors), onError: (error) => expect.fail(String(error)) }, caller);
    expect(server.contacts.get('601')?.additional_attributes).toEqual({ city: 'Berlin', tour: null, gone: null, child: { age: 4 } });
  } finally {
    await own.close();
    await server.stop();
  }
}, 60_000);

test('a delivery says which sessions have new messages, and a repetition that none has', async () => {
  const queue = createDeliveryQueue(program.database, program.seal);
  const body = messageEvent(9, { contactId: 509 });
  const take = () => queue.take({ tenantId: program.tenant, actor: { kind: 'machine', id: 'chatwoot:test' }, requestId: 'test' }, { source: 'chatwoot', reading: readChatwoot(body, {}, { header: () => null, now: program.clock.now() }), body, secretId: 'test' });
  expect((await take()).queued).toMatchObject([{ inboxId: 74_274, contactId: '509', sequences: [1] }]);
  expect(await take()).not.toHaveProperty('queued');
});
