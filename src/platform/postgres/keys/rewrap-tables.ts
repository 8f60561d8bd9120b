import type { Id } from '../../ids.ts';
import type { Database } from '../database.ts';
import { createSeal, wrappedUnder, type Seal } from '../seal.ts';
import { statement } from '../statement.ts';
import type { Caller } from '../work.ts';
import { wrappingKeysOf, type KeyRing } from './key-ring.ts';
import type { WrappedRow, WrappedTable } from './wrapped-table.ts';

/** How many keys a rotation found and moved. */
export interface RewrapCount {
  readonly found: number;
  readonly moved: number;
}

/** What moving wrapped keys takes. */
export interface RewrapOptions {
  readonly database: Database;
  readonly ring: KeyRing;
  readonly tables: readonly WrappedTable[];
  say(line: string): void;
}

/** Rows per transaction: some 5 ms, in which a transaction that needs one of them waits. */
const batch = 200;
const firstId = '00000000-0000-0000-0000-000000000000';
const everyTenant = statement<{ id: Id<'Tenant'> }>('tenants_with_keys', 'select id from tenant order by id');

/** Moves every wrapped key of every tenant under the ring's current wrapping key, in batches. Rows that are there already are passed over. */
export async function rewrapTables({ database, ring, tables, say }: RewrapOptions): Promise<RewrapCount> {
  const seal = createSeal(ring.root, wrappingKeysOf(() => ring));
  const total = { found: 0, moved: 0 };
  let told = 0;
  for (const { id: tenantId } of await database.system((sql) => sql.rows(everyTenant))) {
    for (const table of tables) {
      for await (const rows of pagesOf(database, tenantId, table)) {
        const due = rows.filter(({ wrapped }) => wrappedUnder(wrapped) !== ring.current).map(({ id }) => id);
        total.found += rows.length;
        if (due.length > 0) total.moved += await moveRows(database, { tenantId, table, ids: due, seal });
        if (total.moved - told < 10_000) continue;
        told = total.moved;
        say(`${total.moved} keys moved …`);
      }
    }
  }
  return total;
}

const callerOf = (tenantId: Id<'Tenant'>): Caller => ({ tenantId, actor: { kind: 'system', id: 'rotate-keys' }, requestId: 'rotate-keys' });

/** The wrapped keys of a tenant's table, in pages. */
export async function* pagesOf(database: Pick<Database, 'transact'>, tenantId: Id<'Tenant'>, table: WrappedTable): AsyncGenerator<readonly WrappedRow[]> {
  for (let after = firstId; ; ) {
    const from = after;
    const rows = await database.transact(callerOf(tenantId), (work) => work.rows(table.page, [tenantId, from, batch]));
    const last = rows.at(-1);
    if (last) yield rows;
    if (!last || rows.length < batch) return;
    after = last.id;
  }
}

async function moveRows(database: Database, { tenantId, table, ids, seal }: { readonly tenantId: Id<'Tenant'>; readonly table: WrappedTable; readonly ids: readonly string[]; readonly seal: Seal }): Promise<number> {
  return database.transact(callerOf(tenantId), async (work) => {
    const rows = await work.rows(table.lock, [tenantId, ids]);
    const moved = await work.rows(table.replace, [tenantId, rows.map(({ id }) => id), rows.map(({ wrapped }) => wrapped), rows.map(({ wrapped }) => seal.rewrap(wrapped))]);
    return moved.length;
  });
}
