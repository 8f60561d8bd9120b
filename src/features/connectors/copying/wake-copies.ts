import type { Database } from '../../../platform/postgres/database.ts';
import { statement } from '../../../platform/postgres/statement.ts';
import { copyingVendor } from '../outbound/connection-contexts.ts';

/** The name of the job that copies the contexts of sessions to Chatwoot, for one tenant. */
export const copySessionsTask = 'copy-sessions';

/** SQL: whether the copy of a session in a row is behind, or has to be cleared. */
export const isCopyDue = (session: string): string => `((${session}.persistent_version > coalesce(${session}.chatwoot_version, 0) and ${session}.erased_at is null) or (${session}.erased_at is not null and ${session}.chatwoot_version is not null))`;

const wake = statement<{ woken: number }>(
  'wake_due_copies',
  `select count(*)::int as woken from (
     select schedule_job('${copySessionsTask}', json_build_object('tenantId', c.tenant_id), null, '${copySessionsTask}:' || c.tenant_id) from connection c
     where c.source = '${copyingVendor}' and c.removed_at is null and c.paused_at is null and exists (select from agent_session s where s.tenant_id = c.tenant_id and ${isCopyDue('s')})) each`,
);

/** Has the contexts of every tenant copied whose copies are behind: after an end, a pause or an outage. Returns for how many tenants. */
export async function wakeDueCopies(database: Pick<Database, 'system'>): Promise<number> {
  const [row] = await database.system((sql) => sql.rows(wake));
  return row?.woken ?? 0;
}
