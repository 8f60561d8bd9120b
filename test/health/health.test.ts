import { afterAll, beforeAll, expect, test } from 'vitest';
import { assessHealth, reassessTenants } from '../../src/features/health/index.ts';
import { parseGlobalId, type Id } from '../../src/platform/ids.ts';
import type { Read } from '../../src/platform/postgres/read.ts';
import { arrange, crm, dataOf, type Arranged } from '../accounts/arrange.ts';
import { healthFields, healthOf, putKpis, putTrend, type ShownHealth } from './arrange.ts';
import { withPresentIds } from '../harness/present-ids.ts';
import { momentOf } from '../../src/platform/moment.ts';
import { noteReads } from '../harness/note-reads.ts';

let program: Arranged;
beforeAll(async () => {
  program = await arrange();
});
afterAll(() => program.close());

const uuidOf = (globalId: string): Id<'Account'> => parseGlobalId(globalId)?.id as Id<'Account'>;
const edgesOf = (id: string): Promise<Record<string, never>[]> => program.rows('select from_id, relation, rule_version from lineage_edge where to_id = $1 and removed_at is null order by relation, from_id', [uuidOf(id)]);
const told = async (account: string): Promise<Record<string, unknown>[]> => (await program.facts('health.updated')).filter(({ account_id }) => account_id === uuidOf(account)).map(({ data }) => data);

test('without anything there is no health; with KPIs a proxy; with a trend the trend; each at once, with what it came from', async () => {
  const id = await program.account('steps');
  const none = await healthOf(program, id);
  expect(none).toMatchObject({ overallScore: null, healthSource: 'NONE', healthAsOf: null, modelVersion: 0, kpiCounts: { total: 0 }, reasons: ['There is neither a monthly trend nor a KPI.'] });

  await program.upsert('products', [{ account: { id }, externalRef: crm('steps-product'), name: 'Platform' }]);
  await putKpis(program, id, { CSAT: '4.5/5', 'Open tickets': '25 tickets', 'First response time': 'soon' });
  await putKpis(program, id, { WAU: '55 %' }, { category: 'Product Usage KPI', productRef: crm('steps-product'), occurredAt: '2026-11-20T00:00:00.000Z' });
  const proxy = await healthOf(program, id);
  expect(proxy).toMatchObject({ id: none.id, healthSource: 'PROXY', healthSourceReason: 'NO_TREND', productUsageScore: 55, businessOutcomesScore: null, kpiCounts: { total: 4, accountLevel: 3, productLevel: 1, critical: 1, atRisk: 1, healthy: 1, unknown: 1 } });
  // CSAT 85 and 25 open tickets 30, the line through 5 at 70 and 20 at 40 going on.
  expect(proxy['supportScore']).toBeCloseTo((85 + 30) / 2, 6);
  expect(proxy.overallScore).toBeCloseTo((55 * 0.25 + 57.5 * 0.2) / 0.45, 6);
  expect(proxy.reasons.join(' ')).toContain('Open tickets: 25 tickets is above 20, and so critical.');

  await putTrend(program, id, 9, 61, { supportScore: 44, occurredAt: '2026-09-30T12:00:00.000Z' });
  await putTrend(program, id, 10, 66.5, { supportScore: 48, occurredAt: '2026-10-31T12:00:00.000Z' });
  const trend = await healthOf(program, id);
  expect(trend).toMatchObject({ id: none.id, healthSource: 'TREND', healthSourceReason: 'CURRENT_TREND', partialScore: 66.5, coverage: 0.2, overallScore: 66.5, supportScore: 48, productUsageScore: null, healthAsOf: '2026-10-31T12:00:00.000Z', kpiCounts: proxy.kpiCounts });

  const lineage = `lineage { root { id type name } nodes { id type name node { id } } edges { from to relation rule { name version } } truncated } derivationChain { id }`;
  const { node } = await program.see<{ node: { lineage: { nodes: { name: string; node: { id: string } | null }[]; edges: { relation: string; rule: object }[]; truncated: boolean; root: object }; derivationChain: { id: string }[]; account: { id: string } } }>(`query($id: ID!) { node(id: $id) { ... on AccountHealth { account { id } ${lineage} } } }`, { id: none.id });
  expect(node.account.id).toBe(id);
  expect(node.lineage.root).toEqual({ id: none.id, type: 'DERIVED_VALUE', name: 'Health of steps' });
  expect(node.lineage.nodes.map(({ name }) => name).toSorted()).toEqual(['CSAT 4.5/5', 'First response time soon', 'Health of steps', 'Health trend 2026-10', 'Open tickets 25 tickets', 'WAU 55 %']);
  expect(node.lineage.nodes.every((each) => each.node !== null)).toBe(true);
  expect(node.derivationChain.at(-1)).toEqual({ id: none.id });
  expect(node.lineage.edges.map(({ relation }) => relation).toSorted()).toEqual(['JUDGED', 'JUDGED', 'JUDGED', 'JUDGED', 'MEASURED']);
  for (const { rule } of node.lineage.edges) expect(rule).toEqual({ name: 'account-health', version: '0' });

  // What travels by events arrives at the same: the edges by which the impact of a KPI is found.
  await program.settled();
  expect((await edgesOf(none.id)).map(({ relation }) => relation)).toEqual(['JUDGED', 'JUDGED', 'JUDGED', 'JUDGED', 'MEASURED']);
  const { kpi } = await program.see<{ kpi: { lineage: { nodes: { id: string }[] } } }>('query($id: ID!) { kpi: node(id: $id) { ... on Kpi { lineage(direction: DOWNSTREAM) { nodes { id } } } } }', { id: (await putKpis(program, id, { CSAT: '4.5/5' })).results[0]?.id });
  expect(kpi.lineage.nodes.map((each) => each.id)).toContain(none.id);
});

