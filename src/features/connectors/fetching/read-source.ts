import type { Actor } from '../../../platform/events/event.ts';
import type { Id } from '../../../platform/ids.ts';
import type { Caller } from '../../../platform/postgres/work.ts';
import type { VendorSession } from '../outbound/vendor-api.ts';
import { nextPage, readNextPage, type NextPage } from './backfill-page.ts';
import { endBackfillsOfRemoved } from './cancel-backfill.ts';
import { nextFetches } from './due-fetches.ts';
import { judgeFault } from './judge-fault.ts';
import { keepLease } from './keep-lease.ts';
import { LeaseLost, returnLease, returnLeaseIfIdle, takeLease, type ReaderLease } from './reader-lease.ts';
import { readDueObjects } from './read-objects.ts';
import { leaveAlone, type ReaderParts, type ReaderRun, type StepOutcome } from './reader-run.ts';
import { wakeReader } from './wake-reader.ts';

/** Steps that one run takes, at most: then other connections have their turn. */
const mostSteps = 10;

/** Who states what is read with a connection. */
export const actorOfConnection = (source: string, connectionId: string): Actor => ({ kind: 'machine', id: `${source}:${connectionId}` });

/** What is read, for whom. */
export interface ReadOrder {
  readonly tenantId: Id<'Tenant'>;
  readonly connectionId: Id<'Connection'>;
  readonly requestId: string;
}

/**
 * Reads what is due for a connection: objects that events asked for, and when none is due, pages of its back-fill. One run
 * reads for a connection at a time. It ends when nothing is due, after some steps (another run goes on), or when the
 * connection does not work. Throws only while this installation's database is away, or the process stops.
 */
export async function readSource(parts: ReaderParts, { tenantId, connectionId, requestId }: ReadOrder): Promise<void> {
  const asScheduler = { tenantId, actor: { kind: 'system', id: 'scheduler' }, requestId } as const;
  const lease = await parts.database.transact(asScheduler, (work) => takeLease(work, connectionId));
  if (!lease) return parts.database.transact(asScheduler, (work) => endBackfillsOfRemoved(work, connectionId));
  const caller = { ...asScheduler, actor: actorOfConnection(lease.source, connectionId) };
  const keeper = keepLease(parts, caller, lease);
  try {
    await readUntilIdle({ parts, caller, lease });
  } catch (error) {
    if (!(error instanceof LeaseLost)) throw error;
  } finally {
    await keeper.stop();
    // Where the database is away it runs out by itself.
    await parts.database.transact(caller, (work) => returnLease(work, lease)).catch(() => undefined);
  }
}

async function openSession(parts: ReaderParts, caller: Caller, lease: ReaderLease): Promise<VendorSession | null> {
  try {
    return await parts.openSession({ tenantId: caller.tenantId, connectionId: lease.connectionId });
  } catch (error) {
    await leaveAlone({ parts, caller, lease }, judgeFault(error, parts.signal));
    return null;
  }
}

async function readUntilIdle({ parts, caller, lease }: Omit<ReaderRun, 'session'>): Promise<void> {
  const { database, signal } = parts;
  let hasReadHistory = false;
  for (let step = 0; step < mostSteps; step += 1) {
    signal?.throwIfAborted();
    const objects = await database.transact(caller, (work) => nextFetches(work, lease.source));
    // Events come first; but however many there are, the history moves on by a page in each run.
    const isTurnOfHistory: boolean = objects.length === 0 || (step === mostSteps - 1 && !hasReadHistory);
    const page: NextPage | null = isTurnOfHistory ? await database.transact(caller, (work) => nextPage(work, lease.connectionId)) : null;
    hasReadHistory ||= page !== null;
    if (page === null && objects.length === 0) {
      if (await database.transact(caller, (work) => returnLeaseIfIdle(work, lease))) return;
      continue;
    }
    // Asked for each step: it heeds what was changed, and limits that other processes met.
    const session = await openSession(parts, caller, lease);
    if (!session) return;
    const run = { parts, caller, lease, session };
    const outcome: StepOutcome = page ? await readNextPage(run, page) : await readDueObjects(run, objects);
    if (outcome === 'STOPPED') return;
  }
  await database.transact(caller, async (work) => {
    await returnLease(work, lease);
    wakeReader(work, lease.source);
  });
}
