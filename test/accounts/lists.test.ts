import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accountRecords } from '../../src/features/accounts/index.ts';
import { writeCursor } from '../../src/platform/page/cursor.ts';
import { parseGlobalId } from '../../src/platform/ids.ts';
import type { Read } from '../../src/platform/postgres/read.ts';
import type { Statement } from '../../src/platform/postgres/statement.ts';
import { arrange, crm, samples, type Arranged } from './arrange.ts';

let program: Arranged;
const reads: Read[] = [];
const statements: { statement: Statement<unknown>; values: readonly unknown[] }[] = [];
beforeAll(async () => {
  program = await arrange();
  const open = program.database.read;
  program.database.read = (tenantId) => {
    const read = open(tenantId);
    const { rows } = read;
    read.rows = (statement, values = []) => (statements.push({ statement, values }), rows(statement, values));
    reads.push(read);
    return read;
  };
});
afterAll(() => program.close());

interface Connection {
  readonly totalCount?: number;
  readonly pageInfo: { readonly hasNextPage: boolean; readonly hasPreviousPage: boolean; readonly startCursor: string | null; readonly endCursor: string | null };
  readonly edges: readonly { readonly cursor: string; readonly node: Record<string, unknown> & { id: string } }[];
}
type Args = Record<string, unknown>;

const minute = 60_000;
const startOfTest = Date.parse('2026-11-21T09:00:00.000Z');
const instant = (minutes: number): string => new Date(startOfTest - minutes * minute).toISOString();
const day = (days: number): string => instant(days * 24 * 60).slice(0, 10);
/** A row of numbers that look random and are the same each time. */
const numbers = (seed: number): (() => number) => () => (seed = (seed * 48_271) % 2_147_483_647);

/** The n-th record of a kind: few different values, so that ties are many, and absent ones where they may be. */
function variant(plural: string, n: number, next: () => number): Record<string, unknown> {
  const of = <Value>(...values: Value[]): Value => values[next() % values.length] as Value;
  const own: Record<string, () => Record<string, unknown>> = {
    opportunities: () => ({ closeDate: of(null, day(-1), day(-2), day(3)), amount: of(null, ...[-5, 0, 70, 70_000_000_000].map((amountMinor) => ({ amountMinor, currency: 'USD' }))), stage: of('closedwon', 'Closed Lost', 'PROSPECTING', 'Elsewhere') }),
    contacts: () => ({ name: `Person ${n}`, email: `person-${n}@example.com`, role: of('Economic Buyer', 'Champion', null) }),
    activities: () => ({ type: of('Call', 'Meeting') }),
    tickets: () => ({ statusCategory: of('TO_DO', 'IN_PROGRESS', 'DONE'), priority: of('HIGH', 'LOW', null), labels: of(['blocker'], ['blocker', 'sso'], []) }),
    threads: () => ({ author: of('Kim', 'Lee') }),
    seMentions: () => ({ status: of('active', 'away') }),
    managerFlags: () => ({ flag: of('strategic_account', 'do_not_call') }),
    weeklySummaries: () => ({ weekOf: of('2026-11-02', '2026-11-09', '2026-11-16'), status: of('On Track', 'At Risk') }),
    products: () => ({ name: of('Analytics', 'analytics', 'Ärger', 'Zoom', '日本') }),
    kpis: () => ({ category: of('Usage', 'Money') }),
    healthTrends: () => ({ year: 2000 + Math.floor(n / 12), month: 1 + (n % 12) }),
    playbookTriggers: () => ({ autoTriggerEnabled: of(true, false) }),
    playbookExecutions: () => ({ ...of({ status: 'RUNNING' }, { status: 'COMPLETED', completedAt: instant(0) }, { status: 'FAILED' }), startedAt: of(instant(1), instant(2), instant(3)) }),
    playbookReports: () => ({ playbookName: of('Renewal', 'Onboarding'), generatedAt: of(instant(1), instant(2)) }),
    notes: () => ({ noteType: of('QBR', 'CALL', 'EMAIL') }),
  };
  return { ...samples[plural]?.[0], occurredAt: instant(next() % 4), ...own[plural]?.() };
}

const selection = (plural: string): string => Object.entries({ ...samples[plural]?.[0], occurredAt: '', recordedAt: '' })
  .map(([name, value]) => `${name}${name === 'amount' ? ' { amountMinor }' : ''}${value === undefined ? '' : ''}`).join(' ');

