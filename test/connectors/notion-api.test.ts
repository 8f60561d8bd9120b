import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { notionApi } from '../../src/features/connectors/notion/api.ts';
import type { VendorSession } from '../../src/features/connectors/outbound/vendor-api.ts';
import type { Reading } from '../../src/features/connectors/reading.ts';
import { block, faults, property, rateLimited, startNotionServer, type NotionPageRecord, type NotionServer } from './vendors/notion-server.ts';
import { traceVendor, type OpenOptions } from './vendors/trace-vendor.ts';

let server: NotionServer;
let session: VendorSession;
const id = (number: number): string => `153104cd-477e-809d-8dc4-${String(number).padStart(12, '0')}`;
const [accounts, summaries, flags, notes] = [id(901), id(902), id(903), id(904)] as [string, string, string, string];
const [created, edited] = ['2026-11-19T08:00:00.000Z', '2026-11-20T08:00:30.000Z'];
const at = '2026-11-20T08:00:00.000Z';
const ref = (number: number) => ({ system: 'notion', id: id(number) });
const crm = { system: 'salesforce', id: '001A' };
const open = (more: Partial<OpenOptions> = {}) => traceVendor(notionApi, { url: server.url, credentials: { token: 'ntn_token' }, ...more });
const places = { account: { id: 'x' }, externalRefs: [crm], jiraProjectKey: null, slackChannelId: null, notionPageId: null };

const page = (number: number, source: string | null, properties: NotionPageRecord['properties'], more: Partial<NotionPageRecord> = {}): void => void server.pages.set(id(number), { id: id(number), source, properties, created, edited, ...more });
const accountPage = (number = 1, more: Partial<NotionPageRecord> = {}, salesforceId: string = crm.id): void => page(number, accounts, { Name: property.title('Acme Corp'), 'Account ID': property.text(salesforceId), Website: property.url('https://acme.example'), 'Jira project': property.text('ACME'), Tier: property.select(null) }, more);
const summary = (number: number, properties: NotionPageRecord['properties'] = {}, more: Partial<NotionPageRecord> = {}): void =>
  page(number, summaries, { Name: property.title('Acme, week 47'), Account: property.relation(id(1)), 'Week of': property.date('2026-11-18'), Status: property.status('On Track'), Highlights: property.text('- Concerns addressed\n- Budget confirmed'), Risks: property.choices('Holidays'), ...properties }, more);
const flag = (number: number, properties: NotionPageRecord['properties'] = {}, more: Partial<NotionPageRecord> = {}): void =>
  page(number, flags, { Flag: property.title('strategic_account'), Account: property.relation(id(1)), 'Set by': property.people({ id: 'u-kim' }), Note: property.text('Logo win important'), ...properties }, more);
const note = (number: number, properties: NotionPageRecord['properties'] = {}, more: Partial<NotionPageRecord> = {}): void =>
  page(number, notes, { Name: property.title('Kick-off'), Account: property.relation(id(1)), Type: property.select('Meeting'), Date: property.date('2026-11-19'), ...properties }, { blocks: [block('paragraph', 'They liked it.'), block('bulleted_list_item', 'Send the deck')], ...more });

beforeAll(async () => {
  server = await startNotionServer();
});
beforeEach(async () => {
  server.release();
  server.forget();
  server.pages.clear();
  server.sources.clear();
  server.most = 10_000;
  const types = { Account: 'relation' };
  for (const [source, title, more] of [[accounts, 'Accounts', { Name: 'title', 'Account ID': 'rich_text' }], [summaries, 'Weekly Summaries', types], [flags, 'manager flags', types], [notes, 'Notes', types], [id(909), 'Recipes', {}]] as const) server.sources.set(source, { id: source, databaseId: source.replace('8dc4', '0000'), title, types: more });
  server.users.clear();
  server.users.set('u-kim', 'David Kim').set('u-maker', 'Priya Shah');
  session = (await open()).session;
});
afterAll(() => server.stop());

const read = async (number: number, changedAt?: string, kind = 'page'): Promise<Reading> => (await session.readObjects([{ kind, externalId: id(number).replaceAll('-', ''), ...(changedAt ? { changedAt } : {}) }]))[0] as Reading;

