import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { roles } from '../../src/app/config.ts';
import { arrange, crm, type Arranged } from '../accounts/arrange.ts';
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
  engagementScore: maybe(score), championStatus: maybe(word), stakeholderCount: maybe(fc.nat(9)),
});
const kinds: Readonly<Record<string, fc.Arbitrary<Input>>> = {
  products: fc.record({ name: word }),
  kpis: fc.record({ category: fc.constantFrom('Product Usage', 'Support', 'Unheard of'), parameter: fc.constantFrom('Product activation rate', 'Open tickets', 'Something'), value: fc.constantFrom('3 %', '55 %', '97 %', '4', 'n/a') }),
  playbookTriggers: fc.record({ playbookType: word, autoTriggerEnabled: fc.boolean() }),
  playbookExecutions: fc.record({ playbookId: word, playbookName: word, status: fc.constantFrom('RUNNING', 'COMPLETED', 'FAILED'), startedAt: past, completedAt: maybe(past) }),
  playbookReports: fc.record({ playbookName: word, generatedAt: past, content: maybe(word) }),
  notes: fc.record({ noteType: fc.constantFrom('CALL', 'QBR'), content: word, occurredAt: past }),
};
const records = Object.entries(kinds).map(([plural, input]): fc.Arbitrary<Step> => fc.record({ plural: fc.constant(plural), place: fc.nat(6), input }));
const trends = fc.integer({ min: 1, max: 3 }).chain((month) => fc.record({ plural: fc.constant('healthTrends'), place: fc.constant(month), input: fc.record({ year: fc.constant(2026), month: fc.constant(month), overallScore: score, supportScore: maybe(score) }) }));
const steps = fc.array(fc.oneof(fc.record({ plural: fc.constant('accounts'), place: fc.constant(0), input: account }), trends, ...records, ...records), { minLength: 3, maxLength: 10 });

const list = (plural: string, fields: string): string => `${plural}(first: 100) { edges { node { id ${fields} } } }`;
const accountAsOf = `query($id: ID!, $at: DateTime) { account(id: $id, asOf: $at) { name industry region tier status revenue { amountMinor currency } owner { name } csm { name } csmManager { name } lifecycleStage onboardingStatus lastQbrOn nextQbrOn
  engagementScore championStatus stakeholderCount externalRefs { id } ${list('products', 'name occurredAt')} ${list('kpis', 'parameter value category status')} ${list('playbookTriggers', 'playbookType autoTriggerEnabled occurredAt')}
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
  const [trend] = rows('healthTrends').toSorted(by('month')).toReversed();
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
    kpiTotal: kpis.length, kpiAccountLevel: kpis.length, kpiProductLevel: 0, kpiCritical: statuses('CRITICAL'), kpiAtRisk: statuses('AT_RISK'), kpiHealthy: statuses('HEALTHY'), kpiUnknown: statuses('UNKNOWN'),
    ...(trend ? { healthSource: 'TREND', overallHealthScore: trend['overallScore'], supportScore: trend['supportScore'] } : {}),
    recentNotes: rows('notes').toSorted(by('occurredAt', 'id')).toReversed().slice(0, 5).map((row) => ({ id: row['id'], noteType: row['noteType'], content: row['content'] })),
    recentPlaybookReports: rows('playbookReports').toSorted(by('generatedAt', 'id')).toReversed().slice(0, 3).map((row) => ({ id: row['id'], playbookName: row['playbookName'], content: row['content'] })),
  };
}

test('the account as of a snapshot\'s instant is what the snapshot says, field by field, whatever becomes known later', { timeout: 240_000 }, async () => {
  let turn = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 2, maxLength: 3 }), async (phases) => {
      turn += 1;
      const name = `random-${turn}`;
      const id = await program.account(name);
      const taken: string[] = [];
      for (const phase of phases) {
        for (const { plural, place, input } of phase) {
          program.clock.advance(1_000);
          if (plural === 'accounts') await program.upsertAccounts([{ externalRef: crm(name), ...input }]);
          else await program.upsert(plural, [{ account: { id }, externalRef: crm(`${name}-${place}`), ...input }]);
        }
        taken.push((await create(program, [id])).snapshots[0]?.id ?? '');
      }
      for (const snapshotId of taken) {
        const snapshot = await read(program, snapshotId);
        expect(snapshot).toMatchObject(await expected(id, String(snapshot['takenAt'])));
      }
    }),
    { numRuns: 12, seed: 6 },
  );
});
