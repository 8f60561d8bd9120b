import type { Id } from '../../../platform/ids.ts';
import type { Database } from '../../../platform/postgres/database.ts';
import { statement } from '../../../platform/postgres/statement.ts';
import type { Work } from '../../../platform/postgres/work.ts';
import { isDue } from './due-fetches.ts';

/** The name of the job that reads what is due at a vendor, for one connection. */
export const readSourceTask = 'read-source';

/** SQL: schedules the job for the connection in a row `c`; of several that have not begun one stays. */
const scheduleReader = `schedule_job('${readSourceTask}', json_build_object('tenantId', c.tenant_id, 'connectionId', c.id), null, '${readSourceTask}:' || c.tenant_id || ':' || c.id)`;
const isActive = 'c.removed_at is null and c.paused_at is null';

const wake = statement('wake_source_reader', `select ${scheduleReader} from connection c where c.tenant_id = $1 and c.source = $2 and ${isActive}`);
const wakeLater = statement(
  'wake_source_reader_later',
  `select schedule_job('${readSourceTask}', json_build_object('tenantId', c.tenant_id, 'connectionId', c.id), $3, '${readSourceTask}:' || c.tenant_id || ':' || c.id || ':later') from connection c where c.tenant_id = $1 and c.id = $2 and ${isActive}`,
);
const wakeDue = statement<{ woken: number }>(
  'wake_due_source_readers',
  `select count(*)::int as woken from (select ${scheduleReader} from connection c left join connection_reader r on r.tenant_id = c.tenant_id and r.connection_id = c.id
   where ${isActive} and (r.not_before is null or r.not_before <= $1 or r.failed_at < c.credentials_changed_at)
     and (exists (select from source_fetch f where f.tenant_id = c.tenant_id and f.source = c.source and ${isDue('f', '$1')})
       or exists (select from connection_backfill b where b.tenant_id = c.tenant_id and b.connection_id = c.id and b.status = 'RUNNING' and (b.next_attempt_at is null or b.next_attempt_at <= $1)))
   or c.removed_at is not null and exists (select from connection_backfill b where b.tenant_id = c.tenant_id and b.connection_id = c.id and b.status = 'RUNNING')) each`,
);

/** Has what is due of a source read once the transaction commits. Does nothing where the tenant has no active connection to it. */
export function wakeReader(work: Work, source: string): void {
  // Two transactions that schedule one job wait for each other: the wait is kept short.
  work.beforeCommit(async () => void (await work.rows(wake, [work.tenantId, source])));
}

/** Has a connection read again at an instant. RFC 3339. */
export async function wakeReaderAt(work: Work, connectionId: Id<'Connection'>, at: string): Promise<void> {
  await work.rows(wakeLater, [work.tenantId, connectionId, at]);
}

/** Has every connection read that has something due: after a pause, an outage, or a wake-up that was lost. Returns how many. */
export async function wakeDueReaders(database: Pick<Database, 'system'>, now: Date): Promise<number> {
  const [row] = await database.system((sql) => sql.rows(wakeDue, [now.toISOString()]));
  return row?.woken ?? 0;
}
