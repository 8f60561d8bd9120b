import type { Clock } from '../../platform/clock.ts';
import { Unavailable } from '../../platform/errors.ts';
import type { Call } from '../../platform/graphql/call.ts';
import type { Id } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import type { Sql } from '../../platform/postgres/statement.ts';
import type { Caller, Work } from '../../platform/postgres/work.ts';
import { readAccounts, type Reading } from './read-accounts.ts';
import { writeSnapshots, type TakenSnapshot } from './write-snapshots.ts';

/** What snapshots are taken with: a reading is made in a transaction of its own, and written in another. */
export interface SnapshotParts {
  readonly tenantId: Id<'Tenant'>;
  readonly clock: Clock;
  /** Asks in one read-only REPEATABLE READ transaction. */
  briefly<Result>(body: (sql: Sql) => Promise<Result>): Promise<Result>;
  transact<Result>(body: (work: Work) => Promise<Result>): Promise<Result>;
}

/** The parts as a worker has them. */
export function partsOf(database: Database, clock: Clock, caller: Caller): SnapshotParts {
  return {
    tenantId: caller.tenantId,
    clock,
    transact: (body) => database.transact(caller, body),
    async briefly(body) {
      const read = database.read(caller.tenantId);
      try {
        return await body(read);
      } finally {
        await read.close();
      }
    },
  };
}

/** The parts as a request has them. */
export function partsOfCall(call: Call): SnapshotParts {
  return { tenantId: call.tenantId, clock: call.clock, briefly: (body) => call.briefly(body), transact: (body) => call.transact(body) };
}

/** What became of the accounts that snapshots were to be taken of. */
export interface TakenSnapshots {
  readonly taken: readonly TakenSnapshot[];
  readonly gone: readonly Id<'Account'>[];
  readonly changedMeanwhile: readonly Id<'Account'>[];
}

/** Accounts of which snapshots are to be taken. */
export interface AccountBatch {
  readonly accountIds: readonly Id<'Account'>[];
  /** What was read of all of them already; however long ago, what changed since is read again. */
  readonly reading?: Reading | null;
}

/** Reads accounts in a transaction that sees one state of the database. */
export function readBatch({ tenantId, clock }: SnapshotParts, sql: Sql, accountIds: readonly Id<'Account'>[]): Promise<Reading> {
  return readAccounts({ rows: (statement, values) => sql.rows(statement, values), tenantId }, clock, accountIds);
}

/** Each time, somebody else took a snapshot of the account or wrote about it within milliseconds. */
const mostReadings = 60;

/**
 * Takes one snapshot of each account, all of them of one instant, and those that could not be of that instant of a later
 * one. A reading sees one state of the database (REPEATABLE READ) and holds no lock; it is written by another transaction,
 * which locks the accounts and finds out whether the reading still is what was so at its instant. So neither does taking
 * snapshots wait for a reading, nor do transactions that add facts or lineage meanwhile undo it.
 */
export async function takeSnapshots(parts: SnapshotParts, { accountIds, reading: first }: AccountBatch, hooks: Parameters<typeof writeSnapshots>[2]): Promise<TakenSnapshots> {
  const taken: TakenSnapshot[] = [];
  const gone: Id<'Account'>[] = [];
  let open: readonly Id<'Account'>[] = [...new Set(accountIds)];
  for (let readings = 0; open.length > 0 && readings < mostReadings; readings += 1) {
    const asked = open;
    const reading = (readings === 0 ? first : null) ?? (await parts.briefly((sql) => readBatch(parts, sql, asked)));
    gone.push(...asked.filter((id) => !reading.accounts.has(id)));
    const written = reading.accounts.size > 0 ? await parts.transact((work) => writeSnapshots(work, reading, hooks)) : { taken: [], again: [] };
    taken.push(...written.taken);
    open = written.again;
  }
  return { taken, gone, changedMeanwhile: open };
}

/** What is done with accounts that none could be taken of. */
export interface IsolationHooks {
  /** What was taken of some of them, together. */
  onTaken(taken: TakenSnapshots): Promise<void>;
  /** The one account that a fault is about. */
  onFault(accountId: Id<'Account'>, error: unknown): Promise<void>;
}

/** Takes snapshots so that an account of which none can be taken does not hold up the rest. Throws `Unavailable` when the database is away. */
export async function takeIsolated(parts: SnapshotParts, batch: AccountBatch, hooks: Parameters<typeof writeSnapshots>[2], isolation: IsolationHooks): Promise<void> {
  const ids = batch.accountIds;
  let taken: TakenSnapshots;
  try {
    taken = await takeSnapshots(parts, batch, hooks);
  } catch (error) {
    if (error instanceof Unavailable) throw error;
    const [only] = ids;
    if (!only) throw error;
    if (ids.length === 1) return isolation.onFault(only, error);
    // Down to the one account that it is about.
    const middle = ids.length >> 1;
    await takeIsolated(parts, { accountIds: ids.slice(0, middle) }, hooks, isolation);
    return takeIsolated(parts, { accountIds: ids.slice(middle) }, hooks, isolation);
  }
  return isolation.onTaken(taken);
}
