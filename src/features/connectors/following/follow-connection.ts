import type { Caller } from '../../../platform/postgres/work.ts';
import { connectionPause, judgeFault } from '../fetching/judge-fault.ts';
import { LeaseLost } from '../fetching/reader-lease.ts';
import { actorOfConnection, type ReadOrder } from '../fetching/read-source.ts';
import type { ReaderParts } from '../fetching/reader-run.ts';
import { delayFollower, followerLeaseHolds, renewFollowerLease, returnFollowerLease, takeFollowerLease, type FollowerLease } from './follower-lease.ts';
import { followStream } from './follow-stream.ts';

/** How often a run sees whether its connection was paused, removed or changed. Milliseconds. */
const renewEvery = followerLeaseHolds / 6;

/**
 * Follows the changes of a connection for as long as it can: one run at a time over all processes. It ends when the process
 * stops, the connection is paused, removed or changed, or the vendor or the way to it fails; then it is left alone for a while.
 */
export async function followConnection(parts: ReaderParts, { tenantId, connectionId, requestId }: ReadOrder): Promise<void> {
  const asScheduler = { tenantId, actor: { kind: 'system', id: 'scheduler' }, requestId } as const;
  const lease = await parts.database.transact(asScheduler, (work) => takeFollowerLease(work, connectionId));
  if (!lease) return;
  const caller = { ...asScheduler, actor: actorOfConnection(lease.source, connectionId) };
  const ending = new AbortController();
  const signal = parts.signal ? AbortSignal.any([ending.signal, parts.signal]) : ending.signal;
  const keeper = keepFollowing(parts, { caller, lease, ending });
  try {
    await followAll(parts, { caller, lease, signal, ending });
  } catch (error) {
    if (!signal.aborted && !(error instanceof LeaseLost)) await leaveAlone(parts, { caller, lease, error });
  } finally {
    ending.abort();
    await keeper.stop();
    // Where the database is away it runs out by itself.
    await parts.database.transact(caller, (work) => returnFollowerLease(work, lease)).catch(() => undefined);
  }
}

interface Following {
  readonly caller: Caller;
  readonly lease: FollowerLease;
  readonly ending: AbortController;
}

async function followAll(parts: ReaderParts, { caller, lease, signal, ending }: Following & { readonly signal: AbortSignal }): Promise<void> {
  const { changes: feed } = await parts.openSession({ tenantId: caller.tenantId, connectionId: lease.connectionId });
  if (!feed) return;
  const faults: unknown[] = [];
  await Promise.all((await feed.streams()).map(async (stream) => {
    try {
      await followStream({ parts, caller, lease, feed, signal }, stream);
    } catch (error) {
      // The others end, too: a connection is followed whole or not at all.
      faults.push(error);
      ending.abort(error);
    }
  }));
  if (faults.length > 0 && parts.signal?.aborted !== true) await endWith(faults[0], parts, { caller, lease });
}

async function endWith(error: unknown, parts: ReaderParts, run: Omit<Following, 'ending'>): Promise<void> {
  if (!(error instanceof LeaseLost)) await leaveAlone(parts, { ...run, error });
}

async function leaveAlone({ database, onError }: ReaderParts, { caller, lease, error }: Omit<Following, 'ending'> & { readonly error: unknown }): Promise<void> {
  const fault = faultOf(error);
  if (!fault) return;
  onError(error, { tenantId: caller.tenantId, connectionId: lease.connectionId, source: lease.source, code: fault.code });
  await database.transact(caller, (work) => delayFollower(work, lease, connectionPause(fault, lease.failures + 1, work.now))).catch(() => undefined);
}

/** Null where nothing is wrong with the vendor: this installation's database is away, or the connection is not to be used as it is. */
function faultOf(error: unknown): ReturnType<typeof judgeFault> | null {
  try {
    return judgeFault(error);
  } catch {
    return null;
  }
}

function keepFollowing({ database }: ReaderParts, { caller, lease, ending }: Following): { stop(): Promise<void> } {
  let renewing: Promise<unknown> = Promise.resolve();
  const renew = async (): Promise<void> => {
    try {
      await database.transact(caller, (work) => renewFollowerLease(work, lease, { works: false }));
    } catch (error) {
      if (error instanceof LeaseLost) ending.abort(error);
    }
  };
  const timer = setInterval(() => void (renewing = renew()), renewEvery);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await renewing;
    },
  };
}
