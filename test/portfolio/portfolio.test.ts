import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openQueue, type Customer, type Queue } from '../actions/queue.ts';
import { dataOf } from '../accounts/arrange.ts';

interface Listed {
  readonly accounts: { readonly totalCount: number; readonly edges: readonly { readonly node: { readonly name: string } }[] };
}

let program: Queue;
let customer: Customer;
const refs = (id: string) => ({ externalRef: { system: 'salesforce', id } });
beforeAll(async () => {
  program = await openQueue();
  const accounts = [
    { ...refs('p1'), name: 'North Corp', tier: 'Enterprise', status: 'ACTIVE', owner: { name: 'Olga', email: 'Olga@us.example' }, csm: { name: 'Carl', email: 'carl@us.example' }, revenue: { amountMinor: 500, currency: 'EUR' }, renewalOn: '2026-12-31', nextQbrOn: '2026-12-01', lifecycleStage: 'GROWTH' },
    { ...refs('p2'), name: 'South corp', tier: 'enterprise', status: 'AT_RISK', owner: { name: 'Olga', email: 'olga@us.example' }, revenue: { amountMinor: 900, currency: 'EUR' }, renewalOn: '2027-03-01' },
    { ...refs('p3'), name: 'West Ltd', tier: 'basic', status: 'ACTIVE', owner: { name: 'Ivan', email: null }, revenue: { amountMinor: 700, currency: 'USD' } },
    { ...refs('p4'), name: 'East', status: 'CHURN' },
  ];
  await program.upsertAccounts(accounts);
  await program.upsert('products', [{ account: refs('p1'), externalRef: { system: 'test', id: 'prod-1' }, name: 'Search' }]);
  for (const [account, score] of [['p1', 80], ['p2', 30], ['p3', 55]] as const) {
    await program.upsert('healthTrends', [{ account: refs(account), externalRef: { system: 'test', id: `trend-${account}` }, year: 2026, month: 11, overallScore: score, occurredAt: '2026-11-20T00:00:00Z' }]);
  }
  await program.upsert('opportunities', [
    { account: refs('p1'), externalRef: { system: 'test', id: 'o1' }, name: 'One', stage: 'Proposal', amount: { amountMinor: 100, currency: 'EUR' }, closeDate: '2026-12-24' },
    { account: refs('p2'), externalRef: { system: 'test', id: 'o2' }, name: 'Two', stage: 'Proposal', amount: { amountMinor: 250, currency: 'EUR' }, closeDate: '2026-12-01' },
    { account: refs('p2'), externalRef: { system: 'test', id: 'o3' }, name: 'Three', stage: 'Proposal', amount: { amountMinor: 50, currency: 'USD' } },
    { account: refs('p3'), externalRef: { system: 'test', id: 'o4' }, name: 'Four', stage: 'Qualification' },
    { account: refs('p1'), externalRef: { system: 'test', id: 'o5' }, name: 'Five', stage: 'Closed Won', amount: { amountMinor: 9_000, currency: 'EUR' }, closeDate: '2026-11-01' },
    { account: refs('p1'), externalRef: { system: 'test', id: 'o6' }, name: 'Six', stage: 'closed  LOST', amount: { amountMinor: 9_000, currency: 'EUR' } },
  ]);
  await program.settled();
  customer = await program.customer();
  await program.propose(customer);
});
afterAll(() => program.close());

const document = 'query ($filter: AccountFilter, $orderBy: AccountOrder) { accounts(first: 50, filter: $filter, orderBy: $orderBy) { totalCount edges { node { name } } } }';
async function listed(filter: object, orderBy?: object): Promise<string[]> {
  const { accounts } = dataOf(await program.query<Listed, Record<string, unknown>>(document, { filter, ...(orderBy ? { orderBy } : {}) }, { role: 'viewer' }));
  expect(accounts.totalCount).toBe(accounts.edges.length);
  return accounts.edges.map(({ node }) => node.name);
}

