import type { Id } from '../../platform/ids.ts';
import { assessHealth, type Assessment, type HealthSource, type HealthSourceReason } from '../health/index.ts';
import type { LineageRef, TenantSql } from '../lineage/index.ts';

/** How an account's health stands, as snapshots keep it. */
export interface HealthFigures {
  readonly overallHealthScore: number | null;
  readonly healthPartialScore: number | null;
  readonly healthCoverage: number;
  readonly healthSourceReason: keyof typeof HealthSourceReason;
  readonly healthSource: keyof typeof HealthSource;
  readonly healthAsOf: string | null;
  /** The version of the model that judged the KPIs. */
  readonly healthModelVersion: number;
  readonly productUsageScore: number | null;
  readonly supportScore: number | null;
  readonly customerSentimentScore: number | null;
  readonly businessOutcomesScore: number | null;
  readonly relationshipStrengthScore: number | null;
  readonly kpis: Assessment['counts'];
  /** The critical ones that stand worst, at most five. */
  readonly topCriticalKpiIds: readonly Id<'Kpi'>[];
  /** What these figures derive from. */
  readonly healthInputs: readonly LineageRef[];
}

const mostCritical = 5;

/** The health of accounts in the transaction's state of the database, for the instant `now`: three statements, however many accounts. */
export async function healthOfAccounts(sql: TenantSql, accountIds: readonly Id<'Account'>[], now: string): Promise<Map<Id<'Account'>, HealthFigures>> {
  const assessed = await assessHealth(sql, { accountIds, at: null, now });
  return new Map([...assessed].map(([id, assessment]) => [id, toFigures(assessment)]));
}

function toFigures({ overall, partial, coverage, source, sourceReason, asOf, model, categories, counts, kpis, inputs }: Assessment): HealthFigures {
  // Of equal scores in the order of the assessment, which their ids do not decide.
  const critical = kpis.filter(({ status }) => status === 'CRITICAL').toSorted((one, other) => (one.score ?? 0) - (other.score ?? 0));
  return {
    overallHealthScore: overall,
    healthPartialScore: partial,
    healthCoverage: coverage,
    healthSourceReason: sourceReason,
    healthSource: source,
    healthAsOf: asOf,
    healthModelVersion: model.version,
    productUsageScore: categories.PRODUCT_USAGE,
    supportScore: categories.SUPPORT,
    customerSentimentScore: categories.CUSTOMER_SENTIMENT,
    businessOutcomesScore: categories.BUSINESS_OUTCOMES,
    relationshipStrengthScore: categories.RELATIONSHIP_STRENGTH,
    kpis: counts,
    topCriticalKpiIds: critical.slice(0, mostCritical).map(({ id }) => id),
    healthInputs: inputs,
  };
}