async function list(plural: string, account: string, args: Args = {}, more = 'totalCount'): Promise<Connection> {
  const record = accountRecords.find((each) => each.plural === plural);
  const query = `query($id: ID!, $first: Int, $after: String, $filter: ${record?.type}Filter, $orderBy: ${record?.type}Order) { account(id: $id) {
    list: ${plural}(first: $first, after: $after, filter: $filter, orderBy: $orderBy) { ${more} pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { id ${selection(plural)} } } } } }`;
  return (await program.see<{ account: { list: Connection } }>(query, { id: account, first: 100, ...args })).account.list;
}
const idsOf = (connection: Connection): string[] => connection.edges.map(({ node }) => node.id);

const paged = accountRecords.filter((record) => record.paged);
describe.each(paged.map((record) => [record.plural, record] as const))('%s', (plural, record) => {
  let account = '';
  let made = 0;
  const next = numbers(plural.length);
  const add = async (count: number): Promise<void> => {
    const input = Array.from({ length: count }, () => ({ account: { id: account }, externalRef: crm(`${plural}-${made}`), ...variant(plural, made++, next) }));
    const { rejected, results } = await program.upsert(plural, input);
    expect(rejected, JSON.stringify(results.find(({ code }) => code))).toBe(0);
  };
  beforeAll(async () => {
    account = await program.account(`lists-${plural}`);
    await add(30);
  });

  test.each(Object.keys(record.source.orders).flatMap((field) => ['ASC', 'DESC'].map((direction) => [field, direction] as const)))('pages by %s %s show each row once, in order, while rows are inserted', async (field, direction) => {
    const orderBy = { field, direction };
    const before = idsOf(await list(plural, account, { orderBy }));
    const seen: string[] = [];
    let after: string | null = null;
    for (let page = 0; ; page += 1) {
      const connection: Connection = await list(plural, account, { first: 7, after, orderBy });
      seen.push(...idsOf(connection));
      const { hasNextPage, hasPreviousPage, startCursor, endCursor } = connection.pageInfo;
      expect(hasPreviousPage).toBe(page > 0);
      expect([startCursor, endCursor]).toEqual([connection.edges[0]?.cursor, connection.edges.at(-1)?.cursor]);
      if (!hasNextPage) break;
      expect(connection.edges).toHaveLength(7);
      // Going on from any edge is going on from there.
      const fromTheMiddle = await list(plural, account, { first: 3, after: connection.edges[2]?.cursor ?? null, orderBy });
      expect(idsOf(fromTheMiddle)).toEqual(idsOf(connection).slice(3, 6));
      if (page < 2) await add(2);
      after = endCursor;
    }
    expect(new Set(seen).size).toBe(seen.length);
    const originals = new Set(before);
    expect(seen.filter((id) => originals.has(id))).toEqual(before);
    const backwards = await list(plural, account, { orderBy: { field, direction: direction === 'ASC' ? 'DESC' : 'ASC' } });
    expect(idsOf(backwards)).toEqual(idsOf(await list(plural, account, { orderBy })).toReversed());
  });

  test('without an order has the one it is said to have', async () => {
    expect(idsOf(await list(plural, account))).toEqual(idsOf(await list(plural, account, { orderBy: record.defaultOrder })));
  });
});

