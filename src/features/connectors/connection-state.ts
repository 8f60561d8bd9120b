import { Conflict, NotFound } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';

/** A connection that is locked until the transaction ends. */
export interface LockedConnection {
  readonly id: Id<'Connection'>;
  readonly source: string;
  readonly pausedAt: string | null;
  readonly removedAt: string | null;
}

const lock = statement<LockedConnection>('lock_connection', 'select id, source, paused_at as "pausedAt", removed_at as "removedAt" from connection where tenant_id = $1 and source = $2 for update');

/** Locks the connection to a vendor. Throws `NotFound` if the vendor was never connected. */
export async function lockConnection(work: Work, source: string): Promise<LockedConnection> {
  const [found] = await work.rows(lock, [work.tenantId, source]);
  if (!found) throw new NotFound('This vendor is not connected. Connect it with addConnection.', ['id']);
  return found;
}

/** Locks the connection to a vendor. Throws `NotFound` if the vendor was never connected, and `Conflict` if its connection was removed. */
export async function lockPresentConnection(work: Work, source: string): Promise<LockedConnection> {
  const found = await lockConnection(work, source);
  if (found.removedAt !== null) throw new Conflict('This connection was removed. Connect the vendor again with addConnection.', ['id']);
  return found;
}

const reset = statement('reset_connection_state', 'update connection_state set failing_since = null, limited_until = null, limit_reason = null, token_leased_until = null where tenant_id = $1 and connection_id = $2');

/** Forgets that calls failed or were limited: other credentials are used from now on. What failed last stays listed. */
export async function resetState(work: Work, id: Id<'Connection'>): Promise<void> {
  await work.rows(reset, [work.tenantId, id]);
}