test('the status of each KPI is told with its reason', async () => {
  const id = await program.account('statuses');
  await putKpis(program, id, { CSAT: '2/5', Uptime: '99.5 %', Escalations: '< 1', 'Moon phase': 'full' });
  const { account } = await program.see<{ account: { kpis: { edges: { node: { parameter: string; status: string; statusBecause: string } }[] } } }>('query($id: ID!) { account(id: $id) { kpis(first: 10) { edges { node { parameter status statusBecause } } } } }', { id });
  expect(Object.fromEntries(account.kpis.edges.map(({ node }) => [node.parameter, node.status]))).toEqual({ CSAT: 'CRITICAL', Uptime: 'AT_RISK', Escalations: 'HEALTHY', 'Moon phase': 'UNKNOWN' });
  expect(account.kpis.edges.find(({ node }) => node.parameter === 'Moon phase')?.node.statusBecause).toBe('The health model (version 0) has no thresholds for "Moon phase".');
});

test('each KPI says by which rule and version it was judged, and each category what it alone is made of', async () => {
  const id = await program.account('made-of');
  const ids = (await putKpis(program, id, { CSAT: '4.5/5', 'Open tickets': '12', 'Moon phase': 'full' })).results.map((each) => each.id ?? '');
  const [wau = ''] = (await putKpis(program, id, { WAU: '55 %' }, { category: 'Product Usage' })).results.map((each) => each.id ?? '');
  const query = `query($id: ID!, $asOf: DateTime) { account(id: $id, asOf: $asOf) { health { categories { category score weight kpis { id score weight } lineage { root { id } nodes { id } edges { from to relation rule { name version } } } } }
    kpis(first: 9) { edges { node { id score healthCategory weight modelVersion rule { names unit critical healthy scale } } } } } }`;
  type Category = { category: string; score: number | null; weight: number; kpis: { id: string; score: number; weight: number }[]; lineage: { root: { id: string }; nodes: object[]; edges: { from: string; to: string; relation: string; rule: object }[] } };
  type Made = { account: { health: { categories: Category[] }; kpis: { edges: { node: Record<string, unknown> }[] } } };
  const now = program.clock.now().toISOString();
  const before = await program.see<Made>(query, { id });
  const [csat, tickets, moon] = ids.map((each) => before.account.kpis.edges.find(({ node }) => node['id'] === each)?.node);
  expect(csat).toMatchObject({ score: 85, healthCategory: 'SUPPORT', weight: 1, modelVersion: 0, rule: { unit: 'RATING', scale: 5, critical: 3, healthy: 4 } });
  expect(tickets).toMatchObject({ score: 56, rule: { names: ['Open tickets', 'Ticket backlog'], critical: 20, healthy: 5 } });
  expect(moon).toMatchObject({ score: null, weight: 0, modelVersion: 0, rule: null });
  const { categories } = before.account.health;
  expect(categories.map(({ score, weight }) => [score, weight])).toEqual([[55, 0.25], [70.5, 0.2], [null, 0.2], [null, 0.2], [null, 0.15]]);
  for (const { category, score, kpis, lineage } of categories) {
    expect(kpis.map((each) => each.id).toSorted(), category).toEqual(category === 'SUPPORT' ? ids.slice(0, 2).toSorted() : category === 'PRODUCT_USAGE' ? [wau] : []);
    expect(lineage.edges.map(({ from }) => from).toSorted()).toEqual(kpis.map((each) => each.id).toSorted());
    for (const { to, relation, rule } of lineage.edges) expect([to, relation, rule]).toEqual([lineage.root.id, 'JUDGED', { name: 'account-health', version: '0' }]);
    if (score !== null) expect(score).toBeCloseTo(kpis.reduce((sum, each) => sum + each.score, 0) / kpis.length, 6);
  }
  // Of a trend, every category is made of that alone; and as of before it was not.
  program.clock.advance(1_000);
  const [trend] = (await putTrend(program, id, 9, 61, { supportScore: 44 })).results;
  const after = (await program.see<Made>(query, { id })).account.health.categories;
  expect(after.map(({ score, lineage }) => [score, lineage.edges.map(({ from }) => from)])).toEqual([null, 44, null, null, null].map((score) => [score, score === null ? [] : [trend?.id]]));
  expect(withPresentIds(await program.see(query, { id, asOf: now }))).toEqual(before);
});

