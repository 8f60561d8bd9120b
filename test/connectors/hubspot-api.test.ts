import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { hubspotApi } from '../../src/features/connectors/hubspot/api.ts';
import type { VendorSession } from '../../src/features/connectors/outbound/vendor-api.ts';
import type { Reading } from '../../src/features/connectors/reading.ts';
import { limitReached, missingScopes, startHubspotServer, type HubspotRecord, type HubspotServer } from './vendors/hubspot-server.ts';
import { traceVendor, type OpenOptions } from './vendors/trace-vendor.ts';

let server: HubspotServer;
let session: VendorSession;
const at = '2026-11-20T08:00:00.000Z';
const ref = (id: string) => ({ system: 'hubspot', id });
const open = (more: Partial<OpenOptions> = {}) => traceVendor(hubspotApi, { url: server.url, credentials: { accessToken: 'pat-na1-token' }, ...more });
const account = { account: { id: 'x' }, jiraProjectKey: null, slackChannelId: null, notionPageId: null };

const company = (id: string, properties: HubspotRecord['properties'] = {}, more: Partial<HubspotRecord> = {}): HubspotRecord => ({ id, properties: { name: 'Acme', domain: 'acme.example', industry: 'COMPUTER_SOFTWARE', numberofemployees: '500', hubspot_owner_id: '5', hs_lastmodifieddate: at, ...properties }, ...more });
const contact = (id: string, properties: HubspotRecord['properties'] = {}, more: Partial<HubspotRecord> = {}): HubspotRecord => ({ id, properties: { firstname: 'Ada', lastname: 'Lovelace', email: 'ada@acme.example', jobtitle: 'CTO', hs_buying_role: 'DECISION_MAKER;CHAMPION', lastmodifieddate: at, ...properties }, companies: ['7'], ...more });
const deal = (id: string, properties: HubspotRecord['properties'] = {}, more: Partial<HubspotRecord> = {}): HubspotRecord => ({
  id, properties: { dealname: 'Acme renewal', dealstage: 'contractsent', amount: '150000.50', deal_currency_code: 'USD', closedate: '2026-12-31T22:59:59.000Z', hs_deal_stage_probability: '0.9', hs_next_step: 'Send the contract', hs_lastmodifieddate: at, ...properties },
  history: { dealstage: [{ value: 'qualifiedtobuy', timestamp: '2026-10-01T08:00:00Z' }, { value: 'contractsent', timestamp: '2026-11-01T08:00:00.5Z' }] }, companies: ['7'], ...more,
});

beforeAll(async () => {
  server = await startHubspotServer();
});
beforeEach(async () => {
  server.release();
  server.forget();
  for (const each of [server.account.companies, server.account.contacts, server.account.deals]) each.clear();
  session = (await open()).session;
});
afterAll(() => server.stop());

const read = async (kind: string, externalId: string, changedAt?: string): Promise<Reading> => (await session.readObjects([{ kind, externalId, ...(changedAt ? { changedAt } : {}) }]))[0] as Reading;
const put = (collection: 'companies' | 'contacts' | 'deals', ...records: readonly HubspotRecord[]): void => records.forEach((each) => void server.account[collection].set(each.id, each));

