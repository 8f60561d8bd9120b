import { isObjectType, Kind, parse, print } from 'graphql';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildGraph } from '../../src/api/graphql/schema.ts';
import type { Read } from '../../src/platform/postgres/read.ts';
import { grantConsent } from '../../src/features/consent/index.ts';
import { parseGlobalId, toGlobalId } from '../../src/platform/ids.ts';
import { startOfTest, until } from '../harness/program.ts';
import { arrange, dataOf, type Arranged } from '../accounts/arrange.ts';
import { create } from '../snapshots/arrange.ts';
import { noteReads } from '../harness/note-reads.ts';

interface Node {
  readonly id: string;
  readonly type: string;
  readonly name: string | null;
  readonly occurredAt: string | null;
  readonly node: { readonly __typename: string; readonly id: string } | null;
}
interface Graph {
  readonly root: { readonly id: string };
  readonly nodes: readonly Node[];
  readonly edges: readonly { readonly from: string; readonly to: string; readonly relation: string; readonly rule: { readonly name: string; readonly version: string } }[];
  readonly truncated: boolean;
  readonly frontier: readonly { readonly id: string }[];
}

// Lineage of the acceptance file, as the client teams wrote it.
const acceptance = parse(readFileSync(new URL('../acceptance/profiles-and-lineage.graphql', import.meta.url), 'utf8'));
const lineage = acceptance.definitions.filter((each) => each.kind === Kind.OPERATION_DEFINITION && each.name?.value === 'Lineage').map((each) => print(each)).join('');

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

let program: Arranged;
let id = '';
const signals: string[] = [];
let asset = '';
let scenario = '';
const reads: Read[] = [];
let told = 0;
/** Tells signals in one batch, and waits for the score. */
async function tell(account: string, ...types: string[]): Promise<string[]> {
  const { results } = await program.ingest(types.map((type) => ({ account: { id: account }, type, source: 'test', sourceEventId: String((told += 1)) })));
  await program.settled();
  return results.map(({ signal }) => signal?.id ?? '');
}
beforeAll(async () => {
  program = await arrange();
  id = await program.account('derived');
  await program.upsert('contacts', [{ account: { id }, externalRef: { system: 'test', id: 'ada' }, name: 'Ada Byron', email: 'ada@example.com' }]);
  const consent = { email: 'ada@example.com', purpose: 'OUTREACH', channel: 'EMAIL', basis: 'CONSENT', source: null, path: [] };
  await program.database.transact({ tenantId: program.tenant, actor: { kind: 'user', id: 'officer' }, requestId: 'test' }, (work) => grantConsent(work, program.seal, consent));
  signals.push(...(await tell(id, 'demo_request', 'meeting')));
  await until('the crossing is an action', async () => (await program.rows('select id from action')).length > 0);
  program.clock.advance(60_000);
  signals.push(...(await tell(id, 'stage_change')));
  program.clock.advance(60_000);
  const saved = await program.query<{ saveProfileAsset: { id: string } }, Record<string, unknown>>('mutation($id: ID!) { saveProfileAsset(input: { account: { id: $id }, name: "offer", text: "Twelve seats" }) { ... on ProfileAsset { id } } }', { id }, { role: 'agent' });
  asset = dataOf(saved).saveProfileAsset.id;
  const put = 'mutation($profileId: ID!, $asset: ID!) { updateProfileField(input: { profileId: $profileId, name: "seats", value: 12, source: TOOL, sourceItemId: $asset }) { __typename } }';
  expect(dataOf(await program.query(put, { profileId: id.replace('Account_', 'Profile_'), asset }, { role: 'agent' }))).toEqual({ updateProfileField: { __typename: 'ProfileField' } });
  const defined = await program.query('mutation { saveFieldDefinition(input: { name: "seats", displayName: "Seats", valueType: INTEGER, isPii: false }) { __typename } }', {}, { role: 'admin' });
  expect(dataOf(defined)).toEqual({ saveFieldDefinition: { __typename: 'FieldDefinition' } });
  const stated = await program.query<{ saveScenario: { id: string } }, Record<string, unknown>>('mutation { saveScenario(input: { name: "Renewal", conditions: "The seats must be known." }) { ... on Scenario { id } } }', {}, { role: 'admin' });
  scenario = dataOf(stated).saveScenario.id;
  const extracted = await program.query('mutation($id: ID!) { extractScenarioRequirements(scenarioId: $id) { __typename } }', { id: scenario }, { role: 'admin' });
  expect(dataOf(extracted)).toEqual({ extractScenarioRequirements: { __typename: 'Scenario' } });
  noteReads(program.database, reads);
});
afterAll(() => program.close());