test('a trend whose source does not say when it was measured was measured at the end of its month; of the present one, now', async () => {
  const id = await program.account('month-ends');
  const sent = (month: number, more = {}) => putTrend(program, id, month, 50, more);
  await sent(9);
  expect((await healthOf(program, id)).healthAsOf).toBe('2026-09-30T23:59:59.999Z');
  const now = program.clock.now().toISOString();
  await sent(11);
  expect((await healthOf(program, id)).healthAsOf).toBe(now);
  // The same again says nothing new, also later.
  program.clock.advance(60_000);
  for (const month of [9, 11]) expect((await sent(month)).results).toMatchObject([{ change: 'UNCHANGED' }]);
  expect((await healthOf(program, id)).healthAsOf).toBe(now);
  // What was measured earlier does not take the place of what is known.
  await sent(11, { occurredAt: '2026-11-20T00:00:00.000Z', overallScore: 40 });
  expect((await healthOf(program, id)).healthAsOf).toBe(now);
  const later = program.clock.now().toISOString();
  await sent(11, { occurredAt: later });
  expect((await healthOf(program, id)).healthAsOf).toBe(later);
  // A month that is yet to come does not rule.
  expect((await sent(12)).results).toMatchObject([{ code: 'BAD_USER_INPUT', path: ['input', '0', 'month'] }]);
  expect((await healthOf(program, id)).healthAsOf).toBe(later);
});

test('a change is told once, and what says the same is not told again', async () => {
  const id = await program.account('told');
  await putKpis(program, id, { CSAT: '4.5/5' });
  await program.settled();
  expect(await told(id)).toMatchObject([{ source: 'PROXY', previousOverall: null, overall: null, modelVersion: 0, cause: 'RECORDS' }]);
  const before = await edgesOf((await healthOf(program, id)).id);
  // The same words, written otherwise: another row, the same health.
  await putKpis(program, id, { CSAT: '4.50 / 5' }, { occurredAt: (await program.rows('select occurred_at as at from kpi where account_id = $1', [uuidOf(id)]))[0]?.['at'] });
  await program.settled();
  expect(await told(id)).toHaveLength(1);
  expect(await edgesOf((await healthOf(program, id)).id)).toEqual(before);
  await putTrend(program, id, 10, 50);
  await program.settled();
  expect((await told(id))[1]).toMatchObject({ source: 'TREND', previousOverall: null, overall: 50 });
});

test('a KPI that moves to another account leaves the health of the one and joins that of the other', async () => {
  const [from, to] = [await program.account('from'), await program.account('to')];
  const externalRef = { system: 'test', id: 'moves' };
  await program.upsert('kpis', [{ account: { id: from }, externalRef, category: 'Support', parameter: 'CSAT', value: '4.5/5' }]);
  await program.settled();
  await program.upsert('kpis', [{ account: { id: to }, externalRef, category: 'Support', parameter: 'CSAT', value: '4.5/5' }]);
  await program.settled();
  expect([(await healthOf(program, from)).healthSource, (await healthOf(program, to)).partialScore]).toEqual(['NONE', 85]);
  expect(await edgesOf((await healthOf(program, from)).id)).toEqual([]);
  expect((await told(from)).at(-1)).toMatchObject({ source: 'NONE', overall: null });
});

