import type { HoldsChildData } from '../../platform/child-data.ts';
import type { Actor } from '../../platform/events/event.ts';
import type { FastCopies } from '../../platform/fast-copies.ts';
import type { Id } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { removeDerivations } from '../lineage/index.ts';
import { childKeysOf, profileSettingsOf } from '../profiles/index.ts';
import { isOfChild, noteChildData } from './note-child-data.ts';
import { storeContext } from './persistent-context.ts';
import { forgetCopies } from './session-copies.ts';
import { readContext, writeContext, type PersistentContext } from './session-context.ts';
import { stepLineage } from './session-lineage.ts';
import { statedOf } from './stated-keys.ts';
import { lockById, sealedContextOf } from './session-store.ts';
import { sessionContextChanged } from './sessions.events.ts';

const tenants = statement<{ tenantId: Id<'Tenant'> }>('tenants_that_may_hold_child_data', 'select distinct tenant_id as "tenantId" from agent_session');
const due = statement<{ id: Id<'Session'> }>('sessions_with_old_child_data', 'select id from agent_session where tenant_id = $1 and child_data_since < $2 and erased_at is null order by child_data_since, id limit 500');
const oldSteps = statement<{ id: string }>('delete_steps_with_old_child_data', 'delete from session_step where tenant_id = $1 and id in (select id from session_step where tenant_id = $1 and holds_child_data and recorded_at < $2 order by recorded_at, id limit 1000) returning id');

// What customers wrote is free text: in a session that holds data of a child it speaks of the child.
const oldMessages = statement<{ id: string }>(
  'delete_messages_beside_old_child_data',
  `delete from session_message where tenant_id = $1 and id in (select m.id from session_message m join agent_session s on s.tenant_id = m.tenant_id and s.id = m.session_id
     where m.tenant_id = $1 and m.acknowledged_at is not null and m.recorded_at < $2 and (s.child_data_since is not null or exists (select from session_step t where t.tenant_id = $1 and t.session_id = s.id and t.holds_child_data))
     order by m.recorded_at, m.id limit 1000) returning id`,
);

/** A context without data of children that was stated before an instant. Cleared keys leave tombstones, so that copies elsewhere lose them, too. */
function withoutOld({ values, cleared, stated }: PersistentContext, holds: HoldsChildData, before: string): PersistentContext {
  const old = Object.keys(values).filter((key) => isOfChild(holds, key, values[key]) && (statedOf(stated, key)?.at ?? '') < before);
  const kept = <Value>(of: Readonly<Record<string, Value>>): Record<string, Value> => Object.fromEntries(Object.entries(of).filter(([key]) => !old.includes(key)));
  return { values: kept(values), cleared: [...new Set([...cleared, ...old])].toSorted(), ...(stated ? { stated: kept(stated) } : {}) };
}

/** What retention works with. */
export interface ChildRetention {
  readonly database: Database;
  readonly seal: Seal;
  readonly copies: FastCopies;
}

/** Deletes data of children that tenants no longer keep from contexts and steps of sessions, and the messages beside it. What could not be deleted from Redis is tried again by the next run. Returns how many contexts, steps and messages changed. */
export async function expireChildDataOfSessions({ database, seal, copies }: ChildRetention, caller: { readonly actor: Actor; readonly requestId: string }): Promise<number> {
  let changed = 0;
  for (const { tenantId } of await database.system((sql) => sql.rows(tenants))) {
    const { before, sessions, rows } = await database.transact({ ...caller, tenantId }, async (work) => {
      const before = new Date(Date.parse(work.now) - (await profileSettingsOf(work, tenantId)).childDataDays * 86_400_000).toISOString();
      const messages = await work.rows(oldMessages, [tenantId, before]);
      const steps = await work.rows(oldSteps, [tenantId, before]);
      await removeDerivations(work, steps.map(({ id }) => stepLineage.ref(id)));
      return { before, rows: messages.length + steps.length, sessions: await work.rows(due, [tenantId, before]) };
    });
    changed += rows;
    for (const { id } of sessions) {
      const ref = await database.transact({ ...caller, tenantId }, (work) => clearOld(work, seal, { id, before }));
      if (ref === null) continue;
      changed += 1;
      if (await forgetCopies(copies, tenantId, ref)) await database.transact({ ...caller, tenantId }, (work) => noteCleared(work, seal, id));
    }
  }
  return changed;
}

async function clearOld(work: Work, seal: Seal, { id, before }: { readonly id: Id<'Session'>; readonly before: string }): Promise<{ readonly inboxId: number; readonly contactId: string } | null> {
  const session = await lockById(work, id);
  if (!session || session.wrappedKey === null) return null;
  const holds = await childKeysOf(work, work.tenantId);
  const present = readContext(seal.open(session.wrappedKey, await sealedContextOf(work, id)));
  const left = withoutOld(present, holds, before);
  if (writeContext(left) !== writeContext(present)) {
    const { version } = await storeContext(work, id, seal.seal(seal.unwrap(session.wrappedKey), writeContext(left)));
    work.record(sessionContextChanged.fact({ accountId: session.accountId, data: { sessionId: id, contextVersion: version } }));
  }
  return session;
}

/** Of a session whose copies are gone: since when it holds data of children now. */
async function noteCleared(work: Work, seal: Seal, id: Id<'Session'>): Promise<void> {
  const session = await lockById(work, id);
  if (session && session.wrappedKey !== null) await noteChildData(work, id, readContext(seal.open(session.wrappedKey, await sealedContextOf(work, id))));
}
