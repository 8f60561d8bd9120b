import type { Call, Question } from '../../platform/graphql/call.ts';
import { asNode } from '../../platform/graphql/node.ts';
import { toGlobalId } from '../../platform/ids.ts';
import { parseExactJson } from '../../platform/exact-json.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { readContext } from './session-context.ts';
import { readsSessions } from './sessions.policy.ts';
import type { SessionLock, SessionMessage, SessionRow, SessionSettings, SessionStep } from './session.type.ts';

interface RawSession extends Omit<SessionRow, 'lock' | '__typename' | 'id' | 'asOf'> {
  readonly holder: string | null;
  readonly expiresAt: string | null;
  readonly fencingToken: number;
}

const byIds = statement<RawSession>(
  'sessions_by_id',
  `select s.id as uuid, s.inbox_id as "inboxId", s.contact_id as "contactId", s.account_id as "accountId", s.contact_node_id as "contactNodeId", s.started_at as "startedAt", s.ended_at as "endedAt",
     s.lock_holder as holder, s.lock_expires_at as "expiresAt", s.fencing_token as "fencingToken", k.wrapped_key as "wrappedKey", s.active_sealed as "activeSealed", s.active_expires_at as "activeExpiresAt", s.persistent_sealed as "persistentSealed",
     (select count(*) from session_message m where m.tenant_id = $1 and m.session_id = s.id and m.acknowledged_at is null and (m.handed_out_with is null or s.lock_expires_at > $3 is not true or m.handed_out_with <> s.fencing_token)) as "pendingMessageCount"
   from agent_session s join subject_key k on k.tenant_id = s.tenant_id and k.subject_id = s.subject_id where s.tenant_id = $1 and s.id = any($2::uuid[]) and s.erased_at is null`,
);
const pending = statement<{ uuid: string; sessionId: string; sequence: number; at: string; sealed: Buffer | null; wrappedKey: Buffer | null }>(
  'pending_session_messages',
  `select m.id as uuid, s.id as "sessionId", m.sequence, m.sent_at as at, m.body_sealed as sealed, k.wrapped_key as "wrappedKey"
   from agent_session s join subject_key k on k.tenant_id = s.tenant_id and k.subject_id = s.subject_id
   cross join lateral (select * from session_message m where m.tenant_id = $1 and m.session_id = s.id and m.acknowledged_at is null and (m.handed_out_with is null or s.lock_expires_at > $3 is not true or m.handed_out_with <> s.fencing_token) order by m.sequence limit 100) m
   where s.tenant_id = $1 and s.id = any($2::uuid[]) order by s.id, m.sequence`,
);
const latestSteps = statement<{ uuid: string; sessionId: string; sequence: number; at: string; sealed: Buffer | null; wrappedKey: Buffer | null }>(
  'latest_session_steps',
  `select t.id as uuid, s.id as "sessionId", t.sequence, t.recorded_at as at, t.content_sealed as sealed, k.wrapped_key as "wrappedKey"
   from agent_session s join subject_key k on k.tenant_id = s.tenant_id and k.subject_id = s.subject_id
   cross join lateral (select * from session_step t where t.tenant_id = $1 and t.session_id = s.id order by t.sequence desc limit 100) t
   where s.tenant_id = $1 and s.id = any($2::uuid[]) order by s.id, t.sequence desc`,
);
const settings = statement<SessionSettings>('session_settings', 'select transcript_days as "transcriptDays", context_days as "contextDays" from session_setting where tenant_id = $1');

/** Sessions by their keys; null where the tenant has none, or its contact was erased. */
export const sessionById: Question<string, SessionRow | null> = {
  name: 'session_by_id',
  async load({ read, tenantId, clock }, ids) {
    const now = clock.now().toISOString();
    const rows = await read.rows(byIds, [tenantId, ids, now]);
    const found = new Map(rows.map((row) => [row.uuid, asNode('Session', { ...row, lock: lockOf(row, now) }, null)]));
    return ids.map((id) => found.get(id) ?? null);
  },
};

function lockOf({ holder, expiresAt, fencingToken }: RawSession, now: string): SessionLock | null {
  return holder === null || expiresAt === null || expiresAt <= now ? null : { holder, expiresAt, fencingToken };
}

/** The first 100 messages that wait, the oldest first. */
export const pendingOfSession: Question<string, readonly SessionMessage[]> = {
  name: 'pending_messages_of_session',
  async load(call, ids) {
    const rows = await call.read.rows(pending, [call.tenantId, ids, call.clock.now().toISOString()]);
    const by = Map.groupBy(rows, ({ sessionId }) => sessionId);
    return ids.map((id) => (by.get(id) ?? []).map(({ uuid, sequence, at, sealed, wrappedKey }) => ({ id: toGlobalId('SessionMessage', uuid), sequence, at, body: readsSessions(call) ? call.seal.open(wrappedKey, sealed) : null })));
  },
};

/** The latest 100 steps, the last first. */
export const stepsOfSession: Question<string, readonly SessionStep[]> = {
  name: 'steps_of_session',
  async load(call, ids) {
    const by = Map.groupBy(await call.read.rows(latestSteps, [call.tenantId, ids]), ({ sessionId }) => sessionId);
    return ids.map((id) => (by.get(id) ?? []).map(({ uuid, sequence, at, sealed, wrappedKey }) => ({ id: toGlobalId('SessionStep', uuid), sequence, at, content: json(readsSessions(call) ? call.seal.open(wrappedKey, sealed) : null) })));
  },
};

/** The active context; null once it has expired, and for callers who are not shown it. */
export function activeContextOf(call: Call, { wrappedKey, activeSealed, activeExpiresAt }: SessionRow): unknown {
  if (!readsSessions(call) || activeExpiresAt === null || activeExpiresAt <= call.clock.now().toISOString()) return null;
  return json(call.seal.open(wrappedKey, activeSealed));
}

/** The values of the persistent context; null where none were stated, and for callers who are not shown them. */
export function persistentValuesOf(call: Call, { wrappedKey, persistentSealed }: SessionRow): unknown {
  const text = readsSessions(call) ? call.seal.open(wrappedKey, persistentSealed) : null;
  return text === null ? null : readContext(text).values;
}

const json = (text: string | null): unknown => (text === null ? null : parseExactJson(text));

/** How long the tenant keeps sessions. */
export async function readSessionSettings({ read, tenantId }: Pick<Call, 'read' | 'tenantId'>): Promise<SessionSettings> {
  return (await read.rows(settings, [tenantId]))[0] ?? { transcriptDays: 30, contextDays: 365 };
}
