import type { FastCopies } from '../../platform/fast-copies.ts';
import type { SessionCall } from './start-session.ts';
import { lifetimes } from './lock-times.ts';
import { sessionKeys } from './session-copies.ts';
import type { SessionRef } from './session-ref.ts';
import type { Holding, LockedSession } from './session-store.ts';

/** Seconds after a drain for which Redis may say that nothing came; then the database renews the lock. */
const quietFor = 60;
/** Sessions of which a process remembers the contact. */
const mostKnown = 10_000;

// Which contact a session is with never changes. Redis names sessions by it, and drains by their id.
const contacts = new WeakMap<FastCopies, Map<string, SessionRef>>();

/**
 * Until when the lock holds, if Redis says that the last drain of this token found nothing and nothing arrived since; null:
 * ask the database. `new_messages` then has one item: `quiet`, the token and the end of the lock. A message that arrives is
 * appended to it. An answer that is wrong, since the message could not be announced, is right after a minute at the latest,
 * and at once after `endSession` counted the message.
 */
export async function quietSince({ copies, tenantId, clock }: Pick<SessionCall, 'copies' | 'tenantId' | 'clock'>, { sessionId, fencingToken }: Holding): Promise<string | null> {
  const ref = contacts.get(copies)?.get(`${tenantId}:${sessionId}`);
  if (!ref) return null;
  const [only, more] = (await copies.firstItems(sessionKeys(tenantId, ref).newMessages)) ?? [];
  const [, token, end] = /^quiet:(\d{1,15}):(\d{1,15})$/.exec(only ?? '') ?? [];
  if (more !== undefined || Number(token) !== fencingToken || Number(end) - clock.now().getTime() <= (lifetimes.lock - quietFor) * 1_000) return null;
  return new Date(Number(end)).toISOString();
}

/** Notes that the queue is empty up to the last message that the drain knew; with the end of the lock, if nothing was handed out. */
export async function noteDrained({ copies, tenantId }: Pick<SessionCall, 'copies' | 'tenantId'>, { session, fencingToken, quietUntil }: { readonly session: LockedSession; readonly fencingToken: number; readonly quietUntil: string | null }): Promise<void> {
  if (copies.kind === 'none') return;
  remember(copies, `${tenantId}:${session.id}`, session);
  const item = quietUntil === null ? null : `quiet:${fencingToken}:${Date.parse(quietUntil)}`;
  await copies.settle({ key: sessionKeys(tenantId, session).newMessages, upTo: session.lastMessage, item, seconds: lifetimes.newMessages });
}

function remember(copies: FastCopies, name: string, { inboxId, contactId }: SessionRef): void {
  let known = contacts.get(copies);
  if (!known) contacts.set(copies, (known = new Map()));
  known.delete(name);
  known.set(name, { inboxId, contactId });
  const [oldest] = known.keys();
  if (known.size > mostKnown && oldest !== undefined) known.delete(oldest);
}
