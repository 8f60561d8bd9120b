import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { roles } from '../../src/app/config.ts';
import { partsOf, takeSnapshots } from '../../src/features/snapshots/index.ts';
import { parseGlobalId, type Id } from '../../src/platform/ids.ts';
import { arrange, crm, dataOf, type Arranged } from '../accounts/arrange.ts';
import { create, read } from './arrange.ts';

let program: Arranged;
beforeAll(async () => {
  program = await arrange({ roles: roles.filter((role) => role !== 'scheduler') });
});
afterAll(() => program?.close());

type Input = Record<string, unknown>;
/** Something that becomes known of the account: a new version of it, or of one of few records of a kind. */
interface Step {
  readonly plural: string;
  readonly place: number;
  readonly input: Input;
}

const word = fc.constantFrom('Alpha', 'Beta', 'Gamma');
const maybe = <Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> => fc.option(arbitrary, { nil: null });
const score = fc.integer({ min: 0, max: 1_000 }).map((tenths) => tenths / 10);
const past = fc.integer({ min: 1, max: 100 }).map((days) => new Date(Date.parse('2026-11-21T00:00:00Z') - days * 86_400_000).toISOString());
const person = maybe(word.map((name) => ({ name, email: null })));
const account = fc.record({
  name: word, industry: maybe(word), region: maybe(word), tier: maybe(word), status: fc.constantFrom('ACTIVE', 'INACTIVE', 'AT_RISK', 'CHURN'), revenue: maybe(fc.record({ amountMinor: fc.integer({ min: 0, max: 1e9 }), currency: fc.constantFrom('USD', 'EUR') })),
  owner: person, csm: person, csmManager: person, lifecycleStage: maybe(fc.constantFrom('GROWTH', 'MATURE')), onboardingStatus: maybe(word), lastQbrOn: maybe(past.map((at) => at.slice(0, 10))), nextQbrOn: maybe(past.map((at) => at.slice(0, 10))),
  engagementScore: maybe(score), championStatus: maybe(word), champion: fc.boolean(), stakeholderCount: maybe(fc.nat(9)),
});
const kinds: Readonly<Record<string, fc.Arbitrary<Input>>> = {
  products: fc.record({ name: word }),
  kpis: fc.record({ category: fc.constantFrom('Product Usage', 'Support', 'Customer Sentiment', 'Unheard of'), parameter: fc.constantFrom('Product activation rate', 'Open tickets', 'Something'), value: fc.constantFrom('3 %', '55 %', '97 %', '4', 'n/a'), ofProduct: fc.boolean() }),
  playbookTriggers: fc.record({ playbookType: word, autoTriggerEnabled: fc.boolean() }),
  playbookExecutions: fc.record({ playbookId: word, playbookName: word, status: fc.constantFrom('RUNNING', 'COMPLETED', 'FAILED'), startedAt: past, completedAt: maybe(past) }),
  playbookReports: fc.record({ playbookName: word, generatedAt: past, content: maybe(word) }),
  notes: fc.record({ noteType: fc.constantFrom('CALL', 'QBR'), content: word, occurredAt: past }),
};
const records = Object.entries(kinds).map(([plural, input]): fc.Arbitrary<Step> => fc.record({ plural: fc.constant(plural), place: fc.nat(6), input }));
// Months on both sides of the horizon.
const trends = fc.constantFrom(1, 8, 9, 10, 11).chain((month) => fc.record({ plural: fc.constant('healthTrends'), place: fc.constant(month), input: fc.record({ year: fc.constant(2026), month: fc.constant(month), overallScore: score, supportScore: maybe(score), productUsageScore: maybe(score), customerSentimentScore: maybe(score), businessOutcomesScore: maybe(score), relationshipStrengthScore: maybe(score) }) }));
const models = fc.record({ plural: fc.constant('model'), place: fc.constant(0), input: fc.record({ critical: fc.integer({ min: 1, max: 40 }), healthy: fc.integer({ min: 41, max: 90 }) }) });
const steps = fc.array(fc.oneof(models, fc.record({ plural: fc.constant('accounts'), place: fc.constant(0), input: account }), trends, ...records, ...records), { minLength: 3, maxLength: 10 });

