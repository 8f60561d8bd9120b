import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';

const stored = statement<{ id: string }>(
  'statements_stored_now',
  `with nodes as (select id as root, id from unnest($2::uuid[]) n(id) union select survivor_id, id from node_identity where tenant_id = $1 and survivor_id = any($2::uuid[]) and survivor_id <> id)
   select distinct n.root as id from nodes n join source_statement s on s.tenant_id = $1 and s.node_id = n.id where s.xmin = pg_current_xact_id()::xid`,
);

/** Of some nodes, those of which this transaction stored a statement: what was delivered of them was not known, whether it shows or not. */
export async function newlyStated(work: Work, nodeIds: readonly string[]): Promise<ReadonlySet<string>> {
  return new Set(nodeIds.length === 0 ? [] : (await work.rows(stored, [work.tenantId, nodeIds])).map(({ id }) => id));
}
