import { randomUUID } from 'node:crypto';
import { InvalidInput } from '../../platform/errors.ts';
import type { Call } from '../../platform/graphql/call.ts';
import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { isStorableText } from '../../platform/storable-text.ts';
import { checkSuppression, suppressedItem } from '../consent/index.ts';
import { LockIsStale, SessionIsBusy } from './errors.ts';
import { lifetimes, secondsAfter } from './lock-times.ts';
import { addContextFromCopy } from './persistent-context.ts';
import { copyActive, copyLock, copyPersistent, persistentCopy, sessionKeys, type SessionKeys } from './session-copies.ts';
import { checkIdempotencyKey, findRequest, keepRequest, type EarlierRequest, type NamedRequest } from './session-requests.ts';
import { checkSessionRef, contactRefOf, sessionIdOf, type SessionRef } from './session-ref.ts';
import { lockAsHolder, lockSession, type Holding, type LockedSession } from './session-store.ts';
import { sessionStarted } from './sessions.events.ts';

/** What running a session needs of a call. */
export type SessionCall = Pick<Call, 'tenantId' | 'seal' | 'copies' | 'outsideContexts' | 'transact' | 'briefly' | 'clock' | 'log'>;

/** A start as a caller asks for it. */
export interface SessionStart extends SessionRef {
  /** Who works on it, for others to read. */
  readonly holder: string;
  /** Known again when the start is repeated: it then returns the lock that the first one took. */
  readonly idempotencyKey?: string | null;
}

/** A session that a holder may write to. */
export interface StartedSession extends SessionRef {
  readonly sessionId: Id<'Session'>;
  readonly fencingToken: number;
  readonly lockId: string;
  /** RFC 3339. */
  readonly expiresAt: string;
  /** Where the persistent context came from. */
  readonly loadedFrom: 'REDIS' | 'POSTGRES' | 'CHATWOOT' | 'NEW';
  /** Whether the active context is that of a holder whose lock expired before it ended the session. */
  readonly resumed: boolean;
  /** Whether an earlier request with the same idempotency key took the lock. */
  readonly repeated: boolean;
}

const lockOf = statement<{ holder: string; expiresAt: string }>('lock_of_session', 'select lock_holder as holder, lock_expires_at as "expiresAt" from agent_session where tenant_id = $1 and id = $2 and lock_expires_at > $3');
const take = statement<{ activeVersion: number; sealed: Buffer | null }>(
  'take_session_lock',
  `update agent_session set lock_id = $3, lock_holder = $4, locked_at = $5, lock_expires_at = $6, fencing_token = fencing_token + 1, started_at = $5, ended_at = null, changed_at = $5,
     active_sealed = coalesce($7, active_sealed), active_version = active_version + (case when $7::bytea is null then 0 else 1 end), active_expires_at = $8
   where tenant_id = $1 and id = $2 returning active_version as "activeVersion", active_sealed as sealed`,
);
const activeContext = statement<{ sealed: Buffer | null }>('active_context_at_repeated_start', 'select active_sealed as sealed from agent_session where tenant_id = $1 and id = $2');
const sealedPersistent = statement<{ sealed: Buffer | null }>('persistent_context_at_start', 'select persistent_sealed as sealed from agent_session where tenant_id = $1 and id = $2');

/**
 * Takes the lock of a session, makes the session where there is none, and loads its contexts. PostgreSQL decides; a lock
 * in Redis only spares it the losers of a race. Throws `SessionIsBusy` while another holder has the lock, and `LockIsStale`
 * for a start that is repeated when its lock is held no longer.
 */
export async function startSession(call: SessionCall, { holder, idempotencyKey, ...given }: SessionStart, path: readonly string[]): Promise<StartedSession> {
  const { tenantId, copies, seal } = call;
  const ref = checkSessionRef(given, path);
  const called = checkHolder(holder, [...path, 'holder']);
  const keyPath = [...path, 'idempotencyKey'];
  const request: NamedRequest = { key: checkIdempotencyKey(idempotencyKey, keyPath), asked: ['start', called], path: keyPath };
  const keys = sessionKeys(tenantId, ref);
  const lockId = randomUUID();
  const owner = await copies.lock({ key: keys.sessionLock, id: lockId, milliseconds: lifetimes.lock * 1_000 });
  // The holder may be this request itself, whose answer was lost.
  if (owner !== null && owner !== lockId && request.key === null) await refuseHeld(call, sessionIdOf(seal, tenantId, ref));
  try {
    const started = await call.transact((work) => takeLock(work, call, { ref, holder: called, lockId, request, path }));
    if (owner !== started.lockId) await copyLock(copies, keys, started.lockId);
    await copyActive(copies, keys, started.active);
    const loadedFrom = await loadPersistent(call, { keys, ref, started, path });
    const { session: { id: sessionId, fencingToken }, lockId: held, expiresAt, resumed, repeated } = started;
    return { ...ref, sessionId, fencingToken, lockId: held, expiresAt, loadedFrom, resumed, repeated };
  } catch (error) {
    if (owner === lockId) await copies.release({ key: keys.sessionLock, id: lockId }, []);
    throw error;
  }
}

function checkHolder(holder: string, path: readonly string[]): string {
  const called = holder.trim();
  if (called === '' || called.length > 200 || !isStorableText(called)) throw new InvalidInput('holder must have 1 to 200 characters.', path);
  return called;
}

