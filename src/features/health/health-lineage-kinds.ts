import type { Id } from '../../platform/ids.ts';
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
// Of every account, also before its health was stored first.
const describeHealth = datedStatement<LineageDescription>(
  'lineage_of_account_health',
  2,
  (table) => `select asked.id, 'Health of ' || t.name as name, t.occurred_at as "occurredAt"
    from unnest($2::uuid[]) as asked(id)
    join ${table('account')} t on t.tenant_id = $1 and t.id = overlay(asked.id::text placing to_hex(15 - ('x0' || substr(asked.id::text, 15, 1))::bit(8)::int) from 15 for 1)::uuid`,
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

/**
 * The key of an account's health: the account's own with the bits of its version turned over, so that each is found by the
 * other without a look. In the lineage graph an id belongs to one kind of node, and the account's is taken.
 */
export function turnHealthId<To extends 'Account' | 'AccountHealth'>(id: string): Id<To> {
  return `${id.slice(0, 14)}${(Number.parseInt(id.charAt(14), 16) ^ 0xf).toString(16)}${id.slice(15)}` as Id<To>;
}
