import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import { readAtTwoTimes } from '../../platform/postgres/tables-at.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';
import { statementColumns, type StatedGroup, type StoredStatement } from './statement-store.ts';

readAtTwoTimes('source_statement', 'OCCURRED');
readAtTwoTimes('statement_of_node', 'OCCURRED');

/** A statement with what it is about. */
export interface DeliveredStatement extends StoredStatement {
  readonly nodeType: string;
  /** Whether something in it is the latest that its source said, in the present. */
  readonly isCurrent: boolean;
}

/** Statements by their ids, as they were known. `$1` is the tenant, `$2` the ids. */
export const statementsByIds = datedStatement<DeliveredStatement>(
  'source_statements_by_id',
  2,
  (table) => `select s.node_type as "nodeType", s.is_current as "isCurrent", ${statementColumns} from ${table('source_statement')} s
    left join subject_key k on k.tenant_id = s.tenant_id and k.subject_id = s.subject_id where s.tenant_id = $1 and s.id = any($2::uuid[])`,
);

/** A node at an instant, RFC 3339. */
export interface NodeInstant {
  readonly nodeId: string;
  readonly at: string;
}

const atInstants = statement<StoredStatement & { readonly place: number; readonly rootId: string; readonly memberId: string }>(
  'statements_at_instants',
  `select g.place, root.id as "rootId", m.node as "memberId", ${statementColumns}
   from unnest($2::uuid[], $3::timestamptz[]) with ordinality g(node, at, place)
   cross join lateral (select coalesce((select i.survivor_id from node_identity_as_of(g.at) i where i.tenant_id = $1 and i.id = g.node), g.node) as id) root
   cross join lateral (select root.id as node union all select i.id from node_identity_as_of(g.at) i where i.tenant_id = $1 and i.survivor_id = root.id and i.survivor_id <> i.id) m
   join source_statement s on s.tenant_id = $1 and s.node_id = m.node and s.recorded_at <= g.at
   left join subject_key k on k.tenant_id = s.tenant_id and k.subject_id = s.subject_id order by g.place, m.node, s.id`,
);

/** What was known of nodes, each at an instant of its own, in the order given; of those that were one with them, too. One statement. */
export async function statementsAtInstants(sql: Sql, tenantId: string, asked: readonly NodeInstant[]): Promise<StatedGroup[]> {
  const rows = Map.groupBy(await sql.rows(atInstants, [tenantId, asked.map(({ nodeId }) => nodeId), asked.map(({ at }) => at)]), ({ place }) => place);
  return asked.map(({ nodeId }, index) => {
    const own = rows.get(index + 1) ?? [];
    return { rootId: own[0]?.rootId ?? nodeId, memberIds: [...new Set(own.map(({ memberId }) => memberId))], statements: own };
  });
}