describe('filters', () => {
  type Row = Record<string, never>;
  const any = (values: readonly unknown[], value: unknown): boolean => values.includes(value);
  const cases: [string, Args, (row: Row) => boolean][] = [
    ['opportunities', { stages: ['closedwon', 'PROSPECTING'] }, (row) => any(['closedwon', 'PROSPECTING'], row['stage'])],
    ['opportunities', { stages: [] }, () => false],
    ['opportunities', { stageKinds: ['OPEN'] }, (row) => row['stage'] === 'PROSPECTING'],
    ['opportunities', { stageKinds: ['UNKNOWN'] }, (row) => row['stage'] === 'Elsewhere'],
    ['opportunities', { stageKinds: ['WON', 'LOST'] }, (row) => /won|lost/i.test(String(row['stage']))],
    ['opportunities', { currencies: ['USD', 'EUR'] }, (row) => row['amount'] !== null],
    ['contacts', { roles: ['Champion'] }, (row) => row['role'] === 'Champion'],
    ['activities', { types: ['Call'] }, (row) => row['type'] === 'Call'],
    ['activities', { occurredFrom: instant(2), occurredBefore: instant(1) }, (row) => row['occurredAt'] === instant(2)],
    ['tickets', { open: true }, (row) => row['statusCategory'] !== 'DONE'],
    ['tickets', { open: false }, (row) => row['statusCategory'] === 'DONE'],
    ['tickets', { open: null }, () => true],
    ['tickets', { blocking: true }, (row) => row['statusCategory'] !== 'DONE' && any(row['labels'] ?? [], 'blocker')],
    ['tickets', { blocking: false }, (row) => row['statusCategory'] === 'DONE' || !any(row['labels'] ?? [], 'blocker')],
    ['tickets', { priorities: ['HIGH'] }, (row) => row['priority'] === 'HIGH'],
    ['tickets', { labels: ['sso', 'blocker'] }, (row) => any(row['labels'] ?? [], 'sso') && any(row['labels'] ?? [], 'blocker')],
    ['tickets', { labels: [] }, () => true],
    ['tickets', { open: true, labels: ['blocker'], priorities: ['LOW'] }, (row) => row['statusCategory'] !== 'DONE' && any(row['labels'] ?? [], 'blocker') && row['priority'] === 'LOW'],
    ['threads', { authors: ['Kim'] }, (row) => row['author'] === 'Kim'],
    ['seMentions', { statuses: ['away'] }, (row) => row['status'] === 'away'],
    ['weeklySummaries', { statuses: ['At Risk'] }, (row) => row['status'] === 'At Risk'],
    ['products', { names: ['Zoom', '日本'] }, (row) => any(['Zoom', '日本'], row['name'])],
    ['kpis', { categories: ['Money'] }, (row) => row['category'] === 'Money'],
    ['kpis', { accountLevel: true }, (row) => row['productId'] === null],
    ['kpis', { accountLevel: false }, (row) => row['productId'] !== null],
    ['healthTrends', { years: [2001] }, (row) => row['year'] === 2001],
    ['playbookTriggers', { active: true }, (row) => row['autoTriggerEnabled'] === true],
    ['playbookTriggers', { active: false }, (row) => row['autoTriggerEnabled'] === false],
    ['playbookExecutions', { statuses: ['RUNNING', 'FAILED'] }, (row) => any(['RUNNING', 'FAILED'], row['status'])],
    ['playbookReports', { playbookNames: ['Renewal'] }, (row) => row['playbookName'] === 'Renewal'],
    ['notes', { noteTypes: ['QBR'] }, (row) => row['noteType'] === 'QBR'],
  ];
  test.each(cases)('of %s by %j', async (plural, filter, holds) => {
    const account = await program.account(`lists-${plural}`);
    const all = await list(plural, account);
    const found = await list(plural, account, { filter });
    const expected = all.edges.filter(({ node }) => holds(node as unknown as Row)).map(({ node }) => node.id);
    expect(idsOf(found)).toEqual(expected);
    expect(found.totalCount).toBe(expected.length);
  });

  test('of every list are among those tested', () => {
    const tested = new Set(cases.flatMap(([plural, filter]) => Object.keys(filter).map((name) => `${plural}.${name}`)));
    const declared = paged.flatMap(({ plural, filters }) => Object.keys(filters ?? {}).map((name) => `${plural}.${name}`));
    expect(declared.filter((name) => !tested.has(name))).toEqual([]);
  });
});

