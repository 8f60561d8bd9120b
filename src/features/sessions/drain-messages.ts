import { InvalidInput } from '../../platform/errors.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { lifetimes, secondsAfter } from './lock-times.ts';
import { copyLock, sessionKeys } from './session-copies.ts';
import { noteDrained, quietSince } from './quiet-queues.ts';
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

interface Handed {
  readonly id: string | null;
  readonly sequence: number;
  readonly sealed: Buffer | null;
  readonly sentAt: string;
  readonly redelivered: boolean;
  readonly remaining: number;
}

const received = 'm.handed_out_with = $3 and m.sequence <= coalesce($5::bigint, m.sequence)';
const open = 'm.tenant_id = $1 and m.session_id = $2 and m.acknowledged_at is null';
// The session is locked: its messages are those of this statement's beginning. At least one row, with id null where nothing is handed out.
const handOut = statement<Handed>(
  'drain_session_messages',
  `with received as (update session_message m set acknowledged_at = $4 where ${open} and ${received}),
   waiting as (select m.id, m.handed_out_with is not null as redelivered from session_message m where ${open} and (${received}) is not true order by m.sequence limit $6),
   handed as (
     update session_message m set handed_out_with = $3, handed_out_at = $4 from waiting w where m.tenant_id = $1 and m.id = w.id
     returning m.id, m.sequence, m.body_sealed as sealed, m.sent_at as "sentAt", w.redelivered
   ), renewed as (update agent_session set lock_expires_at = $7, changed_at = $4 where tenant_id = $1 and id = $2 and fencing_token = $3)
   select handed.*, left_over.remaining from (
     select count(*) as remaining from session_message m where ${open} and m.handed_out_with is distinct from $3 and m.id not in (select id from waiting)
   ) left_over left join handed on true order by handed.sequence`,
);

/**
 * Hands out what waits in the queue, the oldest first, and renews the lock. What was handed out to this token before is
 * acknowledged by it. What another token was handed out and did not acknowledge is handed out again, and says so.
 * A holder that asks again within a minute after nothing waited is told by Redis, without the database, that nothing came.
 */
export async function drainMessages(call: SessionCall, drain: Drain): Promise<Drained> {
  const { most = 100, receivedUpTo = null } = drain;
  if (most !== null && (!Number.isInteger(most) || most < 1 || most > 500)) throw new InvalidInput('most must be between 1 and 500.', ['input', 'most']);
  if (receivedUpTo !== null && receivedUpTo < 0) throw new InvalidInput('receivedUpTo must be the sequence of a message, or 0 if none was received.', ['input', 'receivedUpTo']);
  const quietUntil = await quietSince(call, drain);
  if (quietUntil !== null) return { messages: [], remaining: 0, expiresAt: quietUntil };
  const { session, drained } = await call.transact(async (work) => {
    const session = await lockAsHolder(work, drain);
    const expiresAt = secondsAfter(work.now, lifetimes.lock);
    const rows = await work.rows(handOut, [work.tenantId, session.id, drain.fencingToken, work.now, receivedUpTo, most ?? 100, expiresAt]);
    const messages = rows.flatMap(({ id, sequence, sealed, sentAt, redelivered }) => (id === null ? [] : [{ uuid: id, sequence, body: call.seal.open(session.wrappedKey, sealed), at: sentAt, redelivered }]));
    if (messages.length > 0) work.record(sessionMessagesDrained.fact({ accountId: session.accountId, data: { sessionId: session.id, fencingToken: drain.fencingToken, count: messages.length } }));
    return { session, drained: { messages, remaining: rows[0]?.remaining ?? 0, expiresAt } };
  });
  await copyLock(call.copies, sessionKeys(call.tenantId, session), session.lockId);
  if (drained.remaining === 0) await noteDrained(call, { session, fencingToken: drain.fencingToken, quietUntil: drained.messages.length === 0 ? drained.expiresAt : null });
  return drained;
}
