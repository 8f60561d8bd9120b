import { textWithoutChildren, withChildMembers } from '../../platform/child-data.ts';
import { ask, type Call, type Question } from '../../platform/graphql/call.ts';
import { asNode } from '../../platform/graphql/node.ts';
import { parseExactJson } from '../../platform/exact-json.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { isExpired } from './idle-sessions.ts';
import { childKeysOfTenant, readsChildData } from '../profiles/index.ts';
import { readsSessions } from './sessions.policy.ts';
import type { SessionLock, SessionMessageRow, SessionRow, SessionSettings, SessionStepRow } from './session.type.ts';

interface RawSession extends Omit<SessionRow, 'lock' | '__typename' | 'id' | 'asOf'> {
  readonly holder: string | null;
  readonly expiresAt: string | null;
  readonly fencingToken: number;
}

const byIds = statement<RawSession>(
  'sessions_by_id',
  `select s.id as uuid, s.inbox_id as "inboxId", s.contact_id as "contactId", s.account_id as "accountId", s.contact_node_id as "contactNodeId", s.started_at as "startedAt", s.ended_at as "endedAt",
     s.lock_holder as holder, s.lock_expires_at as "expiresAt", s.fencing_token as "fencingToken", k.wrapped_key as "wrappedKey", s.active_version as "activeVersion", s.active_expires_at as "activeExpiresAt",
     s.persistent_version as "persistentVersion", case when $4 then s.active_sealed end as "activeSealed", case when $4 then s.persistent_sealed end as "persistentSealed",
     (select count(*) from session_message m where m.tenant_id = $1 and m.session_id = s.id and m.acknowledged_at is null and (m.handed_out_with is null or s.lock_expires_at > $3 is not true or m.handed_out_with <> s.fencing_token)) as "pendingMessageCount"
   from agent_session s join subject_key k on k.tenant_id = s.tenant_id and k.subject_id = s.subject_id where s.tenant_id = $1 and s.id = any($2::uuid[]) and s.erased_at is null and not ${isExpired('s')}`,
);
interface RawMessage {
  readonly uuid: string;
  readonly sessionId: string;
  readonly sequence: number;
  readonly at: string;
  readonly redelivered: boolean;
  readonly sealed: Buffer | null;
  readonly wrappedKey: Buffer | null;
}

type RawStep = Omit<RawMessage, 'redelivered'>;

const keyOf = 'join subject_key k on k.tenant_id = s.tenant_id and k.subject_id = s.subject_id';
const messageColumns = 'm.id as uuid, s.id as "sessionId", m.sequence, m.sent_at as at, m.handed_out_with is not null as redelivered, m.body_sealed as sealed, k.wrapped_key as "wrappedKey"';
const stepColumns = 't.id as uuid, s.id as "sessionId", t.sequence, t.recorded_at as at, t.content_sealed as sealed, k.wrapped_key as "wrappedKey"';
const pending = statement<RawMessage>(
  'pending_session_messages',
  `select ${messageColumns} from agent_session s ${keyOf}
   cross join lateral (select * from session_message m where m.tenant_id = $1 and m.session_id = s.id and m.acknowledged_at is null and (m.handed_out_with is null or s.lock_expires_at > $3 is not true or m.handed_out_with <> s.fencing_token) order by m.sequence limit 100) m
   where s.tenant_id = $1 and s.id = any($2::uuid[]) order by s.id, m.sequence`,
);
const latestSteps = statement<RawStep>(
  'latest_session_steps',
  `select ${stepColumns} from agent_session s ${keyOf}
   cross join lateral (select * from session_step t where t.tenant_id = $1 and t.session_id = s.id order by t.sequence desc limit 100) t
   where s.tenant_id = $1 and s.id = any($2::uuid[]) order by s.id, t.sequence desc`,
);
const messagesById = statement<RawMessage>('session_messages_by_id', `select ${messageColumns} from session_message m join agent_session s on s.tenant_id = m.tenant_id and s.id = m.session_id ${keyOf} where m.tenant_id = $1 and m.id = any($2::uuid[])`);
const stepsById = statement<RawStep>('session_steps_by_id', `select ${stepColumns} from session_step t join agent_session s on s.tenant_id = t.tenant_id and s.id = t.session_id ${keyOf} where t.tenant_id = $1 and t.id = any($2::uuid[])`);
const settings = statement<SessionSettings>('session_settings', 'select transcript_days as "transcriptDays", context_days as "contextDays" from session_setting where tenant_id = $1');

