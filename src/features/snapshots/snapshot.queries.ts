import type { AsOf, Call, Question } from '../../platform/graphql/call.ts';
import { OrderDirection, orderInput } from '../../platform/graphql/connection.ts';
import { toMoney } from '../../platform/graphql/money.ts';
import { asNode } from '../../platform/graphql/node.ts';
import { childList } from '../../platform/page/child-list.ts';
import type { ListSource } from '../../platform/page/list.ts';
import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { maskRow } from '../access/index.ts';
import { SnapshotOrderField } from './enums.ts';
import type { AccountSnapshotFilter, SnapshotRow } from './snapshot.type.ts';

/** The orderBy input of a list of snapshots. */
export const AccountSnapshotOrder = orderInput('AccountSnapshot', SnapshotOrderField, OrderDirection.DESC);
export type AccountSnapshotOrder = InstanceType<typeof AccountSnapshotOrder>;

/** The columns of a snapshot; the table is called `t`. */
const snapshotColumns = `t.id as uuid, t.account_id as "accountId", t.sequence_number as "sequenceNumber", t.run_id as "runId", t.type, t.reason, t.trigger_events[1] as "triggerEvent", t.trigger_events as "triggerEvents",
  t.taken_at as "takenAt", t.recorded_at as "recordedAt", t.account_version::text as "accountVersion", t.revenue_minor as "revenueMinor", t.revenue_currency as "revenueCurrency",
  t.revenue_change_minor as "revenueChangeMinor", t.revenue_change_percent as "revenueChangePercent", t.revenue_change_absent as "revenueChangeAbsent",
  t.overall_health_score as "overallHealthScore", t.health_partial_score as "healthPartialScore", t.health_coverage as "healthCoverage", t.health_source_reason as "healthSourceReason", t.health_source as "healthSource", t.health_as_of as "healthAsOf", t.health_model_version as "healthModelVersion", t.health_trend as "healthTrend", t.health_trend_absent as "healthTrendAbsent", t.health_score_change as "healthScoreChange", t.health_change_since_baseline as "healthChangeSinceBaseline",
  t.product_usage_score as "productUsageScore", t.support_score as "supportScore", t.customer_sentiment_score as "customerSentimentScore", t.business_outcomes_score as "businessOutcomesScore",
  t.relationship_strength_score as "relationshipStrengthScore", t.account_status as "accountStatus", t.industry, t.region, t.account_tier as "accountTier", t.external_account_id as "externalAccountId",
  t.lifecycle_stage as "lifecycleStage", t.onboarding_status as "onboardingStatus", t.last_qbr_date as "lastQbrDate", t.next_qbr_date as "nextQbrDate", t.engagement_score as "engagementScore",
  t.products_used as "productsUsed", t.product_count as "productCount", t.primary_product as "primaryProduct", t.playbooks_running as "playbooksRunning", t.playbooks_completed as "playbooksCompleted",
  t.playbooks_completed_last_30_days as "playbooksCompletedLast30Days", t.last_playbook_executed as "lastPlaybookExecuted", t.last_playbook_executed_at as "lastPlaybookExecutedAt", t.playbook_recommendations as "playbookRecommendations",
  t.kpi_total as "kpiTotal", t.kpi_account_level as "kpiAccountLevel", t.kpi_product_level as "kpiProductLevel", t.kpi_critical as "kpiCritical", t.kpi_at_risk as "kpiAtRisk", t.kpi_healthy as "kpiHealthy", t.kpi_unknown as "kpiUnknown",
  t.top_critical_kpis as "topCriticalKpis", t.champion, t.champion_status as "championStatus", t.stakeholder_count as "stakeholderCount", t.recent_notes as "recentNotes", t.recent_playbook_reports as "recentPlaybookReports",
  t.previous_id as "previousId", t.baseline_id as "baselineId", t.days_since_last_snapshot as "daysSinceLastSnapshot", t.is_significant_change as "isSignificantChange", t.significant_because as "significantBecause", t.policy_version as "policyVersion"`;

interface RawSnapshot extends Record<string, unknown> {
  readonly uuid: string;
  readonly sortValue: string;
  readonly revenueMinor: number | null;
  readonly revenueCurrency: string | null;
  readonly revenueChangeMinor: number | null;
}

