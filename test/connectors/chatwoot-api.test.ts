import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { chatwootApi } from '../../src/features/connectors/chatwoot/api.ts';
import type { VendorSession } from '../../src/features/connectors/index.ts';
import { openAlone } from './outbound/open-alone.ts';
import { noPlaces } from './outbound/outbound-samples.ts';
import { served, startChatwootServer, type ChatwootServer } from './vendors/chatwoot-server.ts';

let server: ChatwootServer;
beforeAll(async () => {
  server = await startChatwootServer();
});
afterEach(() => {
  server.release();
  server.forget();
  server.contacts.clear();
});
afterAll(() => server.stop());

const open = (settings: object = {}): Promise<VendorSession> => openAlone(chatwootApi, { url: server.url, credentials: { accountId: 1, accessToken: 'chatwoot-token' }, settings });
const put = (...contacts: readonly ReturnType<typeof served>[]): void => contacts.forEach((contact) => void server.contacts.set(String(contact.id), contact));
async function copies(settings: object = {}) {
  return (await open(settings)).contextCopies ?? expect.fail('Chatwoot keeps copies');
}

describe('contacts', () => {
  test('are stated in each inbox, as of the latest of their activity, creation and the event that asked', async () => {
    put(served(7, { inboxes: [74_274, 8], last_activity_at: 1_795_248_000 }));
    const session = await open();
    const [early, late] = await session.readObjects([{ kind: 'contact', externalId: '7', changedAt: '2026-11-20T08:00:00.000Z' }, { kind: 'contact', externalId: '7', changedAt: '2026-11-21T08:30:00.000Z' }]);
    expect(early?.records.map(({ input }) => [input.externalRef.id, input['name'], input.origin, input.occurredAt])).toEqual([['74274/7', 'Contact 7', 'CUSTOMER_TEXT', '2026-11-21T08:00:00.000Z'], ['8/7', 'Contact 7', 'CUSTOMER_TEXT', '2026-11-21T08:00:00.000Z']]);
    expect(late?.records[0]?.input.occurredAt).toBe('2026-11-21T08:30:00.000Z');
  });

  test('that are gone, are in no inbox or are no contacts are ignored', async () => {
    put(served(7, { inboxes: [] }));
    const read = await (await open()).readObjects([{ kind: 'contact', externalId: '7' }, { kind: 'contact', externalId: '8' }, { kind: 'contact', externalId: '../1' }, { kind: 'page', externalId: '7' }]);
    expect(read.map(({ records, ignored }) => [records.length, ignored?.[0]?.reason])).toEqual([[0, 'NO_ACCOUNT'], [0, 'NOT_READ'], [0, 'NOT_READ'], [0, 'NOT_READ']]);
    expect(server.count()).toBe(2);
  });

  test('of an account are those that name it', async () => {
    put(served(7));
    const reading = await (await open({ inboxes: { 74274: { system: 'crm', id: 'acme' } } })).readAccount({ ...noPlaces, externalRefs: [{ system: 'chatwoot', id: '74274/7' }, { system: 'crm', id: '8' }] });
    expect(reading?.records.map(({ input }) => input.account)).toEqual([{ externalRef: { system: 'crm', id: 'acme' } }]);
    expect(await (await open()).readAccount({ ...noPlaces, externalRefs: [{ system: 'crm', id: '8' }] })).toBeNull();
  });

  test('that were deleted at Chatwoot are retired when their account is refreshed', async () => {
    put(served(7));
    const reading = await (await open()).readAccount({ ...noPlaces, externalRefs: ['74274/7', '74274/8', '9/8'].map((id) => ({ system: 'chatwoot', id })) });
    expect(reading?.records.map(({ input }) => input.externalRef.id)).toEqual(['74274/7']);
    expect(reading?.deletions.map(({ type, externalRef, reason }) => [type, externalRef.id, reason])).toEqual([['Contact', '74274/8', 'Not in Chatwoot any more'], ['Contact', '9/8', 'Not in Chatwoot any more']]);
  });
});

describe('copies of session contexts', () => {
  test('are read as exact JSON, without nulls', async () => {
    put(served(7));
    const context = '{"child":{"age":4,"allergies":null},"price":10.10,"big":12345678901234567890,"tours":[null,{"at":"2026-12-01"}],"gone":null}';
    server.trouble({ headers: { 'content-type': 'application/json' }, body: `{"payload":{"id":7,"additional_attributes":${context},"custom_attributes":{}}}` });
    expect(JSON.stringify(await (await copies()).read('7'))).toBe('{"child":{"age":4},"price":10.10,"big":12345678901234567890,"tours":[null,{"at":"2026-12-01"}]}');
  });

  test('are written as they are, nulls left out, with what was cleared as null', async () => {
    put(served(7, { additional_attributes: { city: 'Berlin', tour: 'Monday' } }));
    const store = await copies();
    expect(await store.write('7', { values: { child: { age: 4, name: null }, empty: null }, cleared: ['tour'] })).toBe(true);
    expect(server.contacts.get('7')?.additional_attributes).toEqual({ city: 'Berlin', tour: null, child: { age: 4 } });
    expect(await store.read('7')).toEqual({ city: 'Berlin', child: { age: 4 } });
    const after = structuredClone(server.contacts.get('7'));
    expect(await store.write('7', { values: { child: { age: 4 } }, cleared: ['tour'] })).toBe(true);
    expect(server.contacts.get('7')).toEqual(after);
  });

  test('are in the attributes that the settings name', async () => {
    put(served(7, { additional_attributes: { city: 'Berlin' }, custom_attributes: { plan: 'gold' } }));
    const store = await copies({ contextAttributes: 'CUSTOM' });
    await store.write('7', { values: { tour: 'Monday' }, cleared: [] });
    expect(await store.read('7')).toEqual({ plan: 'gold', tour: 'Monday' });
    expect(server.contacts.get('7')?.additional_attributes).toEqual({ city: 'Berlin' });
  });

  test('are cleared completely, once', async () => {
    put(served(7, { additional_attributes: { city: 'Berlin', child: { age: 4 } } }));
    const store = await copies();
    expect(await store.clear('7')).toBe(true);
    expect(await store.read('7')).toEqual({});
    expect(JSON.stringify(server.contacts.get('7')?.additional_attributes)).toBe('{"city":null,"child":null}');
    server.forget();
    expect(await store.clear('7')).toBe(true);
    expect(server.calls.map(({ method }) => method)).toEqual(['GET']);
  });

  test('of a contact that is gone are none', async () => {
    const store = await copies();
    expect([await store.read('7'), await store.write('7', { values: {}, cleared: [] }), await store.clear('7')]).toEqual([null, false, false]);
  });

  test('are not read from an answer of another shape', async () => {
    put(served(7));
    server.trouble({ body: { payload: { id: 7, additional_attributes: [1] } } });
    await expect((await copies()).read('7')).rejects.toMatchObject({ code: 'UNREADABLE' });
  });
});

test.each([[{}, 'accountId'], [{ accountId: 1 }, 'accessToken'], [{ accountId: 'one', accessToken: 'x' }, 'accountId'], [{ accountId: 1, accessToken: 'a b' }, 'accessToken']])('credentials %j are refused with what is wrong', (given, field) => {
  const { error } = chatwootApi.credentials.safeParse(given);
  expect([error?.issues[0]?.path, error?.issues[0]?.message]).toEqual([[field], expect.stringContaining('Chatwoot')]);
});
