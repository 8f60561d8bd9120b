import type { Clock } from '../platform/clock.ts';
import type { Bus, RunningConsumer } from '../platform/events/bus.ts';
import type { Envelope } from '../platform/events/event.ts';
import { firstTime } from '../platform/events/inbox.ts';
import type { Id } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import type { Database } from '../platform/postgres/database.ts';
import { statement } from '../platform/postgres/statement.ts';
import type { Work } from '../platform/postgres/work.ts';
import { accountChanged } from '../features/accounts/index.ts';
import { healthUpdated } from '../features/health/index.ts';
import { noteTriggers, partsOf, takeDueSnapshots, type SnapshotTrigger, type Trigger } from '../features/snapshots/index.ts';

const group = 'snapshot-triggers';
const actor = { kind: 'system', id: group } as const;

/** What a change of a table means for snapshots; runs of playbooks must have been completed. */
const triggerOf: Readonly<Record<string, SnapshotTrigger>> = {
  account: 'ACCOUNT_DATA_CHANGED',
  kpi: 'KPI_DATA_UPLOADED',
  health_trend: 'HEALTH_SCORES_UPDATED',
  playbook_execution: 'PLAYBOOK_EXECUTION_COMPLETED',
};

const completed = statement<{ id: string }>('completed_playbook_executions', `select id from playbook_execution where tenant_id = $1 and id = any($2::uuid[]) and status = 'COMPLETED'`);

/**
 * account.changed, health.updated → a snapshot of the account: at once, or when the cool-down of the last one is over. What is
 * due stands in a table, and the scheduler looks there, too. No snapshot comes of what snapshots themselves record.
 */
export function startSnapshotTriggers({ bus, database, clock, log }: { readonly bus: Bus; readonly database: Database; readonly clock: Clock; readonly log: Log }): Promise<RunningConsumer> {
  return bus.consume({
    group,
    topics: [accountChanged.kind, healthUpdated.kind],
    batchSize: 500,
    async handle(events) {
      for (const [tenantId, own] of Map.groupBy(events, (event) => event.tenantId as Id<'Tenant'>)) {
        const caller = { tenantId, actor, requestId: own.at(-1)?.requestId ?? group };
        await database.transact(caller, async (work) => noteTriggers(work, await triggersOf(work, await firstTime(work, group, own))));
        // The events are taken in: what is due and fails now is due for the scheduler.
        await takeDueSnapshots(partsOf(database, clock, caller)).catch((error: unknown) => log.error({ error, tenantId }, 'snapshots that are due could not be taken'));
      }
    },
  });
}

async function triggersOf(work: Work, events: readonly Envelope[]): Promise<Trigger[]> {
  const changes = events.filter(({ kind }) => kind === accountChanged.kind).map((event) => accountChanged.parse(event));
  const runs = changes.filter(({ what }) => what === 'playbook_execution').flatMap(({ ids }) => ids);
  const done = new Set(runs.length === 0 ? [] : (await work.rows(completed, [work.tenantId, runs])).map(({ id }) => id));
  return [
    ...changes.flatMap(({ accountId, what, ids }): Trigger[] => {
      const event = triggerOf[what];
      if (!event || (event === 'PLAYBOOK_EXECUTION_COMPLETED' && !ids.some((id) => done.has(id)))) return [];
      return [{ accountId: accountId as Id<'Account'>, event, calculated: false }];
    }),
    ...events.filter(({ kind }) => kind === healthUpdated.kind).map((event): Trigger => ({ accountId: healthUpdated.parse(event).accountId as Id<'Account'>, event: 'HEALTH_SCORES_UPDATED', calculated: true })),
  ];
}
