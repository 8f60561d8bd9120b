import type { Caller } from '../../../platform/postgres/work.ts';
import { leaseHolds, renewLease, type ReaderLease } from './reader-lease.ts';
import type { ReaderParts } from './reader-run.ts';

/** Renews a lease while calls to a slow vendor are under way, so that no other run repeats them. */
export function keepLease({ database }: Pick<ReaderParts, 'database'>, caller: Caller, lease: ReaderLease): { stop(): Promise<void> } {
  let renewing: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    // A failed renewal is not reported: what is stored next finds out.
    renewing = database.transact(caller, (work) => renewLease(work, lease, { works: false })).catch(() => undefined);
  }, leaseHolds / 3);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await renewing;
    },
  };
}
