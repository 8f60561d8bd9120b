import { InvalidInput } from '../../platform/errors.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { lifetimes, secondsAfter } from './lock-times.ts';
import { copyLock, sessionKeys } from './session-copies.ts';
import { lockAsHolder, type Holding } from './session-store.ts';
import type { SessionCall } from './start-session.ts';
import { sessionMessagesDrained } from './sessions.events.ts';

/** A drain as its holder asks for it. */
export interface Drain extends Holding {
  /** How many at most, 1 to 500; 100 when absent. */
  readonly most?: number | null;
  /** The sequence of the last message that the holder received; absent: it received all that were handed out to it. */
  readonly receivedUpTo?: number | null;
}

/** A message that was handed out. */
export interface DrainedMessage {
  readonly uuid: string;
  readonly sequence: number;
  /** Null once the contact was erased. */
  readonly body: string | null;
  /** When it was sent. RFC 3339. */
  readonly at: string;
  /** Whether it was handed out before and not acknowledged. */
  readonly redelivered: boolean;
}

/** What a drain hands out. */
export interface Drained {
  readonly messages: readonly DrainedMessage[];
  /** How many wait behind them. */
  readonly remaining: number;
  /** RFC 3339. */
  readonly expiresAt: string;
}

const acknowledge = statement(
  'acknowledge_session_messages',
  `update session_message set acknowledged_at = $4 where tenant_id = $1 and session_id = $2 and acknowledged_at is null and handed_out_with = $3 and sequence <= coalesce($5::bigint, sequence)`,
);
const handOut = statement<{ id: string; sequence: number; sealed: Buffer | null; sentAt: string; redelivered: boolean }>(
  'hand_out_session_messages',
  `with waiting as (
     select id, handed_out_with is not null as redelivered from session_message where tenant_id = $1 and session_id = $2 and acknowledged_at is null order by sequence limit $5
   ), handed as (
     update session_message m set handed_out_with = $3, handed_out_at = $4 from waiting w where m.tenant_id = $1 and m.id = w.id
     returning m.id, m.sequence, m.body_sealed as sealed, m.sent_at as "sentAt", w.redelivered
   )
   select * from handed order by sequence`,
);
const renew = statement<{ waiting: number }>(
  'renew_lock_after_drain',
  `update agent_session set lock_expires_at = $4, changed_at = $5 where tenant_id = $1 and id = $2 and fencing_token = $3
   returning (select count(*) from session_message m where m.tenant_id = $1 and m.session_id = $2 and m.acknowledged_at is null and m.handed_out_with is distinct from $3) as waiting`,
);

/**
 * Hands out what waits in the queue, the oldest first, and renews the lock. What was handed out to this token before is
 * acknowledged by it. What another token was handed out and did not acknowledge is handed out again, and says so.
 */
export async function drainMessages(call: SessionCall, drain: Drain): Promise<Drained> {
  const { most = 100, receivedUpTo = null } = drain;
  if (most !== null && (!Number.isInteger(most) || most < 1 || most > 500)) throw new InvalidInput('most must be between 1 and 500.', ['input', 'most']);
  const { session, drained } = await call.transact(async (work) => {
    const session = await lockAsHolder(work, drain);
    const own = [work.tenantId, session.id, drain.fencingToken] as const;
    await work.rows(acknowledge, [...own, work.now, receivedUpTo]);
    const rows = await work.rows(handOut, [...own, work.now, most ?? 100]);
    const expiresAt = secondsAfter(work.now, lifetimes.lock);
    const [row] = await work.rows(renew, [...own, expiresAt, work.now]);
    if (rows.length > 0) work.record(sessionMessagesDrained.fact({ accountId: session.accountId, data: { sessionId: session.id, fencingToken: drain.fencingToken, count: rows.length } }));
    const messages = rows.map(({ id, sequence, sealed, sentAt, redelivered }) => ({ uuid: id, sequence, body: call.seal.open(session.wrappedKey, sealed), at: sentAt, redelivered }));
    return { session, drained: { messages, remaining: row?.waiting ?? 0, expiresAt } };
  });
  const keys = sessionKeys(call.tenantId, session);
  await copyLock(call.copies, keys, session.lockId);
  if (drained.remaining === 0) await call.copies.forget([keys.newMessages]);
  return drained;
}