describe('what HubSpot has', () => {
  test('a company is stated as its events state it, with its owner', async () => {
    put('companies', company('7'), company('8', { hubspot_owner_id: '', industry: null, numberofemployees: 'many' }), company('9', { hubspot_owner_id: '77' }));
    expect((await read('company', '7')).accounts).toEqual([{ path: ['companies', '7'], input: { externalRef: ref('7'), name: 'Acme', website: 'acme.example', industry: 'COMPUTER_SOFTWARE', employeeCount: 500, owner: { name: 'Sarah Chen', email: 'sarah@vendor.example' }, mode: 'PATCH', source: 'hubspot', occurredAt: at } }]);
    const [{ input: without } = { input: {} }] = (await read('company', '8')).accounts;
    expect(without).toMatchObject({ owner: null, industry: null });
    expect(without).not.toHaveProperty('employeeCount');
    expect((await read('company', '9')).accounts[0]?.input).not.toHaveProperty('owner');
  });

  test('a contact belongs to its primary company, and a deal too', async () => {
    put('contacts', contact('1', {}, { companies: ['7', '3'] }), contact('2', { firstname: null, lastname: '', email: ' ', hs_buying_role: null }));
    expect((await read('contact', '1')).records).toMatchObject([{ plural: 'contacts', input: { account: { externalRef: ref('7') }, externalRef: ref('1'), name: 'Ada Lovelace', email: 'ada@acme.example', title: 'CTO', role: 'Decision Maker', mode: 'PATCH', source: 'hubspot', occurredAt: at } }]);
    const [{ input } = { input: {} }] = (await read('contact', '2')).records;
    expect(input).toMatchObject({ email: null, role: null });
    expect(input).not.toHaveProperty('name');
  });

  test('a deal is stated with each stage at the time at which it entered it, by the labels of its pipeline', async () => {
    put('deals', deal('4'));
    const { records } = await read('deal', '4');
    expect(records.slice(0, 2)).toMatchObject([
      { plural: 'opportunities', input: { account: { externalRef: ref('7') }, externalRef: ref('4'), stage: 'Qualified To Buy', occurredAt: '2026-10-01T08:00:00.000Z' }, report: { closedAs: null } },
      { input: { stage: 'Contract Sent', stageSince: '2026-11-01T08:00:00.500Z', occurredAt: '2026-11-01T08:00:00.500Z' } },
    ]);
    expect(records[2]).toEqual({ plural: 'opportunities', path: ['deals', '4'], names: expect.any(Object) as object, input: { account: { externalRef: ref('7') }, externalRef: ref('4'), name: 'Acme renewal', amount: { amountMinor: 15_000_050, currency: 'USD' }, closeDate: '2026-12-31', probability: 0.9, nextStep: 'Send the contract', mode: 'PATCH', source: 'hubspot', occurredAt: at } });
    expect(JSON.stringify(records.map(({ report }) => report))).not.toContain('Acme');
  });

  test('a closed stage says how it closed; an unknown one keeps its id; without its past a deal is in its stage now', async () => {
    put('deals', deal('4', { dealstage: 'closedwon' }, { history: { dealstage: [{ value: 'gone', timestamp: '2026-10-01T08:00:00Z' }, { value: 'closedlost', timestamp: '2026-10-02T08:00:00Z' }, { value: 'closedwon', timestamp: '2026-10-03T08:00:00Z' }] } }), deal('5', {}, { history: {} }));
    expect((await read('deal', '4')).records.map(({ input, report }) => [input['stage'], report?.closedAs])).toEqual([['gone', null], ['Closed Lost', 'LOST'], ['Closed Won', 'WON'], [undefined, undefined]]);
    expect((await read('deal', '5')).records[0]).toMatchObject({ input: { stage: 'Contract Sent', occurredAt: at } });
  });

  test('amounts have the digits of their currency, and the currency of the account where they name none', async () => {
    put('deals', deal('1', { amount: '12', deal_currency_code: 'JPY' }), deal('2', { amount: '12.5', deal_currency_code: null }), deal('3', { amount: null }), deal('4', { amount: '12.5', deal_currency_code: 'JPY' }));
    const amountOf = async (id: string): Promise<unknown> => (await read('deal', id)).records.at(-1)?.input['amount'];
    expect([await amountOf('1'), await amountOf('2'), await amountOf('3'), await amountOf('4')]).toEqual([{ amountMinor: 12, currency: 'JPY' }, { amountMinor: 1_250, currency: 'EUR' }, null, undefined]);
    expect((await read('deal', '4')).ignored).toMatchObject([{ reason: 'UNREADABLE', path: ['deals', '4', 'properties', 'amount'] }]);
    const own = (await open({ settings: { currency: 'CHF' } })).session;
    expect((await own.readObjects([{ kind: 'deal', externalId: '2' }]))[0]?.records.at(-1)?.input['amount']).toEqual({ amountMinor: 1_250, currency: 'CHF' });
  });

  test('is stated as of the event that asked, where that is later than the modification', async () => {
    put('companies', company('7'));
    expect((await read('company', '7', '2026-11-20T09:00:00.000Z')).accounts[0]?.input.occurredAt).toBe('2026-11-20T09:00:00.000Z');
    expect((await read('company', '7', '2026-11-20T07:00:00.000Z')).accounts[0]?.input.occurredAt).toBe(at);
  });

  test('and was deleted, merged away or erased comes back as deletions', async () => {
    put('contacts', contact('1', {}, { archivedAt: '2026-11-20T10:00:00.000Z' }), contact('9', { hs_merged_object_ids: '5;6' }));
    expect((await read('contact', '1')).deletions).toMatchObject([{ type: 'Contact', externalRef: ref('1'), source: 'hubspot', occurredAt: '2026-11-20T10:00:00.000Z' }]);
    const merged = await read('contact', '5');
    expect(merged).toMatchObject({ records: [{ input: { externalRef: ref('9') } }], deletions: [{ externalRef: ref('5'), reason: 'Merged into 9', occurredAt: at }, { externalRef: ref('6') }] });
    expect(await read('contact', '9')).toEqual(merged);
    expect((await read('contact', '404', '2026-11-20T10:00:00.000Z')).deletions).toMatchObject([{ externalRef: ref('404'), occurredAt: '2026-11-20T10:00:00.000Z' }]);
  });

  test('and belongs to no company is ignored; what once did has ended', async () => {
    put('contacts', contact('1', {}, { companies: [] }), contact('2', {}, { companies: [], history: { associatedcompanyid: [{ value: '7', timestamp: '2026-10-01T08:00:00Z' }, { value: '', timestamp: '2026-11-01T08:00:00Z' }] } }));
    expect(await read('contact', '1')).toMatchObject({ records: [], deletions: [], ignored: [{ reason: 'NO_ACCOUNT' }] });
    expect(await read('contact', '2')).toMatchObject({ records: [], deletions: [{ type: 'Contact', externalRef: ref('2'), occurredAt: at }] });
  });
});

