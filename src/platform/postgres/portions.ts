import type { Sql, Statement } from './statement.ts';

/** How many rows a portion has. */
export const portionSize = 500;
const first = '00000000-0000-0000-0000-000000000000';

/**
 * Reads rows in the order of their ids, a portion at a time, so that memory is bounded however many there are. The
 * statement takes the last id as the placeholder after `values`, orders by id, and limits itself to `portionSize`; it gives
 * all rows of an id in one portion, or tells them apart by `id` alone.
 */
export async function* portions<Row extends { readonly id: string }>(sql: Sql, statement: Statement<Row>, values: readonly unknown[]): AsyncGenerator<readonly Row[]> {
  for (let after = first; ; ) {
    const rows = await sql.rows(statement, [...values, after]);
    if (rows.length > 0) yield rows;
    const last = rows.at(-1);
    if (!last || rows.length < portionSize) return;
    after = last.id;
  }
}
