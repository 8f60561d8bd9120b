import type { AsOf } from '../../platform/graphql/call.ts';
import type { Id } from '../../platform/ids.ts';
import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import type { GivenRows } from '../../platform/postgres/tables-at.ts';
import type { LineageRef, TenantSql } from '../lineage/index.ts';
import { assess, type KpiRecord, type TrendRecord } from './assessment.ts';
import type { HealthCategory, HealthSource, HealthSourceReason, KpiStatus } from './enums.ts';
import type { HealthModel } from './health-model.ts';
import { healthModelInForce } from './health-model.queries.ts';
import type { CategoryScores } from './health-score.ts';

/** A KPI as the health model judges it. */
export interface JudgedKpi {
  readonly id: Id<'Kpi'>;
  /** From when this version of the row is: with the id, what pins it. */
  readonly rowVersion: string;
  /** Null: of the whole account. */
  readonly productId: Id<'Product'> | null;
  /** The category as it was delivered, and which of the five it is; null where the model knows neither it nor the parameter. */
  readonly categoryName: string;
  readonly category: HealthCategory | null;
  readonly parameter: string;
  /** As it was delivered. */
  readonly value: string;
  readonly status: KpiStatus;
  /** 0 to 100; null where the status is UNKNOWN. */
  readonly score: number | null;
  /** What it counts in its category, against the other KPIs there; 0 where the model has no thresholds for it. */
  readonly weight: number;
  readonly because: string;
  readonly occurredAt: string;
}

/** An account's health at an instant, with everything it was made of. */
export interface Assessment {
  readonly accountId: Id<'Account'>;
  /** 0 to 100; null where nothing was measured, and where KPIs cover less of the formula than the model asks for. */
  readonly overall: number | null;
  /** The mean of what was measured, however little of the formula that covers; the same as `overall` where that is not null. */
  readonly partial: number | null;
  /** Share of the categories' weights for which there is a score, 0..1. */
  readonly coverage: number;
  readonly categories: CategoryScores;
  /** What each category counts in the overall health, against the others that have a score. */
  readonly weights: Readonly<Record<HealthCategory, number>>;
  readonly source: HealthSource;
  readonly sourceReason: HealthSourceReason;
  /** When the trend that is used passes the model's horizon; null where none is used, or it has passed it, or there is no horizon. RFC 3339. */
  readonly trendStaleAt: string | null;
  /** When the trend, or the latest KPI that counted, was measured; null of nothing. UTC. */
  readonly asOf: string | null;
  /** The model that judged the KPIs. */
  readonly model: { readonly version: number; readonly digest: string };
  /** The trend that the scores are of; null where they are of none. */
  readonly trend: { readonly id: Id<'HealthTrend'>; readonly rowVersion: string; readonly year: number; readonly month: number } | null;
  /** Every KPI of the account, by category, parameter, the latest first, and what it says. */
  readonly kpis: readonly JudgedKpi[];
  readonly counts: { readonly total: number; readonly accountLevel: number; readonly productLevel: number; readonly critical: number; readonly atRisk: number; readonly healthy: number; readonly unknown: number };
  /** Why it is so, in sentences. */
  readonly reasons: readonly string[];
  /** What it derives from, for `recordDerivations`: the trend, if any, and every KPI. The rule is `healthRule(model.version)`. */
  readonly inputs: readonly LineageRef[];
}

// KPIs, and trends of one month from several sources, are told apart by when they are of and what they say; by their ids
// only where they say the same.
const kpisOfAccounts = datedStatement<KpiRecord>(
  'kpis_to_assess',
  2,
  (table) => `select t.id, t.account_id as "accountId", t.sys_from as "rowVersion", t.product_id as "productId", t.category as "categoryName", t.parameter, t.value, t.occurred_at as "occurredAt"
    from ${table('kpi')} t left join ${table('product')} p on p.tenant_id = t.tenant_id and p.id = t.product_id
    where t.tenant_id = $1 and t.account_id = any($2::uuid[]) order by t.account_id, t.category, t.parameter, t.occurred_at desc, t.value, p.name, t.id`,
);
const latestTrends = datedStatement<TrendRecord>(
  'latest_health_trends',
  2,
  (table) => `select distinct on (t.account_id) t.id, t.account_id as "accountId", t.sys_from as "rowVersion", t.year, t.month, t.occurred_at as "occurredAt", t.overall_score as overall,
      t.product_usage_score as "PRODUCT_USAGE", t.support_score as "SUPPORT", t.customer_sentiment_score as "CUSTOMER_SENTIMENT",
      t.business_outcomes_score as "BUSINESS_OUTCOMES", t.relationship_strength_score as "RELATIONSHIP_STRENGTH"
    from ${table('health_trend')} t where t.tenant_id = $1 and t.account_id = any($2::uuid[]) order by t.account_id, t.year desc, t.month desc, t.occurred_at desc,
      t.overall_score, t.product_usage_score, t.support_score, t.customer_sentiment_score, t.business_outcomes_score, t.relationship_strength_score, t.id`,
);

/** What is to be assessed, and for when. */
export interface AssessmentOrder {
  readonly accountIds: readonly Id<'Account'>[];
  /** The rows as they were known at this instant; null: as they are. */
  readonly at: AsOf;
  /** Rows that stand in for the tables, for a moment of two times. */
  readonly given?: GivenRows;
  /** The instant that the age of trends is measured to; that of `at` where there is one. RFC 3339. */
  readonly now: string;
}

/**
 * The health of accounts, now (`at` null) or as it was known at an instant: a function of the rows and the instant alone,
 * so that it can be computed again for any instant. Three statements however many accounts, in the caller's transaction or
 * snapshot. Returns an assessment for every account, also one of which nothing is known.
 */
export async function assessHealth(sql: TenantSql, order: AssessmentOrder): Promise<Map<Id<'Account'>, Assessment>> {
  return order.accountIds.length === 0 ? new Map() : assessUnder(sql, await healthModelInForce(sql, order.at), order);
}

/** The same under a model that was read already: two statements. */
export async function assessUnder(sql: TenantSql, model: HealthModel, { accountIds, at, now, given }: AssessmentOrder): Promise<Map<Id<'Account'>, Assessment>> {
  const ids = [...new Set(accountIds)];
  // One after the other: a Work has one connection.
  const kpis = Map.groupBy(await sql.rows(kpisOfAccounts(at), kpisOfAccounts.values([sql.tenantId, ids], at, given)), ({ accountId }) => accountId);
  const trends = new Map((await sql.rows(latestTrends(at), latestTrends.values([sql.tenantId, ids], at, given))).map((trend) => [trend.accountId, trend]));
  return new Map(ids.map((id) => [id, assess(id, { model, kpis: kpis.get(id) ?? [], latest: trends.get(id) ?? null, now: at?.at ?? now })]));
}
