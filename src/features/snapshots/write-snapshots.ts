import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { accountChanged, lockAccounts } from '../accounts/index.ts';
import { healthModelPublished, holdHealthModel } from '../health/index.ts';
import { compareSnapshots, type ComparedFigures } from './compare-snapshots.ts';
import type { SnapshotType } from './enums.ts';
import { nameSources, type SourceNodes } from './name-sources.ts';
import type { AccountReading, Reading } from './read-accounts.ts';
import { withSameHealth } from './same-health.ts';
import { recordSnapshotLineage } from './snapshot-lineage.ts';
import { snapshotCreated } from './snapshot.events.ts';
import { snapshotPolicy } from './snapshot-policy.ts';

/** On what occasion a snapshot of an account is taken. */
export interface Occasion {
  readonly type: SnapshotType;
  readonly reason: string | null;
  readonly triggerEvents: readonly string[];
  /** The run that it belongs to; of each account it has one snapshot. */
  readonly runId: Id<'SnapshotJob'> | null;
  /** Nothing is known to have happened but that health was calculated: where the last snapshot says the same health, none is needed. */
  readonly onlyCalculated?: boolean;
}

/** A snapshot that was taken. */
export interface TakenSnapshot {
  readonly id: Id<'AccountSnapshot'>;
  readonly accountId: Id<'Account'>;
  readonly sequenceNumber: number;
}

/** What became of a reading. */
export interface WrittenSnapshots {
  readonly taken: readonly TakenSnapshot[];
  /** Accounts that must be read again: what was read of them was no longer, or not yet, all that was so at its instant. */
  readonly again: readonly Id<'Account'>[];
}

/** A null: another health model judges every account. */
const changedSince = statement<{ id: Id<'Account'> | null }>(
  'accounts_changed_since_reading',
  `select distinct account_id as id from audit_logs
   where tenant_id = $1 and account_id = any($2::uuid[]) and sequence > $3 and recorded_at <= $4 and kind = '${accountChanged.kind}'
   union all
   (select account_id from audit_logs where tenant_id = $1 and account_id is null and sequence > $3 and recorded_at <= $4 and kind = '${healthModelPublished.kind}' limit 1)`,
);

