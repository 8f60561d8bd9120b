import type { Clock } from '../../../platform/clock.ts';
import { jobsEndWithin } from '../../../platform/jobs/jobs.ts';
import { pause } from '../../../platform/pause.ts';
import type { Database } from '../../../platform/postgres/database.ts';
import type { ReaderParts } from '../fetching/reader-run.ts';
import { followConnection } from './follow-connection.ts';
import { followersWanted } from './follower-lease.ts';

/** What follows changes. */
export interface FollowingOptions extends Omit<ReaderParts, 'signal' | 'database'> {
  readonly database: Pick<Database, 'transact' | 'system'>;
  readonly clock: Clock;
  /** How often it looks for connections that nobody follows, in milliseconds. */
  readonly lookEvery?: number | undefined;
}

/** Follows the changes of every connection that asks for it and that no other process follows, until it is stopped. */
export function startFollowing({ lookEvery = 5_000, clock, ...parts }: FollowingOptions): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;
  const running = new Map<string, Promise<void>>();
  const follow: typeof followConnection = async (of, order) => {
    try {
      await followConnection(of, order);
    } catch (error) {
      parts.onError(error, { tenantId: order.tenantId, connectionId: order.connectionId });
    } finally {
      running.delete(order.connectionId);
    }
  };
  const look = async (): Promise<void> => {
    const wanted = await parts.database.system((sql) => sql.rows(followersWanted, [clock.now().toISOString()]));
    for (const order of wanted) if (!signal.aborted && !running.has(order.connectionId)) running.set(order.connectionId, follow({ ...parts, signal }, { ...order, requestId: 'follow-changes' }));
  };
  const looking = (async () => {
    while (!signal.aborted) {
      await look().catch((error: unknown) => parts.onError(error, {}));
      await pause(lookEvery, signal);
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await looking;
      // Calls that last longer are cut off when the sessions are closed.
      const ended = new AbortController();
      await Promise.race([Promise.all(running.values()).finally(() => ended.abort()), pause(jobsEndWithin, ended.signal)]);
    },
  };
}
