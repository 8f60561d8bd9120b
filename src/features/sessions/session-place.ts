import type { Id } from '../../platform/ids.ts';
import { isRawNumber, parseExactJson } from '../../platform/exact-json.ts';
import { openMentions, stayingIn } from '../../platform/postgres/mentions.ts';
import type { Person, PersonalPlace, PersonScope } from '../../platform/postgres/personal-place.ts';
import { portions } from '../../platform/postgres/portions.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { removeDerivations } from '../lineage/index.ts';
import { sessionLineage, stepLineage } from './session-lineage.ts';
import { sessionErased } from './sessions.events.ts';
import { otherTexts, ownSessions, ownTexts, rewriteTexts, type SealedText, type TextKind } from './session-texts.ts';

const eraseSessions = statement(
  'erase_sessions',
  `update agent_session set persistent_sealed = null, active_sealed = null, active_expires_at = null, lock_id = null, lock_holder = null, locked_at = null, lock_expires_at = null, account_id = null, contact_node_id = null, erased_at = $3, changed_at = $3
   where tenant_id = $1 and id = any($2::uuid[])`,
);
const deleteSteps = statement<{ id: string }>('delete_steps_of_erased', 'delete from session_step where tenant_id = $1 and session_id = any($2::uuid[]) returning id');
const deleteMessages = statement('delete_messages_of_erased', 'delete from session_message where tenant_id = $1 and session_id = any($2::uuid[])');
const deleteRequests = statement('delete_requests_of_erased', 'delete from session_request where tenant_id = $1 and session_id = any($2::uuid[])');

type Opened = Pick<SealedText, 'id' | 'sessionId' | 'accountId' | 'field' | 'wrapped'> & { readonly kind: TextKind; readonly text: string };

const place = ({ sessionId, accountId }: Opened): { readonly id: string; readonly accountId: Id<'Account'> | null } => ({ id: sessionId, accountId });

/** Texts of sessions of others, a portion at a time. */
async function* textsOfOthers({ sql, tenantId, seal }: Pick<PersonScope, 'sql' | 'tenantId' | 'seal'>, ids: readonly string[]): AsyncGenerator<readonly Opened[]> {
  for (const [kind, asked] of Object.entries(otherTexts) as [TextKind, (typeof otherTexts)[TextKind]][]) {
    for await (const rows of portions(sql, asked, [tenantId, ids])) yield rows.flatMap((row) => {
      const text = seal.open(row.wrapped, row.sealed);
      return text === null ? [] : [{ ...row, kind, text }];
    });
  }
}

