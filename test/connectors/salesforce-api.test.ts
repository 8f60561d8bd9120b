import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { salesforceApi } from '../../src/features/connectors/salesforce/api.ts';
import { readSalesforce } from '../../src/features/connectors/salesforce/read.ts';
import { joinReadings, type Reading } from '../../src/features/connectors/reading.ts';
import { openAlone } from './outbound/open-alone.ts';
import { salesforceError, startSalesforceServer, type SalesforceRecord, type SalesforceServer } from './vendors/salesforce-server.ts';

const credentials = { instanceUrl: 'https://aurora.my.salesforce.com/', clientId: 'consumer-key', clientSecret: 'consumer-secret' };
const at = (minute: number): string => `2026-11-20T08:${String(minute).padStart(2, '0')}:00.000+0000`;
const id = (prefix: string, number: number): string => `${prefix}${String(number).padStart(12, '0')}`;
const acme = id('001', 1);
const record = (more: object): SalesforceRecord => ({ SystemModstamp: at(0), ...more }) as SalesforceRecord;
const data = (): Record<string, SalesforceRecord[]> => ({
  Account: [record({ Id: acme, Name: 'Acme', Industry: 'Software', Owner: { attributes: { type: 'User' }, Name: 'Sarah Chen', Email: 'sarah@aurora.example' } }), record({ Id: id('001', 2), Name: 'Other' })],
  Contact: [record({ Id: id('003', 1), AccountId: acme, Name: 'Ada Lovelace', Email: 'ada@acme.example', CreatedDate: at(0) })],
  Opportunity: [record({ Id: id('006', 1), AccountId: acme, Name: 'Renewal', StageName: 'Negotiation', Amount: 1_200_000.5, CurrencyIsoCode: 'EUR', Probability: 60, CloseDate: '2026-12-31', NextStep: 'Call', IsClosed: false, IsWon: false })],
  Task: [record({ Id: id('00T', 1), AccountId: acme, Subject: 'Call Acme', Type: 'Call', Status: 'Completed', IsClosed: true, ActivityDate: '2026-11-19' })],
  Event: [record({ Id: id('00U', 1), AccountId: acme, Subject: 'Review', StartDateTime: '2026-11-19T08:00:00.000+0000' })],
  OpportunityContactRole: [record({ Id: id('00K', 1), ContactId: id('003', 1), OpportunityId: id('006', 1), Role: 'Economic Buyer', Contact: { attributes: { type: 'Contact' }, AccountId: acme } })],
  AccountContactRelation: [record({ Id: id('07k', 1), AccountId: acme, ContactId: id('003', 1), Roles: 'Influencer;Technical Evaluator', IsDirect: true })],
});

let server: SalesforceServer;
beforeAll(async () => {
  server = await startSalesforceServer();
});
afterEach(() => {
  server.release();
  server.forget();
  for (const type of Object.keys(server.hidden)) delete server.hidden[type];
  server.usage = { used: 0, limit: 100_000 };
});
afterAll(() => server.stop());

const open = (settings: object = {}) => {
  Object.assign(server.records, data());
  return openAlone(salesforceApi, { url: server.url, credentials, settings, token: server.token });
};
const idsOf = ({ accounts, records }: Reading): string[] => [...accounts.map(({ input }) => input.externalRef?.id ?? ''), ...records.map(({ input }) => input.externalRef.id)];
const calls = (): string[] => server.calls.map(({ method, path }) => `${method} ${path.replace('/services/data/v62.0', '')}`);

test('check says which organization it is', async () => {
  expect(await (await open()).check()).toEqual({ account: 'Aurora Ltd' });
});

test('an account is read in two requests beside the descriptions, with all that belongs to it and no other account', async () => {
  const session = await open();
  const places = { account: { id: 'x' }, externalRefs: [{ system: 'hubspot', id: '7' }, { system: 'salesforce', id: acme }], jiraProjectKey: null, slackChannelId: null, notionPageId: null };
  const reading = await session.readAccount(places);
  expect(reading && idsOf(reading)).toEqual([acme, id('003', 1), id('006', 1), id('00T', 1), id('00U', 1), id('003', 1), id('003', 1)]);
  expect(reading?.accounts[0]?.input).toMatchObject({ owner: { name: 'Sarah Chen', email: 'sarah@aurora.example' } });
  expect(reading?.records.slice(-2).map(({ input }) => input['role'])).toEqual(['Economic Buyer', 'Influencer, Technical Evaluator']);
  expect(calls().filter((call) => !call.endsWith('/describe'))).toEqual(['POST /composite', 'POST /composite']);
  server.forget();
  await session.readAccount(places);
  expect(calls()).toEqual(['POST /composite', 'POST /composite']);
  expect(await session.readAccount({ ...places, externalRefs: [{ system: 'salesforce', id: `x' OR Id != '` }] })).toBeNull();
});

