import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import type { AccountReading } from './read-accounts.ts';

// The instant that health is of is no part: whatever moves that alone is a record, which calls for a snapshot itself.
const same = statement<{ id: Id<'Account'> }>(
  'accounts_with_health_of_last_snapshot',
  `select g.account_id as id from jsonb_to_recordset($2::jsonb) as g(account_id uuid, health_source text, health_source_reason text, health_model_version int, overall float8, product_usage float8, support float8, sentiment float8, outcomes float8, relationship float8,
     total int, critical int, at_risk int, healthy int, unknown int, top_critical jsonb)
   join snapshot_head h on h.tenant_id = $1 and h.account_id = g.account_id
   join account_snapshot s on s.tenant_id = h.tenant_id and s.id = h.snapshot_id and s.taken_at = h.taken_at
   where (g.health_source, g.health_source_reason, g.health_model_version, g.overall, g.product_usage, g.support, g.sentiment, g.outcomes, g.relationship, g.total, g.critical, g.at_risk, g.healthy, g.unknown, g.top_critical)
     is not distinct from (s.health_source, coalesce(s.health_source_reason, g.health_source_reason), s.health_model_version, s.overall_health_score, s.product_usage_score, s.support_score, s.customer_sentiment_score, s.business_outcomes_score, s.relationship_strength_score,
       s.kpi_total, s.kpi_critical, s.kpi_at_risk, s.kpi_healthy, s.kpi_unknown, s.top_critical_kpis)`,
);

/** Those accounts whose health, as it was read, is what their last snapshot says already. Asks nothing of none. */
export async function withSameHealth(work: Work, readings: readonly AccountReading[]): Promise<ReadonlySet<Id<'Account'>>> {
  if (readings.length === 0) return new Set();
  const given = readings.map(({ accountId, kpis, ...health }) => ({
    account_id: accountId, health_source: health.healthSource, health_source_reason: health.healthSourceReason, health_model_version: health.healthModelVersion, overall: health.overallHealthScore,
    product_usage: health.productUsageScore, support: health.supportScore, sentiment: health.customerSentimentScore, outcomes: health.businessOutcomesScore, relationship: health.relationshipStrengthScore,
    total: kpis.total, critical: kpis.critical, at_risk: kpis.atRisk, healthy: kpis.healthy, unknown: kpis.unknown, top_critical: health.topCriticalKpis,
  }));
  return new Set((await work.rows(same, [work.tenantId, JSON.stringify(given)])).map(({ id }) => id));
}
