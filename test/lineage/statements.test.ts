import { afterAll, beforeAll, expect, test } from 'vitest';
import { arrange, crm, type Arranged } from '../accounts/arrange.ts';
import { create } from '../snapshots/arrange.ts';
import { parseItemId } from '../../src/platform/ids.ts';

let program: Arranged;
let account = '';
const at = (day: number): string => `2026-11-${String(day).padStart(2, '0')}T00:00:00.000Z`;

interface Edge { readonly from: string; readonly to: string; readonly relation: string; readonly fields: string[] | null; readonly rule: { name: string; version: string } }
interface Graph { readonly nodes: { readonly id: string; readonly type: string; readonly name: string | null; readonly more: boolean; readonly node: { id: string } | null }[]; readonly edges: Edge[]; readonly truncated: boolean }
interface Said { readonly id: string; readonly source: string; readonly mode: string; readonly isCurrent: boolean; readonly fields: Record<string, unknown>; readonly node: { id: string } | null }

const selection = '{ nodes { id type name more node { id } } edges { from to relation fields rule { name version } } truncated }';
const lineage = async (of: string, args: { direction?: string; maxDepth?: number; maxNodes?: number; asOf?: string } = {}): Promise<Graph> =>
  (await program.see<{ lineage: Graph }>(`query($of: ID!, $direction: LineageDirection! = UPSTREAM, $maxDepth: Int! = 10, $maxNodes: Int! = 200, $asOf: DateTime) { lineage(of: $of, direction: $direction, maxDepth: $maxDepth, maxNodes: $maxNodes, asOf: $asOf) ${selection} }`, { of, ...args })).lineage;
const said = 'id source mode isCurrent fields node { id }';
const statements = async (id: string, filter: object | null = null): Promise<Said[]> => {
  const { node } = await program.see<{ node: { statements: { edges: { node: Said }[] } } }>(`query($id: ID!, $filter: SourceStatementFilter) { node(id: $id) { ... on Account { statements(first: 50, filter: $filter) { edges { node { ${said} } } } } ... on Opportunity { statements(first: 50, filter: $filter) { edges { node { ${said} } } } } } }`, { id, filter });
  return node.statements.edges.map((edge) => edge.node);
};
const stated = (edges: readonly Edge[], to: string): Edge[] => edges.filter((edge) => edge.relation === 'STATED' && edge.to === to);

beforeAll(async () => {
  program = await arrange();
  const published = await program.query('mutation { publishScoringModel(input: { signalTypes: [{ type: "demo_request", weight: 40, halfLifeHours: 100 }] icp: { industries: ["Software"], minEmployees: 100, mismatchFactor: 0.5 } }) { __typename } }', {}, { role: 'admin' });
  expect(published.errors).toBeUndefined();
  account = await program.account('acme', { industry: 'Retail', occurredAt: at(1) });
  await program.upsertAccounts([{ externalRef: crm('acme'), source: 'gainsight', name: 'ACME', industry: 'Banking', tier: 'gold', occurredAt: at(3) }]);
  await program.upsertAccounts([{ externalRef: crm('acme'), industry: 'Banking', region: 'EMEA', occurredAt: at(2) }]);
  await program.settled();
});
afterAll(() => program.close());

test('an account derives from the statements that win its fields, each edge with the fields and the rule', async () => {
  const graph = await lineage(account);
  const all = await statements(account);
  const edges = stated(graph.edges, account).map(({ from, fields, rule }) => ({ source: all.find(({ id }) => id === from)?.source, fields, rule }));
  expect(edges.toSorted((one, other) => (String(one.fields) < String(other.fields) ? -1 : 1))).toEqual([
    { source: 'salesforce', fields: ['industry', 'region'], rule: { name: 'commercial fields', version: '0' } },
    { source: 'salesforce', fields: ['name'], rule: { name: 'commercial fields', version: '0' } },
    { source: 'gainsight', fields: ['tier'], rule: { name: 'success fields', version: '0' } },
  ]);
  const shown = graph.nodes.filter(({ type }) => type === 'STATEMENT');
  expect(shown.map(({ name }) => name)).toEqual(expect.arrayContaining(['Statement of gainsight', 'Statement of salesforce']));
  expect(shown).toHaveLength(3);
  for (const { id, node, more } of shown) expect([node?.id, more]).toEqual([id, false]);
  expect(graph.truncated).toBe(false);
});