interface Head {
  readonly accountId: Id<'Account'>;
  readonly sequenceNumber: number;
  readonly snapshotId: string;
  readonly takenAt: string;
  readonly previous: ComparedFigures | null;
  readonly baseline: ComparedFigures | null;
  /** Null where it is no longer kept. */
  readonly baselineId: string | null;
  readonly apart: readonly ComparedFigures[];
}
const figuresOf = (row: string): string => `json_build_object('takenAt', ${row}.taken_at, 'overallHealthScore', ${row}.overall_health_score, 'revenueMinor', ${row}.revenue_minor, 'revenueCurrency', ${row}.revenue_currency)`;
const latestUpTo = (instant: string): string => `(select s.* from account_snapshot s where s.tenant_id = h.tenant_id and s.account_id = h.account_id and s.taken_at <= ${instant} - make_interval(secs => $4) order by s.taken_at desc, s.id desc limit 1)`;
const heads = statement<Head>(
  'snapshot_heads',
  `select h.account_id as "accountId", h.sequence_number as "sequenceNumber", h.snapshot_id as "snapshotId", h.taken_at as "takenAt",
     (select ${figuresOf('s')} from account_snapshot s where s.tenant_id = h.tenant_id and s.account_id = h.account_id and s.id = h.snapshot_id and s.taken_at = h.taken_at) as previous,
     json_build_object('takenAt', h.baseline_taken_at, 'overallHealthScore', h.baseline_health_score, 'revenueMinor', h.baseline_revenue_minor, 'revenueCurrency', h.baseline_revenue_currency) as baseline,
     (select s.id from account_snapshot s where s.tenant_id = h.tenant_id and s.account_id = h.account_id and s.id = h.baseline_id and s.taken_at = h.baseline_taken_at) as "baselineId",
     coalesce((select json_build_array(${figuresOf('second')}, (select ${figuresOf('first')} from ${latestUpTo('second.taken_at')} first)) from ${latestUpTo('$3::timestamptz')} second), '[]') as apart
   from snapshot_head h where h.tenant_id = $1 and h.account_id = any($2::uuid[])`,
);
/** The columns of a snapshot beside tenant and time of recording. */
const columns = {
  id: 'uuid', account_id: 'uuid', sequence_number: 'int', run_id: 'uuid', type: 'text', reason: 'text', trigger_events: 'text[]', taken_at: 'timestamptz', account_version: 'timestamptz', account_version_id: 'uuid',
  revenue_minor: 'bigint', revenue_currency: 'text', revenue_change_minor: 'bigint', revenue_change_percent: 'double precision', revenue_change_absent: 'text',
  overall_health_score: 'double precision', health_partial_score: 'double precision', health_coverage: 'double precision', health_source: 'text', health_source_reason: 'text', health_as_of: 'timestamptz', health_model_version: 'int', health_trend: 'text', health_trend_absent: 'text', health_score_change: 'double precision', health_change_since_baseline: 'double precision',
  product_usage_score: 'double precision', support_score: 'double precision', customer_sentiment_score: 'double precision', business_outcomes_score: 'double precision', relationship_strength_score: 'double precision',
  account_status: 'text', industry: 'text', region: 'text', account_tier: 'text', external_account_id: 'text', lifecycle_stage: 'text', onboarding_status: 'text', last_qbr_date: 'date', next_qbr_date: 'date',
  engagement_score: 'double precision', products_used: 'text[]', product_count: 'int', primary_product: 'text', playbooks_running: 'int', playbooks_completed: 'int', playbooks_completed_last_30_days: 'int',
  last_playbook_executed: 'text', last_playbook_executed_at: 'timestamptz', playbook_recommendations: 'text[]', kpi_total: 'int', kpi_account_level: 'int', kpi_product_level: 'int', kpi_critical: 'int',
  kpi_at_risk: 'int', kpi_healthy: 'int', kpi_unknown: 'int', top_critical_kpis: 'jsonb', champion: 'jsonb', champion_status: 'text', stakeholder_count: 'int', recent_notes: 'jsonb', recent_playbook_reports: 'jsonb',
  previous_id: 'uuid', baseline_id: 'uuid', days_since_last_snapshot: 'int', is_significant_change: 'boolean', significant_because: 'text[]', policy_version: 'int',
} as const;
type SnapshotColumns = Record<keyof typeof columns, unknown>;
const names = Object.keys(columns).join(', ');

const insert = statement(
  'insert_snapshots',
  `with given as materialized (
     select * from jsonb_to_recordset($2::jsonb) as g(${Object.entries(columns).map(([name, type]) => `${name} ${type}`).join(', ')})
   ), numbered as (
     insert into snapshot_number (tenant_id, account_id, sequence_number, snapshot_id, taken_at, run_id) select $1, account_id, sequence_number, id, taken_at, run_id from given order by account_id
   ), driven as materialized (
     select account_id, sequence_number, id, taken_at, case when run_id is null then taken_at end as event_driven_at, overall_health_score, revenue_minor, revenue_currency, is_significant_change from given
   ), first_heads as (
     insert into snapshot_head (tenant_id, account_id, sequence_number, snapshot_id, taken_at, event_driven_at, baseline_id, baseline_taken_at, baseline_health_score, baseline_revenue_minor, baseline_revenue_currency)
     select $1, account_id, sequence_number, id, taken_at, event_driven_at, id, taken_at, overall_health_score, revenue_minor, revenue_currency from driven where sequence_number = 1 order by account_id
   ), next_heads as (
     update snapshot_head h set sequence_number = d.sequence_number, snapshot_id = d.id, taken_at = d.taken_at, event_driven_at = coalesce(d.event_driven_at, h.event_driven_at),
       baseline_id = case when d.is_significant_change or h.baseline_id is null then d.id else h.baseline_id end, baseline_taken_at = case when d.is_significant_change or h.baseline_id is null then d.taken_at else h.baseline_taken_at end,
       baseline_health_score = case when d.is_significant_change or h.baseline_id is null then d.overall_health_score else h.baseline_health_score end,
       baseline_revenue_minor = case when d.is_significant_change or h.baseline_id is null then d.revenue_minor else h.baseline_revenue_minor end, baseline_revenue_currency = case when d.is_significant_change or h.baseline_id is null then d.revenue_currency else h.baseline_revenue_currency end
     -- Each by its key, whatever the planner believes of how many there are.
     from driven d where d.sequence_number > 1 and h.tenant_id = $1 and h.account_id = d.account_id and h.account_id = any(array(select account_id from given))
   )
   insert into account_snapshot (tenant_id, recorded_at, ${names}) select $1, $3, ${names} from given order by account_id`,
);

