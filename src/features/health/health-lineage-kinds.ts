import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import { declareLineageKind, type DerivationRule, type LineageDescription } from '../lineage/index.ts';

const describeKpis = datedStatement<LineageDescription>(
  'lineage_of_kpis',
  2,
  (table) => `select t.id, t.parameter || ' ' || t.value as name, t.occurred_at as "occurredAt" from ${table('kpi')} t where t.tenant_id = $1 and t.id = any($2::uuid[])`,
);
const describeTrends = datedStatement<LineageDescription>(
  'lineage_of_health_trends',
  2,
  (table) => `select t.id, 'Health trend ' || t.year || '-' || lpad(t.month::text, 2, '0') as name, t.occurred_at as "occurredAt" from ${table('health_trend')} t
    where t.tenant_id = $1 and t.id = any($2::uuid[])`,
);
const describeHealth = datedStatement<LineageDescription>(
  'lineage_of_account_health',
  2,
  (table) => `select t.id, coalesce('Health ' || round(t.overall::numeric, 1), 'Health unknown') as name, t.assessed_at as "occurredAt" from ${table('account_health')} t
    where t.tenant_id = $1 and t.id = any($2::uuid[])`,
);

/** KPIs as lineage sees them: raw observations. */
export const kpiLineage = declareLineageKind({ type: 'EXTERNAL_RECORD', graphqlType: 'Kpi', describe: describeKpis });

/** Monthly trends as lineage sees them: raw observations. */
export const healthTrendLineage = declareLineageKind({ type: 'EXTERNAL_RECORD', graphqlType: 'HealthTrend', describe: describeTrends });

/** The health of an account as lineage sees it: derived from the trend and the KPIs. */
export const accountHealthLineage = declareLineageKind({ type: 'DERIVED_VALUE', graphqlType: 'AccountHealth', describe: describeHealth });

/** The rule by which health and KPI statuses are made, of a version of the health model. */
export function healthRule(modelVersion: number): DerivationRule {
  return { name: 'account-health', version: modelVersion };
}