describe('a page', () => {
  const counted = () => reads.flatMap((read) => read.asked).filter((name) => name.startsWith('count_'));

  test('counts only when asked to', async () => {
    const account = await program.account('lists-notes');
    reads.length = 0;
    await list('notes', account, { first: 5 }, '');
    expect(counted()).toEqual([]);
    const { totalCount } = await list('notes', account, { first: 5 });
    expect(counted()).toHaveLength(1);
    expect(totalCount).toBe(await program.count('select from note'));
  });

  test.each([[['page', 'wrong']], [['wrong', 'page']]])('behind an empty cursor is refused, and no other beside it: %j', async (names) => {
    const asked = { page: 'page: notes(first: 1) { edges { cursor } }', wrong: 'wrong: notes(first: 1, after: "") { edges { cursor } }' };
    const { data, errors } = await program.query(`query($id: ID!) { account(id: $id) { ${names.map((name) => asked[name as keyof typeof asked]).join(' ')} } }`, { id: await program.account('empty-cursor') }, { role: 'viewer' });
    expect(errors, JSON.stringify(data)).toMatchObject([{ path: ['account', 'wrong'], extensions: { code: 'BAD_USER_INPUT', inputPath: ['after'] } }]);
  });

  test.each([0, -1, 101])('of %i rows is refused', async (first) => {
    const account = await program.account('lists-notes');
    const { errors } = await program.query('query($id: ID!, $first: Int!) { account(id: $id) { notes(first: $first) { edges { node { id } } } } }', { id: account, first }, { role: 'viewer' });
    expect(errors?.[0]?.extensions).toMatchObject({ code: expect.stringMatching('BAD_USER_INPUT|LIMIT_EXCEEDED') as string });
  });

  const key = '00000000-0000-7000-8000-000000000000';
  const written = (order: string, value: string, id = key) => (): string => writeCursor({ tenantId: program.tenant, order, value, key: id });
  test.each([
    ['of no form', 'opportunities', 'nonsense', undefined],
    ['of another order', 'opportunities', written('opportunities.AMOUNT.asc', '5'), undefined],
    ['of the other direction', 'opportunities', written('opportunities.CLOSE_DATE.desc', '2026-11-21'), undefined],
    ['of another list', 'opportunities', written('notes.OCCURRED_AT.desc', '2026-11-21 09:00:00+00'), undefined],
    ['with a day that is none', 'opportunities', written('opportunities.CLOSE_DATE.asc', '2026-99-99'), undefined],
    ['with a year out of range', 'opportunities', written('opportunities.CLOSE_DATE.asc', '999999-01-01'), undefined],
    ['with an instant that is none', 'notes', written('notes.OCCURRED_AT.desc', '2026-11-31 09:00:00+00'), undefined],
    ['with an hour that is none', 'notes', written('notes.OCCURRED_AT.desc', '2026-11-21 25:00:00+00'), undefined],
    ['with an amount too large', 'opportunities', written('opportunities.AMOUNT.asc', '9'.repeat(19)), { field: 'AMOUNT', direction: 'ASC' }],
    ['with SQL in it', 'opportunities', written('opportunities.AMOUNT.asc', '1; drop table note'), { field: 'AMOUNT', direction: 'ASC' }],
    ['with a key that is none', 'notes', written('notes.OCCURRED_AT.desc', '2026-11-21 09:00:00+00', 'x'), undefined],
    ['with a NUL', 'products', written('products.NAME.asc', 'a\u0000'), undefined],
    ['too long', 'products', written('products.NAME.asc', 'a'.repeat(5_000)), undefined],
  ])('after a cursor %s is refused', async (_name, plural, after, orderBy) => {
    const account = await program.account(`lists-${plural}`);
    const type = accountRecords.find((record) => record.plural === plural)?.type;
    const { errors } = await program.query(`query($id: ID!, $after: String, $orderBy: ${type}Order) { account(id: $id) { ${plural}(after: $after, orderBy: $orderBy) { edges { node { id } } } } }`, { id: account, after: typeof after === 'string' ? after : after(), orderBy: orderBy ?? null }, { role: 'viewer' });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', inputPath: ['after'] });
  });
});

