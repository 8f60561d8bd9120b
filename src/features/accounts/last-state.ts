import type { TableName } from '../../platform/page/list.ts';

/**
 * SQL: the state of a row as it is known, or the last that it had where it has none any more: it was retired, merged away
 * or became incomplete. The row is called `t`, the tenant is $1, and the instant of the dated form is $3.
 */
export function lastState(table: TableName, { of, id, columns }: { readonly of: string; readonly id: string; readonly columns: string }): string {
  const known = table(of) === of ? '' : ' and t.sys_to <= $3';
  return `(select ${columns} from ${table(of)} t where t.tenant_id = $1 and t.id = ${id}
    union all
    (select ${columns} from ${of}_history t where t.tenant_id = $1 and t.id = ${id}${known} order by t.sys_to desc limit 1)
    limit 1)`;
}
