import type { FastCopies } from '../../platform/fast-copies.ts';
import type { Id } from '../../platform/ids.ts';
import { lifetimes } from './lock-times.ts';
import type { QueuedFor } from './queue-messages.ts';
import type { SessionRef } from './session-ref.ts';

/** The keys of a session in Redis; the braces are the hash tag that keeps them in one slot of a cluster. */
export interface SessionKeys {
  readonly activeContext: string;
  readonly persistentContext: string;
  readonly sessionLock: string;
  readonly newMessages: string;
}

/** The keys of a session. */
export function sessionKeys(tenantId: string, { inboxId, contactId }: SessionRef): SessionKeys {
  const of = (suffix: string): string => `sess:{${tenantId}:${inboxId}_${contactId}}:${suffix}`;
  return { activeContext: of('active_context'), persistentContext: of('persistent_context'), sessionLock: of('session_lock'), newMessages: of('new_messages') };
}

/** A context as it is copied: sealed as in its row. */
export interface SealedContext {
  readonly version: number;
  readonly sealed: Buffer | null;
}

/** Copies the active context. */
export async function copyActive(copies: FastCopies, keys: SessionKeys, { version, sealed }: SealedContext): Promise<void> {
  if (sealed !== null) await copies.write([{ key: keys.activeContext, version, text: sealed.toString('base64'), seconds: lifetimes.activeContext }]);
}

/** Copies the persistent context. */
export async function copyPersistent(copies: FastCopies, keys: SessionKeys, { version, sealed }: SealedContext): Promise<void> {
  if (sealed !== null) await copies.write([{ key: keys.persistentContext, version, text: sealed.toString('base64'), seconds: lifetimes.persistentContext }]);
}

/** The active and the persistent context as they are copied; null where there is no copy. */
export async function copiesOf(copies: FastCopies, tenantId: string, ref: SessionRef): Promise<readonly [SealedContext | null, SealedContext | null]> {
  const { activeContext, persistentContext } = sessionKeys(tenantId, ref);
  const [active, persistent] = (await copies.read([activeContext, persistentContext])).map((found) => found && { version: found.version, sealed: Buffer.from(found.text, 'base64') });
  return [active ?? null, persistent ?? null];
}

/** The persistent context as it is copied, if the copy has the version of the row. */
export async function persistentCopy(copies: FastCopies, keys: SessionKeys, version: number): Promise<Buffer | null> {
  const [found] = await copies.read([keys.persistentContext]);
  return found?.version === version ? Buffer.from(found.text, 'base64') : null;
}

/** Sets the lock as the database has it, for its full time. */
export function copyLock(copies: FastCopies, keys: SessionKeys, lockId: string | null): Promise<void> {
  return lockId === null ? Promise.resolve() : copies.take({ key: keys.sessionLock, id: lockId, milliseconds: lifetimes.lock * 1_000 });
}

/** Releases the lock of a holder, and its active context and list of messages with it. */
export function releaseCopies(copies: FastCopies, keys: SessionKeys, lockId: string): Promise<void> {
  return copies.release({ key: keys.sessionLock, id: lockId }, [keys.activeContext, keys.newMessages]);
}

/** Says in Redis that messages arrived: their places in the queue. */
export async function announceMessages(copies: FastCopies, tenantId: Id<'Tenant'>, sessions: readonly QueuedFor[]): Promise<void> {
  await Promise.all(sessions.map((session) => copies.append({ key: sessionKeys(tenantId, session).newMessages, items: session.sequences.map(String), seconds: lifetimes.newMessages })));
}

/** Deletes every copy of a session. Returns whether they are gone. */
export function forgetCopies(copies: FastCopies, tenantId: string, ref: SessionRef): Promise<boolean> {
  return copies.forget(Object.values(sessionKeys(tenantId, ref)));
}
