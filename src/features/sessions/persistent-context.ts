import type { Id } from '../../platform/ids.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { addFromCopy, emptyContext, readContext, writeContext, type PersistentContext } from './session-context.ts';
import { newlyStated, withStated } from './stated-keys.ts';
import { noteChildData } from './note-child-data.ts';
import { lockSession, sealedContextOf } from './session-store.ts';
import type { SessionRef } from './session-ref.ts';
import { sessionContextChanged } from './sessions.events.ts';

/** A persistent context with the number that rises with each change; 0: never stated. */
export interface VersionedContext extends PersistentContext {
  readonly version: number;
}

const byId = statement<{ sealed: Buffer | null; wrappedKey: Buffer | null; version: number }>(
  'context_of_session',
  `select s.persistent_sealed as sealed, k.wrapped_key as "wrappedKey", s.persistent_version as version from agent_session s
   join subject_key k on k.tenant_id = s.tenant_id and k.subject_id = s.subject_id where s.tenant_id = $1 and s.id = $2`,
);
const store = statement<{ version: number }>(
  'store_persistent_context',
  'update agent_session set persistent_sealed = $3, persistent_version = persistent_version + 1, changed_at = $4 where tenant_id = $1 and id = $2 returning persistent_version as version',
);
const synced = statement('note_chatwoot_copy', 'update agent_session set chatwoot_version = $3, chatwoot_synced_at = $4 where tenant_id = $1 and id = $2 and coalesce(chatwoot_version, -1) < $3');
const link = statement<{ id: string }>('link_session', 'update agent_session set contact_node_id = $3, account_id = $4 where tenant_id = $1 and id = $2 and (contact_node_id, account_id) is distinct from ($3::uuid, $4::uuid) returning id');

/** The persistent context of a session; null if there is no session, or its contact was erased. */
export async function persistentContextOf(sql: Sql, seal: Seal, { tenantId, sessionId }: { readonly tenantId: string; readonly sessionId: string }): Promise<VersionedContext | null> {
  const [row] = await sql.rows(byId, [tenantId, sessionId]);
  if (!row || row.wrappedKey === null) return null;
  return { ...readContext(seal.open(row.wrappedKey, row.sealed)), version: row.version };
}

/** What is stored of a context: its version and its sealed bytes. */
export interface StoredContext {
  readonly version: number;
  readonly sealed: Buffer | null;
}

/** Adds what a copy elsewhere holds to the session of a contact: known keys and cleared ones stay as they are. Returns null if that changed nothing. */
export async function addContextFromCopy(work: Work, seal: Seal, { ref, values, path }: { readonly ref: SessionRef; readonly values: Readonly<Record<string, unknown>>; readonly path: readonly string[] }): Promise<StoredContext | null> {
  const session = await lockSession(work, seal, ref);
  if (session.wrappedKey === null) return null;
  const present = session.persistentVersion === 0 ? emptyContext : readContext(seal.open(session.wrappedKey, await sealedContextOf(work, session.id)));
  const added = addFromCopy(present, values, path);
  const merged = withStated(present, added, new Map(newlyStated(present, added, Object.keys(values)).map((key) => [key, { at: work.now, step: null }])));
  if (session.persistentVersion > 0 && writeContext(merged) === writeContext(present)) return null;
  const stored = await storeContext(work, session.id, seal.seal(seal.unwrap(session.wrappedKey), writeContext(merged)));
  await noteChildData(work, session.id, merged);
  // What the copy alone said needs no copying back, and an erasure clears it there.
  if (session.persistentVersion === 0) await noteChatwootCopy(work, { sessionId: session.id, version: stored.version });
  work.record(sessionContextChanged.fact({ accountId: session.accountId, data: { sessionId: session.id, contextVersion: stored.version } }));
  return stored;
}

/** Stores the persistent context of a locked session. */
export async function storeContext(work: Work, sessionId: string, sealed: Buffer): Promise<StoredContext> {
  const [row] = await work.rows(store, [work.tenantId, sessionId, sealed, work.now]);
  return { version: row?.version ?? 0, sealed };
}

/** Notes which version of the context Chatwoot holds. An older one never takes the place of a newer one. */
export async function noteChatwootCopy(work: Work, { sessionId, version }: { readonly sessionId: Id<'Session'>; readonly version: number }): Promise<void> {
  await work.rows(synced, [work.tenantId, sessionId, version, work.now]);
}

/** Says which contact and account of the graph a session is about. */
export async function linkSession(work: Work, { sessionId, contactNodeId, accountId }: { readonly sessionId: Id<'Session'>; readonly contactNodeId: string | null; readonly accountId: string | null }): Promise<void> {
  await work.rows(link, [work.tenantId, sessionId, contactNodeId, accountId]);
}
