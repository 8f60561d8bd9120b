import type { Clock } from '../platform/clock.ts';
import type { Bus, RunningConsumer } from '../platform/events/bus.ts';
import type { Envelope } from '../platform/events/event.ts';
import { firstTime } from '../platform/events/inbox.ts';
import type { Id } from '../platform/ids.ts';
import type { Log } from '../platform/log.ts';
import type { Database } from '../platform/postgres/database.ts';
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

/**
 * account.changed, health.updated → a snapshot of the account: at once, or when the cool-down of the last one is over. What is
 * due stands in a table, and the scheduler looks there, too. No snapshot comes of what snapshots themselves record.
 */
export function startSnapshotTriggers({ bus, database, clock, log }: { readonly bus: Bus; readonly database: Database; readonly clock: Clock; readonly log: Log }): Promise<RunningConsumer> {
  return bus.consume({
    group,
    topics: [accountChanged.kind, healthUpdated.kind],
    batchSize: 500,
    gather: 200,
    async handle(events) {
      for (const [tenantId, own] of Map.groupBy(events, (event) => event.tenantId as Id<'Tenant'>)) {
        // Most changes are of records that no snapshot follows: they need no transaction.
        const calling = own.filter((event) => triggersOf(event).length > 0);
        if (calling.length === 0) continue;
        const caller = { tenantId, actor, requestId: calling.at(-1)?.requestId ?? group };
        await database.transact(caller, async (work) => noteTriggers(work, (await firstTime(work, group, calling)).flatMap(triggersOf)));
        // The events are taken in: what is due and fails now is due for the scheduler.
        await takeDueSnapshots(partsOf(database, clock, caller), { onError: (error, fields) => log.error({ error, tenantId, ...fields }, 'a snapshot that is due could not be taken') }).catch((error: unknown) => log.error({ error, tenantId }, 'snapshots that are due could not be taken'));
      }
    },
  });
}

function triggersOf(event: Envelope): Trigger[] {
  if (event.kind === healthUpdated.kind) return [{ accountId: healthUpdated.parse(event).accountId as Id<'Account'>, event: 'HEALTH_SCORES_UPDATED', calculated: true }];
  const { accountId, what, completed } = accountChanged.parse(event);
  const trigger = triggerOf[what];
  if (!trigger || (trigger === 'PLAYBOOK_EXECUTION_COMPLETED' && !completed)) return [];
  return [{ accountId: accountId as Id<'Account'>, event: trigger, calculated: false }];
}
