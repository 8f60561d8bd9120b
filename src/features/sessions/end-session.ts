import { InvalidInput, Suppressed } from '../../platform/errors.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { LockIsStale, MessagesAreWaiting } from './errors.ts';
import { lockAccounts } from '../accounts/index.ts';
import { findAccountOf, notePlace, type SessionPlaceInGraph } from './account-sessions.ts';
import { noteChildData } from './note-child-data.ts';
import { storeContext, type StoredContext } from './persistent-context.ts';
import { copyPersistent, releaseCopies, sessionKeys } from './session-copies.ts';
import { changeContext, emptyContext, readContext, writeContext } from './session-context.ts';
import { storeFacts, type SessionProfile } from './session-facts.ts';
import { newlyStated, withStated } from './stated-keys.ts';
import { stepsOfKeys, type StatedIn } from './steps-of-keys.ts';
import { lockAsHolder, sealedContextOf, type Holding, type LockedSession } from './session-store.ts';
import type { SessionCall } from './start-session.ts';
import { sessionEnded } from './sessions.events.ts';

/** An end as its holder asks for it. */
export interface SessionEnd extends Holding {
  /** What is to be kept of the contact: absent keys keep their values, null clears. Unchanged when absent or null. */
  readonly persistentContext?: Readonly<Record<string, unknown>> | null;
  /** In which steps keys of it were stated; the last step of this start where that is not said. */
  readonly statedIn?: readonly StatedIn[] | null;
}

const waiting = statement<{ count: number }>(
  'session_messages_waiting',
  'select count(*) as count from session_message where tenant_id = $1 and session_id = $2 and acknowledged_at is null and handed_out_with is distinct from $3',
);
const acknowledge = statement('acknowledge_at_session_end', 'update session_message set acknowledged_at = $4 where tenant_id = $1 and session_id = $2 and acknowledged_at is null and handed_out_with = $3');
const end = statement(
  'end_session',
  `update agent_session set lock_id = null, lock_holder = null, locked_at = null, lock_expires_at = null, active_sealed = null, active_expires_at = null, active_version = active_version + 1, ended_at = $4, changed_at = $4
   where tenant_id = $1 and id = $2 and fencing_token = $3`,
);

const endedBy = statement<{ isEnded: boolean }>('session_ended_by_token', 'select true as "isEnded" from agent_session where tenant_id = $1 and id = $2 and fencing_token = $3 and lock_id is null and ended_at is not null and erased_at is null');

/**
 * Merges the persistent context, deletes the active one and releases the lock. Throws `MessagesAreWaiting`, and changes
 * nothing, while the queue holds messages that were not handed out to this token; those that were are acknowledged.
 * Returns whether this request ended the session: false if an earlier one with the same token did, and nothing has started since.
 */
export async function endSession(call: SessionCall, ending: SessionEnd): Promise<boolean> {
  const ended = await undrained(call, () => call.transact(async (work) => {
    const profile = await lockProfile(work, ending);
    const session = await lockAsHolder(work, ending).catch(async (error: unknown) => {
      if (error instanceof LockIsStale && (await work.rows(endedBy, [work.tenantId, ending.sessionId, ending.fencingToken])).length > 0) return null;
      throw error;
    });
    if (session === null) return null;
    const own = [work.tenantId, session.id, ending.fencingToken] as const;
    const count = (await work.rows(waiting, own))[0]?.count ?? 0;
    if (count > 0) throw new MessagesAreWaiting(count, session);
    await work.rows(acknowledge, [...own, work.now]);
    const stored = await merge(work, call, { session, profile, ending });
    await work.rows(end, [...own, work.now]);
    work.record(sessionEnded.fact({ accountId: session.accountId, data: { sessionId: session.id, fencingToken: ending.fencingToken, contextVersion: stored?.version ?? session.persistentVersion } }));
    return { session, stored };
  }));
  if (ended === null) return false;
  const { session, stored } = ended;
  const keys = sessionKeys(call.tenantId, session);
  if (stored) await copyPersistent(call.copies, keys, stored);
  if (session.lockId !== null) await releaseCopies(call.copies, keys, session.lockId);
  return true;
}

/** The next drain asks the database, whatever Redis says of the queue. */
async function undrained<Result>({ copies, tenantId }: Pick<SessionCall, 'copies' | 'tenantId'>, body: () => Promise<Result>): Promise<Result> {
  try {
    return await body();
  } catch (error) {
    if (error instanceof MessagesAreWaiting) await copies.forget([sessionKeys(tenantId, error.session).newMessages]);
    throw error;
  }
}

/** The profile of the contact, locked: an account is locked before its sessions. Null while the contact is not known in the graph, or nothing is stated. */
async function lockProfile(work: Work, { sessionId, persistentContext }: SessionEnd): Promise<(SessionProfile & SessionPlaceInGraph) | null> {
  const place = persistentContext ? await findAccountOf(work, work.tenantId, sessionId) : null;
  const standing = place === null ? null : (await lockAccounts(work, [place.accountId])).get(place.accountId);
  return place && standing ? { ...place, survivorId: standing.survivorId } : null;
}

interface Merging {
  readonly session: LockedSession;
  readonly profile: (SessionProfile & SessionPlaceInGraph) | null;
  readonly ending: SessionEnd;
}

/** Merges what is to be kept into the context and gives the profile what it takes of it. Null if nothing changed. */
async function merge(work: Work, { seal }: Pick<SessionCall, 'seal'>, { session, profile, ending }: Merging): Promise<StoredContext | null> {
  const change = ending.persistentContext ?? null;
  if (change === null && (ending.statedIn ?? []).length > 0) throw new InvalidInput('persistentContext does not state this key.', ['input', 'statedIn', '0', 'key']);
  if (change === null) return null;
  if (session.wrappedKey === null) throw new Suppressed([]);
  const present = session.persistentVersion === 0 ? emptyContext : readContext(seal.open(session.wrappedKey, await sealedContextOf(work, session.id)));
  const changed = changeContext(present, change, ['input', 'persistentContext']);
  const stepOf = await stepsOfKeys(work, { ...ending, keys: Object.keys(change) });
  if (profile) await notePlace(work, session.id, profile);
  const facts = newlyStated(present, changed, Object.keys(change)).map((key) => ({ key, value: changed.values[key], step: stepOf(key) }));
  const merged = withStated(present, changed, await storeFacts(work, seal, { sessionId: session.id, profile, facts }));
  if (session.persistentVersion > 0 && writeContext(merged) === writeContext(present)) return null;
  const stored = await storeContext(work, session.id, seal.seal(seal.unwrap(session.wrappedKey), writeContext(merged)));
  await noteChildData(work, session.id, merged);
  return stored;
}
