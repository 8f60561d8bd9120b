import { setTimeout as wait } from 'node:timers/promises';
import type { LabWork } from '../../platform/postgres/lab-work.ts';
import { statement } from '../../platform/postgres/statement.ts';

/** How long older transactions are waited for, in milliseconds: no transaction of the program lives longer. */
const patience = 60_000;
const lookEvery = 100;

// Every transaction that is open holds a lock on its own virtual id, which everybody may see.
const openTransactions = statement<{ id: string }>(
  'open_transactions',
  `select l.virtualtransaction as id from pg_locks l join pg_stat_activity a on a.pid = l.pid
   where l.locktype = 'virtualxid' and l.granted and l.pid <> pg_backend_pid() and a.datname = current_database()`,
);

/**
 * Waits until every transaction that was open when it was called has ended. A run is frozen at an instant; a transaction that began
 * before it may commit rows of before it later, and a portion that read without them would differ from one that reads with them.
 */
export async function settleOlderWrites(lab: <Result>(body: (work: LabWork) => Promise<Result>) => Promise<Result>, { signal }: { readonly signal: AbortSignal }): Promise<void> {
  const look = (): Promise<string[]> => lab(async (work) => (await work.rows(openTransactions)).map(({ id }) => id));
  let older = new Set(await look());
  for (let waited = 0; older.size > 0 && waited < patience && !signal.aborted; waited += lookEvery) {
    await wait(lookEvery, undefined, { signal }).catch(() => undefined);
    const open = new Set(await look());
    older = new Set([...older].filter((id) => open.has(id)));
  }
}