describe('signals', () => {
  let account = '';
  beforeAll(async () => {
    account = await program.account('signals');
    await program.ingest(Array.from({ length: 24 }, (_, index) => ({
      account: { id: account }, type: index % 2 ? 'call' : 'meeting', source: index % 3 ? 'phone' : 'crm', sourceEventId: `s-${index}`, occurredAt: instant(index % 4),
      payload: { n: index % 5, deep: { list: [index % 2, 'x'] }, text: 'it\'s "quoted" \\ %' },
    })));
  });
  const signals = async (args: Args): Promise<Connection> => (await program.see<{ account: { signals: Connection } }>(
    `query($id: ID!, $first: Int, $after: String, $filter: SignalFilter, $orderBy: SignalOrder) { account(id: $id) { signals(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
      totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { id type source occurredAt payload } } } } }`, { id: account, first: 100, ...args })).account.signals;

  test.each<[Args, (row: { type: string; source: string; occurredAt: string; payload: { n: number; deep: { list: unknown[] } } }) => boolean]>([
    [{ types: ['call'] }, (row) => row.type === 'call'],
    [{ sources: ['crm'] }, (row) => row.source === 'crm'],
    [{ occurredFrom: instant(2), occurredBefore: instant(0) }, (row) => [instant(1), instant(2)].includes(row.occurredAt)],
    [{ payloadContains: { n: 3 } }, (row) => row.payload.n === 3],
    [{ payloadContains: { deep: { list: [1] } } }, (row) => row.payload.deep.list.includes(1)],
    [{ payloadContains: { text: 'it\'s "quoted" \\ %' } }, () => true],
    [{ payloadContains: { text: '%' } }, () => false],
    [{ payloadContains: {} }, () => true],
    [{ types: ['call'], payloadContains: { n: 3 } }, (row) => row.type === 'call' && row.payload.n === 3],
  ])('filtered by %j', async (filter, holds) => {
    const all = await signals({});
    const expected = all.edges.filter(({ node }) => holds(node as never)).map(({ node }) => node.id);
    const found = await signals({ filter });
    expect([idsOf(found), found.totalCount]).toEqual([expected, expected.length]);
  });

  test('with a rare payload are found by the index on payloads', async () => {
    const busy = parseGlobalId(await program.account('busy'))?.id;
    await program.admin.query(
      `insert into signal (tenant_id, id, account_id, type, source, dedupe_key, occurred_at, recorded_at, payload, request_id)
       select $1, uuidv7(), $2, 'page_view', 'web', 'gin-' || i, now(), now(), jsonb_build_object('page', i), 'test' from generate_series(1, 20000) i`, [program.tenant, busy]);
    await program.admin.query('analyze signal');
    statements.length = 0;
    account = await program.account('busy');
    expect((await signals({ filter: { payloadContains: { page: 777 } } })).totalCount).toBe(1);
    const asked = statements.filter(({ statement }) => statement.text.includes('payload @>'));
    expect(asked).toHaveLength(2);
    for (const { statement, values } of asked) {
      const plan = (await program.admin.query(`explain ${statement.text}`, [...values])).rows.map((row: Record<string, string>) => row['QUERY PLAN']).join('\n');
      expect(plan).toContain('signal_payload');
    }
    account = await program.account('signals');
  });
});