test('the Lineage operation answers a score down to its signals, with the version of the model', async () => {
  const { lineage: graph, derivationChain: chain, impact } = await program.see<{ lineage: Graph; derivationChain: Node[]; impact: Graph }>(lineage, { id });
  expect(graph.root.id).toBe(id);
  expect(graph.nodes.filter(({ type }) => type === 'SIGNAL').map((node) => node.id).toSorted()).toEqual(signals.toSorted());
  expect(new Set(graph.edges.map(({ relation }) => relation))).toEqual(new Set(['COUNTED', 'CONTINUED', 'STANDS_AT', 'STATED']));
  for (const { rule, relation } of graph.edges) expect(rule).toEqual(relation === 'STATED' ? { name: 'commercial fields', version: '0' } : { name: 'intent-score', version: '1' });
  for (const { id: own, node } of graph.nodes) expect(node?.id).toBe(own);
  expect(graph).toMatchObject({ truncated: false, frontier: [] });
  expect(chain.at(-1)).toEqual({ id, type: 'ACCOUNT_CONTEXT', name: 'Context of derived' });
  expect(chain.find(({ type }) => type !== 'STATEMENT')).toMatchObject({ type: 'SIGNAL', name: expect.stringMatching(/ from test$/) as string });
  expect(impact).toEqual({ nodes: [{ id, type: 'ACCOUNT_CONTEXT', name: 'Context of derived' }], truncated: false });
});

test('what a budget cut off is said', async () => {
  const { lineage: graph } = await program.see<{ lineage: Graph }>('query($id: ID!) { lineage(of: $id, direction: UPSTREAM, maxDepth: 1) { root { id } nodes { id type } truncated frontier { id } edges { from to } } }', { id });
  // What its source stated of the account is an origin; the score goes on.
  expect(graph.nodes.map(({ type }) => type).toSorted()).toEqual(['ACCOUNT_CONTEXT', 'SCORE_POINT', 'STATEMENT']);
  expect(graph).toMatchObject({ truncated: true, frontier: [{ id: graph.nodes.find(({ type }) => type === 'SCORE_POINT')?.id }] });
});

test('from a signal the way leads to the account, and its impact is everything that counted it', async () => {
  const { lineagePath, lineage: impact } = await program.see<{ lineagePath: { found: boolean; nodes: Node[]; edges: object[] }; lineage: Graph }>(
    'query($from: ID!, $to: ID!) { lineagePath(from: $from, to: $to) { found truncated nodes { id } edges { relation } } lineage(of: $from, direction: DOWNSTREAM) { nodes { id type } } }', { from: signals[0], to: id });
  expect(lineagePath).toMatchObject({ found: true, edges: [{ relation: 'COUNTED' }, { relation: 'CONTINUED' }, { relation: 'STANDS_AT' }] });
  expect([lineagePath.nodes[0]?.id, lineagePath.nodes.at(-1)?.id]).toEqual([signals[0], id]);
  expect(impact.nodes.map(({ type }) => type).filter((type) => type !== 'DECISION')).toEqual(['SIGNAL', 'SCORE_POINT', 'ACTION', 'SCORE_POINT', 'ACCOUNT_CONTEXT']);
});

