import type { Client } from 'pg';
import { postgresCpu } from './processes.ts';

/** What a PostgreSQL server has done so far. */
export interface ServerCost {
  /** CPU of its processes, in milliseconds: of those that run, and of those that ended. */
  readonly cpu: number;
  /** Bytes of write-ahead log. */
  readonly wal: number;
  /** Rows inserted, updated and deleted, by table. */
  readonly rows: ReadonlyMap<string, number>;
  /** Entries written to indexes, by table: one per index for each inserted row and each update that is not HOT. Partial indexes count in full. */
  readonly entries: ReadonlyMap<string, number>;
}

const counts = `
select s.relname as table, s.n_tup_ins + s.n_tup_upd + s.n_tup_del as rows,
  (s.n_tup_ins + s.n_tup_upd - s.n_tup_hot_upd) * (select count(*) from pg_index i where i.indrelid = s.relid) as entries
from pg_stat_user_tables s where s.schemaname = 'public'`;

/** Reads what the server has done so far; `admin` is a superuser on the server's own machine. */
export async function serverCost(admin: Client): Promise<ServerCost> {
  const { rows: [place] } = await admin.query<{ wal: string; pid: string }>(`select pg_current_wal_insert_lsn() - '0/0'::pg_lsn as wal, split_part(pg_read_file('postmaster.pid'), E'\\n', 1) as pid`);
  const { rows } = await admin.query<{ table: string; rows: string; entries: string }>(counts);
  return { cpu: postgresCpu(Number(place?.pid)), wal: Number(place?.wal), rows: new Map(rows.map((row) => [row.table, Number(row.rows)])), entries: new Map(rows.map((row) => [row.table, Number(row.entries)])) };
}

/** What grew between two states of counters, largest first. */
export function grown(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): [string, number][] {
  return [...after].map(([name, count]): [string, number] => [name, count - (before.get(name) ?? 0)]).filter(([, count]) => count > 0).toSorted((one, other) => other[1] - one[1]);
}
