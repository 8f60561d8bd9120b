import { afterAll, beforeAll, expect, test } from 'vitest';
import { reassessTenants } from '../../src/features/health/index.ts';
import { until } from '../harness/program.ts';
import { arrange, crm, dataOf, type Arranged } from '../accounts/arrange.ts';
import { healthOf, putKpis } from './arrange.ts';

let program: Arranged;
beforeAll(async () => {
  program = await arrange();
});
afterAll(() => program.close());

const csat = { names: ['CSAT'], category: 'CUSTOMER_SENTIMENT', direction: 'HIGHER_IS_BETTER', unit: 'RATING', scale: 5, critical: 3, healthy: 4 };
type Answer = { publishHealthModel: { __typename: string; version?: number; digest?: string; code?: string; message?: string; path?: string[] } };

async function publish(input: object, role: 'admin' | 'analyst' | 'agent' = 'admin'): Promise<Answer['publishHealthModel']> {
  const mutation = 'mutation($input: HealthModelInput!) { publishHealthModel(input: $input) { __typename ... on HealthModel { version digest } ... on UserError { code message path } } }';
  return dataOf(await program.query<Answer, Record<string, unknown>>(mutation, { input }, { role })).publishHealthModel;
}

test('until one is published the program\'s own model is in force; a version is never changed, and each can be read', async () => {
  const query = '{ healthModel { version digest publishedAt categories { category weight names } kpis { names } } first: healthModel(version: 1) { version } }';
  const before = await program.see<{ healthModel: { version: number; publishedAt: string | null; kpis: object[]; categories: object[] }; first: null }>(query);
  expect(before).toMatchObject({ healthModel: { version: 0, publishedAt: null }, first: null });
  expect(before.healthModel.categories).toHaveLength(5);
  expect(before.healthModel.kpis.length).toBeGreaterThan(30);
  const one = await publish({ kpis: [csat] });
  expect(one).toMatchObject({ __typename: 'HealthModel', version: 1 });
  const again = await publish({ kpis: [csat] });
  expect(again).toEqual({ ...one, version: 2 });
  expect((await publish({ kpis: [{ ...csat, healthy: 4.5 }] })).digest).not.toBe(one.digest);
  const { all } = await program.see<{ all: { version: number; kpis: { healthy: number }[] } }>('{ all: healthModel(version: 1) { version kpis { healthy } } }');
  expect(all).toEqual({ version: 1, kpis: [{ healthy: 4 }] });
  expect(await program.see('{ healthModel(version: -1) { version } }')).toEqual({ healthModel: null });
  expect((await program.facts('health_model.published')).map(({ data }) => data)).toMatchObject([{ version: 1, digest: one.digest }, { version: 2 }, { version: 3 }]);
  await program.rows('set role context_graph_app');
  await expect(program.rows('update health_model set version = 9')).rejects.toThrow('permission denied');
  await program.rows('reset role');
});

test('only administrators publish, and faults are told with their place', async () => {
  for (const role of ['analyst', 'agent'] as const) expect(await publish({ kpis: [csat] }, role)).toMatchObject({ __typename: 'ForbiddenError' });
  const refused: readonly [object, string[]][] = [
    [{ kpis: [{ ...csat, critical: 4.5 }] }, ['input', 'kpis', '0', 'critical']],
    [{ kpis: [csat, { ...csat, direction: 'LOWER_IS_BETTER', names: ['x'] }] }, ['input', 'kpis', '1', 'critical']],
    [{ kpis: [csat, { ...csat, names: ['c-sat', 'csat'] }] }, ['input', 'kpis', '1', 'names']],
    [{ kpis: [{ ...csat, weight: -1 }] }, ['input', 'kpis', '0', 'weight']],
    [{ kpis: [{ ...csat, names: ['\u0000'] }] }, ['input', 'kpis', '0', 'names', '0']],
    [{ kpis: [], categories: [] }, ['input', 'categories']],
    [{ kpis: [csat], minCoverage: 1.1 }, ['input', 'minCoverage']],
    [{ kpis: [csat], trendHorizonDays: 0 }, ['input', 'trendHorizonDays']],
    [{ kpis: Array.from({ length: 501 }, (_, place) => ({ ...csat, names: [`n${place}`] })) }, ['input', 'kpis']],
  ];
  for (const [input, path] of refused) expect(await publish(input)).toMatchObject({ __typename: 'InvalidInputError', code: 'BAD_USER_INPUT', path });
});