describe('calls', () => {
  test('are as few as HubSpot allows, and readings are in the order of what was asked', async () => {
    put('companies', company('7'));
    for (let id = 1; id <= 120; id += 1) put('contacts', contact(String(id)));
    const objects = [{ kind: 'company', externalId: '7' }, ...Array.from({ length: 120 }, (_, index) => ({ kind: 'contact', externalId: String(index + 1) })), { kind: 'contact', externalId: '1' }, { kind: 'ticket', externalId: '1' }, { kind: 'deal', externalId: 'x' }];
    const readings = await session.readObjects(objects);
    expect(readings).toHaveLength(124);
    expect(readings[120]?.records[0]?.input.externalRef).toEqual(ref('120'));
    expect(readings.slice(122)).toMatchObject([{ ignored: [{ reason: 'NOT_READ' }] }, { ignored: [{ reason: 'NOT_READ' }] }]);
    expect([server.count('POST /crm/v3/objects/contacts/batch/read'), server.count('POST /crm/v3/objects/companies/batch/read'), server.count('POST /crm/v4/associations/contacts/companies/batch/read'), server.count('GET /crm/v3/owners/'), server.count('GET /crm/v3/pipelines/deals')]).toEqual([3, 1, 1, 3, 1]);
  });

  test('for owners and stages are not repeated for one that HubSpot does not list', async () => {
    put('companies', company('7', { hubspot_owner_id: '77' }));
    await read('company', '7');
    const before = server.count('GET /crm/v3/owners/');
    await read('company', '7');
    expect(server.count('GET /crm/v3/owners/')).toBe(before);
  });

  test('of an account read its company, contacts and deals; an account that HubSpot does not know is none', async () => {
    put('companies', company('7'));
    for (let id = 1; id <= 501; id += 1) put('contacts', contact(String(id), {}, id === 3 ? { companies: ['8', '7'] } : {}));
    put('deals', deal('4'));
    const reading = await session.readAccount({ ...account, externalRefs: [ref('7'), { system: 'salesforce', id: '001' }] });
    expect([reading?.accounts.length, reading?.records.filter(({ plural }) => plural === 'contacts').length, reading?.records.filter(({ plural }) => plural === 'opportunities').length]).toEqual([1, 501, 3]);
    expect(reading?.records.find(({ input }) => input.externalRef.id === '3')?.input.account).toEqual({ externalRef: ref('8') });
    expect(await session.readAccount({ ...account, externalRefs: [{ system: 'salesforce', id: '001' }] })).toBeNull();
  });

  test('of history read every object once, beyond the limit of the search, whatever the cursor is resumed from', async () => {
    for (let id = 1; id <= 250; id += 1) put('companies', company(String(id), { hs_lastmodifieddate: id <= 230 ? at : `2026-11-20T09:00:00.${String(id)}Z` }));
    put('companies', company('999', {}, { archivedAt: '2026-11-20T10:00:00.000Z' }));
    put('contacts', contact('1'));
    put('deals', deal('4'));
    const seen = new Map<string, number>();
    const deletions: string[] = [];
    let cursor: string | null = null;
    let total: number | null = null;
    do {
      const page = await (await open()).session.readHistory(cursor);
      for (const { input } of page.reading.accounts) seen.set(input.externalRef.id, (seen.get(input.externalRef.id) ?? 0) + 1);
      deletions.push(...page.reading.deletions.map(({ externalRef }) => externalRef.id));
      ({ next: cursor, total } = page);
    } while (cursor !== null);
    expect(seen.size).toBe(250);
    expect([deletions, total]).toEqual([['999'], 252]);
    expect(Math.max(...server.calls.filter(({ path }) => path.endsWith('/search')).map(({ body }) => Number((JSON.parse(body) as { after?: string }).after ?? 0)))).toBe(0);
  });

  test('of history do not end where an object of a page cannot be read', async () => {
    for (let id = 1; id <= 150; id += 1) put('companies', company(String(id), { hs_lastmodifieddate: new Date(Date.parse(at) + id).toISOString() }));
    server.trouble((call) => {
      const { results, ...rest } = (server.searchAs(call) as { readonly results: readonly object[] });
      return { body: { ...rest, results: results.map((each, index) => (index === 7 ? { ...each, properties: null } : index === 8 ? 5 : each)) } };
    }, { times: 1, route: 'POST /crm/v3/objects/companies/search' });
    const { reading, next } = await session.readHistory(JSON.stringify({ kind: 'company', total: 150, step: { name: 'from', time: 0 } }));
    expect([reading.accounts.length, JSON.parse(next ?? '')]).toEqual([99, { kind: 'company', total: 150, step: { name: 'from', time: Date.parse(at) + 100 } }]);
  });

  test('with a cursor that is none are refused', async () => {
    await expect(session.readHistory('{}')).rejects.toMatchObject({ code: 'REFUSED' });
  });
});