const list = (plural: string, fields: string): string => `${plural}(first: 100) { edges { node { id: presentId ${fields} } } }`;
const figures = 'overallHealthScore: overallScore healthPartialScore: partialScore healthCoverage: coverage healthSourceReason productUsageScore supportScore customerSentimentScore businessOutcomesScore relationshipStrengthScore healthSource healthAsOf modelVersion';
const accountAsOf = `query($id: ID!, $at: DateTime) { account(id: $id, asOf: $at) { name industry region tier status revenue { amountMinor currency } owner { name } csm { name } csmManager { name } lifecycleStage onboardingStatus lastQbrOn nextQbrOn
  engagementScore primaryChampion { name } championStatus stakeholderCount health { ${figures} kpiCounts { total accountLevel productLevel critical atRisk healthy unknown } } externalRefs { id } ${list('products', 'name occurredAt')} ${list('kpis', 'parameter value category status product { id }')} ${list('playbookTriggers', 'playbookType autoTriggerEnabled occurredAt')}
  ${list('playbookExecutions', 'playbookName status startedAt completedAt')} ${list('playbookReports', 'playbookName generatedAt content')} ${list('notes', 'noteType content occurredAt')}
  ${list('healthTrends', 'year month overallScore supportScore')} } }`;
type Rows = Record<string, never>[];

/** What a snapshot taken at the instant must say, out of the account as of then. */
async function expected(id: string, at: string): Promise<Record<string, unknown>> {
  const { account: found } = await program.see<{ account: Record<string, never> }>(accountAsOf, { id, at });
  const rows = (plural: string): Rows => (found[plural] as unknown as { edges: { node: never }[] }).edges.map(({ node }) => node);
  const by = (...fields: string[]) => (one: Record<string, never>, other: Record<string, never>): number => {
    for (const field of fields) if (one[field] !== other[field]) return String(one[field]) < String(other[field]) ? -1 : 1;
    return 0;
  };
  const products = rows('products').toSorted(by('occurredAt', 'id'));
  const executions = rows('playbookExecutions').toSorted(by('startedAt', 'id')).toReversed();
  const completed = executions.filter((row) => String(row['status']) === 'COMPLETED');
  const kpis = rows('kpis');
  const statuses = (status: string): number => kpis.filter((row) => String(row['status']) === status).length;
  const { kpiCounts, modelVersion, ...health } = found['health'] as unknown as Record<string, unknown> & { kpiCounts: Record<string, number> };
  const productLevel = kpis.filter((row) => row['product'] !== null).length;
  const [trend] = rows('healthTrends').toSorted((one, other) => Number(other['month']) - Number(one['month']));
  const nameOf = (field: string): unknown => (found[field] as unknown as { name: string } | null)?.name ?? null;
  const since = new Date(Date.parse(at) - 30 * 86_400_000).toISOString();
  const one = Object.fromEntries(['industry', 'region', 'revenue', 'lifecycleStage', 'onboardingStatus', 'engagementScore', 'championStatus', 'stakeholderCount'].map((field) => [field, found[field]]));
  return {
    ...one, accountTier: found['tier'], accountStatus: found['status'], lastQbrDate: found['lastQbrOn'], nextQbrDate: found['nextQbrOn'], accountOwner: nameOf('owner'), assignedCsm: nameOf('csm'), csmManager: nameOf('csmManager'), externalAccountId: (found['externalRefs'] as unknown as { id: string }[])[0]?.id,
    productsUsed: products.map((row) => row['name']), productCount: products.length, primaryProduct: products[0]?.['name'] ?? null,
    playbooksRunning: executions.filter((row) => String(row['status']) === 'RUNNING').length, playbooksCompleted: completed.length,
    playbooksCompletedLast30Days: completed.filter((row) => row['completedAt'] !== null && String(row['completedAt']) > since && String(row['completedAt']) <= at).length,
    lastPlaybookExecuted: executions[0]?.['playbookName'] ?? null, lastPlaybookExecutedAt: executions[0]?.['startedAt'] ?? null,
    playbookRecommendations: [...new Set(rows('playbookTriggers').filter((row) => Boolean(row['autoTriggerEnabled'])).toSorted(by('occurredAt', 'id')).toReversed().map((row) => row['playbookType']))],
    primaryChampion: nameOf('primaryChampion'), ...health, healthModelVersion: modelVersion,
    kpiTotal: kpiCounts['total'], kpiAccountLevel: kpis.length - productLevel, kpiProductLevel: productLevel, kpiCritical: statuses('CRITICAL'), kpiAtRisk: statuses('AT_RISK'), kpiHealthy: statuses('HEALTHY'), kpiUnknown: statuses('UNKNOWN'),
    ...(trend && health['healthSourceReason'] !== 'TREND_TOO_OLD' ? { healthSource: 'TREND', overallHealthScore: trend['overallScore'], supportScore: trend['supportScore'] } : {}),
    recentNotes: rows('notes').toSorted(by('occurredAt', 'id')).toReversed().slice(0, 5).map((row) => ({ id: row['id'], noteType: row['noteType'], content: row['content'] })),
    recentPlaybookReports: rows('playbookReports').toSorted(by('generatedAt', 'id')).toReversed().slice(0, 3).map((row) => ({ id: row['id'], playbookName: row['playbookName'], content: row['content'] })),
  };
}

