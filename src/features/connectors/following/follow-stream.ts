import type { Caller, Work } from '../../../platform/postgres/work.ts';
import { measureLag } from '../event-metrics.ts';
import { LeaseLost } from '../fetching/reader-lease.ts';
import { startBackfillAt } from '../fetching/start-backfill.ts';
import type { ReaderParts } from '../fetching/reader-run.ts';
import { storeReading } from '../fetching/store-reading.ts';
import { PlaceLost, type ChangeFeed, type ChangePortion } from '../outbound/change-feed.ts';
import { forgetPlace, lastHeard, moveStream, openStream } from './change-places.ts';
import { endChangesToReread, noteChangesToReread, renewFollowerLease, type FollowerLease } from './follower-lease.ts';

/** One run that follows the changes of a connection. */
export interface FollowerRun {
  readonly parts: Omit<ReaderParts, 'signal'>;
  /** On whose behalf changes are stored. */
  readonly caller: Caller;
  readonly lease: FollowerLease;
  readonly feed: ChangeFeed;
  /** Ends the run. */
  readonly signal: AbortSignal;
}

/** Clocks differ, and a change is committed some time after it was made: what is read again begins so much earlier. Milliseconds. */
const margin = 10 * 60_000;

/**
 * Follows a stream from where it was left. A place that the vendor no longer keeps is given up: changes are followed from now
 * on, and a back-fill reads what changed since the vendor was last heard.
 */
export async function followStream(run: FollowerRun, stream: string): Promise<void> {
  const { lease, feed, signal } = run;
  const name = { connectionId: lease.connectionId, stream };
  while (!signal.aborted) {
    const { place, heardAt, isNew } = await transactIn(run, (work) => openStream(work, name));
    // A run before this one followed it, and was ended before it knew a place.
    if (place === null && !isNew) await transactIn(run, (work) => noteChangesToReread(work, lease, before(heardAt)));
    try {
      await feed.follow(stream, { place, signal, take: (portion) => takePortion(run, stream, portion) });
      // The session was closed: the next run opens another.
      if (!signal.aborted) throw new LeaseLost();
    } catch (error) {
      if (!(error instanceof PlaceLost)) throw error;
      await transactIn(run, async (work) => noteChangesToReread(work, lease, before(await forgetPlace(work, name))));
    }
  }
}

const before = (...instants: readonly string[]): string => new Date(Math.min(...instants.map((each) => Date.parse(each))) - margin).toISOString();

/** Stores what a portion says and the place behind it in one transaction; of a portion that has to be parted, the place with the last part. */
async function takePortion(run: FollowerRun, stream: string, portion: ChangePortion): Promise<void> {
  const { parts: { seal, onError }, lease, caller, signal } = run;
  const { connectionId, source } = lease;
  const name = { connectionId, stream };
  let rereadSince: string | null = null;
  const transact = <Result>(body: (work: Work) => Promise<Result>): Promise<Result> =>
    transactIn(run, (work, since) => {
      rereadSince = since;
      return body(work);
    }, true);
  const finish = async (work: Work): Promise<void> => {
    if (portion.isGap) {
      const since = before(await lastHeard(work, name), portion.occurredAt ?? work.now);
      await noteChangesToReread(work, lease, since);
      rereadSince = rereadSince !== null && rereadSince < since ? rereadSince : since;
    }
    if (rereadSince !== null) await reread(run, work, rereadSince);
    await moveStream(work, name, portion);
  };
  if (portion.changes === 0) return transact(finish);
  const store = { source, connectionId, seal, signal, transact, onError: (error: unknown) => onError(error, { tenantId: caller.tenantId, connectionId, source, stream }) };
  await storeReading(store, portion.reading, {
    finish: async (work) => {
      await finish(work);
      work.afterCommit(() => measureLag(source, { occurredAt: portion.occurredAt, receivedAt: new Date(work.now) }));
    },
  });
}

/** Begins the back-fill that is wanted. While another one runs, which may be past what changed, it waits. */
async function reread({ lease, feed }: FollowerRun, work: Work, since: string): Promise<void> {
  if (await startBackfillAt(work, { connectionId: lease.connectionId, source: lease.source, cursor: feed.historySince(since) })) await endChangesToReread(work, lease);
}

/** Opens a transaction of a run. Throws `LeaseLost` where it is no longer this run's to store. */
function transactIn<Result>({ parts, caller, lease }: FollowerRun, body: (work: Work, rereadSince: string | null) => Promise<Result>, works = false): Promise<Result> {
  return parts.database.transact(caller, async (work) => body(work, await renewFollowerLease(work, lease, { works })));
}
