import { describe, expect, test } from 'vitest';
import { readChatwoot } from '../../src/features/connectors/chatwoot/read.ts';
import { instantOfChatwoot } from '../../src/features/connectors/chatwoot/values.ts';
import { contactEvent, conversationEvent, messageEvent } from './payloads/chatwoot.ts';

const now = new Date('2026-11-21T09:00:00.000Z');
const read = (body: object | null, settings: object = {}, headers: Readonly<Record<string, string>> = {}) => readChatwoot(body, settings, { header: (name) => headers[name] ?? null, now });
const ref = { system: 'chatwoot', id: '74274/12345' };

describe('a message of a contact', () => {
  test('is queued for its session, and is no signal', () => {
    expect(read(messageEvent(3))).toMatchObject({
      messages: [{ inboxId: 74_274, contactId: '12345', deliveryKey: 'chatwoot:1/3', occurredAt: '2026-11-21T08:00:00.000Z', text: 'Can I book a tour?' }],
      records: [{ plural: 'contacts', input: { account: { externalRef: ref }, externalRef: ref, name: 'Contact 12345', email: 'contact-12345@example.com', origin: 'CUSTOMER_TEXT', mode: 'PATCH', source: 'chatwoot', occurredAt: '2026-11-21T08:00:00.000Z' } }],
      signals: [], ignored: [],
    });
  });

  test('is one message, whether ids, type and time are texts or numbers', () => {
    const told = messageEvent(3, {}, { id: '3', message_type: 0, created_at: 1_795_248_000, inbox: { id: '74274' }, account: { id: '1' } });
    expect(read(told).messages).toEqual(read(messageEvent(3)).messages);
    for (const created_at of ['2026-11-21 08:00:00 UTC', '1795248000', '2026-11-21T09:00:00+01:00']) expect(read(messageEvent(3, {}, { created_at })).messages?.[0]?.occurredAt).toBe('2026-11-21T08:00:00.000Z');
    expect(read(messageEvent(3, {}, { message_type: '0' })).messages).toHaveLength(1);
  });

  test('has its attachments as lines, and no text where there is none', () => {
    expect(read(messageEvent(3, {}, { content: null, attachments: [{ id: 1, file_type: 'image', data_url: 'https://chat.example/1' }, {}] })).messages?.[0]?.text).toBe('[image] https://chat.example/1\n[file]');
    expect(read(messageEvent(3, {}, { content: null })).messages?.[0]?.text).toBe('');
  });

  test.each([
    ['a private note', { private: true }], ['a private note that says to be incoming', { private: true, message_type: 0 }], ['an answer', { message_type: 'outgoing' }], ['an answer by its number', { message_type: 1 }], ['an activity', { message_type: 2 }], ['a template', { message_type: '3' }],
    ['a message of an agent', { sender: { id: 9, type: 'user', name: 'Agent' } }], ['a message of a bot', { sender: { id: 9, type: 'agent_bot' } }],
  ])('%s is not one', (_what, more) => {
    expect(read(messageEvent(3, {}, more))).toMatchObject({ messages: [], records: [], ignored: [{ reason: 'NOT_READ' }] });
  });

  test('names its contact in each of the shapes that Chatwoot has', () => {
    const { conversation: _, ...event } = messageEvent(3) as { readonly conversation: object };
    const placeIn = (body: object) => read(body).messages?.map(({ inboxId, contactId }) => [inboxId, contactId]);
    expect(placeIn({ ...event, conversation: { display_id: '7' }, contact: { id: '12345', name: 'Ada' }, sender: { id: 9 } })).toEqual([[74_274, '12345']]);
    expect(placeIn({ ...event, conversation: { id: 7 } })).toEqual([[74_274, '12345']]);
    expect(placeIn({ ...event, inbox: undefined, conversation: { contact_inbox: { inbox_id: 8, contact_id: 12 } } })).toEqual([[8, '12']]);
  });
});