describe('accounts are filtered', () => {
  test.each([
    ['by a part of the name', { nameContains: 'CORP' }, ['North Corp', 'South corp']],
    ['by owner', { ownerEmails: ['OLGA@us.example'] }, ['North Corp', 'South corp']],
    ['by customer success manager', { csmEmails: ['carl@us.example'] }, ['North Corp']],
    ['by tier', { tiers: ['ENTERPRISE'] }, ['North Corp', 'South corp']],
    ['by product', { productNames: ['Search'] }, ['North Corp']],
    ['by least health', { minHealth: 50 }, ['North Corp', 'West Ltd']],
    ['by most health', { maxHealth: 50 }, ['South corp']],
    ['by status', { statuses: ['CHURN'] }, ['East']],
    ['by the day of renewal', { renewalFrom: '2026-12-31', renewalBefore: '2027-03-01' }, ['North Corp']],
    ['by the next review', { nextQbrFrom: '2026-12-01', nextQbrBefore: '2026-12-02' }, ['North Corp']],
    ['by currency', { revenueCurrency: 'USD' }, ['West Ltd']],
    ['by several at once', { nameContains: 'corp', tiers: ['enterprise'], minHealth: 40, statuses: ['ACTIVE'] }, ['North Corp']],
  ])('%s', async (_what, filter, names) => {
    expect(await listed(filter)).toEqual(names);
  });

  test('by whether an action waits', async () => {
    const waiting = await listed({ hasOpenAction: true });
    expect(waiting).toHaveLength(1);
    expect(await listed({ hasOpenAction: false })).not.toContain(waiting[0]);
  });

  test.each([
    ['ascending health', { field: 'HEALTH', direction: 'ASC' }, {}, ['South corp', 'West Ltd', 'North Corp']],
    ['money within one currency', { field: 'REVENUE', direction: 'DESC' }, { revenueCurrency: 'EUR' }, ['South corp', 'North Corp']],
    ['the day of renewal', { field: 'RENEWAL', direction: 'ASC' }, { ownerEmails: ['olga@us.example'] }, ['North Corp', 'South corp']],
  ])('and ordered by %s', async (_what, orderBy, filter, names) => {
    expect(await listed(filter, orderBy)).toEqual(names);
  });

  test.each([
    ['nameContains', { nameContains: ' ' }], ['minHealth', { minHealth: 101 }], ['maxHealth', { maxHealth: -1 }], ['revenueCurrency', { revenueCurrency: 'eur' }], ['ownerEmails', { ownerEmails: Array.from({ length: 101 }, () => 'x') }],
  ])('a %s that can match nothing is refused, in the list and in the figures', async (field, filter) => {
    for (const query of [document, 'query ($filter: AccountFilter) { accountStats(filter: $filter) { count } }']) {
      expect((await program.query(query, { filter })).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', inputPath: ['filter', field] } }]);
    }
  });
});

test('figures count what the list lists, by the same filter', async () => {
  const query = `query ($filter: AccountFilter) { accountStats(filter: $filter) { count byStatus { status count } byTier { tier count } byLifecycleStage { lifecycleStage count } byIntentBand { band count }
    byOwner { owner { name email } count } openPipeline { stage kind count amounts { amountMinor currency } } } }`;
  const stats = async (filter: object): Promise<unknown> => dataOf(await program.query<{ accountStats: unknown }, { filter: object }>(query, { filter }, { role: 'analyst' })).accountStats;
  expect(await stats({ ownerEmails: ['olga@us.example'] })).toEqual({
    count: 2,
    byStatus: [{ status: 'ACTIVE', count: 1 }, { status: 'AT_RISK', count: 1 }],
    byTier: [{ tier: 'Enterprise', count: 1 }, { tier: 'enterprise', count: 1 }],
    byLifecycleStage: [{ lifecycleStage: 'GROWTH', count: 1 }, { lifecycleStage: null, count: 1 }],
    byIntentBand: [{ band: null, count: 2 }],
    byOwner: [{ owner: { name: 'Olga', email: 'olga@us.example' }, count: 2 }],
    openPipeline: [{ stage: 'Proposal', kind: 'UNKNOWN', count: 3, amounts: [{ amountMinor: 350, currency: 'EUR' }, { amountMinor: 50, currency: 'USD' }] }],
  });
  expect(await stats({ minHealth: 50 })).toMatchObject({ count: 2, byOwner: expect.arrayContaining([{ owner: { name: 'Ivan', email: null }, count: 1 }]) as object });
  expect(await stats({ statuses: ['INACTIVE'] })).toEqual({ count: 0, byStatus: [], byTier: [], byLifecycleStage: [], byIntentBand: [], byOwner: [], openPipeline: [] });
  await program.ingest([{ account: refs('p1'), type: 'demo_request', source: 'web' }, { account: refs('p1'), type: 'meeting', source: 'web' }]);
  await program.settled();
  const { intent } = dataOf(await program.query<{ accountBy: { intent: { band: string } } }, never>('{ accountBy(by: { externalRef: { system: "salesforce", id: "p1" } }) { intent { ... on IntentScore { band } } } }')).accountBy;
  expect(await stats({ ownerEmails: ['olga@us.example'] })).toMatchObject({ byIntentBand: [{ band: intent.band, count: 1 }, { band: null, count: 1 }] });
});

describe('lists across accounts', () => {
  const nodes = async (field: string, args: string, selection: string): Promise<unknown[]> => {
    const data = dataOf(await program.query<Record<string, { edges: { node: unknown }[] }>, never>(`{ ${field}(first: 50${args}) { edges { node { ${selection} } } } }`, undefined, { role: 'viewer' }));
    return (data[field]?.edges ?? []).map(({ node }) => node);
  };

  test('open deals, the next to close first, with their accounts', async () => {
    const found = await nodes('opportunities', ', filter: { stageKinds: [OPEN, UNKNOWN] }, orderBy: { field: CLOSE_DATE, direction: ASC }', 'name account { name }');
    expect(found).toEqual([
      { name: 'Two', account: { name: 'South corp' } }, { name: 'One', account: { name: 'North Corp' } },
      { name: 'Three', account: { name: 'South corp' } }, { name: 'Four', account: { name: 'West Ltd' } },
    ]);
    expect(await nodes('opportunities', ', filter: { stageKinds: [WON] }', 'name')).toEqual([{ name: 'Five' }]);
    expect(await nodes('opportunities', ', filter: { stageKinds: [LOST] }', 'name')).toEqual([{ name: 'Six' }]);
    expect(await nodes('opportunities', ', filter: { currencies: ["EUR"], stageKinds: [UNKNOWN] }, orderBy: { field: AMOUNT, direction: DESC }', 'name')).toEqual([{ name: 'Two' }, { name: 'One' }]);
  });

  test('contacts, tickets, notes and signals', async () => {
    await program.upsert('tickets', [{ account: refs('p1'), externalRef: { system: 'jira', id: 't1' }, key: 'A-1', summary: 's', status: 'Open', statusCategory: 'TO_DO', priority: 'HIGH' }, { account: refs('p3'), externalRef: { system: 'jira', id: 't2' }, key: 'A-2', summary: 's', status: 'Done', statusCategory: 'DONE' }]);
    await program.upsert('notes', [{ account: refs('p2'), externalRef: { system: 'notes', id: 'n1' }, noteType: 'CALL', content: 'c', occurredAt: '2026-11-20T00:00:00Z' }]);
    expect(await nodes('tickets', ', filter: { open: true }', 'key account { name }')).toEqual([{ key: 'A-1', account: { name: 'North Corp' } }]);
    expect(await nodes('notes', '', 'noteType account { name }')).toEqual([{ noteType: 'CALL', account: { name: 'South corp' } }]);
    expect(await nodes('contacts', '', 'id account { id }')).toEqual([{ id: customer.contact, account: { id: customer.account } }]);
    await program.ingest([{ account: refs('p3'), type: 'call', source: 'phone', sourceEventId: 'last' }]);
    const found = await nodes('signals', '', 'type sourceEventId account { name }');
    expect(found[0]).toEqual({ type: 'call', sourceEventId: 'last', account: { name: 'West Ltd' } });
    expect(await nodes('signals', ', filter: { types: ["demo_request"] }', 'type')).toEqual([{ type: 'demo_request' }]);
  });

  test('show nothing of another tenant', async () => {
    const token = await program.token('admin', { tenant: program.otherTenant });
    const { data } = await program.query<Record<string, { edges: unknown[] }>, never>('{ opportunities(first: 5) { edges { node { id } } } contacts(first: 5) { edges { node { id } } } tickets(first: 5) { edges { node { id } } } notes(first: 5) { edges { node { id } } } signals(first: 5) { edges { node { id } } } accounts(first: 5, filter: { nameContains: "corp" }) { edges { node { id } } } }', undefined, { token });
    expect(Object.values(data ?? {}).map(({ edges }) => edges)).toEqual([[], [], [], [], [], []]);
  });

  test('the second page goes on behind the first', async () => {
    const page = async (after: string | null): Promise<{ edges: { cursor: string; node: { id: string } }[]; pageInfo: { hasNextPage: boolean } }> =>
      dataOf(await program.query<{ signals: never }, Record<string, unknown>>('query ($after: String) { signals(first: 2, after: $after) { pageInfo { hasNextPage } edges { cursor node { id } } } }', { after })).signals;
    const seen: string[] = [];
    let after: string | null = null;
    for (let more = true; more; ) {
      const { edges, pageInfo } = await page(after);
      seen.push(...edges.map(({ node }) => node.id));
      after = edges.at(-1)?.cursor ?? null;
      more = pageInfo.hasNextPage;
    }
    const { signals } = dataOf(await program.query<{ signals: { totalCount: number } }, never>('{ signals(first: 1) { totalCount } }'));
    expect(new Set(seen).size).toBe(signals.totalCount);
  });
});