describe('a check', () => {
  test('says which account the token belongs to, and that it may read', async () => {
    expect(await session.check()).toEqual({ account: 'HubSpot account 33 (app-eu1.hubspot.com)' });
    await expect((await open({ settings: { portalId: 34 } })).session.check()).rejects.toMatchObject({ code: 'REFUSED', message: expect.stringContaining('33') as string });
    server.trouble(missingScopes, { route: 'GET /crm/v3/objects/deals' });
    await expect(session.check()).rejects.toMatchObject({ code: 'FORBIDDEN', message: expect.stringContaining('crm.objects.deals.read') as string });
  });

  test('with OAuth asks for a new token once where one was refused', async () => {
    const oauth = { clientId: 'c', clientSecret: 's', refreshToken: 'r' };
    expect(await (await open({ credentials: oauth, tokens: ['stale', 'pat-na1-token'] })).session.check()).toMatchObject({ account: expect.stringContaining('33') as string });
    await expect((await open({ credentials: oauth, tokens: ['stale', 'stale too'] })).session.check()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    await expect((await open({ credentials: { accessToken: 'stale' } })).session.check()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  });
});

describe('faults', () => {
  const fault = async (): Promise<unknown> => session.readObjects([{ kind: 'company', externalId: '7' }]).then(() => null, (error: unknown) => error);
  test.each([
    ['the limit of ten seconds', limitReached('TEN_SECONDLY_ROLLING'), { code: 'RATE_LIMITED', limitReason: 'TEN_SECONDLY_ROLLING', retryAt: new Date('2026-11-21T08:00:10.000Z') }],
    ['a limit with Retry-After', limitReached('SECONDLY', { 'retry-after': '3' }), { code: 'RATE_LIMITED', retryAt: new Date('2026-11-21T08:00:03.000Z') }],
    ['the limit of the day', limitReached('DAILY'), { code: 'QUOTA_USED_UP', limitReason: 'DAILY', retryAt: new Date('2026-11-21T09:00:00.000Z') }],
    ['an unknown limit', { status: 429, body: 'slow down' }, { code: 'RATE_LIMITED', limitReason: null }],
    ['no scope', missingScopes, { code: 'FORBIDDEN' }],
    ['a fault of HubSpot', { status: 502, body: '<html>Bad Gateway</html>' }, { code: 'UNAVAILABLE' }],
    ['a fault without a body', { status: 500, headers: { 'content-type': 'application/json' } }, { code: 'UNAVAILABLE' }],
    ['a migration', { status: 477, headers: { 'retry-after': '3600' }, body: {} }, { code: 'UNAVAILABLE', retryAt: new Date('2026-11-21T09:00:00.000Z') }],
    ['a request that it does not like', { status: 400, body: { status: 'error', category: 'VALIDATION_ERROR', message: 'secret words' } }, { code: 'REFUSED' }],
    ['a cut socket', 'CUT' as const, { code: 'UNAVAILABLE' }],
    ['a cut body', 'CUT_BODY' as const, { code: 'UNAVAILABLE' }],
    ['no JSON', { status: 200, headers: { 'content-type': 'application/json' }, body: '<html>' }, { code: 'UNREADABLE' }],
    ['another shape', { status: 200, body: { results: { a: 1 } } }, { code: 'UNREADABLE' }],
    ['no list', { status: 200, body: {} }, { code: 'UNREADABLE' }],
    ['an address elsewhere', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }, { code: 'REFUSED' }],
  ])('%s', async (_name, trouble, expected) => {
    server.trouble(trouble);
    const found = await fault();
    expect(found).toMatchObject({ name: 'VendorFault', ...expected });
    expect(JSON.stringify([found, String(found), (found as Error).cause ?? null])).not.toMatch(/pat-na1|secret words|correlationId/);
  });

  test('no answer in time', async () => {
    ({ session } = await open({ timeout: 50 }));
    server.trouble('HANG');
    expect(await fault()).toMatchObject({ code: 'TIMEOUT' });
  });

  test('of one object of another shape do not hold up the others', async () => {
    put('companies', company('7'), company('8', { hs_lastmodifieddate: 'yesterday' }), company('9', { hs_lastmodifieddate: null }));
    expect(await session.readObjects(['7', '8', '9'].map((externalId) => ({ kind: 'company', externalId })))).toMatchObject([{ accounts: [{}] }, { accounts: [], ignored: [{ reason: 'UNREADABLE', path: ['companies', '8', 'properties', 'hs_lastmodifieddate'] }] }, { accounts: [], ignored: [{ reason: 'UNREADABLE' }] }]);
    server.trouble({ body: { status: 'COMPLETE', results: [{ id: '7', properties: { name: 5 } }, 5, null] } }, { times: 1, route: 'POST /crm/v3/objects/companies/batch/read' });
    expect(await read('company', '7')).toMatchObject({ accounts: [], ignored: [{ reason: 'UNREADABLE' }] });
  });

  test('of shape end nothing', async () => {
    const batch = { times: 1, route: 'POST /crm/v3/objects/companies/batch/read' };
    server.trouble({ body: { status: 'COMPLETE', results: [{ objectId: 7 }] } }, batch);
    expect(await read('company', '7', at)).toMatchObject({ deletions: [], ignored: [{ reason: 'UNREADABLE' }] });
    put('contacts', contact('1', {}, { history: { associatedcompanyid: [{ value: '7', timestamp: at }] } }));
    const results = [{ from: { id: '1' }, to: 5 }, 7, { from: 1, to: [] }];
    for (const result of results) {
      server.trouble({ status: 207, body: { status: 'COMPLETE', results: [result] } }, { times: 1, route: 'POST /crm/v4/associations/contacts/companies/batch/read' });
      expect(await read('contact', '1'), JSON.stringify(result)).toMatchObject({ records: [], deletions: [], ignored: [{ reason: 'UNREADABLE' }] });
    }
    const error = (subCategory: string, context: object) => ({ status: 'error', category: 'OBJECT_NOT_FOUND', subCategory, message: 'm', context, links: {}, errors: [] });
    for (const [errors, expected] of [[[error('crm.associations.OTHER', { fromObjectId: ['1'] })], 'ignored'], [[error('crm.associations.OTHER', {})], 'ignored'], [[error('crm.associations.NO_ASSOCIATIONS_FOUND', { fromObjectId: ['1'] })], 'deletions'], [[error('crm.associations.OTHER', { fromObjectId: ['2'] })], 'deletions']] as const) {
      server.trouble({ status: 207, body: { status: 'COMPLETE', results: [], numErrors: 1, errors } }, { times: 1, route: 'POST /crm/v4/associations/contacts/companies/batch/read' });
      expect((await read('contact', '1'))[expected], JSON.stringify(errors)).toHaveLength(1);
    }
  });
});

test.each([[{}, ''], [{ accessToken: '' }, 'accessToken'], [{ accessToken: 'a b' }, 'accessToken'], [{ accessToken: 'a', more: 1 }, ''], [{ refreshToken: 'r', clientId: 'c' }, 'clientSecret'], [5, '']])('credentials that are none say where to find them: %j', (given, field) => {
  const { success, error } = hubspotApi.credentials.safeParse(given);
  expect([success, error?.issues[0]?.path.join('.')]).toEqual([false, field]);
  if (field !== '' || typeof given === 'number') expect(error?.issues[0]?.message).toMatch(/HubSpot/);
});
