import type { Id } from '../../platform/ids.ts';
import { subjectsOf, type Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { Conflict } from '../../platform/errors.ts';
import { LockIsStale } from './errors.ts';
import { sessionIdOf, subjectOfSession, type SessionRef } from './session-ref.ts';

/** A session's row under lock, without what is sealed in it. */
export interface LockedSession extends SessionRef {
  readonly id: Id<'Session'>;
  readonly accountId: Id<'Account'> | null;
  readonly wrappedKey: Buffer | null;
  readonly fencingToken: number;
  readonly lockId: string | null;
  readonly lockHolder: string | null;
  readonly lockExpiresAt: string | null;
  readonly persistentVersion: number;
  readonly activeVersion: number;
  readonly activeExpiresAt: string | null;
  readonly endedAt: string | null;
  readonly lastMessage: number;
  readonly erasedAt: string | null;
}

const columns = `s.id, s.inbox_id as "inboxId", s.contact_id as "contactId", s.account_id as "accountId", k.wrapped_key as "wrappedKey", s.fencing_token as "fencingToken", s.lock_id as "lockId", s.lock_holder as "lockHolder",
  s.lock_expires_at as "lockExpiresAt", s.persistent_version as "persistentVersion", s.active_version as "activeVersion", s.active_expires_at as "activeExpiresAt", s.ended_at as "endedAt", s.last_message as "lastMessage", s.erased_at as "erasedAt"`;
const from = 'from agent_session s join subject_key k on k.tenant_id = s.tenant_id and k.subject_id = s.subject_id where s.tenant_id = $1 and s.id = $2';
const lockRow = statement<LockedSession>('lock_session', `select ${columns} ${from} for update of s`);
const lockFenced = statement<LockedSession>('lock_session_of_holder', `select ${columns} ${from} and s.fencing_token = $3 and s.lock_id is not null and s.lock_expires_at > $4 for update of s`);
const insert = statement(
  'insert_session',
  `insert into agent_session (tenant_id, id, inbox_id, contact_id, subject_id, created_at, changed_at, fencing_token)
   values ($1, $2, $3, $4, $5, $6, $6, (select coalesce(max(deleted_fencing_token), 0) from session_setting where tenant_id = $1)) on conflict do nothing`,
);
const keepToken = statement(
  'keep_deleted_fencing_token',
  `insert into session_setting (tenant_id, transcript_days, context_days, recorded_at, deleted_fencing_token) values ($1, 30, 365, $2, $3)
   on conflict (tenant_id) do update set deleted_fencing_token = greatest(session_setting.deleted_fencing_token, excluded.deleted_fencing_token)`,
);
const sealedContext = statement<{ sealed: Buffer | null }>('persistent_context_of_session', 'select persistent_sealed as sealed from agent_session where tenant_id = $1 and id = $2');

/** Locks the session of a contact and makes it where there is none. Throws `Conflict` while an erasure of the contact is being completed. */
export async function lockSession(work: Work, seal: Seal, ref: SessionRef): Promise<LockedSession> {
  const id = sessionIdOf(seal, work.tenantId, ref);
  const known = await lockById(work, id);
  if (known) return known;
  const [subject] = await subjectsOf(work, seal, [subjectOfSession(ref)]);
  if (!subject) throw new Error('a session without a data subject');
  await work.rows(insert, [work.tenantId, id, ref.inboxId, ref.contactId, subject.id, work.now]);
  const made = await lockById(work, id);
  if (!made) throw new Error('the session that was just made is not there');
  return made;
}

/** Keeps the highest fencing token of sessions that are deleted, in the transaction that deletes them: the next session with a contact has the same id. */
export async function keepFencingToken(work: Work, tokens: readonly number[]): Promise<void> {
  const highest = Math.max(0, ...tokens);
  if (highest > 0) await work.rows(keepToken, [work.tenantId, work.now, highest]);
}

/** Locks a session by its id; null if there is none. */
export async function lockById(work: Work, id: string): Promise<LockedSession | null> {
  const [row] = await work.rows(lockRow, [work.tenantId, id]);
  if (row && row.erasedAt !== null) throw new Conflict('The contact of this session was erased and the copies are still being cleared. Try again in a minute.');
  return row ?? null;
}

/** What a holder names with every write. */
export interface Holding {
  readonly sessionId: Id<'Session'>;
  readonly fencingToken: number;
  /** Where the token stands in the input. */
  readonly path: readonly string[];
}

/** Locks the session of a holder. Throws `LockIsStale` unless the token is that of the lock that is held now. */
export async function lockAsHolder(work: Work, { sessionId, fencingToken, path }: Holding): Promise<LockedSession> {
  const [row] = await work.rows(lockFenced, [work.tenantId, sessionId, fencingToken, work.now]);
  if (!row) throw new LockIsStale(path);
  return row;
}

/** Reads the persistent context of a locked session as it is sealed. */
export async function sealedContextOf(work: Work, id: string): Promise<Buffer | null> {
  return (await work.rows(sealedContext, [work.tenantId, id]))[0]?.sealed ?? null;
}
