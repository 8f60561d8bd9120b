import type { Sql } from '../../platform/postgres/statement.ts';
import { statement } from '../../platform/postgres/statement.ts';

/** How an account's health stands, as snapshots keep it. */
export interface HealthFigures {
  readonly overallHealthScore: number | null;
  readonly healthSource: string | null;
  readonly healthAsOf: string | null;
  /** The rule that made the figures, with its version. */
  readonly healthRuleVersion: string | null;
  readonly productUsageScore: number | null;
  readonly supportScore: number | null;
  readonly customerSentimentScore: number | null;
  readonly businessOutcomesScore: number | null;
  readonly relationshipStrengthScore: number | null;
  readonly kpis: { readonly total: number; readonly accountLevel: number; readonly productLevel: number; readonly critical: number; readonly atRisk: number; readonly healthy: number };
  /** The five that stand worst. */
  readonly topCriticalKpiIds: readonly string[];
  /** The rows that these figures derive from, by type of the graph. */
  readonly sources: readonly { readonly type: string; readonly id: string }[];
}

const none = { productUsageScore: null, supportScore: null, customerSentimentScore: null, businessOutcomesScore: null, relationshipStrengthScore: null };
const trends = statement<{ accountId: string; id: string; year: number; month: number } & Omit<HealthFigures, 'healthSource' | 'healthRuleVersion' | 'kpis' | 'topCriticalKpiIds' | 'sources'>>(
  'latest_health_trends',
  `select distinct on (account_id) account_id as "accountId", id, overall_score as "overallHealthScore", occurred_at as "healthAsOf", product_usage_score as "productUsageScore", support_score as "supportScore",
     customer_sentiment_score as "customerSentimentScore", business_outcomes_score as "businessOutcomesScore", relationship_strength_score as "relationshipStrengthScore"
   from health_trend where tenant_id = $1 and account_id = any($2::uuid[]) order by account_id, year desc, month desc`,
);
const kpis = statement<{ accountId: string; total: number; accountLevel: number; ids: string[] }>(
  'kpis_of_accounts',
  `select account_id as "accountId", count(*)::int as total, (count(*) filter (where product_id is null))::int as "accountLevel", array_agg(id order by id) as ids
   from kpi where tenant_id = $1 and account_id = any($2::uuid[]) group by account_id`,
);

/** The health of accounts as of the transaction's snapshot: a constant number of statements. */
export async function healthOfAccounts(sql: Sql & { readonly tenantId: string }, accountIds: readonly string[]): Promise<Map<string, HealthFigures>> {
  const [found, counted] = [await sql.rows(trends, [sql.tenantId, accountIds]), await sql.rows(kpis, [sql.tenantId, accountIds])];
  const trendOf = new Map(found.map((row) => [row.accountId, row]));
  const kpisOf = new Map(counted.map((row) => [row.accountId, row]));
  return new Map(accountIds.map((accountId): [string, HealthFigures] => {
    const trend = trendOf.get(accountId);
    const own = kpisOf.get(accountId);
    const { total = 0, accountLevel = 0, ids = [] } = own ?? {};
    return [accountId, {
      ...none,
      overallHealthScore: trend?.overallHealthScore ?? null,
      healthAsOf: trend?.healthAsOf ?? null,
      ...(trend ? { productUsageScore: trend.productUsageScore, supportScore: trend.supportScore, customerSentimentScore: trend.customerSentimentScore, businessOutcomesScore: trend.businessOutcomesScore, relationshipStrengthScore: trend.relationshipStrengthScore } : {}),
      healthSource: trend ? 'TREND' : 'NONE',
      healthRuleVersion: null,
      kpis: { total, accountLevel, productLevel: total - accountLevel, critical: 0, atRisk: 0, healthy: 0 },
      topCriticalKpiIds: [],
      sources: [...(trend ? [{ type: 'HealthTrend', id: trend.id }] : []), ...ids.map((id) => ({ type: 'Kpi', id }))],
    }];
  }));
}
