import type { Client } from 'pg';

/** Bytes that tables grew by, told apart by who was at work. */
export interface Growth {
  /** From now on, growth belongs to this one; what was grown until now belongs to the one before. */
  turn(name: string): Promise<void>;
  /** Ends the last turn; returns the bytes of each. */
  end(): Promise<ReadonlyMap<string, number>>;
}

/**
 * Watches the size of all tables with their indexes. Each reading follows a vacuum: rows that were changed or deleted leave
 * room for the next ones, and only what stays counts in the long run.
 */
export function watchGrowth(admin: Client): Growth {
  const grown = new Map<string, number>();
  let at: { readonly name: string; readonly bytes: number } | null = null;
  const close = async (): Promise<number> => {
    await admin.query('vacuum');
    const bytes = await allTables(admin);
    if (at) grown.set(at.name, (grown.get(at.name) ?? 0) + bytes - at.bytes);
    return bytes;
  };
  return {
    async turn(name) {
      at = { name, bytes: await close() };
    },
    async end() {
      await close();
      return grown;
    },
  };
}

async function allTables(admin: Client): Promise<number> {
  const { rows } = await admin.query<{ bytes: string }>(`select sum(pg_total_relation_size(oid)) as bytes from pg_class where relkind in ('r', 'm') and relnamespace = 'public'::regnamespace and relname not like 'bench_outbox%'`);
  return Number(rows[0]?.bytes);
}

/** Rows inserted, updated and deleted so far. Exact only while no other connection is open: each reports what it did now and then, and at its end. */
export async function rowsWritten(admin: Client): Promise<number> {
  await admin.query('select pg_stat_force_next_flush()');
  const { rows } = await admin.query<{ rows: string }>('select sum(n_tup_ins + n_tup_upd + n_tup_del) as rows from pg_stat_user_tables');
  return Number(rows[0]?.rows);
}
