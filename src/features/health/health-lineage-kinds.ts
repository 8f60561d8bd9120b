import type { Id } from '../../platform/ids.ts';
import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import { healthTrends, kpis, lastState, recordLineage } from '../accounts/index.ts';
import { declareLineageKind, type DerivationRule, type LineageDescription } from '../lineage/index.ts';

// `turnHealthId` in SQL.
const turnedId = `overlay(asked.id::text placing to_hex(15 - ('x0' || substr(asked.id::text, 15, 1))::bit(8)::int) from 15 for 1)::uuid`;
// Of every account, also before its health was stored first.
const describeHealth = datedStatement<LineageDescription>(
  'lineage_of_account_health',
  2,
  (table) => `select asked.id, 'Health of ' || t.name as name, t.occurred_at as "occurredAt"
    from unnest($2::uuid[]) as asked(id)
    cross join lateral ${lastState(table, { of: 'account', id: turnedId, columns: 't.name, t.occurred_at' })} t`,
);

/** KPIs as lineage sees them: raw observations. */
export const kpiLineage = recordLineage(kpis, `t.parameter || ' ' || t.value`);

/** Monthly trends as lineage sees them: raw observations. */
export const healthTrendLineage = recordLineage(healthTrends, `'Health trend ' || t.year || '-' || lpad(t.month::text, 2, '0')`);

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