test('every kind of record derives from its statements, and a statement leads to its record and on', async () => {
  const [deal] = (await program.upsert('opportunities', [{ account: { id: account }, externalRef: crm('deal'), name: 'Renewal', stage: 'Negotiation', occurredAt: at(2) }])).results;
  const [ticket] = (await program.upsert('tickets', [{ account: { id: account }, externalRef: { system: 'jira', id: 'T-1' }, key: 'T-1', summary: 'SSO fails', status: 'Open', statusCategory: 'TO_DO', priority: 'HIGH', createdOn: '2026-11-02' }])).results;
  for (const [id, source] of [[deal?.id ?? '', 'salesforce'], [ticket?.id ?? '', 'jira']] as const) {
    const { edges, nodes } = await lineage(id);
    expect(edges, source).toMatchObject([{ to: id, relation: 'STATED' }]);
    const statement = nodes.find(({ type }) => type === 'STATEMENT')?.id ?? '';
    expect(await program.see('query($id: ID!) { node(id: $id) { ... on SourceStatement { source node { id } } } }', { id: statement })).toEqual({ node: { source, node: { id } } });
    const below = await lineage(statement, { direction: 'DOWNSTREAM' });
    expect(below.edges.filter(({ relation }) => relation === 'STATED')).toEqual(edges);
    expect(below.edges.filter(({ relation }) => relation !== 'STATED').every(({ from, to }) => from === id && to.startsWith('DerivedValue_'))).toBe(true);
    const path = await program.see('query($from: ID!, $to: ID!) { lineagePath(from: $from, to: $to) { found nodes { id } edges { from to fields } } }', { from: statement, to: id });
    expect(path).toMatchObject({ lineagePath: { found: true, nodes: [{ id: statement }, { id }], edges: edges.map(({ from, to, fields }) => ({ from, to, fields })) } });
  }
});

