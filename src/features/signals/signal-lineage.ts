import type { NodeRow } from '../../platform/graphql/node.ts';
import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import { declareLineageKind, type LineageDescription, type TrustOwner } from '../lineage/index.ts';
import { Signal } from './signal.type.ts';

const describe = datedStatement<LineageDescription>(
  'lineage_of_signals',
  2,
  (table) => `select t.id, t.type || ' from ' || t.source as name, t.occurred_at as "occurredAt" from ${table('signal')} t where t.tenant_id = $1 and t.id = any($2::uuid[])`,
);

/** Signals as lineage sees them: raw observations, from which scores derive. */
export const signalLineage = declareLineageKind({ type: 'SIGNAL', graphqlType: 'Signal', describe, trust: { origin: ({ node }) => `select s.origin from signal s where s.tenant_id = $1 and s.id = ${node}` } });

/** What of signals answers how far it can be trusted. */
export const signalTrustOwners: readonly TrustOwner[] = [{ type: () => Signal, ref: ({ uuid }: NodeRow) => signalLineage.ref(uuid) }];