test('as of any instant it is what was answered then, also as other features read it, and what was stored agrees', async () => {
  const ids = await Promise.all(['past-a', 'past-b'].map((name) => program.account(name)));
  const seen: { at: string; answers: ShownHealth[] }[] = [];
  const look = async (): Promise<void> => {
    await program.settled();
    seen.push({ at: program.clock.now().toISOString(), answers: await Promise.all(ids.map((id) => healthOf(program, id))) });
    program.clock.advance(1_000);
  };
  await look();
  for (const [step, csat] of ['4.5/5', '3.1/5', 'n/a', '1/5'].entries()) {
    for (const id of ids) await putKpis(program, id, { CSAT: csat, NPS: String(10 * step) });
    if (step === 2) await putTrend(program, ids[0] ?? '', 7, 33);
    await look();
  }
  const newest = { ...(await program.see<{ healthModel: { kpis: object[] } }>('{ healthModel { kpis { names category direction unit scale currency critical healthy worst best weight } } }')).healthModel };
  dataOf(await program.query('mutation($input: HealthModelInput!) { publishHealthModel(input: $input) { ... on HealthModel { version } ... on UserError { message } } }', { input: { kpis: newest.kpis } }));
  await look();
  for (const { at, answers } of seen) {
    expect(withPresentIds(await Promise.all(ids.map((id) => healthOf(program, id, at))))).toEqual(answers);
    const read = program.database.read(program.tenant);
    const assessed = await assessHealth(read, { accountIds: ids.map(uuidOf), at: momentOf(at), now: at });
    expect(read.statements).toBe(3);
    await read.close();
    expect(ids.map((id) => assessed.get(uuidOf(id))?.overall ?? null)).toEqual(answers.map(({ overallScore }) => overallScore));
    const stored = await program.rows('select overall, source from account_health_as_of($1) where account_id = $2', [at, uuidOf(ids[0] ?? '')]);
    if (stored.length > 0) expect(stored).toEqual([{ overall: answers[0]?.overallScore, source: answers[0]?.healthSource }]);
  }
  expect(new Set(seen.map(({ answers }) => answers[0]?.partialScore)).size).toBeGreaterThan(3);
});

test('a trend that grows older than the horizon gives way to fresher KPIs by itself: at once where it is read, with the nightly round where it is told', async () => {
  const id = await program.account('ages');
  await putTrend(program, id, 10, 91);
  await putKpis(program, id, { CSAT: '1/5', 'Open tickets': '90' });
  await putKpis(program, id, { WAU: '5 %' }, { category: 'Product Usage' });
  await program.settled();
  const fresh = await healthOf(program, id);
  expect(fresh).toMatchObject({ healthSource: 'TREND', healthSourceReason: 'CURRENT_TREND', overallScore: 91 });
  const before = program.clock.now().toISOString();
  const round = () => reassessTenants(program.database, { actor: { kind: 'system', id: 'test' }, requestId: 'test' });
  await round();
  expect(await told(id)).toHaveLength(await told(id).then((facts) => facts.filter(({ cause }) => cause === 'RECORDS').length));
  program.clock.advance(Date.parse('2027-01-02T00:00:00.000Z') - program.clock.now().getTime());
  const aged = await healthOf(program, id);
  expect(aged).toMatchObject({ healthSource: 'PROXY', healthSourceReason: 'TREND_TOO_OLD', coverage: expect.closeTo(0.45, 9) });
  expect(aged.overallScore).toBeLessThan(40);
  expect(aged.reasons[0]).toBe('The monthly trend of 2026-10 is older than 62 days and KPIs are fresher; the scores are computed from 3 of 3 KPIs.');
  expect(await healthOf(program, id, before)).toEqual({ ...fresh, id: expect.stringContaining(fresh.id) as string });
  await round();
  expect((await told(id)).at(-1)).toMatchObject({ source: 'PROXY', previousOverall: 91, overall: aged.overallScore, cause: 'TIME' });
  expect((await edgesOf(aged.id)).map(({ relation }) => relation)).toEqual(['JUDGED', 'JUDGED', 'JUDGED']);
  const facts = (await told(id)).length;
  await round();
  expect(await told(id)).toHaveLength(facts);
});