test('a new model is seen at once, is told of where it changes something, and edges say its version', async () => {
  const [moved, stays] = [await program.account('moved'), await program.account('stays')];
  // One KPI is enough here; the next version takes that over.
  await publish({ kpis: [csat, { ...csat, names: ['Other'] }], minCoverage: 0 });
  await putKpis(program, moved, { CSAT: '3.5/5' });
  await putKpis(program, stays, { Other: '3.5/5' });
  await program.settled();
  const before = await healthOf(program, moved);
  expect(before).toMatchObject({ overallScore: 55, kpiCounts: { atRisk: 1 } });
  const told = await program.facts('health.updated');
  program.clock.advance(1_000);
  const { version } = await publish({ kpis: [{ ...csat, critical: 1, healthy: 3 }, { ...csat, names: ['Other'] }] });
  expect(await program.see('{ healthModel { minCoverage trendHorizonDays } }')).toEqual({ healthModel: { minCoverage: 0, trendHorizonDays: 62 } });
  expect(await healthOf(program, moved)).toMatchObject({ modelVersion: version, kpiCounts: { healthy: 1 } });
  const versions = (): Promise<Record<string, never>[]> => program.rows('select distinct rule_version from lineage_edge where to_type = $1 and removed_at is null', ['AccountHealth']);
  await until('every account is assessed by it', async () => JSON.stringify(await versions()) === JSON.stringify([{ rule_version: String(version) }]));
  expect((await program.facts('health.updated')).slice(told.length).map(({ data }) => [data['cause'], data['modelVersion'], data['previousOverall']])).toEqual([['MODEL', version, 55]]);
  expect(await program.count('select from account_health where model_version = $1', [version])).toBe(2);
  // What is stored nowhere, as after an upgrade, is found by the nightly round.
  await program.rows('delete from account_health');
  await program.rows('delete from lineage_edge');
  await reassessTenants(program.database, { actor: { kind: 'system', id: 'test' }, requestId: 'test' });
  expect(await versions()).toEqual([{ rule_version: String(version) }]);
});

test('a KPI of a product, and a report of a run, name one of the same account, by either name', async () => {
  const [id, other] = [await program.account('refers'), await program.account('refers-not')];
  const [mine, theirs] = (await program.upsert('products', [{ account: { id }, externalRef: crm('p-mine'), name: 'A' }, { account: { id: other }, externalRef: crm('p-theirs'), name: 'B' }])).results.map((each) => each.id ?? '');
  const kpi = (name: string, more: object): Record<string, unknown> => ({ account: { id }, externalRef: crm(name), category: 'Support', parameter: 'CSAT', value: '4/5', ...more });
  const { accepted, results } = await program.upsert('kpis', [
    kpi('k0', { productRef: crm('p-mine') }), kpi('k1', { productId: mine }), kpi('k2', {}),
    kpi('k3', { productRef: crm('p-theirs') }), kpi('k4', { productId: theirs }), kpi('k5', { productRef: crm('nobody') }), kpi('k6', { productId: id }),
    kpi('k7', { productId: 'Product_00000000000070008000000000000000' }), kpi('k8', { productId: mine, productRef: crm('p-mine') }), kpi('k9', { productRef: { system: 'A!', id: 'x' } }),
  ]);
  expect(accepted).toBe(5);
  // A reference waits for what no source has described yet; and whose record it is may yet change.
  expect([results[3]?.__typename, results[5]?.__typename]).toEqual(['Upserted', 'Upserted']);
  expect([results[4] ?? { __typename: '' }, ...results.slice(6)].map(({ __typename, path }) => [__typename, path?.slice(1).join('.')])).toEqual([
    ['NotFoundError', '4.productId'], ['InvalidInputError', '6.productId'],
    ['NotFoundError', '7.productId'], ['InvalidInputError', '8.productRef'], ['InvalidInputError', '9.productRef.system'],
  ]);
  expect(await program.rows('select distinct product_id is null as whole from kpi where account_id in (select node_id from external_ref where external_id = $1) order by 1', ['refers'])).toEqual([{ whole: false }, { whole: true }]);
  const { kpi: shown } = await program.see<{ kpi: object }>('query($id: ID!) { kpi: node(id: $id) { ... on Kpi { productId product { id name } } } }', { id: results[0]?.id });
  expect(shown).toEqual({ productId: mine, product: { id: mine, name: 'A' } });
  const run = (status: string) => ({ account: { id }, externalRef: crm('run'), playbookId: 'p', playbookName: 'P', status, startedAt: '2026-11-01T00:00:00.000Z', completedAt: status === 'COMPLETED' ? '2026-11-02T00:00:00.000Z' : null });
  for (const status of ['RUNNING', 'COMPLETED', 'COMPLETED']) await program.upsert('playbookExecutions', [run(status)]);
  const completions = (await program.facts('account.changed')).filter(({ data }) => data['what'] === 'playbook_execution').map(({ data }) => data['completed']);
  expect(completions).toEqual([undefined, [expect.any(String)]]);
  const report = (executionRef: object) => ({ account: { id }, externalRef: crm(JSON.stringify(executionRef)), playbookName: 'P', executionRef, generatedAt: '2026-11-02T00:00:00.000Z' });
  expect((await program.upsert('playbookReports', [report(crm('run')), report(crm('p-mine'))])).results.map(({ __typename }) => __typename)).toEqual(['Upserted', 'Upserted']);
});