describe('accounts', () => {
  const accounts = async (args: Args): Promise<Connection> => (await program.see<{ accounts: Connection }>(
    `query($first: Int, $after: String, $filter: AccountFilter, $orderBy: AccountOrder) { accounts(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
      totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { id name status industry region lifecycleStage employeeCount revenue { amountMinor } intent { ... on IntentScore { value } } } } } }`, { first: 100, ...args })).accounts;
  const names = ['100% real', '100 percent', 'a_b', 'axb', 'A_B twin', 'back\\slash', 'Émile', 'émile', 'Zed', 'same', 'same', 'SAME'];
  beforeAll(async () => {
    const next = numbers(7);
    const of = <Value>(...values: Value[]): Value => values[next() % values.length] as Value;
    await program.upsertAccounts(names.map((name, index) => ({
      externalRef: { system: 'listed', id: String(index) }, name, tier: 'listed', status: of('ACTIVE', 'AT_RISK', 'CHURN'), industry: of('listed-a', 'listed-b'), region: of('EMEA', 'APAC', null), lifecycleStage: of('GROWTH', 'RENEWAL', null),
      employeeCount: of(null, 10, 500), revenue: of(null, { amountMinor: -500, currency: 'USD' }, { amountMinor: 100, currency: 'EUR' }),
    })));
    await program.ingest(names.flatMap((_, index) => Array.from({ length: index % 4 }, (__, time) => ({ account: { externalRef: { system: 'listed', id: String(index) } }, type: 'demo_request', source: 'test', sourceEventId: `listed-${index}-${time}` }))));
    await program.settled();
  });
  const listed = { industries: ['listed-a', 'listed-b'] };

  test.each(['NAME', 'INTENT', 'REVENUE', 'RECORDED_AT'].flatMap((field) => ['ASC', 'DESC'].map((direction) => [field, direction] as const)))('by %s %s are paged without loss while accounts are added', async (field, direction) => {
    const orderBy = { field, direction };
    const before = await accounts({ orderBy, filter: listed });
    expect(before.edges).toHaveLength(field === 'INTENT' ? 9 : names.length);
    const values = before.edges.map(({ node }) => (field === 'REVENUE' ? ((node['revenue'] as { amountMinor: number } | null)?.amountMinor ?? -Infinity) : field === 'INTENT' ? (node['intent'] as { value: number }).value : 0));
    expect(values).toEqual(values.toSorted((a, b) => (direction === 'ASC' ? a - b : b - a)));
    if (field === 'NAME') expect(before.edges.map(({ node }) => String(node['name']).toLowerCase()).sort()).toEqual((direction === 'ASC' ? before.edges : before.edges.toReversed()).map(({ node }) => String(node['name']).toLowerCase()));
    const seen: string[] = [];
    let after: string | null = null;
    for (let page = 0; ; page += 1) {
      const connection: Connection = await accounts({ first: 5, after, orderBy, filter: listed });
      seen.push(...idsOf(connection));
      if (!connection.pageInfo.hasNextPage) break;
      await program.upsertAccounts([{ externalRef: { system: 'listed', id: `new-${field}-${direction}-${page}` }, name: page % 2 ? 'aaa' : 'zzz', industry: 'listed-a', tier: 'added' }]);
      after = connection.pageInfo.endCursor;
    }
    expect(new Set(seen).size).toBe(seen.length);
    const originals = new Set(idsOf(before));
    expect(seen.filter((id) => originals.has(id))).toEqual(idsOf(before));
    await program.upsertAccounts(Array.from({ length: 3 }, (_, page) => ({ externalRef: { system: 'listed', id: `new-${field}-${direction}-${page}` }, name: 'gone', industry: 'elsewhere' })));
  });

  type Row = { name: string; status: string; region: string | null; lifecycleStage: string | null; employeeCount: number | null; intent: { value?: number } };
  test.each<[Args, (row: Row) => boolean]>([
    [{ nameStartsWith: '100%' }, (row) => row.name === '100% real'],
    [{ nameStartsWith: 'A_' }, (row) => /^a_b/i.test(row.name)],
    [{ nameStartsWith: 'back\\' }, (row) => row.name === 'back\\slash'],
    [{ nameStartsWith: 'ÉM' }, (row) => /^émile/i.test(row.name)],
    [{ nameStartsWith: '' }, () => true],
    [{ nameStartsWith: 'sAMe' }, (row) => /^same$/i.test(row.name)],
    [{ minIntent: 70 }, (row) => (row.intent.value ?? -1) >= 70],
    [{ minIntent: 0 }, (row) => row.intent.value !== undefined],
    [{ status: ['ACTIVE', 'AT_RISK'] }, (row) => row.status !== 'CHURN'],
    [{ status: [] }, () => false],
    [{ regions: ['EMEA'] }, (row) => row.region === 'EMEA'],
    [{ lifecycleStages: ['GROWTH'] }, (row) => row.lifecycleStage === 'GROWTH'],
    [{ minEmployees: 10 }, (row) => (row.employeeCount ?? 0) >= 10],
    [{ minIntent: 50, status: ['ACTIVE'], minEmployees: 0 }, (row) => (row.intent.value ?? -1) >= 50 && row.status === 'ACTIVE' && row.employeeCount !== null],
  ])('filtered by %j', async (filter, holds) => {
    const all = await accounts({ filter: listed });
    const found = await accounts({ filter: { ...listed, ...filter } });
    const expected = all.edges.filter(({ node }) => holds(node as unknown as Row)).map(({ node }) => node.id);
    expect([idsOf(found), found.totalCount]).toEqual([expected, expected.length]);
  });

  test.each([['1e999'], ['1e-400'], ['NaN'], ['x']])('after a cursor with the score %s are refused', async (value) => {
    const after = writeCursor({ tenantId: program.tenant, order: 'accounts.INTENT.desc', value, key: '00000000-0000-7000-8000-000000000000' });
    const { errors } = await program.query('query($after: String) { accounts(after: $after, orderBy: { field: INTENT, direction: DESC }) { edges { cursor } } }', { after }, { role: 'viewer' });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', inputPath: ['after'] });
  });
});
