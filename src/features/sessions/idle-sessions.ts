import type { Actor } from '../../platform/events/event.ts';
import type { FastCopies } from '../../platform/fast-copies.ts';
import type { Id } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { removeDerivations } from '../lineage/index.ts';
import { forgetCopies } from './session-copies.ts';
import { readContext, writeContext } from './session-context.ts';
import { sessionLineage, stepLineage } from './session-lineage.ts';
import { keepFencingToken, sealedContextOf } from './session-store.ts';
import { sessionCopyCleared, sessionsExpired } from './sessions.events.ts';

/** Sessions that are looked at in one go. */
const portion = 1_000;

/** SQL: whether retention emptied a session and nothing happened to it since. */
export const isExpired = (session: string): string => `coalesce(${session}.expired_at > ${session}.changed_at, false)`;

const isIdle = `s.changed_at < $2::timestamptz - (select make_interval(days => coalesce(max(context_days), 365)) from session_setting where tenant_id = $1) and coalesce(s.lock_expires_at, '-infinity') <= $2
  and s.erased_at is null and not exists (select from session_message m where m.tenant_id = $1 and m.session_id = s.id and m.acknowledged_at is null)`;
const hasNoCopy = `(s.chatwoot_version is null or ${isExpired('s')} and s.chatwoot_version >= s.persistent_version and coalesce(s.copy_claimed_until, '-infinity') <= $2)`;

interface IdleSession {
  readonly id: Id<'Session'>;
  readonly inboxId: number;
  readonly contactId: string;
  readonly hasNoCopy: boolean;
}

const idle = statement<IdleSession>(
  'idle_sessions',
  `select s.id, s.inbox_id as "inboxId", s.contact_id as "contactId", ${hasNoCopy} as "hasNoCopy" from agent_session s
   where s.tenant_id = $1 and s.id > $3 and ${isIdle} and (${hasNoCopy} or not ${isExpired('s')}) order by s.id limit ${portion}`,
);
const drop = statement<{ id: string; wasEmptied: boolean; fencingToken: number }>('drop_idle_sessions', `delete from agent_session s where s.tenant_id = $1 and s.id = any($3::uuid[]) and ${isIdle} and ${hasNoCopy} returning s.id, ${isExpired('s')} as "wasEmptied", s.fencing_token as "fencingToken"`);
const lockIdle = statement<{ wrappedKey: Buffer | null }>(
  'lock_idle_session',
  `select k.wrapped_key as "wrappedKey" from agent_session s join subject_key k on k.tenant_id = s.tenant_id and k.subject_id = s.subject_id
   where s.tenant_id = $1 and s.id = $3 and ${isIdle} and not ${isExpired('s')} for update of s`,
);
// changed_at stays: it says that nothing happened since.
const empty = statement(
  'empty_idle_session',
  `update agent_session set persistent_sealed = $3, persistent_version = persistent_version + 1, active_sealed = null, active_expires_at = null, lock_id = null, lock_holder = null, locked_at = null, lock_expires_at = null,
     child_data_since = null, expired_at = $4 where tenant_id = $1 and id = $2`,
);
const deleteSteps = statement<{ id: string }>('delete_steps_of_idle', 'delete from session_step where tenant_id = $1 and session_id = $2 returning id');
const deleteMessages = statement('delete_messages_of_idle', 'delete from session_message where tenant_id = $1 and session_id = $2');
const deleteRequests = statement('delete_requests_of_idle', 'delete from session_request where tenant_id = $1 and session_id = $2');

/** What deleting sessions is done with. */
export interface Expiring {
  readonly database: Database;
  readonly seal: Seal;
  readonly copies: FastCopies;
}

/**
 * Deletes a tenant's sessions without a change for longer than it keeps them. One with a copy in Chatwoot is emptied first:
 * its keys become tombstones, which the next copy clears there, and the row stays until then, so that an erasure knows of
 * the copy and a new session does not load it. A session whose Redis keys could not be deleted stays for the next run.
 * Returns how many sessions were emptied or deleted.
 */
export async function expireIdleSessions({ database, seal, copies }: Expiring, caller: { readonly tenantId: Id<'Tenant'>; readonly actor: Actor; readonly requestId: string }): Promise<number> {
  const { tenantId } = caller;
  let expired = 0;
  for (let after: string | null = '00000000-0000-0000-0000-000000000000'; after !== null; ) {
    const from: string = after;
    const found = await database.transact(caller, (work) => work.rows(idle, [tenantId, work.now, from]));
    after = found.length < portion ? null : (found.at(-1)?.id ?? null);
    const bare: string[] = [];
    for (const session of found) {
      if (!(await forgetCopies(copies, tenantId, session))) continue;
      if (session.hasNoCopy) bare.push(session.id);
      else if (await database.transact(caller, (work) => emptySession(work, seal, session.id))) expired += 1;
    }
    if (bare.length > 0) expired += await database.transact(caller, (work) => dropSessions(work, bare));
  }
  return expired;
}

async function dropSessions(work: Work, ids: readonly string[]): Promise<number> {
  const rows = await work.rows(drop, [work.tenantId, work.now, ids]);
  await keepFencingToken(work, rows.map(({ fencingToken }) => fencingToken));
  await removeDerivations(work, rows.map(({ id }) => sessionLineage.ref(id)));
  const sessionIds = rows.filter(({ wasEmptied }) => !wasEmptied).map(({ id }) => id);
  if (sessionIds.length > 0) work.record(sessionsExpired.fact({ accountId: null, data: { sessionIds } }));
  for (const { id: sessionId } of rows.filter(({ wasEmptied }) => wasEmptied)) work.record(sessionCopyCleared.fact({ accountId: null, data: { sessionId } }));
  return rows.length;
}

/** Returns whether the session was emptied: something may have happened to it meanwhile. */
async function emptySession(work: Work, seal: Seal, id: string): Promise<boolean> {
  const [row] = await work.rows(lockIdle, [work.tenantId, work.now, id]);
  if (!row || row.wrappedKey === null) return false;
  const { values, cleared } = readContext(seal.open(row.wrappedKey, await sealedContextOf(work, id)));
  const tombstones = { values: {}, cleared: [...new Set([...cleared, ...Object.keys(values)])].toSorted() };
  await work.rows(empty, [work.tenantId, id, seal.seal(seal.unwrap(row.wrappedKey), writeContext(tombstones)), work.now]);
  const steps = await work.rows(deleteSteps, [work.tenantId, id]);
  await work.rows(deleteMessages, [work.tenantId, id]);
  await work.rows(deleteRequests, [work.tenantId, id]);
  await removeDerivations(work, [...steps.map((step) => stepLineage.ref(step.id)), sessionLineage.ref(id)]);
  work.record(sessionsExpired.fact({ accountId: null, data: { sessionIds: [id] } }));
  return true;
}
