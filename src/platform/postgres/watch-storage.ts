import { StorageFull } from '../errors.ts';
import { statement, type Statement } from './statement.ts';

/** Whether the disk of a database has space, as far as this process has noticed. */
export interface StorageWatch {
  /** Passes on what a transaction came to, and notices when it failed for want of space. */
  watch<Result>(transaction: Promise<Result>): Promise<Result>;
  /** Throws `StorageFull` while there is no space. Asks the database only when there was none before. */
  check(): Promise<void>;
}

/**
 * Writes about a megabyte that does not compress, and drops it: a small row may find room in a page that is there
 * already. The table is the session's own and goes with the transaction.
 */
const probe = statement(
  'storage_probe',
  `do $$ begin
     create temporary table storage_probe on commit drop as
       select (select string_agg(encode(sha256((i || ':' || j)::bytea), 'hex'), '') from generate_series(1, 100) j) as filling from generate_series(1, 300) i;
   end $$`,
);

/** Watches a database's transactions. `write` runs a statement in a transaction of its own. */
export function watchStorage(write: (probe: Statement<unknown>) => Promise<unknown>): StorageWatch {
  let full: StorageFull | null = null;
  let asking: Promise<void> | null = null;
  const ask = async (): Promise<void> => {
    try {
      await write(probe);
      full = null;
    } catch (error) {
      if (error instanceof StorageFull) full = error;
      throw error;
    }
  };
  return {
    async watch(transaction) {
      try {
        return await transaction;
      } catch (error) {
        if (error instanceof StorageFull) full = error;
        throw error;
      }
    },
    async check() {
      if (!full) return;
      await (asking ??= ask().finally(() => void (asking = null)));
    },
  };
}