/**
 * Writes what was read of accounts as snapshots; a constant number of statements. The accounts are locked, so that each
 * number is given once and whoever writes about an account is done or has not begun: a fact that was recorded behind the
 * reading, but of an instant up to its own, says that the reading is not all that was so then. `claim` says which of the
 * accounts are to have one, once they are locked, and on what occasion; `settle` is told which have one, and which need none.
 */
export async function writeSnapshots(
  work: Work,
  reading: Reading,
  { claim, settle }: { claim(work: Work, ids: readonly Id<'Account'>[]): Promise<ReadonlyMap<Id<'Account'>, Occasion>>; settle?(work: Work, taken: readonly TakenSnapshot[], needless: readonly Id<'Account'>[]): Promise<void> },
): Promise<WrittenSnapshots> {
  const read = [...reading.accounts.keys()].toSorted();
  await lockAccounts(work, read);
  const claimed = await claim(work, read);
  const ids = read.filter((id) => claimed.has(id));
  if (ids.length === 0) return { taken: [], again: [] };
  await work.rows(holdHealthModel, [work.tenantId]);
  const late = new Set((await work.rows(changedSince, [work.tenantId, ids, reading.sequence, reading.takenAt])).map(({ id }) => id));
  const policy = await snapshotPolicy(work);
  const headOf = new Map((await work.rows(heads, [work.tenantId, ids, reading.takenAt, policy.trendHoursApart * 3_600])).map((head) => [head.accountId, head]));
  // Numbers follow the instants that snapshots are about: one that was read before the last one is read again.
  const isStale = (id: Id<'Account'>): boolean => late.has(null) || late.has(id) || (headOf.get(id)?.takenAt ?? '') > reading.takenAt;
  const again = ids.filter(isStale);
  const fresh = ids.filter((id) => !isStale(id));
  const needless = await withSameHealth(work, fresh.filter((id) => claimed.get(id)?.onlyCalculated).flatMap((id) => reading.accounts.get(id) ?? []));
  const written = fresh.filter((id) => !needless.has(id));
  if (written.length === 0) {
    if (needless.size > 0) await settle?.(work, [], [...needless]);
    return { taken: [], again };
  }

  const readings = written.flatMap((id) => reading.accounts.get(id) ?? []);
  const nodeOf = await nameSources(work, readings);
  const made = readings.map((account) => {
    const [head, occasion, nodes] = [headOf.get(account.accountId), claimed.get(account.accountId), nodeOf.get(account.accountId)];
    if (!occasion || !nodes) throw new Error('an account that was claimed has no occasion or version');
    const earlier = { previous: head?.previous ?? null, baseline: head?.baseline ?? null, apart: (head?.apart ?? []).filter((each) => each !== null), count: head?.sequenceNumber ?? 0 };
    const comparison = compareSnapshots({ ...account, takenAt: reading.takenAt }, earlier, policy);
    const taken: TakenSnapshot = { id: work.newId<'AccountSnapshot'>(), accountId: account.accountId, sequenceNumber: (head?.sequenceNumber ?? 0) + 1 };
    // One that is past its retention is no longer there to be compared with.
    const previousId = head?.previous ? head.snapshotId : null;
    return { taken, account, occasion, comparison, previousId, baselineId: head?.baselineId ?? null, nodes, takenAt: reading.takenAt, policyVersion: policy.version };
  });
  await work.rows(insert, [work.tenantId, JSON.stringify(made.map(toRow)), work.now]);
  const taken = made.map((each) => each.taken);
  await recordSnapshotLineage(work, made.map(({ taken: { id }, previousId, baselineId, nodes }) => ({ id, previousId, baselineId, ...nodes })));
  // Last of all: it locks the job, which other batches wait for.
  await settle?.(work, taken, [...needless]);
  for (const { taken: { id, accountId, sequenceNumber }, occasion, comparison } of made) {
    work.record(snapshotCreated.fact({ accountId, occurredAt: reading.takenAt, data: { snapshotId: id, accountId, sequenceNumber, type: occasion.type, significant: comparison.significantBecause.length > 0 } }));
  }
  return { taken, again };
}