/** Sessions: those of the person lose everything; texts of others that name them lose the words. */
export const sessionPlace: PersonalPlace = {
  name: 'sessions',
  async trace({ sql, tenantId }, { subjects }) {
    const rows = await sql.rows(ownSessions, [tenantId, [...subjects.keys()]]);
    return { subjectIds: rows.map(({ subjectId }) => subjectId), accountIds: rows.flatMap(({ accountId }) => accountId ?? []) };
  },
  async find(scope, person) {
    const own = await scope.sql.rows(ownSessions, [scope.tenantId, [...person.subjects.keys()]]);
    const mentions = openMentions(scope.seal);
    for await (const texts of textsOfOthers(scope, own.map(({ id }) => id))) {
      for (const each of texts) {
        const row = { ...place(each), id: each.id };
        const words = textsIn(each).join('\n');
        if (person.isNamedIn(words, place(each))) mentions.add(row, [{ field: each.field, before: words, after: person.without(words, place(each)) }]);
        mentions.addStaying(row, stayingIn(person, place(each), { [each.field]: words }));
      }
    }
    return [
      { kind: 'SESSION', ids: own.map(({ id }) => id), content: own.map(({ id, persistentVersion, lastStep, lastMessage }) => `${id} ${persistentVersion} ${lastStep} ${lastMessage}`), kept: false, reason: 'Contexts, steps and messages are deleted, and their copies in Redis.', accountIds: own.flatMap(({ accountId }) => accountId ?? []) },
      { kind: 'SESSION_COPY', ids: own.filter(({ persistentVersion }) => persistentVersion > 0).map(({ id }) => id), kept: false, reason: 'Attributes of the contact in Chatwoot are cleared by a job if a copy was written there: within a minute, or once Chatwoot answers. The audit log then holds session.copy_cleared.' },
      { kind: 'SESSION_MENTION', ...mentions.held(), kept: true, reason: 'The session is with another contact, and stays; [erased] is put where it names the person.' },
    ];
  },
  async erase(work, seal, person) {
    const scope = { sql: work, tenantId: work.tenantId, seal };
    const own = await work.rows(ownSessions, [work.tenantId, [...person.subjects.keys()]]);
    const ids = own.map(({ id }) => id);
    if (ids.length > 0) {
      await work.rows(eraseSessions, [work.tenantId, ids, work.now]);
      const steps = await work.rows(deleteSteps, [work.tenantId, ids]);
      await removeDerivations(work, [...steps.map(({ id }) => stepLineage.ref(id)), ...ids.map((id) => sessionLineage.ref(id))]);
      await work.rows(deleteMessages, [work.tenantId, ids]);
      await work.rows(deleteRequests, [work.tenantId, ids]);
      for (const { id, accountId } of own) work.record(sessionErased.fact({ accountId, data: { sessionId: id } }));
    }
    for await (const texts of textsOfOthers(scope, ids)) {
      const named = texts.filter((each) => person.isNamedIn(textsIn(each).join('\n'), place(each)));
      for (const [kind, some] of Map.groupBy(named, ({ kind }) => kind)) {
        await work.rows(rewriteTexts[kind], [work.tenantId, some.map(({ id }) => id), some.map((each) => seal.seal(seal.unwrap(each.wrapped), without(each, person)))]);
      }
    }
  },
  async disclose(scope, person) {
    const { sql, seal, tenantId } = scope;
    const own = await sql.rows(ownSessions, [tenantId, [...person.subjects.keys()]]);
    const ids = own.map(({ id }) => id);
    const texts = ids.length === 0 ? [] : await sql.rows(ownTexts, [tenantId, ids]);
    const sessionMentions: object[] = [];
    for await (const others of textsOfOthers(scope, ids)) {
      for (const each of others) if (person.isNamedIn(textsIn(each).join('\n'), place(each))) sessionMentions.push({ id: each.id, sessionId: each.sessionId, field: each.field, text: each.text });
    }
    return {
      sessions: own.map(({ id, inboxId, contactId, createdAt }) => ({ id, inboxId, contactId, createdAt, texts: texts.filter(({ sessionId }) => sessionId === id).map(({ field, at, wrapped, sealed }) => ({ field, at, text: seal.open(wrapped, sealed) })) })),
      sessionMentions,
    };
  },
};

/** The words of a text: of JSON its strings, keys included. */
function textsIn({ kind, text }: Opened): string[] {
  const strings = (value: unknown): string[] => (typeof value === 'string' ? [value] : value !== null && typeof value === 'object' && !isRawNumber(value) ? Object.entries(value).flatMap(([key, member]) => [key, ...strings(member)]) : []);
  return kind === 'message' ? [text] : strings(parseExactJson(text));
}

/** A text with `[erased]` where it names the person. */
function without(each: Opened, person: Person): string {
  const clean = (text: string): string => person.without(text, place(each));
  const cleaned = (value: unknown): unknown => {
    if (typeof value === 'string') return clean(value);
    if (Array.isArray(value)) return value.map(cleaned);
    if (value === null || typeof value !== 'object' || isRawNumber(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [clean(key), cleaned(member)]));
  };
  return each.kind === 'message' ? clean(each.text) : JSON.stringify(cleaned(parseExactJson(each.text)));
}
