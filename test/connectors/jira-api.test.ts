import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { jiraApi } from '../../src/features/connectors/jira/api.ts';
import { readJira } from '../../src/features/connectors/jira/read.ts';
import type { VendorSession } from '../../src/features/connectors/outbound/vendor-api.ts';
import { done, jiraEvent, type JiraEventOptions } from './payloads/jira.ts';
import { startJiraServer, servedIssue, type JiraServer } from './vendors/jira-server.ts';
import { openVendor, placesOf, type OpenVendor } from './vendors/open-vendor.ts';
import { startVendorServer } from './vendors/vendor-server.ts';

const credentials = { site: 'https://ACME.atlassian.net/', email: 'connector@example.com', apiToken: 'secret-api-token' };
const authorization = `Basic ${Buffer.from('connector@example.com:secret-api-token').toString('base64')}`;
const search = 'POST /rest/api/3/search/jql';

let server: JiraServer;
beforeAll(async () => {
  server = await startJiraServer();
});
afterAll(() => server.stop());
beforeEach(() => {
  server.release();
  server.forget();
  server.issues.length = 0;
  server.moved.clear();
  Object.assign(server.site, { pageSize: 100, authorization });
});

const open = (settings: object = {}, more: Partial<OpenVendor> = {}): Promise<VendorSession> => openVendor(jiraApi, { credentials, settings, baseUrl: server.url, ...more });
const serve = (...issues: readonly JiraEventOptions[]): void => void server.issues.push(...issues.map(servedIssue));
const stated = (options: JiraEventOptions, settings: object = {}) => readJira(jiraEvent(options), settings).records[0]?.input;
const keysOf = (reading: { readonly records: readonly { readonly input: { readonly externalRef: { readonly id: string } } }[] } | null) => reading?.records.map(({ input }) => input.externalRef.id);
const minute = (number: number): string => new Date(Date.UTC(2026, 10, 20, 8, number)).toISOString();
const jqls = (): string[] => server.calls.flatMap(({ body }) => (body.includes('jql') ? [(JSON.parse(body) as { jql: string }).jql] : []));

describe('credentials', () => {
  test.each([
    [{ site: 'acme.atlassian.net', email: 'a@example.com', apiToken: 'x' }, true],
    [{ cloudId: '11223344-a1b2-3b33-c444-def123456789', clientId: 'a', clientSecret: 'b', refreshToken: 'c' }, true],
    [{ site: 'acme.atlassian.net.evil.example', email: 'a@example.com', apiToken: 'x' }, false],
    [{ site: 'http://127.0.0.1', email: 'a@example.com', apiToken: 'x' }, false], [{ site: 'evil.example/.atlassian.net', email: 'a@example.com', apiToken: 'x' }, false], [{ site: 'a@b.atlassian.net', email: 'a@example.com', apiToken: 'x' }, false],
    [{ site: 'acme.atlassian.net', email: 'a@example.com' }, false], [{ site: 'acme.atlassian.net', email: 'a@example.com', apiToken: 'x', clientId: 'y' }, false],
  ])('%j', (given, isValid) => expect(jiraApi.credentials.safeParse(given).success).toBe(isValid));

  test('read what they have read before', () => {
    const read = jiraApi.credentials.parse(credentials);
    expect(read).toMatchObject({ site: 'acme.atlassian.net' });
    expect(jiraApi.credentials.parse(read)).toEqual(read);
  });
});

