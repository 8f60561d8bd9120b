import { Field, ObjectType } from 'type-graphql';
import { canonicalJson } from '../../platform/canonical-json.ts';
import { InvalidInput, NotFound } from '../../platform/errors.ts';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { parseGlobalId, parseItemId, toGlobalId } from '../../platform/ids.ts';
import type { PinnedReference } from './read-accounts.ts';
import { snapshotById } from './snapshot.queries.ts';
import { AccountSnapshot, type SnapshotKpi, type SnapshotRow } from './snapshot.type.ts';

/** A field that differs. */
@ObjectType('SnapshotChange', { description: 'A field in which two snapshots differ.', simpleResolvers: true })
export class SnapshotChange {
  @Shows('SYSTEM')
  @Field(() => String, { description: 'The field, as it is called on a snapshot.' })
  field!: string;

  @Shows('TEXT', { atRow: true })
  @Field(() => String, { nullable: true, description: 'What it is in the one: a text as it is, everything else as JSON; null when there is none.' })
  before!: string | null;

  @Shows('TEXT', { atRow: true })
  @Field(() => String, { nullable: true, description: 'What it is in the other, likewise.' })
  after!: string | null;
}

/** What differs between two snapshots. */
@ObjectType('SnapshotDiff', { description: 'What differs between two snapshots of one account.', simpleResolvers: true })
export class SnapshotDiff {
  @Field(() => AccountSnapshot, { description: 'The one.' })
  from!: SnapshotRow;

  @Field(() => AccountSnapshot, { description: 'The other.' })
  to!: SnapshotRow;

  @Field(() => [SnapshotChange], { description: 'The fields that differ, in the order in which a snapshot shows them; without those that are about the snapshot itself: number, occasion, instants, and what it was compared with.' })
  changes!: SnapshotChange[];
}

/** The fields of the row that say what was known of the account. */
const kept = [
  'revenue', 'overallHealthScore', 'healthPartialScore', 'healthCoverage', 'healthSource', 'healthSourceReason', 'healthAsOf', 'healthModelVersion', 'productUsageScore', 'supportScore', 'customerSentimentScore', 'businessOutcomesScore', 'relationshipStrengthScore',
  'accountStatus', 'industry', 'region', 'accountTier', 'externalAccountId', 'lifecycleStage', 'onboardingStatus', 'lastQbrDate', 'nextQbrDate', 'engagementScore',
  'productsUsed', 'productCount', 'primaryProduct', 'playbooksRunning', 'playbooksCompleted', 'playbooksCompletedLast30Days', 'lastPlaybookExecuted', 'lastPlaybookExecutedAt', 'playbookRecommendations',
  'kpiTotal', 'kpiAccountLevel', 'kpiProductLevel', 'kpiCritical', 'kpiAtRisk', 'kpiHealthy', 'kpiUnknown', 'championStatus', 'stakeholderCount',
] as const satisfies readonly (keyof SnapshotRow)[];

/** What is read in versions of then. */
export interface ReadFields {
  assignedCsm(row: SnapshotRow, call: Call): Promise<string | null>;
  csmManager(row: SnapshotRow, call: Call): Promise<string | null>;
  accountOwner(row: SnapshotRow, call: Call): Promise<string | null>;
  primaryChampion(row: SnapshotRow, call: Call): Promise<string | null>;
  topCriticalKpis(row: SnapshotRow, call: Call): Promise<readonly SnapshotKpi[]>;
}

/** What differs between two snapshots of one account. Throws `NotFound` for what is none of the tenant's, `InvalidInput` for snapshots of two accounts. */
export async function diffSnapshots(call: Call, fields: ReadFields, ids: { readonly from: string; readonly to: string }): Promise<SnapshotDiff> {
  const [from, to] = await Promise.all([find(call, ids.from, 'from'), find(call, ids.to, 'to')]);
  if (from.accountId !== to.accountId) throw new InvalidInput('These are snapshots of two accounts. Compare snapshots of one.', ['to']);
  const [before, after] = await Promise.all([valuesOf(call, fields, from), valuesOf(call, fields, to)]);
  const changes = [...before].flatMap(([field, value]): SnapshotChange[] => {
    const [one, other] = [shown(value), shown(after.get(field))];
    return one === other ? [] : [{ field, before: one, after: other }];
  });
  return { from, to, changes };
}

async function find(call: Call, globalId: string, argument: string): Promise<SnapshotRow> {
  const parsed = parseGlobalId(globalId);
  const row = parsed?.type === 'AccountSnapshot' ? await ask(call, snapshotById, null, parsed.id) : null;
  if (!row) throw new NotFound('There is no such snapshot. Check the id.', [argument]);
  return row;
}

async function valuesOf(call: Call, fields: ReadFields, row: SnapshotRow): Promise<Map<string, unknown>> {
  const references = (type: string, pinned: readonly PinnedReference[]) => pinned.map(({ id, digest }) => ({ of: toGlobalId(type, id), digest }));
  const [assignedCsm, csmManager, accountOwner, primaryChampion, topCriticalKpis] = await Promise.all([
    fields.assignedCsm(row, call), fields.csmManager(row, call), fields.accountOwner(row, call), fields.primaryChampion(row, call), fields.topCriticalKpis(row, call),
  ]);
  return new Map<string, unknown>([
    ...kept.map((field) => [field, row[field]] as const),
    ...Object.entries({ assignedCsm, csmManager, accountOwner, primaryChampion, topCriticalKpis: topCriticalKpis.map(withPresentId), recentNotes: references('Note', row.recentNotes), recentPlaybookReports: references('PlaybookReport', row.recentPlaybookReports) }),
  ]);
}

/** A KPI that says the same in two versions has not changed. */
function withPresentId(kpi: SnapshotKpi): SnapshotKpi {
  const named = parseItemId(kpi.id);
  return named ? { ...kpi, id: toGlobalId(named.type, named.id) } : kpi;
}

function shown(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === 'string' ? value : canonicalJson(value);
}