describe('what Notion has', () => {
  test('the page of an account is stated on the account that its id names, or on itself', async () => {
    accountPage(1);
    accountPage(2, {}, '');
    expect((await read(1)).accounts).toEqual([{ path: ['pages', id(1)], input: { externalRef: crm, name: 'Acme Corp', website: 'https://acme.example', jiraProjectKey: 'ACME', tier: null, notionPageId: id(1), mode: 'PATCH', source: 'notion', occurredAt: at } }]);
    expect((await read(2)).accounts).toMatchObject([{ input: { externalRef: ref(2), notionPageId: id(2) } }]);
  });

  test('a weekly summary is of the Monday of its week, with highlights and risks from properties', async () => {
    accountPage();
    summary(3);
    expect((await read(3)).records).toMatchObject([{ plural: 'weeklySummaries', input: { account: { externalRef: crm }, externalRef: ref(3), weekOf: '2026-11-16', status: 'On Track', highlights: ['Concerns addressed', 'Budget confirmed'], risks: ['Holidays'], mode: 'PATCH', source: 'notion', occurredAt: created, modifiedAt: at } }]);
    summary(4, { 'Week of': property.date('2026-11-22') });
    expect((await read(4)).records[0]?.input['weekOf']).toBe('2026-11-16');
    session = (await open({ settings: { weeksBegin: 'SUNDAY' } })).session;
    expect((await read(4)).records[0]?.input['weekOf']).toBe('2026-11-23');
    summary(5, { 'Week of': property.date(null) });
    expect(await read(5)).toMatchObject({ records: [], ignored: [{ reason: 'UNREADABLE', path: ['pages', id(5), 'properties', 'Week of'] }] });
  });

  test('or from the lines under headings of their names, within toggles too', async () => {
    accountPage();
    const { pages } = server;
    summary(3, {}, { blocks: [block('heading_2', 'Highlights:'), block('bulleted_list_item', 'Concerns addressed', { has_children: true, id: 'parent', children: [block('bulleted_list_item', 'By the SE')] }), block('heading_2', 'Risks'), block('to_do', 'Holidays', { to_do: { rich_text: [{ plain_text: 'Holidays' }], checked: false } }), block('heading_2', 'Other'), block('paragraph', 'x'), { object: 'block', id: 'd', type: 'divider', divider: {} }] });
    const { Highlights: _highlights, Risks: _risks, ...rest } = pages.get(id(3))?.properties ?? {};
    pages.set(id(3), { ...(pages.get(id(3)) as NotionPageRecord), properties: rest });
    expect((await read(3)).records[0]?.input).toMatchObject({ highlights: ['Concerns addressed', 'By the SE'], risks: ['[ ] Holidays'] });
  });

  test('a manager flag says who set it, when and why', async () => {
    accountPage();
    flag(3, { 'Set on': property.date('2026-11-18') });
    flag(4, { 'Set by': property.people(), 'Set on': property.date('2027-01-01') });
    flag(5, { 'Set by': property.text('David Kim (Sales Director)') });
    const inputOf = async (number: number) => (await read(number)).records[0]?.input;
    expect(await inputOf(3)).toMatchObject({ account: { externalRef: crm }, externalRef: ref(3), flag: 'strategic_account', setBy: 'David Kim', note: 'Logo win important', occurredAt: '2026-11-18T00:00:00.000Z', modifiedAt: at });
    expect(await inputOf(4)).toMatchObject({ setBy: 'Priya Shah', occurredAt: created });
    expect(await inputOf(5)).toMatchObject({ setBy: 'David Kim (Sales Director)' });
    expect(server.count('GET /v1/users/:id')).toBe(2);
  });

  test('a note is the title and the text of its page', async () => {
    accountPage();
    note(3);
    note(4, { Type: property.select('E-Mail'), Author: property.people({ id: 'u-x', name: 'Sarah Chen' }), Date: property.date('2026-11-19T10:00:00.000+02:00') });
    expect((await read(3)).records).toMatchObject([{ plural: 'notes', input: { account: { externalRef: crm }, noteType: 'MEETING', content: 'Kick-off\n\nThey liked it.\n- Send the deck', author: 'Priya Shah', occurredAt: '2026-11-19T00:00:00.000Z', modifiedAt: at } }]);
    expect((await read(4)).records[0]?.input).toMatchObject({ noteType: 'EMAIL', author: 'Sarah Chen', occurredAt: '2026-11-19T08:00:00.000Z' });
  });

  test('is bounded: neither the longest page nor the deepest is read to its end', async () => {
    accountPage();
    note(3, {}, { blocks: Array.from({ length: 2_000 }, (_, index) => block('paragraph', `${index} ${'x'.repeat(200)}`)) });
    const content = String((await read(3)).records[0]?.input['content']);
    expect(content.length).toBe(10_000);
    expect(server.count('GET /v1/blocks/:id/children')).toBeLessThanOrEqual(8);
  });

  test('is stated as of the event that asked: Notion tells edits to the minute', async () => {
    accountPage();
    expect((await read(1, '2026-11-20T08:00:45.123Z')).accounts[0]?.input.occurredAt).toBe('2026-11-20T08:00:45.123Z');
    summary(3);
    expect((await read(3, '2026-11-20T08:00:45.123Z')).records[0]?.input.modifiedAt).toBe('2026-11-20T08:00:45.123Z');
  });

  test('names its account by a relation, by an id as text, or not at all', async () => {
    summary(3);
    summary(4, { Account: property.formula('001B') });
    summary(5, { Account: property.relation() });
    const accountOf = async (number: number) => (await read(number)).records[0]?.input.account;
    // The page of the account is not shared.
    expect([await accountOf(3), await accountOf(4)]).toEqual([{ externalRef: ref(1) }, { externalRef: { system: 'salesforce', id: '001B' } }]);
    expect(await read(5)).toMatchObject({ records: [], ignored: [{ reason: 'NO_ACCOUNT', message: expect.stringContaining('Account') as string }] });
  });

  test('and went to the trash has ended; an account that another system names has not', async () => {
    accountPage(1, { inTrash: true });
    accountPage(2, { inTrash: true }, '');
    summary(3, {}, { inTrash: true });
    expect((await read(1)).accounts).toEqual([{ path: expect.any(Array) as unknown, input: { externalRef: crm, notionPageId: null, mode: 'PATCH', source: 'notion', occurredAt: at } }]);
    expect((await read(2)).deletions).toMatchObject([{ type: 'Account', externalRef: ref(2), occurredAt: at }]);
    expect((await read(3)).deletions).toMatchObject([{ type: 'WeeklySummary', externalRef: ref(3), source: 'notion', occurredAt: at }]);
  });

  test('and is not shown any more has ended as of the event; without an event nothing is known of it', async () => {
    expect((await read(404, at)).deletions.map(({ type, occurredAt }) => [type, occurredAt])).toEqual([['WeeklySummary', at], ['ManagerFlag', at], ['Note', at]]);
    expect(await read(404)).toMatchObject({ deletions: [], ignored: [{ reason: 'NOT_READ', message: expect.stringContaining('Connections') as string }] });
  });

  test('elsewhere is not read', async () => {
    page(3, null, { title: property.title('Home') });
    page(4, id(909), { Name: property.title('Soup') });
    for (const number of [3, 4]) expect(await read(number)).toMatchObject({ records: [], accounts: [], ignored: [{ reason: 'NOT_READ' }] });
    expect(await session.readObjects([{ kind: 'page', externalId: 'x' }, { kind: 'comment', externalId: id(3) }])).toMatchObject([{ ignored: [{ reason: 'NOT_READ' }] }, { ignored: [{ reason: 'NOT_READ' }] }]);
  });

  test('in a changed data source is read as far as it was edited since', async () => {
    accountPage();
    summary(3);
    summary(4, {}, { edited: '2026-11-20T11:55:00.000Z' });
    expect((await read(902, '2026-11-20T12:00:00.000Z', 'data_source')).records.map(({ input }) => input.externalRef.id)).toEqual([id(4)]);
    expect((await read(902, undefined, 'data_source')).records).toHaveLength(2);
    const [byDatabase] = await session.readObjects([{ kind: 'database', externalId: summaries.replace('8dc4', '0000') }]);
    expect(byDatabase?.records).toHaveLength(2);
    expect(await read(909, at, 'data_source')).toMatchObject({ ignored: [{ reason: 'NOT_READ' }] });
  });
});