describe('check', () => {
  test('names the site once Jira accepts the credentials', async () => {
    expect(await (await open()).check()).toEqual({ account: 'acme.atlassian.net' });
    server.site.authorization = 'another';
    await expect((await open()).check()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  });

  test('does not take the answers that Jira gives to nobody', async () => {
    server.trouble({ headers: { 'x-seraph-loginreason': 'AUTHENTICATED_FAILED' }, body: { issues: [], issueErrors: [] } });
    await expect((await open()).readObjects([{ kind: 'issue', externalId: 'ACME-1' }])).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  });
});

describe('issues by key', () => {
  test('state what a webhook about them states', async () => {
    const options: JiraEventOptions = { key: 'ACME-7', labels: ['account-acme', 'blocker'], fields: { ...done, assignee: null, priority: { name: 'Our own' }, resolutiondate: '2026-11-21T08:00:00.000+0100' } };
    serve(options);
    const [reading] = await (await open()).readObjects([{ kind: 'issue', externalId: 'acme-7' }]);
    expect(reading?.records.map(({ input }) => input)).toEqual([stated(options)]);
    expect(reading).toMatchObject({ signals: [], deletions: [], fetches: [], ignored: [] });
  });

  test('are read a hundred at a time, in the order that was asked for; those that are gone have ended', async () => {
    const keys = Array.from({ length: 230 }, (_, index) => `ACME-${index + 1}`);
    serve(...keys.filter((key) => key !== 'ACME-5').map((key) => ({ key })));
    const readings = await (await open()).readObjects(keys.toReversed().map((externalId) => ({ kind: 'issue', externalId })));
    expect(server.count('POST /rest/api/3/issue/bulkfetch')).toBe(3);
    expect(readings.map((reading) => keysOf(reading)?.[0] ?? reading.deletions[0]?.externalRef.id)).toEqual(keys.toReversed());
    expect(readings.at(-5)).toMatchObject({ records: [], deletions: [{ type: 'Ticket', externalRef: { system: 'jira', id: 'ACME-5' }, occurredAt: null }] });
  });

  test('that were moved end under the old key and come under the new one; those that lost their account end', async () => {
    server.moved.set('OLD-1', 'ACME-1');
    serve({ key: 'ACME-1' }, { key: 'ACME-2', labels: [] });
    const [moved, lost] = await (await open()).readObjects([{ kind: 'issue', externalId: 'OLD-1' }, { kind: 'issue', externalId: 'ACME-2' }]);
    expect(moved).toMatchObject({ deletions: [{ externalRef: { id: 'OLD-1' } }], records: [{ input: { key: 'ACME-1' } }] });
    expect(lost).toMatchObject({ records: [], deletions: [{ externalRef: { id: 'ACME-2' }, occurredAt: '2026-11-21T08:00:00.000Z', reason: 'No label names an account any more' }] });
  });

  test('of other kinds are refused without a call', async () => {
    await expect((await open()).readObjects([{ kind: 'sprint', externalId: '1' }])).rejects.toMatchObject({ code: 'REFUSED' });
    expect(server.calls).toHaveLength(0);
  });
});

describe('the issues of an account', () => {
  test('are those that its labels and projects name', async () => {
    const settings = { labels: { vip: { system: 'salesforce', id: '0015g00000XyZAA' } }, projects: { ACME: { system: 'crm', id: '8' }, SUP: { system: 'crm', id: '9' } } };
    const places = placesOf({ externalRefs: [{ system: 'salesforce', id: '0015g00000XyZAAA3' }, { system: 'salesforce', id: '0015g00000XyZAAAA3' }, { system: 'jira', id: 'ac"me' }, { system: 'crm', id: '8' }, { system: 'erp', id: 'two words' }, { system: 'jira-project', id: 'PRO' }, { system: 'jira-project', id: 'no key' }], jiraProjectKey: 'own' });
    serve({ key: 'X-1', labels: ['account-ac"me'] }, { key: 'X-2', labels: ['account-crm:8'] }, { key: 'ACME-1', labels: [] }, { key: 'OWN-1', labels: [] }, { key: 'OWN-2', labels: ['account-other'] }, { key: 'X-3', labels: ['account-9'] }, { key: 'SUP-1', labels: [] });
    const reading = await (await open(settings)).readAccount(places);
    expect(Object.fromEntries(reading?.records.map(({ input }) => [input.externalRef.id, input.account]) ?? [])).toEqual({
      'X-1': { externalRef: { system: 'jira', id: 'ac"me' } }, 'X-2': { externalRef: { system: 'crm', id: '8' } }, 'ACME-1': { externalRef: { system: 'crm', id: '8' } }, 'OWN-1': { id: 'account-1' }, 'OWN-2': { externalRef: { system: 'jira', id: 'other' } },
    });
    expect(jqls()[0]).toContain('project in ("ACME", "OWN", "PRO")');
    expect(jqls()[0]).not.toContain('two words');
    expect(await (await open()).readAccount(placesOf())).toBeNull();
  });

  test('come page by page, the latest change first; what was done long ago is left to the history', async () => {
    server.site.pageSize = 2;
    serve(...[1, 2, 3, 4, 5].map((number) => ({ key: `ACME-${number}`, at: minute(number) })), { key: 'ACME-6', at: '2026-01-01T00:00:00.000Z', fields: done });
    const reading = await (await open({ jql: 'project = ACME' })).readAccount(placesOf({ externalRefs: [{ system: 'jira', id: 'acme' }] }));
    expect(keysOf(reading)).toEqual(['ACME-5', 'ACME-4', 'ACME-3', 'ACME-2', 'ACME-1']);
    expect([server.count(search), new Set(jqls()).size, jqls()[0]?.includes('AND (project = ACME) ORDER BY')]).toEqual([3, 1, true]);
  });

  test('are bounded, and it is said that there are more', async () => {
    server.site.pageSize = 1;
    serve(...Array.from({ length: 12 }, (_, number) => ({ key: `ACME-${number}`, at: minute(number) })));
    const reading = await (await open()).readAccount(placesOf({ externalRefs: [{ system: 'jira', id: 'acme' }] }));
    expect([reading?.records.length, reading?.ignored]).toMatchObject([10, [{ reason: 'NOT_READ' }]]);
  });
});

describe('history', () => {
  const readAll = async (session: VendorSession, from: string | null = null, most = 50): Promise<{ readonly keys: string[]; readonly cursors: string[]; readonly totals: (number | null)[] }> => {
    const [keys, cursors, totals]: [string[], string[], (number | null)[]] = [[], [], []];
    for (let cursor = from, page = 0; page < most; page += 1) {
      const { reading, next, total } = await session.readHistory(cursor);
      keys.push(...(keysOf(reading) ?? []));
      totals.push(total);
      if (next === null) break;
      cursors.push(next);
      cursor = next;
    }
    return { keys, cursors, totals };
  };

  test('is read from the earliest change to the latest, and goes on from any place', async () => {
    server.site.pageSize = 2;
    serve(...[3, 1, 2, 5, 4].map((number) => ({ key: `ACME-${number}`, at: minute(number) })), { key: 'X-1', labels: [], at: minute(9) });
    const { keys, cursors, totals } = await readAll(await open());
    expect([keys, totals]).toEqual([['ACME-1', 'ACME-2', 'ACME-3', 'ACME-4', 'ACME-5'], [6, null, null]]);
    expect((await readAll(await open(), cursors[0])).keys).toEqual(['ACME-3', 'ACME-4', 'ACME-5']);
    await expect((await open()).readHistory('nonsense')).rejects.toMatchObject({ code: 'REFUSED' });
  });

  test('goes on where Jira has forgotten the place: nothing is left out', async () => {
    server.site.pageSize = 2;
    const days = [1, 3, 5, 7, 9, 11];
    serve(...days.map((day) => ({ key: `ACME-${day}`, at: `2026-11-${String(day).padStart(2, '0')}T08:00:00.000Z` })));
    const session = await open();
    const { cursors } = await readAll(session, null, 2);
    server.forgetTokens();
    const { keys } = await readAll(session, cursors[1]);
    expect(keys).toEqual(['ACME-7', 'ACME-9', 'ACME-11']);
  });

  test('skips and says what has another shape, and reads the rest of the page', async () => {
    serve({ key: 'ACME-1' });
    server.issues.push({ ...servedIssue({ key: 'ACME-2' }), fields: { summary: 5 } }, { id: '9' }, null, { ...servedIssue({ key: 'ACME-3' }), fields: { labels: ['account-acme'], summary: 'No time' } });
    const { reading } = await (await open()).readHistory(null);
    expect(keysOf(reading)).toEqual(['ACME-1']);
    expect(reading.ignored?.map(({ reason }) => reason)).toEqual(['UNREADABLE', 'UNREADABLE', 'UNREADABLE', 'UNREADABLE']);
  });
});

describe('a fault', () => {
  const read = async (more: Partial<OpenVendor> = {}): Promise<unknown> => (await open({}, more)).readAccount(placesOf({ externalRefs: [{ system: 'jira', id: 'acme' }] }));

  test.each([
    [401, {}, { code: 'UNAUTHORIZED' }], [403, {}, { code: 'FORBIDDEN' }], [404, {}, { code: 'NOT_FOUND' }], [400, {}, { code: 'REFUSED' }], [409, {}, { code: 'CONFLICT' }], [500, {}, { code: 'UNAVAILABLE' }],
    [503, { 'retry-after': '7' }, { code: 'UNAVAILABLE', retryAt: new Date('2026-11-21T09:00:07.000Z') }],
    [429, { 'retry-after': '5', 'ratelimit-reason': 'jira-burst-based' }, { code: 'RATE_LIMITED', limitScope: 'OPERATION', limitReason: 'jira-burst-based', retryAt: new Date('2026-11-21T09:00:05.000Z') }],
    [429, { 'retry-after': '5', 'ratelimit-reason': 'jira-per-issue-on-write' }, { code: 'RATE_LIMITED', limitScope: 'OPERATION', limitReason: 'jira-per-issue-on-write' }],
    [429, { 'x-ratelimit-reset': '2026-11-21T10:00Z', 'ratelimit-reason': 'jira-quota-tenant-based' }, { code: 'QUOTA_USED_UP', limitScope: 'CONNECTION', limitReason: 'jira-quota-tenant-based', retryAt: new Date('2026-11-21T10:00:00.000Z') }],
    [429, { 'retry-after': '1800', 'ratelimit-reason': 'jira-quota-global-based' }, { code: 'QUOTA_USED_UP', retryAt: new Date('2026-11-21T09:30:00.000Z') }],
    [429, {}, { code: 'RATE_LIMITED', limitScope: 'CONNECTION', retryAt: null, limitReason: null }],
  ])('of status %i with %j is %j, and quotes nothing', async (status, headers, expected) => {
    server.trouble({ status, headers, body: { errorMessages: ['secret words of the vendor'], token: 'secret-api-token' } });
    const fault: unknown = await read().catch((error: unknown) => error);
    expect(fault).toMatchObject(expected);
    expect(inspect(fault, { depth: 9 })).not.toMatch(/secret|Basic /);
  });

  test('of a cut socket, a slow answer or another body is told apart, and mended by trying again', async () => {
    for (const [trouble, code] of [['CUT', 'UNAVAILABLE'], ['CUT_BODY', 'UNAVAILABLE'], ['HANG', 'TIMEOUT'], [{ body: '<html>' }, 'UNREADABLE'], [{ body: { total: 5 } }, 'UNREADABLE']] as const) {
      server.trouble(trouble, { times: 1 });
      await expect(read({ timeout: 300 }), code).rejects.toMatchObject({ code });
      server.release();
    }
    server.trouble('CUT', { times: 2 });
    expect(await read({ attempts: 3 })).toMatchObject({ records: [] });
  });

  test('is a redirect, which is not followed', async () => {
    const elsewhere = await startVendorServer({});
    server.trouble({ status: 302, headers: { location: `${elsewhere.url}/rest/api/3/search/jql` } });
    await expect(read()).rejects.toMatchObject({ code: 'REFUSED' });
    expect(elsewhere.calls).toHaveLength(0);
    await elsewhere.stop();
  });
});

test('an app with OAuth calls the gateway with its access token, and issues have the address of their site', async () => {
  const cloudId = '11223344-a1b2-3b33-c444-def123456789';
  const gateway = await startJiraServer(`/ex/jira/${cloudId}`);
  gateway.site.authorization = 'Bearer token-1';
  const options = { key: 'ACME-1' };
  gateway.issues.push({ ...servedIssue(options), self: `https://api.atlassian.com/ex/jira/${cloudId}/rest/api/3/issue/1` });
  const session = await openVendor(jiraApi, { credentials: { cloudId, clientId: 'a', clientSecret: 'b', refreshToken: 'c' }, baseUrl: gateway.url, tokens: ['token-1'] });
  for (let time = 0; time < 2; time += 1) expect((await session.readObjects([{ kind: 'issue', externalId: 'ACME-1' }]))[0]?.records[0]?.input).toEqual(stated(options));
  expect(gateway.count(`GET /ex/jira/${cloudId}/rest/api/3/serverInfo`)).toBe(1);
  await gateway.stop();
});
