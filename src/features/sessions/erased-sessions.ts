import type { Actor } from '../../platform/events/event.ts';
import type { FastCopies } from '../../platform/fast-copies.ts';
import type { Id } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { forgetCopies } from './session-copies.ts';
import { keepFencingToken } from './session-store.ts';

const erased = statement<{ tenantId: Id<'Tenant'>; id: string }>('erased_sessions', 'select tenant_id as "tenantId", id from agent_session where erased_at is not null order by erased_at, id limit 1000');
const refsOf = statement<{ id: string; inboxId: number; contactId: string }>('refs_of_erased_sessions', 'select id, inbox_id as "inboxId", contact_id as "contactId" from agent_session where tenant_id = $1 and id = any($2::uuid[]) and erased_at is not null');
// The copy in Chatwoot is cleared by its connector, which then sets chatwoot_version to null.
const drop = statement<{ fencingToken: number }>('drop_erased_sessions', 'delete from agent_session where tenant_id = $1 and id = any($2::uuid[]) and erased_at is not null and chatwoot_version is null returning fencing_token as "fencingToken"');

/** What clearing is done with. */
export interface Clearing {
  readonly database: Database;
  readonly copies: FastCopies;
}

/** Deletes the Redis keys of erased sessions, and their rows once no other copy is left. A session whose keys could not be deleted stays for the next run. Returns how many rows were deleted. */
export async function clearErasedSessions({ database, copies }: Clearing, caller: { readonly actor: Actor; readonly requestId: string }): Promise<number> {
  let dropped = 0;
  const rows = await database.system((sql) => sql.rows(erased));
  for (const [tenantId, theirs] of Map.groupBy(rows, ({ tenantId }) => tenantId)) {
    const read = database.read(tenantId);
    const refs = await read.rows(refsOf, [tenantId, theirs.map(({ id }) => id)]);
    await read.close();
    const cleared: string[] = [];
    for (const ref of refs) if (await forgetCopies(copies, tenantId, ref)) cleared.push(ref.id);
    if (cleared.length > 0) dropped += await database.transact({ ...caller, tenantId }, async (work) => {
      const rows = await work.rows(drop, [tenantId, cleared]);
      await keepFencingToken(work, rows.map(({ fencingToken }) => fencingToken));
      return rows.length;
    });
  }
  return dropped;
}
