import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import { declareLineageKind, type LineageDescription } from '../lineage/index.ts';
import { rankOf } from '../trust/index.ts';

const describe = datedStatement<LineageDescription>(
  'lineage_of_enrichments',
  2,
  (table) => `select e.id, 'Enrichment by ' || case e.provider when 'MOCK_CLEARBIT' then 'mock Clearbit' else 'HTTP provider' end as name, coalesce(e.completed_at, e.requested_at) as "occurredAt"
    from ${table('enrichment')} e where e.tenant_id = $1 and e.id = any($2::uuid[])`,
);

/** Answers of providers, as lineage sees them: text of third parties. */
export const enrichmentLineage = declareLineageKind({ type: 'ENRICHMENT', graphqlType: 'Enrichment', describe, trust: { origin: () => String(rankOf('THIRD_PARTY_TEXT')) } });