test('a losing or superseded statement is kept, listed and leads nowhere; at an earlier instant it won', async () => {
  const id = await program.account('moved', { industry: 'Retail', occurredAt: at(1) });
  program.clock.advance(60_000);
  const before = program.clock.now().toISOString();
  program.clock.advance(60_000);
  await program.upsertAccounts([{ externalRef: crm('moved'), name: 'Moved', industry: 'Banking', occurredAt: at(2) }]);
  await program.upsertAccounts([{ externalRef: crm('moved'), industry: 'Late', occurredAt: '2026-10-31T00:00:00.000Z' }]);
  const all = await statements(id);
  expect(all.map(({ fields, isCurrent }) => [fields['industry'], isCurrent])).toEqual([['Banking', true], ['Retail', false], ['Late', false]]);
  const [current, former, late] = all.map((each) => each.id);
  expect(stated((await lineage(id)).edges, id)).toMatchObject([{ from: current, fields: ['industry', 'name'] }]);
  for (const lost of [former, late]) expect((await lineage(lost ?? '', { direction: 'DOWNSTREAM', maxDepth: 1 })).edges.filter(({ to }) => to === id), 'at most to versions of then').toEqual([]);
  const past = await lineage(id, { asOf: before });
  expect(past.edges.filter(({ relation }) => relation === 'STATED')).toMatchObject([{ from: former, fields: ['industry', 'name'] }]);
  expect((await program.query('query($of: ID!, $asOf: DateTime) { lineage(of: $of, asOf: $asOf) { truncated } }', { of: current, asOf: before }, { role: 'viewer' })).errors?.[0]).toMatchObject({ extensions: { code: 'NOT_FOUND' } });
  expect(await statements(id, { sources: ['gainsight'] })).toEqual([]);
  expect((await statements(id, { fields: ['name'] })).map((each) => each.id)).toEqual([current, former]);
  const wrong = await program.query('query($id: ID!) { account(id: $id) { statements(filter: { fields: ["colour"] }) { totalCount } } }', { id }, { role: 'viewer' });
  expect(wrong.errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT', inputPath: ['filter', 'fields', '0'] } });
});

test('the list pages by cursor, counts, and is that of its instant', async () => {
  const id = await program.account('paged', { occurredAt: at(1) });
  for (const day of [2, 3, 4]) await program.upsertAccounts([{ externalRef: crm('paged'), industry: `Industry ${day}`, occurredAt: at(day) }]);
  const seen: string[] = [];
  for (let after: string | null = null, more = true; more; ) {
    type Paged = { statements: { totalCount: number; edges: { node: Said }[]; pageInfo: { hasNextPage: boolean; endCursor: string } } };
    const { account: read }: { account: Paged } = await program.see<{ account: Paged }>(
      `query($id: ID!, $after: String) { account(id: $id) { statements(first: 1, after: $after) { totalCount edges { node { ${said} } } pageInfo { hasNextPage endCursor } } } }`, { id, after });
    expect(read.statements.totalCount).toBe(4);
    seen.push(...read.statements.edges.map(({ node }) => String(node.fields['industry'])));
    [after, more] = [read.statements.pageInfo.endCursor, read.statements.pageInfo.hasNextPage];
  }
  expect(seen).toEqual(['Industry 4', 'Industry 3', 'Industry 2', 'undefined']);
  const then = await program.see<{ account: { statements: { totalCount: number } } }>('query($id: ID!, $validAt: DateTime) { account(id: $id, validAt: $validAt) { statements { totalCount } } }', { id, validAt: at(3) });
  expect(then.account.statements.totalCount).toBe(3);
});

test('the score leads through the traits that it was fitted to on to what was known of them then', async () => {
  await program.ingest([{ account: { externalRef: crm('acme') }, type: 'demo_request', source: 'test', sourceEventId: 'fit' }]);
  await program.settled();
  const first = await lineage(account);
  const traits = first.nodes.filter(({ id }) => id.startsWith('FirmographicTraits_'));
  expect(traits).toHaveLength(1);
  const all = await statements(account);
  const told = (of: Graph, to: string) => stated(of.edges, to).map(({ from, fields }) => [all.find(({ id }) => id === from)?.source, fields]);
  expect(told(first, traits[0]?.id ?? '')).toEqual([['salesforce', ['industry', 'region']]]);
  program.clock.advance(60_000);
  await program.upsertAccounts([{ externalRef: crm('acme'), industry: 'Software', employeeCount: 50, occurredAt: at(5) }]);
  await program.settled();
  const next = await lineage(account);
  expect(told(next, traits[0]?.id ?? ''), 'what was known then').toEqual([['salesforce', ['industry', 'region']]]);
  const statement = stated(first.edges, traits[0]?.id ?? '')[0]?.from ?? '';
  const down = await lineage(statement, { direction: 'DOWNSTREAM' });
  expect(down.edges.find(({ to }) => to === traits[0]?.id)).toMatchObject({ from: statement, relation: 'STATED', fields: ['industry', 'region'] });
  expect(down.nodes.some(({ type }) => type === 'SCORE_POINT')).toBe(true);
});

test('a snapshot leads through the version of the account on to the statements of then', async () => {
  const { snapshots } = await create(program, [account]);
  const graph = await lineage(snapshots[0]?.id ?? '');
  const version = graph.edges.find(({ from, to }) => to === snapshots[0]?.id && from.startsWith('AccountVersion_'))?.from ?? '';
  expect(stated(graph.edges, version).flatMap(({ fields }) => fields ?? []).toSorted()).toEqual(['employeeCount', 'industry', 'name', 'region', 'tier']);
});

test('the budgets hold: the nearest first, and what is cut is said', async () => {
  const all = await lineage(account, { maxDepth: 1 });
  expect(stated(all.edges, account)).toHaveLength(4);
  const cut = await lineage(account, { maxDepth: 1, maxNodes: 3 });
  expect(cut.nodes).toHaveLength(3);
  expect(cut.truncated).toBe(true);
  const chain = await program.see<{ derivationChain: { id: string }[] }>('query($of: ID!) { derivationChain(of: $of) { id } }', { of: account });
  expect(chain.derivationChain.at(-1)?.id).toBe(account);
  expect(chain.derivationChain.filter(({ id }) => id.startsWith('SourceStatement_')).length).toBeGreaterThan(2);
});

test('contradictions name the statements; values are masked for roles that do not see addresses', async () => {
  const [person] = (await program.upsert('contacts', [{ account: { id: account }, externalRef: crm('ada'), name: 'Ada', email: 'ada@customer.example', title: 'Ask ada@customer.example' }])).results;
  await program.upsertAccounts([{ externalRef: crm('acme'), owner: { name: 'Olga', email: 'olga@us.example' }, website: 'mailto:olga@us.example', occurredAt: at(6) }]);
  const { account: read } = await program.see<{ account: { contradictions: { field: string; candidates: { source: string; statement: Said }[] }[] } }>(`query($id: ID!) { account(id: $id) { contradictions { field candidates { source statement { ${said} } } } } }`, { id: account });
  expect(read.contradictions.length).toBeGreaterThan(0);
  for (const { field, candidates } of read.contradictions) for (const { source, statement } of candidates) expect([statement.source, statement.fields[field] !== undefined, statement.node?.id]).toEqual([source, true, account]);
  const query = `query($id: ID!, $person: ID!) { account(id: $id) { statements(first: 1) { edges { node { fields } } } } node(id: $person) { ... on Contact { statements { edges { node { fields } } } } } }`;
  const shown = async (role: 'viewer' | 'analyst') => JSON.stringify((await program.query(query, { id: account, person: person?.id }, { role })).data);
  expect(await shown('analyst')).toContain('ada@customer.example');
  expect(await shown('analyst')).toContain('olga@us.example');
  expect(await shown('viewer')).not.toMatch(/@(customer|us)\.example/);
  const who = 'query($id: ID!) { account(id: $id) { statements(first: 1) { edges { node { statedBy } } } } }';
  expect(JSON.stringify((await program.query(who, { id: account }, { role: 'viewer' })).data)).toContain('"statedBy":null');
  expect(JSON.stringify((await program.query(who, { id: account }, { role: 'admin' })).data)).toMatch(/"statedBy":"\w+:/);
});

test('of merged accounts the statements count for the survivor; of another tenant there is nothing', async () => {
  const [one, other] = [await program.account('union-1', { industry: 'Retail', occurredAt: at(1) }), await program.account('union-2', { region: 'EMEA', occurredAt: at(2) })];
  const merged = await program.query('mutation($a: ID!, $b: ID!) { r: mergeAccounts(input: { intoId: $a, fromId: $b, reason: "one" }) { __typename } }', { a: one, b: other }, { role: 'admin' });
  expect(merged.errors).toBeUndefined();
  const all = await statements(one);
  expect(all).toHaveLength(2);
  for (const { node } of all) expect(node?.id).toBe(one);
  const { edges } = await lineage(one);
  expect(stated(edges, one).flatMap(({ fields }) => fields ?? []).toSorted()).toEqual(['industry', 'name', 'region']);
  const token = await program.token('admin', { tenant: program.otherTenant });
  expect((await program.query('query($id: ID!) { node(id: $id) { id } }', { id: all[0]?.id }, { token })).data).toEqual({ node: null });
  expect(parseItemId(all[0]?.id ?? '')?.type).toBe('SourceStatement');
});