test('the chain is read as it was known; before the second signal it had only the first two', async () => {
  const asOf = new Date(Date.parse(startOfTest) + 30_000).toISOString();
  const query = 'query($id: ID!, $asOf: DateTime!) { derivationChain(of: $id, asOf: $asOf) { id type } account(id: $id, asOf: $asOf) { intent { ... on IntentScore { derivationChain { id } } } } }';
  const { derivationChain, account } = await program.see<{ derivationChain: Node[]; account: { intent: { derivationChain: Node[] } } }>(query, { id, asOf });
  expect(derivationChain.filter(({ type }) => type === 'SIGNAL').map((node) => node.id).toSorted()).toEqual(signals.slice(0, 2).toSorted());
  expect(account.intent.derivationChain.map((node) => node.id)).toEqual(derivationChain.map((node) => node.id));
});

test.each(['Account_00000000000000000000000000000000', 'Nothing_00000000000000000000000000000000', 'x'])('an id that the tenant does not have answers NOT_FOUND, as another tenant\'s does: %s', async (unknown) => {
  const query = 'query($id: ID!) { derivationChain(of: $id) { id } }';
  const theirs = await program.query(query, { id: signals[0] }, { token: await program.token('viewer', { tenant: program.otherTenant }) });
  const { errors } = await program.query(query, { id: unknown }, { role: 'viewer' });
  expect(errors?.map(({ message, extensions }) => ({ message, code: extensions['code'] }))).toEqual(theirs.errors?.map(({ message, extensions }) => ({ message, code: extensions['code'] })));
  expect(errors?.[0]?.extensions['code']).toBe('NOT_FOUND');
});

test('a new version of the model counts every signal anew, and says under which version', async () => {
  const own = await program.account('rescored');
  const given = [...(await tell(own, 'demo_request')), ...(await tell(own, 'call'))];
  const published = await program.query('mutation { publishScoringModel(input: { signalTypes: [{ type: "demo_request", weight: 10, halfLifeHours: 100 }] }) { __typename } }', {}, { role: 'admin' });
  expect(dataOf(published)).toEqual({ publishScoringModel: { __typename: 'ScoringModel' } });
  given.push(...(await tell(own, 'demo_request')));
  const { account } = await program.see<{ account: { intent: { modelVersion: number; lineage: Graph } } }>(
    'query($id: ID!) { account(id: $id) { intent { ... on IntentScore { modelVersion lineage { nodes { id type } edges { from to relation rule { name version } } } } } } }', { id: own });
  expect(account.intent.modelVersion).toBe(2);
  const { edges } = account.intent.lineage;
  const countedBy = (version: string): string[] => edges.filter(({ relation, rule }) => relation === 'COUNTED' && rule.version === version).map(({ from }) => from).toSorted(byText);
  expect(countedBy('1')).toEqual(given.slice(0, 2).toSorted(byText));
  expect(countedBy('2')).toEqual([given[0] ?? '', given[2] ?? ''].toSorted(byText));
  // The one that was computed from all signals says which it replaced.
  expect(edges.filter(({ relation }) => relation === 'REPLACED').map(({ rule }) => rule.version)).toEqual(['2']);
});

test('chains of fifty accounts and their history cost as many statements as those of one', async () => {
  const ids = [id];
  for (let index = 1; index < 50; index += 1) ids.push(await program.account(`many-${index}`));
  await program.ingest(ids.map((each) => ({ account: { id: each }, type: 'demo_request', source: 'many' })));
  await program.settled();
  const query = 'query($ids: [ID!]!) { nodes(ids: $ids) { ... on Account { intent { ... on IntentScore { derivationChain { id type name occurredAt node { id } } history(first: 2) { edges { node { derivationChain(maxNodes: 10) { name } } } } } } } } }';
  const asked = async (count: number): Promise<string[]> => {
    reads.length = 0;
    await program.see(query, { ids: ids.slice(0, count) });
    // Orchestration may read beside.
    return reads.filter(({ asked: names }) => names.some((name) => name.startsWith('lineage_chains'))).flatMap(({ asked: names }) => names).toSorted();
  };
  const one = await asked(1);
  expect(await asked(50)).toEqual(one);
  expect(one.filter((name) => name.startsWith('lineage_chains')).length).toBeLessThanOrEqual(2);
});