async function publish(critical: number, healthy: number): Promise<void> {
  const kpis = [
    { names: ['Product activation rate'], category: 'PRODUCT_USAGE', direction: 'HIGHER_IS_BETTER', unit: 'PERCENT', critical, healthy },
    { names: ['Open tickets'], category: 'SUPPORT', direction: 'LOWER_IS_BETTER', unit: 'NUMBER', critical: 9, healthy: 3 },
  ];
  const answer = await program.query<{ publishHealthModel: { __typename: string } }, Record<string, unknown>>('mutation($input: HealthModelInput!) { publishHealthModel(input: $input) { __typename ... on UserError { message } } }', { input: { kpis } }, { role: 'admin' });
  expect(dataOf(answer).publishHealthModel).toMatchObject({ __typename: 'HealthModel' });
}

test('what is published or written about the account while it is read is in the snapshot, where it is of its instant', async () => {
  const id = await program.account('meanwhile');
  await program.upsert('kpis', [{ account: { id }, externalRef: crm('meanwhile'), category: 'Product Usage', parameter: 'Product activation rate', value: '50 %' }]);
  const meanwhile = [() => publish(20, 90), () => program.upsert('kpis', [{ account: { id }, externalRef: crm('meanwhile'), category: 'Product Usage', parameter: 'Product activation rate', value: '95 %' }])];
  for (const step of meanwhile) {
    program.clock.advance(1_000);
    const parts = partsOf(program.database, program.clock, { tenantId: program.tenant, actor: { kind: 'system', id: 'test' }, requestId: 'test' });
    let readings = 0;
    const briefly: typeof parts.briefly = async (body) => {
      const read = await parts.briefly(body);
      readings += 1;
      if (readings === 1) await step();
      return read;
    };
    const accountId = parseGlobalId(id)?.id as Id<'Account'>;
    const { taken } = await takeSnapshots({ ...parts, briefly }, { accountIds: [accountId] }, { claim: async () => new Map([[accountId, { type: 'MANUAL', reason: null, triggerEvents: [], runId: null }]]) });
    expect(readings).toBe(2);
    const snapshot = await read(program, `AccountSnapshot_${String(taken[0]?.id).replaceAll('-', '')}`);
    expect(snapshot).toMatchObject(await expected(id, String(snapshot['takenAt'])));
  }
});

test('the account as of a snapshot\'s instant is what the snapshot says, field by field, whatever becomes known later', { timeout: 240_000 }, async () => {
  let turn = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 2, maxLength: 3 }), async (phases) => {
      turn += 1;
      const name = `random-${turn}`;
      const id = await program.account(name);
      const [contact] = (await program.upsert('contacts', [{ account: { id }, externalRef: crm(`${name}-ada`), name: 'Ada' }])).results;
      const [product] = (await program.upsert('products', [{ account: { id }, externalRef: crm(`${name}-product`), name: 'Delta' }])).results;
      const taken: string[] = [];
      for (const phase of phases) {
        for (const { plural, place, input } of phase) {
          program.clock.advance(1_000);
          const { champion, ofProduct, ...rest }: Input = input;
          if (plural === 'model') await publish(Number(input['critical']), Number(input['healthy']));
          else if (plural === 'accounts') await program.upsertAccounts([{ externalRef: crm(name), ...rest, primaryChampionId: champion ? contact?.id : null }]);
          else await program.upsert(plural, [{ account: { id }, externalRef: crm(`${name}-${place}`), ...rest, ...(ofProduct ? { productId: product?.id } : {}) }]);
        }
        taken.push((await create(program, [id])).snapshots[0]?.id ?? '');
      }
      for (const snapshotId of taken) {
        const snapshot = await read(program, snapshotId);
        const then = await expected(id, String(snapshot['takenAt']));
        expect(snapshot).toMatchObject(then);
        const worst = snapshot['topCriticalKpis'] as { id: string; value: string }[];
        expect(worst).toHaveLength(Math.min(5, Number(then['kpiCritical'])));
      }
    }),
    { numRuns: 12, seed: 6 },
  );
});
