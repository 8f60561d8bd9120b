import type { Id } from '../../platform/ids.ts';
import { portionSize } from '../../platform/postgres/portions.ts';
import { statement, type Statement } from '../../platform/postgres/statement.ts';

/** A session of a person. */
export interface OwnSession {
  readonly id: Id<'Session'>;
  readonly inboxId: number;
  readonly contactId: string;
  readonly subjectId: Id<'Subject'>;
  readonly accountId: Id<'Account'> | null;
  readonly persistentVersion: number;
  readonly lastStep: number;
  readonly lastMessage: number;
  readonly createdAt: string;
}

/** A text of a session with what opens it. */
export interface SealedText {
  readonly id: string;
  readonly sessionId: string;
  readonly accountId: Id<'Account'> | null;
  readonly field: string;
  readonly sealed: Buffer;
  readonly wrapped: Buffer;
}

/** Where texts of sessions are. */
export type TextKind = 'persistent' | 'active' | 'step' | 'message';

/** Sessions of some subjects: their own, and those of contacts of the graph that are one of them. */
export const ownSessions = statement<OwnSession>(
  'sessions_of_person',
  `with own as (select id from contact where tenant_id = $1 and subject_id = any($2::uuid[]) union select id from contact_history where tenant_id = $1 and subject_id = any($2::uuid[]))
   select s.id, s.inbox_id as "inboxId", s.contact_id as "contactId", s.subject_id as "subjectId", s.account_id as "accountId", s.persistent_version as "persistentVersion", s.last_step as "lastStep", s.last_message as "lastMessage", s.created_at as "createdAt"
   from agent_session s where s.tenant_id = $1 and s.erased_at is null and (s.subject_id = any($2::uuid[]) or s.contact_node_id in (select id from own)
     or exists (select from external_ref r where r.tenant_id = $1 and r.node_type = 'Contact' and r.system = 'chatwoot' and r.external_id = s.inbox_id || '/' || s.contact_id and r.node_id in (select id from own)))
   order by s.id`,
);

const columns = `s.id as "sessionId", s.account_id as "accountId", k.wrapped_key as wrapped`;
const keyOf = 'join subject_key k on k.tenant_id = s.tenant_id and k.subject_id = s.subject_id and k.destroyed_at is null';
const ofContext = (column: string): string => `select s.id, ${columns}, '${column}' as field, s.${column}_sealed as sealed from agent_session s ${keyOf} where s.tenant_id = $1 and s.id <> all($2::uuid[]) and s.id > $3 and s.${column}_sealed is not null order by s.id limit ${portionSize}`;
const below = (table: string, column: string, field: string): string =>
  `select t.id, ${columns}, '${field}' as field, t.${column} as sealed from ${table} t join agent_session s on s.tenant_id = t.tenant_id and s.id = t.session_id ${keyOf}
   where t.tenant_id = $1 and t.session_id <> all($2::uuid[]) and t.id > $3 and t.${column} is not null order by t.id limit ${portionSize}`;

/** Texts of other sessions than those named, a portion. */
export const otherTexts: Readonly<Record<TextKind, Statement<SealedText>>> = {
  persistent: statement('persistent_contexts_of_others', ofContext('persistent')),
  active: statement('active_contexts_of_others', ofContext('active')),
  step: statement('session_steps_of_others', below('session_step', 'content_sealed', 'step')),
  message: statement('session_messages_of_others', below('session_message', 'body_sealed', 'message')),
};

/** Every text of some sessions. */
export const ownTexts = statement<Omit<SealedText, 'id' | 'accountId'> & { readonly at: string }>(
  'texts_of_sessions',
  `select s.id as "sessionId", k.wrapped_key as wrapped, t.field, t.sealed, t.at from agent_session s ${keyOf}
   cross join lateral (
     select 'persistent' as field, s.persistent_sealed as sealed, s.changed_at as at union all select 'active', s.active_sealed, s.changed_at
     union all select 'step', content_sealed, recorded_at from session_step p where p.tenant_id = $1 and p.session_id = s.id
     union all select 'message', body_sealed, sent_at from session_message m where m.tenant_id = $1 and m.session_id = s.id) t
   where s.tenant_id = $1 and s.id = any($2::uuid[]) and t.sealed is not null order by s.id, t.at, t.field`,
);

const rewrite = (table: string, column: string, more = ''): string => `update ${table} t set ${column} = g.sealed${more} from unnest($2::uuid[], $3::bytea[]) as g(id, sealed) where t.tenant_id = $1 and t.id = g.id`;
/** Gives texts the words that are left. A context gets a new version, so that no copy of the old one counts. */
export const rewriteTexts: Readonly<Record<TextKind, Statement<unknown>>> = {
  persistent: statement('erase_from_persistent_contexts', rewrite('agent_session', 'persistent_sealed', ', persistent_version = t.persistent_version + 1')),
  active: statement('erase_from_active_contexts', rewrite('agent_session', 'active_sealed', ', active_version = t.active_version + 1')),
  step: statement('erase_from_session_steps', rewrite('session_step', 'content_sealed')),
  message: statement('erase_from_session_messages', rewrite('session_message', 'body_sealed')),
};