/** Publishes a model that asks for an industry, or for nothing. */
async function wish(icp: string): Promise<void> {
  const published = await program.query(`mutation { publishScoringModel(input: { signalTypes: [{ type: "demo_request", weight: 40, halfLifeHours: 100 }, { type: "call", weight: 40, halfLifeHours: 100 }] ${icp} }) { __typename } }`, {}, { role: 'admin' });
  expect(dataOf(published)).toEqual({ publishScoringModel: { __typename: 'ScoringModel' } });
}
const change = async (name: string, traits: object): Promise<void> => {
  await program.upsertAccounts([{ externalRef: { system: 'salesforce', id: name }, name, ...traits }]);
  await program.settled();
};
const traitsOf = async (own: string): Promise<string[]> => (await program.rows('select id from score_traits where account_id = $1 order by id', [parseGlobalId(own)?.id])).map((row) => toGlobalId('FirmographicTraits', String(row['id'])));
interface Fitted {
  readonly icpFit: number;
  readonly derivationChain: readonly { readonly id: string; readonly type: string; readonly name: string; readonly node: Record<string, unknown> }[];
  readonly lineage: Graph;
  readonly history: { readonly edges: readonly { readonly node: { readonly id: string; readonly cause: string } }[] };
}
const fittedQuery = `query($id: ID!) { account(id: $id) { intent { ... on IntentScore { icpFit
  derivationChain { id type name node { __typename ... on FirmographicTraits { industry region employeeCount recordedAt account { id } } } }
  lineage { edges { from to relation rule { name version } } } history { edges { node { id cause } } } } } } }`;
const fitted = async (own: string): Promise<Fitted> => (await program.see<{ account: { intent: Fitted } }>(fittedQuery, { id: own })).account.intent;

test('where the model has an ICP, the score derives from the traits that were held against it, and from others once they changed', async () => {
  await wish('icp: { industries: ["Software"], minEmployees: 100, mismatchFactor: 0.5 }');
  const own = await program.account('fitted', { industry: 'Software', region: 'EMEA', employeeCount: 50 });
  await tell(own, 'demo_request');
  await tell(own, 'demo_request', 'call');
  // The second batch found the same traits: nothing was written of them.
  const [first = ''] = await traitsOf(own);
  expect(await traitsOf(own)).toEqual([first]);
  const before = await fitted(own);
  expect(before.icpFit).toBe(0.5);
  expect(before.derivationChain.find(({ id: each }) => each === first)).toMatchObject({
    type: 'EXTERNAL_RECORD', name: 'Traits of fitted', node: { __typename: 'FirmographicTraits', industry: 'Software', region: 'EMEA', employeeCount: 50, recordedAt: expect.any(String) as string, account: { id: own } },
  });
  const version = String((await program.rows('select max(version) as version from scoring_model where tenant_id = $1', [program.tenant]))[0]?.['version']);
  const fits = ({ lineage: { edges } }: Fitted): object[] => edges.filter(({ relation }) => relation === 'FITTED').map(({ from, to, rule }) => ({ from, to, rule }));
  const points = (of: Fitted): string[] => of.history.edges.map(({ node }) => node.id);
  const rule = { name: 'intent-score', version };
  expect(fits(before)).toEqual([{ from: first, to: points(before).at(-1), rule }]);

  await change('fitted', { industry: 'Farming', region: 'EMEA', employeeCount: 50 });
  const after = await fitted(own);
  const [, second = ''] = await traitsOf(own);
  expect(after).toMatchObject({ icpFit: 0.25, history: { edges: [{ node: { cause: 'ACCOUNT' } }, {}, {}] } });
  expect(fits(after)).toEqual(expect.arrayContaining([{ from: first, to: points(after)[2], rule }, { from: second, to: points(after)[0], rule }]));
  expect(fits(after)).toHaveLength(2);
  expect(after.derivationChain.map((each) => each.id)).toEqual(expect.arrayContaining([first, second]));
});

