import { statement, type Sql } from '../statement.ts';

/**
 * Each running process holds two shared advisory locks for as long as its session lives: one on the version of the key ring
 * that it has loaded, one on the master key that opened it. So a rotation knows what running processes can read, without
 * asking them, and a process that is killed is no longer counted.
 */
export const lockClasses = { version: 1_720_311_441, masterKey: 1_720_311_442, rotation: 1_720_311_443 } as const;

/** The lock's number of a master key: 31 bits of its id. */
export function masterKeyLock(keyId: string): number {
  return Number.parseInt(keyId.slice(0, 8), 16) >>> 1;
}

/** $1: class, $2: number. */
export const takeLock = statement('take_key_lock', 'select pg_advisory_lock_shared($1, $2)');
/** $1: class, $2: number. */
export const dropLock = statement('drop_key_lock', 'select pg_advisory_unlock_shared($1, $2)');

const holders = statement<{ number: number; processes: number }>(
  'key_lock_holders',
  `select objid::bigint as number, count(distinct pid)::int as processes from pg_locks
   where locktype = 'advisory' and classid = $1 and objsubid = 2 and granted and database = (select oid from pg_database where datname = current_database())
   group by objid order by objid`,
);

/** How many running processes have loaded each version of the key ring, by version. */
export async function processesByVersion(sql: Sql): Promise<ReadonlyMap<number, number>> {
  return new Map((await sql.rows(holders, [lockClasses.version])).map(({ number, processes }) => [number, processes]));
}

/** How many running processes were given a master key. */
export async function processesWithKey(sql: Sql, keyId: string): Promise<number> {
  return (await sql.rows(holders, [lockClasses.masterKey])).find(({ number }) => number === masterKeyLock(keyId))?.processes ?? 0;
}
