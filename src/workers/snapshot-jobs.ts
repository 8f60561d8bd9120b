import { z } from 'zod';
import type { Clock } from '../platform/clock.ts';
import type { Id } from '../platform/ids.ts';
import { defineTask, type Task } from '../platform/jobs/task.ts';
import type { Log } from '../platform/log.ts';
import type { Database } from '../platform/postgres/database.ts';
import { statement } from '../platform/postgres/statement.ts';
import { partsOf, retireAllSnapshots, startJob, takeDueSnapshots, takeSnapshotsTask, tenantsWithDueSnapshots, workOnJob } from '../features/snapshots/index.ts';

const actor = { kind: 'system', id: 'scheduler' } as const;
const nothing = z.looseObject({});
const day = 86_400_000;
const tenants = statement<{ id: Id<'Tenant'> }>('tenants_for_daily_snapshots', 'select id from tenant order by id');
const partitions = statement<{ made: number }>('ensure_snapshot_partitions', 'select ensure_snapshot_partitions($1::date, 4) as made');

/** The jobs of snapshots, by name; each may run twice without harm. */
export function snapshotTasks({ database, clock, log }: { readonly database: Database; readonly clock: Clock; readonly log: Log }): Record<string, Task> {
  return {
    [takeSnapshotsTask]: defineTask({
      payload: z.strictObject({ tenantId: z.uuid(), jobId: z.uuid(), requestId: z.string() }),
      async handle({ tenantId, jobId, requestId }, { signal }) {
        const parts = partsOf(database, clock, { tenantId: tenantId as Id<'Tenant'>, actor, requestId });
        await workOnJob(parts, jobId as Id<'SnapshotJob'>, { signal, onError: (error, fields) => log.error({ error, tenantId, ...fields }, 'a snapshot could not be taken') });
      },
    }),
    'daily-snapshots': defineTask({
      payload: nothing,
      cron: { pattern: '0 2 * * *', makeUp: day },
      async handle() {
        const today = clock.now().toISOString().slice(0, 10);
        await database.system((sql) => sql.rows(partitions, [today]));
        const ids = (await database.system((sql) => sql.rows(tenants))).map(({ id }) => id);
        await eachTenant(ids, log, (tenantId) => database.transact({ tenantId, actor, requestId: 'daily-snapshots' }, (work) =>
          startJob(work, { accountIds: null, type: 'SCHEDULED', reason: null, triggerEvent: 'DAILY_SNAPSHOT_JOB', day: today })));
      },
    }),
    'due-snapshots': defineTask({
      payload: nothing,
      cron: { pattern: '* * * * *', makeUp: 60_000 },
      async handle() {
        await eachTenant(await tenantsWithDueSnapshots(database), log, (tenantId) => takeDueSnapshots(partsOf(database, clock, { tenantId, actor, requestId: 'due-snapshots' }), {
          onError: (error, fields) => log.error({ error, tenantId, ...fields }, 'a snapshot that is due could not be taken'),
        }));
      },
    }),
    'retire-snapshots': defineTask({
      payload: nothing,
      cron: { pattern: '30 1 * * *', makeUp: day },
      async handle() {
        const dropped = await retireAllSnapshots(database, { actor, requestId: 'retire-snapshots' });
        if (dropped > 0) log.info({ dropped }, 'snapshots past their retention were dropped');
      },
    }),
    'snapshot-partitions': defineTask({
      payload: nothing,
      cron: { pattern: '20 0 * * *', makeUp: 7 * day },
      handle: async () => void (await database.system((sql) => sql.rows(partitions, [clock.now().toISOString().slice(0, 10)]))),
    }),
  };
}

/** Does something for each tenant, also when it fails for others; it then fails at the end, so that the job is tried again. */
async function eachTenant(ids: readonly Id<'Tenant'>[], log: Log, body: (id: Id<'Tenant'>) => Promise<unknown>): Promise<void> {
  const errors: unknown[] = [];
  for (const tenantId of ids) {
    try {
      await body(tenantId);
    } catch (error) {
      errors.push(error);
      log.error({ error, tenantId }, 'snapshots of a tenant could not be seen to');
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, `${errors.length} of ${ids.length} tenants failed`);
}