/** Redis says that the lock is held. It may be behind, so only what the database confirms is refused. */
async function refuseHeld(call: SessionCall, sessionId: string): Promise<void> {
  const [held] = await call.briefly((sql) => sql.rows(lockOf, [call.tenantId, sessionId, call.clock.now().toISOString()]));
  if (held) throw new SessionIsBusy(held.holder, held.expiresAt);
}

interface Taken {
  readonly session: LockedSession;
  readonly lockId: string;
  readonly active: { readonly version: number; readonly sealed: Buffer | null };
  readonly expiresAt: string;
  readonly resumed: boolean;
  readonly repeated: boolean;
}

interface Taking {
  readonly ref: SessionRef;
  readonly holder: string;
  readonly lockId: string;
  readonly request: NamedRequest;
  readonly path: readonly string[];
}

async function takeLock(work: Work, { seal }: Pick<SessionCall, 'seal'>, { ref, holder, lockId, request, path }: Taking): Promise<Taken> {
  const contact = contactRefOf(ref);
  if ((await checkSuppression(work, { values: [], contacts: [contact] })).isContact(contact)) throw suppressedItem('session', [...path, 'contactId']);
  const session = await lockSession(work, seal, ref);
  // Whoever waited for the row may have begun before the other lock was taken.
  await work.moveOn();
  const earlier = await findRequest(work, seal, { session, request });
  if (earlier) return takenBefore(work, { session, earlier, request });
  if (session.lockHolder !== null && session.lockExpiresAt !== null && session.lockExpiresAt > work.now) throw new SessionIsBusy(session.lockHolder, session.lockExpiresAt);
  if (session.wrappedKey === null) throw suppressedItem('session', [...path, 'contactId']);
  // A holder that died left its reasoning behind: the next one goes on from there.
  const resumed = session.activeExpiresAt !== null && session.activeExpiresAt > work.now;
  const fresh = resumed ? null : seal.seal(seal.unwrap(session.wrappedKey), '{}');
  const expiresAt = secondsAfter(work.now, lifetimes.lock);
  const [row] = await work.rows(take, [work.tenantId, session.id, lockId, holder, work.now, expiresAt, fresh, secondsAfter(work.now, lifetimes.activeContext)]);
  if (!row) throw new Error('the session that is locked is not there');
  const fencingToken = session.fencingToken + 1;
  await keepRequest(work, seal, { session, request, made: { fencingToken, resumed, stepId: null } });
  work.record(sessionStarted.fact({ accountId: session.accountId, data: { sessionId: session.id, fencingToken } }));
  return { session: { ...session, fencingToken, lockId, lockHolder: holder, lockExpiresAt: expiresAt }, lockId, active: { version: row.activeVersion, sealed: row.sealed }, expiresAt, resumed, repeated: false };
}

/** The lock that an earlier request with the same key took, if it is still held. */
async function takenBefore(work: Work, { session, earlier, request }: { readonly session: LockedSession; readonly earlier: EarlierRequest; readonly request: NamedRequest }): Promise<Taken> {
  const { lockId, lockExpiresAt: expiresAt, fencingToken } = session;
  if (lockId === null || expiresAt === null || expiresAt <= work.now || fencingToken !== earlier.fencingToken) throw new LockIsStale(request.path, startWasDone);
  const [active] = await work.rows(activeContext, [work.tenantId, session.id]);
  return { session, lockId, active: { version: session.activeVersion, sealed: active?.sealed ?? null }, expiresAt, resumed: earlier.resumed === true, repeated: true };
}

const startWasDone = 'The start with this idempotencyKey was done before, and its lock has expired, was released or was taken by another start. Nothing was written. Start the session again with a new key.';

async function loadPersistent(call: SessionCall, { keys, ref, started: { session }, path }: { readonly keys: SessionKeys; readonly ref: SessionRef; readonly started: Taken; readonly path: readonly string[] }): Promise<StartedSession['loadedFrom']> {
  const { copies, tenantId } = call;
  if (session.persistentVersion === 0) {
    // A copy that is there is of a session that was deleted: its versions say nothing about those of this one.
    await copies.forget([keys.persistentContext]);
    return loadFromCopy(call, { keys, ref, holding: { sessionId: session.id, fencingToken: session.fencingToken, path } });
  }
  if ((await persistentCopy(copies, keys, session.persistentVersion)) !== null) return 'REDIS';
  const [row] = await call.briefly((sql) => sql.rows(sealedPersistent, [tenantId, session.id]));
  await copyPersistent(copies, keys, { version: session.persistentVersion, sealed: row?.sealed ?? null });
  return 'POSTGRES';
}

/** Nothing is known of the contact here: the copy of another system may know more. It may be away; the session starts all the same. */
async function loadFromCopy(call: SessionCall, { keys, ref, holding }: { readonly keys: SessionKeys; readonly ref: SessionRef; readonly holding: Holding }): Promise<'CHATWOOT' | 'NEW'> {
  const { outsideContexts, tenantId, seal, copies, log } = call;
  const values = await outsideContexts.read(tenantId, ref).catch((error: unknown) => {
    log.warn({ error, sessionId: holding.sessionId }, 'copy of a session context not read');
    return null;
  });
  if (values === null || Object.keys(values).length === 0) return 'NEW';
  const stored = await call.transact(async (work) => {
    await lockAsHolder(work, holding);
    return addContextFromCopy(work, seal, { ref, values, path: holding.path });
  });
  if (stored) await copyPersistent(copies, keys, stored);
  return 'CHATWOOT';
}
