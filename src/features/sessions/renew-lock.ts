import { statement } from '../../platform/postgres/statement.ts';
import { lifetimes, secondsAfter } from './lock-times.ts';
import { copyLock, sessionKeys } from './session-copies.ts';
import { lockAsHolder, type Holding } from './session-store.ts';
import type { SessionCall } from './start-session.ts';

/** A lock that holds on. */
export interface RenewedLock {
  /** RFC 3339. */
  readonly expiresAt: string;
  /** How many messages wait to be drained. */
  readonly waiting: number;
}

const renew = statement<{ waiting: number }>(
  'renew_session_lock',
  `update agent_session set lock_expires_at = $4, changed_at = $5 where tenant_id = $1 and id = $2 and fencing_token = $3
   returning (select count(*) from session_message m where m.tenant_id = $1 and m.session_id = $2 and m.acknowledged_at is null and m.handed_out_with is distinct from $3) as waiting`,
);

/** Makes the lock hold for another 300 seconds from now. Throws `LockIsStale` for a token that no longer holds it. */
export async function renewLock(call: SessionCall, holding: Holding): Promise<RenewedLock> {
  const { session, renewed } = await call.transact(async (work) => {
    const session = await lockAsHolder(work, holding);
    const expiresAt = secondsAfter(work.now, lifetimes.lock);
    const [row] = await work.rows(renew, [work.tenantId, session.id, holding.fencingToken, expiresAt, work.now]);
    return { session, renewed: { expiresAt, waiting: row?.waiting ?? 0 } };
  });
  await copyLock(call.copies, sessionKeys(call.tenantId, session), session.lockId);
  return renewed;
}
