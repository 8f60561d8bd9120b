import { InvalidInput } from '../../platform/errors.ts';
import type { Actor } from '../../platform/events/event.ts';
import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { removeDerivations } from '../lineage/index.ts';
import { expireIdleSessions, type Expiring } from './idle-sessions.ts';
import { stepLineage } from './session-lineage.ts';
import type { SessionSettings } from './session.type.ts';
import { sessionSettingsSaved } from './sessions.events.ts';

const save = statement(
  'save_session_settings',
  `insert into session_setting (tenant_id, transcript_days, context_days, recorded_at) values ($1, $2, $3, $4)
   on conflict (tenant_id) do update set transcript_days = excluded.transcript_days, context_days = excluded.context_days, recorded_at = excluded.recorded_at`,
);

/** Decides how long a tenant keeps sessions. */
export async function saveSessionSettings(work: Work, { transcriptDays, contextDays }: SessionSettings): Promise<void> {
  for (const [name, days] of Object.entries({ transcriptDays, contextDays })) {
    if (!Number.isInteger(days) || days < 1 || days > 3_650) throw new InvalidInput(`${name} must be between 1 and 3650.`, ['input', name]);
  }
  await work.rows(save, [work.tenantId, transcriptDays, contextDays, work.now]);
  work.record(sessionSettingsSaved.fact({ accountId: null, data: { transcriptDays, contextDays } }));
}

/** Rows of a kind that one transaction deletes, at most. */
const portion = 1_000;
const tenants = statement<{ tenantId: Id<'Tenant'> }>('tenants_with_sessions', 'select distinct tenant_id as "tenantId" from agent_session');
const days = (column: string, usual: number): string => `(select make_interval(days => coalesce(max(${column}), ${usual})) from session_setting where tenant_id = $1)`;
const expireActive = statement('expire_active_contexts', 'update agent_session set active_sealed = null, active_expires_at = null, active_version = active_version + 1 where tenant_id = $1 and active_expires_at <= $2');
const expireSteps = statement<{ id: string }>('expire_session_steps', `delete from session_step where tenant_id = $1 and id in (select id from session_step where tenant_id = $1 and recorded_at < $2::timestamptz - ${days('transcript_days', 30)} order by recorded_at limit ${portion}) returning id`);
const expireMessages = statement<{ id: string }>('expire_session_messages', `delete from session_message where tenant_id = $1 and id in (select id from session_message where tenant_id = $1 and acknowledged_at is not null and recorded_at < $2::timestamptz - ${days('transcript_days', 30)} order by recorded_at limit ${portion}) returning id`);
const expireRequests = statement<{ id: string }>('expire_session_requests', `delete from session_request r where tenant_id = $1 and (session_id, key) in (select session_id, key from session_request where tenant_id = $1 and recorded_at < $2::timestamptz - ${days('transcript_days', 30)} order by recorded_at limit ${portion}) returning session_id as id`);

/** Deletes what tenants no longer keep, and active contexts that have expired. Returns how many rows were deleted or emptied. */
export async function expireSessionData(parts: Expiring, caller: { readonly actor: Actor; readonly requestId: string }): Promise<number> {
  const { database } = parts;
  let deleted = 0;
  for (const { tenantId } of await database.system((sql) => sql.rows(tenants))) {
    for (let again = true; again; ) {
      const counts = await database.transact({ ...caller, tenantId }, async (work) => {
        const values = [tenantId, work.now];
        await work.rows(expireActive, values);
        const [steps, messages, requests] = [await work.rows(expireSteps, values), await work.rows(expireMessages, values), await work.rows(expireRequests, values)];
        await removeDerivations(work, steps.map(({ id }) => stepLineage.ref(id)));
        return [steps.length, messages.length, requests.length];
      });
      deleted += counts.reduce((sum, count) => sum + count, 0);
      again = counts.includes(portion);
    }
    deleted += await expireIdleSessions(parts, { ...caller, tenantId });
  }
  return deleted;
}