describe('the account of a contact', () => {
  const crm = { system: 'crm', id: 'acme' };
  test('is that of its inbox, else one of its own, or none', () => {
    const accountBy = (settings: object) => read(messageEvent(3), settings).records[0]?.input.account;
    expect(accountBy({ inboxes: { 74274: crm } })).toEqual({ externalRef: crm });
    expect(accountBy({ inboxes: { 8: crm } })).toEqual({ externalRef: ref });
    expect(read(messageEvent(3), { otherInboxes: 'IGNORE' })).toMatchObject({ records: [], messages: [{ contactId: '12345' }], ignored: [{ reason: 'NO_ACCOUNT' }] });
  });

  test('is none for another Chatwoot account', () => {
    for (const event of [messageEvent(3), conversationEvent(), contactEvent(12_345, '2026-11-21T08:00:00Z')]) expect(read(event, { accountId: 2 })).toMatchObject({ records: [], messages: [], ignored: [{ reason: 'NO_ACCOUNT', path: ['account', 'id'] }] });
    expect(read(messageEvent(3), { accountId: 1 }).messages).toHaveLength(1);
  });
});

describe('a contact', () => {
  const at = '2026-11-21T08:05:00.000Z';
  test('is stated as of its change where one inbox is known', () => {
    const settings = { inboxes: { 74274: { system: 'crm', id: 'acme' } } };
    expect(read(contactEvent(12_345, at), settings)).toMatchObject({ records: [{ input: { externalRef: ref, name: 'Contact 12345', occurredAt: at } }], fetches: [] });
    const { changed_attributes: _, ...untimed } = contactEvent(12_345, at) as { readonly changed_attributes: unknown };
    expect(read(untimed, settings, { 'x-chatwoot-timestamp': '1795248300' }).records[0]?.input.occurredAt).toBe(at);
    expect(read(untimed, settings).records[0]?.input.occurredAt).toBeUndefined();
  });

  test('is read at Chatwoot where its inboxes are not known', () => {
    expect(read(contactEvent(12_345, at))).toMatchObject({ records: [], fetches: [{ kind: 'contact', externalId: '12345', occurredAt: at }] });
  });

  test('is told by a new conversation, whose messages are not read', () => {
    expect(read(conversationEvent())).toMatchObject({ messages: [], records: [{ input: { externalRef: ref, occurredAt: '2026-11-21T08:00:00.000Z' } }] });
  });
});

test('a delivery is known by its id', () => {
  expect(read(messageEvent(3), {}, { 'x-chatwoot-delivery': 'd-1' }).deliveryId).toBe('d-1');
  expect(read(messageEvent(3))).not.toHaveProperty('deliveryId');
});

test.each([
  [null, []], [{}, ['event']], [messageEvent(3, {}, { id: 'x' }), ['id']], [messageEvent(3, {}, { created_at: 'soon' }), ['created_at']], [messageEvent(3, {}, { created_at: '2026-02-30 08:00:00 UTC' }), ['created_at']],
  [messageEvent(3, {}, { message_type: 'letter' }), ['message_type']], [messageEvent(3, {}, { inbox: { id: 2_147_483_648 } }), ['inbox', 'id']], [messageEvent(3, {}, { inbox: undefined, conversation: {} }), ['inbox', 'id']],
])('a malformed event is refused with the place of the fault: %#', (body, path) => {
  expect(() => read(body)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT', inputPath: path }) as Error);
});

test('other events are not read, and are no fault', () => {
  for (const event of ['conversation_status_changed', 'message_updated', 'webwidget_triggered']) expect(read({ event })).toMatchObject({ ignored: [{ reason: 'NOT_READ' }] });
});

test.each([['', null], ['soon', null], [-1, null], [1e12, null], [Number.NaN, null], ['2020-03-03 13:05:57 UTC', '2020-03-03T13:05:57.000Z'], [1_583_240_757.5, '2020-03-03T13:05:57.500Z']])('the time %j is %j', (given, instant) => {
  expect(instantOfChatwoot(given)).toBe(instant);
});