interface Made {
  readonly taken: TakenSnapshot;
  readonly account: AccountReading;
  readonly occasion: Occasion;
  readonly comparison: ReturnType<typeof compareSnapshots>;
  readonly previousId: string | null;
  readonly baselineId: string | null;
  readonly nodes: SourceNodes;
  readonly takenAt: string;
  readonly policyVersion: number;
}

function toRow({ taken, account, occasion, comparison, previousId, baselineId, nodes, takenAt, policyVersion }: Made): SnapshotColumns {
  const { kpis, playbooks, products } = account;
  return {
    id: taken.id, account_id: taken.accountId, sequence_number: taken.sequenceNumber, run_id: occasion.runId, type: occasion.type, reason: occasion.reason, trigger_events: occasion.triggerEvents,
    taken_at: takenAt, account_version: account.accountVersion, account_version_id: nodes.accountVersionId,
    revenue_minor: account.revenueMinor, revenue_currency: account.revenueCurrency,
    revenue_change_minor: comparison.revenueChangeMinor, revenue_change_percent: comparison.revenueChangePercent, revenue_change_absent: comparison.revenueChangeAbsent,
    overall_health_score: account.overallHealthScore, health_partial_score: account.healthPartialScore, health_coverage: account.healthCoverage, health_source: account.healthSource, health_source_reason: account.healthSourceReason, health_as_of: account.healthAsOf, health_model_version: account.healthModelVersion,
    health_trend: comparison.healthTrend, health_trend_absent: comparison.healthTrendAbsent, health_score_change: comparison.healthScoreChange, health_change_since_baseline: comparison.healthChangeSinceBaseline,
    product_usage_score: account.productUsageScore, support_score: account.supportScore, customer_sentiment_score: account.customerSentimentScore,
    business_outcomes_score: account.businessOutcomesScore, relationship_strength_score: account.relationshipStrengthScore,
    account_status: account.accountStatus, industry: account.industry, region: account.region, account_tier: account.accountTier, external_account_id: account.externalAccountId,
    lifecycle_stage: account.lifecycleStage, onboarding_status: account.onboardingStatus, last_qbr_date: account.lastQbrDate, next_qbr_date: account.nextQbrDate, engagement_score: account.engagementScore,
    products_used: products.map(({ name }) => name), product_count: products.length, primary_product: products[0]?.name ?? null,
    playbooks_running: playbooks.running, playbooks_completed: playbooks.completed, playbooks_completed_last_30_days: playbooks.completedLately,
    last_playbook_executed: playbooks.lastName, last_playbook_executed_at: playbooks.lastAt, playbook_recommendations: [...new Set(account.recommendations.map(({ type }) => type))],
    kpi_total: kpis.total, kpi_account_level: kpis.accountLevel, kpi_product_level: kpis.productLevel, kpi_critical: kpis.critical, kpi_at_risk: kpis.atRisk, kpi_healthy: kpis.healthy, kpi_unknown: kpis.unknown,
    top_critical_kpis: account.topCriticalKpis, champion: account.champion, champion_status: account.championStatus, stakeholder_count: account.stakeholderCount,
    recent_notes: account.recentNotes, recent_playbook_reports: account.recentPlaybookReports,
    previous_id: previousId, baseline_id: baselineId, days_since_last_snapshot: comparison.daysSinceLastSnapshot,
    is_significant_change: comparison.significantBecause.length > 0, significant_because: comparison.significantBecause, policy_version: policyVersion,
  };
}
