import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import { declareLineageKind, type LineageDescription } from '../lineage/index.ts';

const describe = datedStatement<LineageDescription>(
  'lineage_of_signals',
  2,
  (table) => `select t.id, t.type || ' from ' || t.source as name, t.occurred_at as "occurredAt" from ${table('signal')} t where t.tenant_id = $1 and t.id = any($2::uuid[])`,
);

/** Signals as lineage sees them: raw observations, from which scores derive. */
export const signalLineage = declareLineageKind({ type: 'SIGNAL', graphqlType: 'Signal', describe });
