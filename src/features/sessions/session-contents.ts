import { ask, type Call, type Question } from '../../platform/graphql/call.ts';
import { parseExactJson } from '../../platform/exact-json.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { copiesOf, type SealedContext } from './session-copies.ts';
import { readContext } from './session-context.ts';
import { sessionById, shownTo } from './session.queries.ts';
import { readsSessions } from './sessions.policy.ts';
import type { SessionRow } from './session.type.ts';

/** The contexts of a session as JSON texts; null where there is none, or its contact was erased. */
export interface SessionContents {
  readonly active: string | null;
  readonly persistent: string | null;
}

interface SealedContents {
  readonly active: Buffer | null;
  readonly persistent: Buffer | null;
}

const sealedContents = statement<SealedContents & { id: string }>('contexts_of_sessions', 'select id, active_sealed as active, persistent_sealed as persistent from agent_session where tenant_id = $1 and id = any($2::uuid[])');
const nothing: SessionContents = { active: null, persistent: null };

/**
 * The contexts of sessions. PostgreSQL says their versions, with the row; Redis gives the contexts if its copies bear these
 * versions, so that up to 512 KiB a session stay where they are. Without Redis they come with the row.
 */
export const contentsOfSession: Question<string, SessionContents> = {
  name: 'contents_of_session',
  async load(call, ids) {
    const rows = await Promise.all(ids.map((id) => ask(call, sessionById, null, id)));
    const copied = await Promise.all(rows.map((row) => fromCopies(call, row)));
    const missing = rows.filter((row, place) => row !== null && call.copies.kind !== 'none' && copied[place] === null).map((row) => row?.uuid);
    const sealed = missing.length === 0 ? [] : await call.read.rows(sealedContents, [call.tenantId, missing]);
    return rows.map((row, place) => {
      if (row === null) return nothing;
      const own = call.copies.kind === 'none' ? { active: row.activeSealed, persistent: row.persistentSealed } : sealed.find(({ id }) => id === row.uuid);
      return copied[place] ?? (own ? { active: call.seal.open(row.wrappedKey, own.active), persistent: call.seal.open(row.wrappedKey, own.persistent) } : nothing);
    });
  },
};

/** The active context; null once it has expired, and for callers who are not shown it. */
export async function activeContextOf(call: Call, { uuid, activeExpiresAt }: SessionRow): Promise<unknown> {
  if (!readsSessions(call) || activeExpiresAt === null || activeExpiresAt <= call.clock.now().toISOString()) return null;
  return (await shownTo(call))(json((await ask(call, contentsOfSession, null, uuid)).active));
}

/** The values of the persistent context; null where none were stated, and for callers who are not shown them. */
export async function persistentValuesOf(call: Call, { uuid }: SessionRow): Promise<unknown> {
  const text = readsSessions(call) ? (await ask(call, contentsOfSession, null, uuid)).persistent : null;
  return text === null ? null : (await shownTo(call))(readContext(text).values);
}

const json = (text: string | null): unknown => (text === null ? null : parseExactJson(text));

/** The contexts as Redis holds them; null if a copy is missing, is another version or cannot be opened. */
async function fromCopies({ copies, tenantId, seal }: Pick<Call, 'copies' | 'tenantId' | 'seal'>, row: SessionRow | null): Promise<SessionContents | null> {
  if (row === null || copies.kind === 'none') return null;
  const [active, persistent] = await copiesOf(copies, tenantId, row);
  const open = (copy: SealedContext | null, version: number): string | null => (copy?.version === version ? seal.open(row.wrappedKey, copy.sealed) : null);
  try {
    const texts = { active: row.activeExpiresAt === null ? null : open(active, row.activeVersion), persistent: open(persistent, row.persistentVersion) };
    const lacks = row.wrappedKey !== null && ((row.activeExpiresAt !== null && texts.active === null) || (row.persistentVersion > 0 && texts.persistent === null));
    return lacks ? null : texts;
  } catch {
    return null;
  }
}