/** Sessions by their keys; null where the tenant has none, or its contact was erased. */
export const sessionById: Question<string, SessionRow | null> = {
  name: 'session_by_id',
  async load({ read, tenantId, clock, copies }, ids) {
    const now = clock.now().toISOString();
    const rows = await read.rows(byIds, [tenantId, ids, now, copies.kind === 'none']);
    const found = new Map(rows.map((row) => [row.uuid, asNode('Session', { ...row, lock: lockOf(row, now) }, null)]));
    return ids.map((id) => found.get(id) ?? null);
  },
};

function lockOf({ holder, expiresAt, fencingToken }: RawSession, now: string): SessionLock | null {
  return holder === null || expiresAt === null || expiresAt <= now ? null : { holder, expiresAt, fencingToken };
}

function toMessage(call: Call, { uuid, sequence, at, redelivered, sealed, wrappedKey }: RawMessage): SessionMessageRow {
  return asNode('SessionMessage', { uuid, sequence, at, redelivered, body: messageFor(call, readsSessions(call) ? call.seal.open(wrappedKey, sealed) : null) }, null);
}

/** What a customer wrote is free text: of it, only lines that are labelled as about a child are known to be. */
const messageFor = (call: Call, body: string | null): string | null => (body === null || readsChildData(call) ? body : textWithoutChildren(body, { known: [] }));

function toStep(call: Call, { uuid, sequence, at, sealed, wrappedKey }: RawStep, shown: (value: unknown) => unknown): SessionStepRow {
  return asNode('SessionStep', { uuid, sequence, at, content: shown(json(readsSessions(call) ? call.seal.open(wrappedKey, sealed) : null)) }, null);
}

/** The first 100 messages that wait, the oldest first. */
export const pendingOfSession: Question<string, readonly SessionMessageRow[]> = {
  name: 'pending_messages_of_session',
  async load(call, ids) {
    const by = Map.groupBy(await call.read.rows(pending, [call.tenantId, ids, call.clock.now().toISOString()]), ({ sessionId }) => sessionId);
    return ids.map((id) => (by.get(id) ?? []).map((row) => toMessage(call, row)));
  },
};

/** The latest 100 steps, the last first. */
export const stepsOfSession: Question<string, readonly SessionStepRow[]> = {
  name: 'steps_of_session',
  async load(call, ids) {
    const by = Map.groupBy(await call.read.rows(latestSteps, [call.tenantId, ids]), ({ sessionId }) => sessionId);
    const shown = await shownTo(call);
    return ids.map((id) => (by.get(id) ?? []).map((row) => toStep(call, row, shown)));
  },
};

/** Messages by their keys; null where the tenant has none. */
export const sessionMessageById: Question<string, SessionMessageRow | null> = {
  name: 'session_message_by_id',
  async load(call, ids) {
    const found = new Map((await call.read.rows(messagesById, [call.tenantId, ids])).map((row) => [row.uuid, toMessage(call, row)]));
    return ids.map((id) => found.get(id) ?? null);
  },
};

/** Steps by their keys; null where the tenant has none. */
export const sessionStepById: Question<string, SessionStepRow | null> = {
  name: 'session_step_by_id',
  async load(call, ids) {
    const shown = await shownTo(call);
    const found = new Map((await call.read.rows(stepsById, [call.tenantId, ids])).map((row) => [row.uuid, toStep(call, row, shown)]));
    return ids.map((id) => found.get(id) ?? null);
  },
};

/** How a value of a session is shown to a caller: as it is, or with `[hidden]` under every key that holds data of children. */
export async function shownTo(call: Call): Promise<(value: unknown) => unknown> {
  if (readsChildData(call)) return (value) => value;
  const holds = await ask(call, childKeysOfTenant, null, 'tenant');
  return (value) => withChildMembers(value, '[hidden]', holds);
}

const json = (text: string | null): unknown => (text === null ? null : parseExactJson(text));

/** How long the tenant keeps sessions. */
export async function readSessionSettings({ read, tenantId }: Pick<Call, 'read' | 'tenantId'>): Promise<SessionSettings> {
  return (await read.rows(settings, [tenantId]))[0] ?? { transcriptDays: 30, contextDays: 365 };
}