test('a record that is fetched states what the same record states by webhook', async () => {
  const session = await open();
  const objects = Object.entries(data()).flatMap(([kind, rows]) => rows.map((row) => ({ kind, externalId: row.Id })));
  const fetched = joinReadings(await session.readObjects(objects));
  const delivered = readSalesforce(Object.entries(data()).flatMap(([type, rows]) => rows.map((row) => ({ attributes: { type }, IsDeleted: false, ...row }))));
  // The webhook leaves out what the vendor does not have; a fetched null clears what is not there.
  const statements = ({ accounts, records, signals }: Reading) => [...accounts.map(({ input }) => input), ...records.map(({ input }) => input), ...signals.map(({ statement }) => statement)].map((input) => Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null)));
  expect(statements(fetched)).toEqual(statements(delivered));
  expect(fetched.records[1]?.input).toMatchObject({ amount: { amountMinor: 120_000_050, currency: 'EUR' }, occurredAt: '2026-11-20T08:00:00.000Z' });
});

test('200 ids are asked for together, five queries in one request; deleted and missing records are deletions', async () => {
  const session = await open();
  server.records['Account'] = Array.from({ length: 450 }, (_, index) => record({ Id: id('001', index), Name: `Account ${index}`, IsDeleted: index === 7 }));
  const readings = await session.readObjects([...server.records['Account'].map((row) => ({ kind: 'Account', externalId: row.Id })), { kind: 'Task', externalId: id('00T', 99) }, { kind: 'Lead', externalId: id('00Q', 1) }]);
  expect(readings).toHaveLength(452);
  const [found, gone] = [joinReadings(readings.slice(0, 450)), joinReadings(readings.slice(450))];
  expect([found.accounts.length, calls().filter((call) => !call.endsWith('/describe'))]).toEqual([449, ['POST /composite']]);
  expect(found.deletions).toMatchObject([{ type: 'Account', externalRef: { id: id('001', 7) }, occurredAt: '2026-11-20T08:00:00.000Z' }]);
  expect(gone).toMatchObject({ deletions: [{ type: 'Activity', externalRef: { system: 'salesforce', id: id('00T', 99) } }], ignored: [{ reason: 'NOT_READ' }] });
});

test('the history goes through every kind in pages by time and id, deleted records too, and each record comes once', async () => {
  const session = await open();
  // Many records of one instant, over the end of a page.
  server.records['Contact'] = Array.from({ length: 2_300 }, (_, index) => record({ Id: id('003', index), AccountId: acme, Name: `C ${index}`, SystemModstamp: at(index < 1_500 ? 1 : 2), IsDeleted: index === 2_000 }));
  const seen: string[] = [];
  let cursor: string | null = null;
  let pages = 0;
  do {
    const page = await session.readHistory(cursor);
    expect(page.total).toBe(2_307);
    // A role is of a contact that has come already.
    seen.push(...idsOf(page.reading).filter((each) => !each.startsWith('003') || !seen.includes(each)), ...page.reading.deletions.map(({ externalRef }) => externalRef.id));
    cursor = page.next;
    pages += 1;
  } while (cursor !== null);
  expect([seen.length, new Set(seen).size, pages]).toEqual([2_305, 2_305, 9]);
  await expect(session.readHistory('{"type":"Lead"}')).rejects.toMatchObject({ code: 'REFUSED' });
});

test('fields that the organization lacks are not asked for; required ones are missed by name', async () => {
  server.hidden['Account'] = ['CurrencyIsoCode', 'AnnualRevenue'];
  server.hidden['Opportunity'] = ['CurrencyIsoCode'];
  const [, reading] = await (await open({ currency: 'USD' })).readObjects([{ kind: 'Account', externalId: acme }, { kind: 'Opportunity', externalId: id('006', 1) }]);
  expect(reading?.records[0]?.input).toMatchObject({ amount: { amountMinor: 120_000_050, currency: 'USD' } });
  server.hidden['Contact'] = ['AccountId'];
  await expect((await open()).readObjects([{ kind: 'Contact', externalId: id('003', 1) }])).rejects.toMatchObject({ code: 'FORBIDDEN', message: expect.stringContaining('Contact.AccountId') as string });
});

test('an organization without contact roles is read without them, and an owner that is not shown is not asked for', async () => {
  server.hidden['AccountContactRelation'] = ['*'];
  server.hidden['OpportunityContactRole'] = ['Role'];
  server.hidden['Account'] = ['OwnerId'];
  const session = await open();
  const reading = await session.readAccount({ account: { id: 'x' }, externalRefs: [{ system: 'salesforce', id: acme }], jiraProjectKey: null, slackChannelId: null, notionPageId: null });
  expect(reading && idsOf(reading)).toEqual([acme, id('003', 1), id('006', 1), id('00T', 1), id('00U', 1)]);
  expect(reading?.accounts[0]?.input).not.toHaveProperty('owner');
  expect(joinReadings(await session.readObjects([{ kind: 'AccountContactRelation', externalId: id('07k', 1) }]))).toMatchObject({ records: [], deletions: [], ignored: [{ reason: 'NOT_READ' }] });
  const { total, next } = await session.readHistory(JSON.stringify({ type: 'AccountContactRelation', behind: null, total: 6 }));
  expect([total, next, (await session.readHistory(null)).total]).toEqual([6, null, 6]);
});