test('computed anew it names the same traits again; a model without an ICP names none and writes none', async () => {
  const own = await program.account('anew', { industry: 'Software' });
  await tell(own, 'demo_request');
  const [first = ''] = await traitsOf(own);
  await wish('icp: { industries: ["Farming"] }');
  await tell(own, 'demo_request');
  expect(await traitsOf(own)).toEqual([first]);
  expect((await fitted(own)).lineage.edges.filter(({ relation }) => relation === 'FITTED').map(({ from }) => from)).toEqual([first, first]);
  await wish('');
  await tell(own, 'demo_request');
  await change('anew', { industry: 'Farming' });
  await tell(own, 'call');
  expect(await traitsOf(own)).toEqual([first]);
  expect((await fitted(own)).lineage.edges.filter(({ relation }) => relation === 'FITTED')).toHaveLength(2);
  expect(await program.rows('select traits_id from account_contexts where account_id = $1', [parseGlobalId(own)?.id])).toEqual([{ traits_id: null }]);
  const token = await program.token('viewer', { tenant: program.otherTenant });
  expect(dataOf(await program.query('query($id: ID!) { node(id: $id) { id } }', { id: first }, { token }))).toEqual({ node: null });
  await expect(program.rows('set role context_graph_app; update score_traits set industry = null')).rejects.toThrow(/permission denied/);
  await program.rows('reset role');
});

/** Where the lineage of each derived field is found: from an account, or a scenario, the node that answers for the field's owner. */
const lineageOf: Readonly<Record<string, { readonly fields: readonly string[]; readonly found: string }>> = {
  IntentScore: { fields: ['value', 'band', 'icpFit', 'fitCoverage', 'nextThresholdCrossing', 'trend', 'contributions', 'history'], found: 'intent { ... on IntentScore { derivationChain { id type } } }' },
  IntentContribution: { fields: ['decayFactor', 'points', 'capped'], found: 'intent { ... on IntentScore { derivationChain { id type } contributions { signal { id } } } }' },
  ThresholdCrossing: { fields: ['at', 'direction'], found: 'intent { ... on IntentScore { derivationChain { id type } } }' },
  ScorePoint: { fields: ['value', 'scored', 'previous', 'crossed'], found: 'intent { ... on IntentScore { history(first: 1) { edges { node { derivationChain { id type } } } } } }' },
  // Its account's score is what it tells of.
  IntentScoreChange: { fields: ['previous', 'current', 'crossedThreshold'], found: 'intent { ... on IntentScore { derivationChain { id type } } }' },
  // Proposed when the first two were there.
  Action: { fields: ['riskLevel', 'confidence'], found: 'actions(first: 1) { edges { node { derivationChain { id type } } } }' },
  AccountHealth: { fields: ['overallScore', 'partialScore', 'coverage', 'productUsageScore', 'supportScore', 'customerSentimentScore', 'businessOutcomesScore', 'relationshipStrengthScore', 'kpiCounts', 'reasons', 'categories'], found: 'health { derivationChain { id type } }' },
  HealthCategoryScore: { fields: ['score'], found: 'health { categories { lineage { nodes { id } } } }' },
  Kpi: { fields: ['status', 'statusBecause', 'score', 'healthCategory'], found: 'kpis(first: 1) { edges { node { derivationChain { id type } } } }' },
  AccountSnapshot: {
    fields: [
      'revenueChange', 'revenueChangePercent', 'overallHealthScore', 'healthPartialScore', 'healthCoverage', 'healthTrend', 'healthScoreChange', 'healthChangeSinceBaseline', 'productUsageScore', 'supportScore', 'customerSentimentScore', 'businessOutcomesScore', 'relationshipStrengthScore',
      'kpiCritical', 'kpiAtRisk', 'kpiHealthy', 'kpiUnknown', 'daysSinceLastSnapshot', 'isSignificantChange', 'significantBecause',
    ],
    found: 'latestSnapshot { derivationChain { id type } }',
  },
  DealHealth: { fields: ['value', 'reasons'], found: 'context { derived { dealHealth { derivationChain { id type } } } }' },
  DerivedContext: { fields: ['daysSinceLastContact', 'hasActiveBlocker', 'blockerCount', 'primaryBlocker', 'competitiveThreats'], found: 'context { derived { values { derivationChain { id type } } } }' },
  SalesEngineerAssignment: { fields: ['availableNow'], found: 'context { derived { values { derivationChain { id type } } } }' },
  AccountContextQuality: { fields: ['value', 'missing'], found: 'contextQuality { derivationChain { id type } }' },
  ContextQuality: { fields: ['value', 'missing'], found: 'context { quality { node { derivationChain { id type } } } }' },
  Brief: { fields: ['text'], found: 'brief { node { derivationChain { id type } } }' },
  BriefLine: { fields: ['text'], found: 'brief { lines { lineage { nodes { id } } } }' },
  ProfileField: { fields: ['value'], found: 'profile { fields { derivationChain { id type } } }' },
  ScenarioRequirement: { fields: ['fieldName', 'requiredLevel', 'fallbackAction', 'confidence', 'needsReview'], found: 'requirements { edges { node { derivationChain { id type } } } }' },
};