const texts = [
  ['reason', 'TEXT'], ['industry', 'TEXT'], ['region', 'TEXT'], ['accountTier', 'TEXT'], ['externalAccountId', 'IDENTIFIER'], ['onboardingStatus', 'TEXT'], ['productsUsed', 'TEXT'], ['primaryProduct', 'TEXT'], ['lastPlaybookExecuted', 'TEXT'], ['playbookRecommendations', 'TEXT'], ['championStatus', 'TEXT'],
] as const;

function toSnapshot(raw: RawSnapshot, call: Call, asOf: AsOf): SnapshotRow {
  const composed = Object.assign(maskRow(call, raw, texts), { revenue: toMoney(raw.revenueMinor, raw.revenueCurrency), revenueChange: toMoney(raw.revenueChangeMinor, raw.revenueCurrency) });
  return asNode('AccountSnapshot', composed, asOf) as unknown as SnapshotRow;
}

const snapshotList: ListSource<AccountSnapshotFilter> = {
  name: 'snapshots',
  table: 'account_snapshot',
  columns: snapshotColumns,
  orders: { SEQUENCE: { by: 't.sequence_number', type: 'int8' }, TAKEN_AT: { by: 't.taken_at', type: 'timestamptz' } },
  filters: {
    types: (values, bind) => `t.type = any(${bind(values, 'text[]')})`,
    significant: (value, bind) => `t.is_significant_change = ${bind(value, 'boolean')}`,
    takenFrom: (value, bind) => `t.taken_at >= ${bind(value, 'timestamptz')}`,
    takenBefore: (value, bind) => `t.taken_at < ${bind(value, 'timestamptz')}`,
  },
  defaultOrder: { field: 'SEQUENCE', direction: OrderDirection.DESC },
};

/** The snapshots of accounts. */
export const snapshotsOfAccount = childList<RawSnapshot & SnapshotRow, AccountSnapshotFilter>(snapshotList, 'account_id', (raw, call, asOf) => toSnapshot(raw, call, asOf) as RawSnapshot & SnapshotRow);

const snapshotsById = datedStatement<RawSnapshot>('snapshots_by_id', 2, (table) => `select ${snapshotColumns} from ${table('account_snapshot')} t where t.tenant_id = $1 and t.id = any($2::uuid[])`);

/** The snapshot of an id; null where the tenant has none. */
export const snapshotById: Question<string, SnapshotRow | null> = {
  name: 'snapshots_by_id',
  async load(call: Call, ids, asOf) {
    const rows = await call.read.rows(snapshotsById(asOf), snapshotsById.values([call.tenantId, ids], asOf));
    const found = new Map(rows.map((row) => [row.uuid, toSnapshot(row, call, asOf)]));
    return ids.map((id) => found.get(id) ?? null);
  },
};

const snapshotsOfRuns = statement<RawSnapshot & { runId: string; after: string | null }>(
  'snapshots_of_runs',
  `select ${snapshotColumns}, run.after from unnest($2::uuid[], $3::int[], $4::uuid[]) as run(id, most, after) cross join lateral (
     select snapshot_id, taken_at from snapshot_number n where n.tenant_id = $1 and n.run_id = run.id
       and (run.after is null or n.account_id > (select seen.account_id from snapshot_number seen where seen.tenant_id = $1 and seen.snapshot_id = run.after and seen.run_id = run.id)) order by n.account_id limit run.most) n
   join account_snapshot t on t.tenant_id = $1 and t.id = n.snapshot_id and t.taken_at = n.taken_at order by t.run_id, t.account_id`,
);

/** Snapshots that jobs took, in the order of their accounts' ids: the first ones, or those behind one of them. */
export const snapshotsOfRun: Question<{ readonly runId: string; readonly first: number; readonly after: string | null }, readonly SnapshotRow[]> = {
  name: 'snapshots_of_runs',
  identity: ({ runId, first, after }) => `${runId} ${first} ${after ?? ''}`,
  async load(call, keys) {
    const rows = await call.read.rows(snapshotsOfRuns, [call.tenantId, keys.map(({ runId }) => runId), keys.map(({ first }) => first), keys.map(({ after }) => after)]);
    const found = Map.groupBy(rows, ({ runId, after }) => `${runId} ${after ?? ''}`);
    return keys.map(({ runId, first, after }) => (found.get(`${runId} ${after ?? ''}`) ?? []).slice(0, first).map((row) => toSnapshot(row, call, null)));
  },
};