describe('calls', () => {
  test('of an account find its page by the id that it holds, and what is about it', async () => {
    accountPage();
    summary(3);
    summary(4, { Account: property.relation(id(2)) });
    flag(5);
    note(6);
    const reading = await session.readAccount(places);
    expect([reading?.accounts.length, reading?.records.map(({ plural }) => plural)]).toEqual([1, ['weeklySummaries', 'managerFlags', 'notes']]);
    expect(await session.readAccount({ ...places, externalRefs: [], notionPageId: id(1) })).toEqual(reading);
    expect(await session.readAccount({ ...places, externalRefs: [ref(1)] })).toEqual(reading);
    expect(await session.readAccount({ ...places, externalRefs: [{ system: 'salesforce', id: '001Z' }] })).toBeNull();
  });

  test('find data sources by id, of a database too; one that is null is not read', async () => {
    accountPage();
    summary(3);
    ({ session } = await open({ settings: { accounts: { dataSource: accounts.replaceAll('-', '') }, weeklySummaries: { dataSource: summaries.replace('8dc4', '0000') }, managerFlags: { dataSource: null }, notes: { dataSource: null } } }));
    expect((await read(3)).records).toHaveLength(1);
    expect(server.count('POST /v1/search')).toBe(0);
    flag(4);
    expect(await read(4)).toMatchObject({ records: [], ignored: [{ reason: 'NOT_READ' }] });
  });

  test('for one account and one person are made once', async () => {
    accountPage();
    for (let number = 10; number < 22; number += 1) flag(number, { 'Set by': property.people({ id: 'u-kim' }) });
    await session.readObjects([{ kind: 'page', externalId: id(10) }]);
    const before = server.count();
    await session.readObjects(Array.from({ length: 11 }, (_, index) => ({ kind: 'page', externalId: id(11 + index) })));
    expect(server.count() - before).toBe(11);
  });

  async function history(between: (cursor: string) => string = (cursor) => cursor): Promise<{ readonly records: readonly string[]; readonly accounts: number; readonly deletions: readonly string[] }> {
    const records: string[] = [];
    const deletions: string[] = [];
    let found = 0;
    let cursor: string | null = null;
    do {
      const { reading, next }: { reading: Reading; next: string | null } = await (await open()).session.readHistory(cursor);
      records.push(...reading.records.map(({ input }) => input.externalRef.id));
      deletions.push(...reading.deletions.map(({ externalRef }) => externalRef.id));
      found += reading.accounts.length;
      cursor = next === null ? null : between(next);
    } while (cursor !== null);
    return { records, accounts: found, deletions };
  }
  const fill = (): void => {
    accountPage();
    for (let number = 100; number < 230; number += 1) summary(number, {}, { edited: `2026-11-${String(1 + (number % 15)).padStart(2, '0')}T08:00:00.000Z` });
    for (let number = 300; number < 330; number += 1) note(number);
    summary(400, {}, { inTrash: true });
  };

  test('of history read every page, of the trash too', async () => {
    fill();
    const { records, accounts: found, deletions } = await history();
    expect([records.length, new Set(records).size, found, deletions]).toEqual([160, 160, 1, [id(400)]]);
  });

  test('of history go on where a cursor no longer holds, and beyond the most results of a query', async () => {
    fill();
    let isFirst = true;
    const lost = await history((cursor) => {
      const place = JSON.parse(cursor) as { cursor: string | null };
      if (place.cursor === null || !isFirst) return cursor;
      isFirst = false;
      return JSON.stringify({ ...place, cursor: 'expired' });
    });
    expect(new Set(lost.records).size).toBe(160);
    server.most = 60;
    expect(new Set((await history()).records).size).toBe(160);
    await expect(session.readHistory('nonsense')).rejects.toMatchObject({ code: 'REFUSED' });
  });
});