test('a lineage that is cut says so, and budgets out of bounds are refused', async () => {
  const id = await program.account('cut');
  await putKpis(program, id, { CSAT: '4.5/5', NPS: '12', WAU: '50 %' });
  const query = 'query($id: ID!, $most: Int!) { account(id: $id) { health { id lineage(maxNodes: $most) { nodes { id } edges { to } truncated frontier { id } } } } }';
  type Cut = { account: { health: { id: string; lineage: { nodes: { id: string }[]; edges: object[]; truncated: boolean; frontier: { id: string }[] } } } };
  for (const [most, shown] of [[1, 1], [3, 3], [4, 4], [50, 4]] as const) {
    const { health } = (await program.see<Cut>(query, { id, most })).account;
    expect([health.lineage.nodes.length, health.lineage.edges.length, health.lineage.truncated]).toEqual([shown, shown - 1, shown < 4]);
    expect(health.lineage.frontier).toEqual(shown < 4 ? [{ id: health.id }] : []);
  }
  for (const most of [0, 2_001]) expect((await program.query(query, { id, most })).errors?.[0]?.extensions['code']).toBe('BAD_USER_INPUT');
});

test('an id of another tenant, and of no account, is nobody\'s health', async () => {
  const id = await program.account('ours');
  await putKpis(program, id, { CSAT: '4.5/5' });
  await program.settled();
  const { id: health } = await healthOf(program, id);
  const token = await program.token('viewer', { tenant: program.otherTenant });
  expect(dataOf(await program.query(`query($id: ID!) { node(id: $id) { ... on AccountHealth { ${healthFields} } } }`, { id: health }, { token }))).toEqual({ node: null });
  expect(dataOf(await program.query('query($id: ID!) { node(id: $id) { id } }', { id: 'AccountHealth_00000000000070008000000000000000' }))).toEqual({ node: null });
  const read = program.database.read(program.otherTenant);
  expect([...(await assessHealth(read, { accountIds: [uuidOf(id)], at: null, now: program.clock.now().toISOString() })).values()]).toMatchObject([{ source: 'NONE', kpis: [], inputs: [] }]);
  await read.close();
  for (const table of ['health_model', 'account_health', 'account_health_history']) {
    await program.rows(`begin; set local role context_graph_app; select set_config('app.tenant', '${program.otherTenant}', true)`);
    expect(await program.count(`select from ${table}`), table).toBe(0);
    await program.rows('rollback');
  }
});

test('one account\'s health and a hundred\'s cost as many statements', async () => {
  const names = Array.from({ length: 100 }, (_, place) => `many-${place}`);
  const ids = (await program.upsertAccounts(names.map((name) => ({ externalRef: crm(name), name })))).results.map(({ id }) => id ?? '');
  await program.upsert('kpis', names.flatMap((name) => ['CSAT', 'NPS'].map((parameter) => ({ account: { externalRef: crm(name) }, externalRef: crm(`${name}-${parameter}`), category: 'Customer Sentiment', parameter, value: '4' }))));
  const reads: Read[] = [];
  const stop = noteReads(program.database, reads);
  const asked = async (some: readonly string[]): Promise<string[]> => {
    reads.length = 0;
    await program.see(`query($ids: [ID!]!) { nodes(ids: $ids) { ... on Account { health { ${healthFields} categories { score kpis { value } } lineage(maxNodes: 3) { nodes { name } } } kpis(first: 2) { edges { node { status statusBecause score weight } } } } } }`, { ids: some });
    // Of the requests alone: snapshots of what was stored are taken meanwhile.
    return reads.flatMap((read) => (read.asked.includes('accounts_by_id') ? [...read.asked] : [])).toSorted();
  };
  const one = await asked(ids.slice(0, 1));
  expect(await asked(ids)).toEqual(one);
  expect(one).toEqual(['accounts_by_id', 'health_model_in_force', 'kpi_by_id', expect.stringMatching(/^kpis_[0-9a-f]{8}_of_3$/), 'kpis_to_assess', 'latest_health_trends', 'lineage_of_account_health', 'lineage_of_kpi_records']);
  stop();
});