test('every field that the schema marks as derived answers where it came from, down to raw observations', async () => {
  const derived = Object.values(buildGraph().getTypeMap()).filter(isObjectType).flatMap((type) =>
    Object.values(type.getFields()).filter((field) => field.extensions['derived'] === true).map((field) => `${type.name}.${field.name}`));
  expect(derived.toSorted()).toEqual(Object.entries(lineageOf).flatMap(([type, { fields }]) => fields.map((field) => `${type}.${field}`)).toSorted());
  // Under a model that asks for an industry, the account's traits are an origin of all that the fit has to do with.
  await wish('icp: { industries: ["Software"] }');
  const own = await program.account('enumerated', { industry: 'Software' });
  const observed = [...(await tell(own, 'demo_request', 'call')), ...(await traitsOf(own))];
  expect(observed).toHaveLength(3);
  const measured = (await program.upsert('kpis', [{ account: { id: own }, externalRef: { system: 'test', id: 'enumerated' }, category: 'Support', parameter: 'CSAT', value: '4.5/5' }])).results.map((each) => each.id ?? '');
  expect((await create(program, [own])).status).toBe('DONE');
  const dealt = (await program.upsert('opportunities', [{ account: { id: own }, externalRef: { system: 'test', id: 'enumerated deal' }, name: 'Deal', stage: 'Demo', closeDate: '2020-01-01' }])).results.map((each) => each.id ?? '');
  const seen = (await program.upsert('seMentions', [{ account: { id: own }, externalRef: { system: 'test', id: 'enumerated se' }, name: 'Sam', status: 'active' }])).results.map((each) => each.id ?? '');
  await program.settled();
  const contexts: Readonly<Record<string, readonly string[]>> = { DealHealth: dealt, DerivedContext: [...dealt, ...seen], SalesEngineerAssignment: seen, ContextQuality: [...dealt, ...seen], AccountContextQuality: [...dealt, ...seen], Brief: [...dealt, ...seen], BriefLine: [...dealt, ...seen] };
  for (const [type, { found }] of Object.entries(lineageOf)) {
    const [owner, of, origins] = type === 'ScenarioRequirement' ? ['Scenario', scenario, [scenario]] : type === 'ProfileField' ? ['Account', id, [asset]] : ['AccountHealth', 'HealthCategoryScore', 'Kpi', 'AccountSnapshot'].includes(type) ? ['Account', own, measured] : type === 'Action' ? ['Account', id, signals.slice(0, 2)] : contexts[type] ? ['Account', own, contexts[type]] : ['Account', own, observed];
    const answer = JSON.stringify(await program.see(`query($id: ID!) { node(id: $id) { ... on ${owner} { ${found} } } }`, { id: of }));
    for (const origin of origins) expect(answer, `${type} has no lineage`).toContain(`"id":"${origin}"`);
  }
});
