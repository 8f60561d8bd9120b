import { Conflict } from '../../../platform/errors.ts';
import type { Work } from '../../../platform/postgres/work.ts';
import { lockPresentConnection, type LockedConnection } from '../connection-state.ts';

/** Locks the connection to a vendor, which may be called. Throws `NotFound` if the vendor was never connected, and `Conflict` if its connection is paused or removed. */
export async function lockActiveConnection(work: Work, source: string): Promise<LockedConnection> {
  const found = await lockPresentConnection(work, source);
  if (found.pausedAt !== null) throw new Conflict('The connection is paused. Resume it with resumeConnection first.', ['id']);
  return found;
}
