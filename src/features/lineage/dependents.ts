import { statement, type Sql } from '../../platform/postgres/statement.ts';
import type { Id } from '../../platform/ids.ts';
import type { LineageRef } from './lineage-kind.ts';

/** Where a question is asked: a Work or a Read. */
export interface TenantSql extends Sql {
  readonly tenantId: Id<'Tenant'>;
}

const dependents = statement<LineageRef>(
  'lineage_dependents',
  `select distinct to_type as type, to_id as id from lineage_edge
   where tenant_id = $1 and from_id = any($2::uuid[]) and removed_at is null and to_id <> all($2::uuid[]) order by id`,
);

/** What derives directly from any of the nodes, themselves left out; in the order of their ids. */
export function dependentsOf(sql: TenantSql, refs: readonly LineageRef[]): Promise<LineageRef[]> {
  return sql.rows(dependents, [sql.tenantId, refs.map(({ id }) => id)]);
}