describe('a check', () => {
  test('says which workspace the token belongs to, and that something is shared', async () => {
    expect(await session.check()).toEqual({ account: 'Quantify Labs' });
    await expect((await open({ settings: { workspaceId: '13950b26-c203-4f3b-b97d-93ec06319566' } })).session.check()).rejects.toMatchObject({ code: 'REFUSED' });
    server.sources.clear();
    await expect(session.check()).rejects.toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('Weekly summaries') as string });
  });

  test('with OAuth asks for a new token once where one was refused', async () => {
    const oauth = { clientId: 'c', clientSecret: 's', refreshToken: 'r' };
    expect(await (await open({ credentials: oauth, tokens: ['stale', 'ntn_token'] })).session.check()).toEqual({ account: 'Quantify Labs' });
    await expect((await open({ credentials: oauth, tokens: ['stale', 'stale too'] })).session.check()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    await expect((await open({ credentials: { token: 'stale' } })).session.check()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  });
});

describe('faults', () => {
  const fault = async (): Promise<unknown> => session.readObjects([{ kind: 'page', externalId: id(1) }]).then(() => null, (error: unknown) => error);
  test.each([
    ['the limit of the workspace', rateLimited('workspace_limit'), { code: 'RATE_LIMITED', limitReason: 'workspace_limit', retryAt: new Date('2026-11-21T08:00:07.000Z') }],
    ['a limit that says nothing', rateLimited('<b>words</b>', {}), { code: 'RATE_LIMITED', limitReason: null, retryAt: null }],
    ['an overload', { ...faults.overload, headers: { 'retry-after': '30' } }, { code: 'UNAVAILABLE', retryAt: new Date('2026-11-21T08:00:30.000Z') }],
    ['no capability', faults.restricted, { code: 'FORBIDDEN' }],
    ['a fault of Notion', faults.internal, { code: 'UNAVAILABLE' }],
    ['a collision', faults.conflict, { code: 'UNAVAILABLE' }],
    ['a gateway', { status: 502, body: '<html>' }, { code: 'UNAVAILABLE' }],
    ['a request that it does not like', faults.invalid, { code: 'REFUSED' }],
    ['a cut socket', 'CUT' as const, { code: 'UNAVAILABLE' }],
    ['a cut body', 'CUT_BODY' as const, { code: 'UNAVAILABLE' }],
    ['no JSON', { status: 200, body: '<html>' }, { code: 'UNREADABLE' }],
    ['another shape', { status: 200, body: { object: 'list' } }, { code: 'UNREADABLE' }],
    ['nothing', { status: 200, body: '5' }, { code: 'UNREADABLE' }],
    ['an address elsewhere', { status: 302, headers: { location: 'http://127.0.0.1:1/' } }, { code: 'REFUSED' }],
  ])('%s', async (_name, trouble, expected) => {
    server.trouble(trouble);
    const found = await fault();
    expect(found).toMatchObject({ name: 'VendorFault', ...expected });
    expect(JSON.stringify([found, String(found), (found as Error).cause ?? null])).not.toMatch(/ntn_token|secret words/);
  });

  test('no answer in time', async () => {
    ({ session } = await open({ timeout: 50 }));
    server.trouble('HANG');
    expect(await fault()).toMatchObject({ code: 'TIMEOUT' });
  });

  test('of one page of another shape do not hold up the others', async () => {
    accountPage();
    summary(3);
    summary(4);
    server.trouble({ body: { object: 'page', id: id(3), properties: {} } }, { times: 1, route: `GET /v1/pages/${id(3)}` });
    expect(await session.readObjects([{ kind: 'page', externalId: id(3) }, { kind: 'page', externalId: id(4) }])).toMatchObject([{ records: [], ignored: [{ reason: 'UNREADABLE' }] }, { records: [{}] }]);
  });

  test('of a property\'s shape clear nothing', async () => {
    accountPage();
    const odd = [{ Highlights: { type: 'rich_text', rich_text: 'text' } }, { Risks: { type: 'multi_select', multi_select: { name: 'x' } } }, { 'Week of': { type: 'date', date: '2026-11-18' } }, { Account: { type: 'relation', relation: id(1) } }, { Status: { type: 'select', select: 'On Track' } }];
    for (const [index, properties] of odd.entries()) {
      summary(10 + index, properties);
      expect(await read(10 + index), JSON.stringify(properties)).toMatchObject({ records: [], deletions: [], ignored: [{ reason: 'UNREADABLE' }] });
    }
    accountPage(2, {}, '');
    page(3, accounts, { Name: property.title('Acme'), 'Account ID': { type: 'rich_text', rich_text: 5 } });
    expect(await read(3)).toMatchObject({ accounts: [], ignored: [{ reason: 'UNREADABLE' }] });
  });
});

test.each([[{}, ''], [{ token: '' }, 'token'], [{ token: 'a', more: 1 }, ''], [{ refreshToken: 'r', clientId: 'c' }, 'clientSecret'], [null, '']])('credentials that are none say where to find them: %j', (given, field) => {
  const { success, error } = notionApi.credentials.safeParse(given);
  expect([success, error?.issues[0]?.path.join('.')]).toEqual([false, field]);
});
