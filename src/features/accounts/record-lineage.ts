import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import { declareLineageKind, type LineageDescription, type LineageKind } from '../lineage/index.ts';

function recordKind(graphqlType: string, table: string, name: string): LineageKind {
  const describe = datedStatement<LineageDescription>(
    `lineage_of_${table}_records`,
    2,
    (at) => `select t.id, ${name} as name, t.occurred_at as "occurredAt" from ${at(table)} t where t.tenant_id = $1 and t.id = any($2::uuid[])`,
  );
  return declareLineageKind({ type: 'EXTERNAL_RECORD', graphqlType, describe });
}

/** Contacts as lineage sees them; their names are personal data and stay out. */
export const contactLineage = recordKind('Contact', 'contact', `'Contact'`);
/** Opportunities as lineage sees them. */
export const opportunityLineage = recordKind('Opportunity', 'opportunity', `'Opportunity: ' || t.stage`);