test('a record of another shape is skipped and said; the others are read', async () => {
  const session = await open();
  server.records['Account'] = [record({ Id: acme, Name: { first: 'Acme' } }), record({ Id: id('001', 2), Name: 'Other' })];
  expect(joinReadings(await session.readObjects([{ kind: 'Account', externalId: acme }, { kind: 'Account', externalId: id('001', 2) }]))).toMatchObject({ accounts: [{ input: { name: 'Other' } }], ignored: [{ reason: 'UNREADABLE', path: ['0', 'Name'] }] });
  server.trouble({ body: { rows: [] } });
  await expect(session.check()).rejects.toMatchObject({ code: 'UNREADABLE' });
});

test.each([
  ['the daily requests are used up', salesforceError(403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.'), 'QUOTA_USED_UP', 1],
  ['too many requests run at once', salesforceError(403, 'REQUEST_LIMIT_EXCEEDED', 'ConcurrentPerOrgLongTxn Limit exceeded.'), 'RATE_LIMITED', 3],
  ['the session is refused', salesforceError(401, 'INVALID_SESSION_ID'), 'UNAUTHORIZED', 1],
  ['the API is off', salesforceError(403, 'API_DISABLED_FOR_ORG'), 'FORBIDDEN', 1],
  ['the server is away', salesforceError(503, 'SERVER_UNAVAILABLE'), 'UNAVAILABLE', 3],
  ['another server answers', { status: 502, body: '<html>' }, 'UNAVAILABLE', 3],
  ['it redirects', { status: 302, headers: { location: 'http://127.0.0.1:9/steal' } }, 'REFUSED', 1],
] as const)('when %s', async (_what, answer, code, attempts) => {
  const session = await open();
  server.trouble(answer);
  const fault: unknown = await session.check().catch((error: unknown) => error);
  expect(fault).toMatchObject({ code });
  expect(server.count()).toBe(attempts);
  expect(JSON.stringify(fault, Object.getOwnPropertyNames(fault as object))).not.toContain(server.token);
});

test('a query that fails within a request of several is a failure of the call, and tried again', async () => {
  const session = await open();
  const objects = [{ kind: 'Account', externalId: acme }, { kind: 'Task', externalId: id('00T', 1) }];
  await session.readObjects(objects);
  server.forget();
  const failed = { body: { compositeResponse: [{ httpStatusCode: 200, body: { totalSize: 0, done: true, records: [] } }, { httpStatusCode: 400, body: [{ errorCode: 'QUERY_TIMEOUT', message: 'too long' }] }] } };
  server.trouble(failed, { times: 1 });
  expect((await session.readObjects(objects))[0]?.accounts).toHaveLength(1);
  expect(server.count()).toBe(2);
  server.trouble({ body: { compositeResponse: [] } });
  await expect(session.readObjects(objects)).rejects.toMatchObject({ code: 'UNREADABLE' });
});

test('a cut socket, a cut body and a slow answer end in faults and not in the end of the process', async () => {
  const session = await openAlone(salesforceApi, { url: server.url, credentials, token: server.token, pace: { timeout: 50, attempts: 1 } });
  for (const [trouble, code] of [['CUT', 'UNAVAILABLE'], ['CUT_BODY', 'UNAVAILABLE'], ['HANG', 'TIMEOUT']] as const) {
    server.trouble(trouble, { times: 1 });
    await expect(session.check()).rejects.toMatchObject({ code });
  }
  expect(await session.check()).toEqual({ account: 'Aurora Ltd' });
});

test('the history waits while its share of the daily requests is used; changes are still read', async () => {
  const session = await open({ historyQuotaPercent: 50 });
  await session.check();
  server.usage = { used: 60_000, limit: 100_000 };
  await session.check();
  await expect(session.readHistory(JSON.stringify({ type: 'Account', behind: null, total: 1 }))).rejects.toMatchObject({ code: 'QUOTA_USED_UP', limitScope: 'OPERATION' });
  expect((await session.readObjects([{ kind: 'Account', externalId: acme }]))[0]?.accounts).toHaveLength(1);
});

test.each([
  [{ ...credentials, instanceUrl: 'http://aurora.my.salesforce.com' }, 'instanceUrl'],
  [{ ...credentials, instanceUrl: 'https://127.0.0.1' }, 'instanceUrl'],
  [{ ...credentials, instanceUrl: 'https://salesforce.com.evil.example' }, 'instanceUrl'],
  [{ ...credentials, instanceUrl: 'https://aurora.my.salesforce.com@evil.example' }, 'instanceUrl'],
  [{ instanceUrl: credentials.instanceUrl, clientId: credentials.clientId }, 'clientSecret'],
  [{ ...credentials, password: 'x' }, 'password'],
])('credentials that cannot be right are refused with the place where to find them: %j', (given, named) => {
  const { error } = salesforceApi.credentials.safeParse(given);
  expect(JSON.stringify(error?.issues)).toContain(named);
});
