import { statement, type Statement } from '../statement.ts';

/** A row with a wrapped key in it. */
export interface WrappedRow {
  readonly id: string;
  readonly wrapped: Buffer;
}

/** A tenant table that keeps wrapped keys. Each is declared once, so that a rotation and the check of a master key miss none. */
export interface WrappedTable {
  readonly table: string;
  readonly column: string;
  /** $1: tenant, $2: the id to go on behind, $3: how many. */
  readonly page: Statement<WrappedRow>;
  /** $1: tenant, $2: ids. Locks the rows in the order in which other transactions lock them. */
  readonly lock: Statement<WrappedRow>;
  /** $1: tenant, $2: ids, $3: as they were, $4: as they become. A key that was destroyed meanwhile stays destroyed. */
  readonly replace: Statement<{ id: string }>;
  /** $1: tenant. The oldest. */
  readonly sample: Statement<WrappedRow>;
}

/** Declares a table with wrapped keys. `order`: the column by which transactions lock several rows. */
export function wrappedTable({ table, id, column, order }: { readonly table: string; readonly id: string; readonly column: string; readonly order: string }): WrappedTable {
  const rows = `select ${id} as id, ${column} as wrapped from ${table} where tenant_id = $1 and ${column} is not null`;
  return {
    table,
    column,
    page: statement(`page_${table}`, `${rows} and ${id} > $2 order by ${id} limit $3`),
    lock: statement(`lock_${table}`, `${rows} and ${id} = any($2::uuid[]) order by ${order} for no key update`),
    replace: statement(
      `rewrap_${table}`,
      `update ${table} t set ${column} = u.after from unnest($2::uuid[], $3::bytea[], $4::bytea[]) as u(id, before, after)
       where t.tenant_id = $1 and t.${id} = u.id and t.${column} = u.before returning t.${id} as id`,
    ),
    sample: statement(`sample_${table}`, `${rows} order by ${id} limit 1`),
  };
}
