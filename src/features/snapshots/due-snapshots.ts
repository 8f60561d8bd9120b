import type { Id } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import type { SnapshotTrigger } from './enums.ts';
import { takeIsolated, type SnapshotParts } from './take-snapshots.ts';
import type { Occasion } from './write-snapshots.ts';

/** After a snapshot that something triggered, what triggers the next one waits so long, and shares it. */
export const coolDownMinutes = 5;

/** Something happened to an account that calls for a snapshot. */
export interface Trigger {
  readonly accountId: Id<'Account'>;
  readonly event: SnapshotTrigger;
  /** Whether all that happened is that health was calculated anew. */
  readonly calculated: boolean;
}

const note = statement(
  'note_snapshot_triggers',
  `insert into snapshot_due as d (tenant_id, account_id, trigger_events, only_calculated, due_at, first_at)
   select $1, g.account_id, g.events, g.calculated, greatest($3::timestamptz, h.event_driven_at + interval '${coolDownMinutes} minutes'), $3
   from (select account_id, array_agg(distinct event order by event) as events, bool_and(calculated) as calculated from jsonb_to_recordset($2::jsonb) as t(account_id uuid, event text, calculated boolean) group by account_id) g
   join account a on a.tenant_id = $1 and a.id = g.account_id
   left join snapshot_head h on h.tenant_id = $1 and h.account_id = g.account_id
   order by g.account_id
   on conflict (tenant_id, account_id) do update set only_calculated = d.only_calculated and excluded.only_calculated,
     trigger_events = d.trigger_events || array(select e from unnest(excluded.trigger_events) e where e <> all(d.trigger_events))`,
);

/** Writes down that accounts need a snapshot: at once, or once the cool-down of their last one is over, for all that happens until then. */
export async function noteTriggers(work: Work, triggers: readonly Trigger[]): Promise<void> {
  if (triggers.length === 0) return;
  await work.rows(note, [work.tenantId, JSON.stringify(triggers.map(({ accountId, event, calculated }) => ({ account_id: accountId, event, calculated }))), work.now]);
}

const together = 200;
const dueTenants = statement<{ id: Id<'Tenant'> }>('tenants_with_due_snapshots', 'select distinct tenant_id as id from snapshot_due where due_at <= app_now()');
const due = statement<{ id: Id<'Account'> }>('due_snapshots', `select account_id as id from snapshot_due where tenant_id = $1 and due_at <= $2 order by due_at, account_id limit ${together}`);
// Whoever noted a trigger while the last one was being taken could not see its cool-down.
const claimDue = statement<{ accountId: Id<'Account'>; events: string[]; calculated: boolean }>(
  'claim_due_snapshots',
  `with locked as materialized (
     select d.account_id, d.trigger_events, d.only_calculated, h.event_driven_at + interval '${coolDownMinutes} minutes' as cool_at
     from snapshot_due d left join snapshot_head h on h.tenant_id = d.tenant_id and h.account_id = d.account_id
     where d.tenant_id = $1 and d.account_id = any($2::uuid[]) and d.due_at <= $3 order by d.account_id for update of d
   ), later as (
     update snapshot_due d set due_at = l.cool_at from locked l where d.tenant_id = $1 and d.account_id = l.account_id and l.cool_at > $3
   )
   select account_id as "accountId", trigger_events as events, only_calculated as calculated from locked where cool_at is null or cool_at <= $3`,
);
const settleDue = statement('settle_due_snapshots', 'delete from snapshot_due where tenant_id = $1 and account_id = any($2::uuid[])');

const dropGone = statement('drop_due_of_gone', 'delete from snapshot_due d where d.tenant_id = $1 and d.account_id = any($2::uuid[]) and not exists (select from account a where a.tenant_id = $1 and a.id = d.account_id)');

/** The tenants that have snapshots due. */
export async function tenantsWithDueSnapshots(database: Pick<Database, 'system'>): Promise<Id<'Tenant'>[]> {
  return (await database.system((sql) => sql.rows(dueTenants))).map(({ id }) => id);
}

// Later each time: five minutes, ten, twenty, and a day at most.
const postpone = statement(
  'postpone_due_snapshots',
  `update snapshot_due set failures = failures + 1, due_at = $3::timestamptz + least(interval '${coolDownMinutes} minutes' * power(2, least(failures, 20)), interval '1 day') where tenant_id = $1 and account_id = any($2::uuid[])`,
);

/** What `takeDueSnapshots` is told by. */
export interface DueHooks {
  onError(error: unknown, fields: Readonly<Record<string, string>>): void;
}

/** Takes the snapshots of a tenant that are due; answers how many. An account of which none can be taken does not hold up the rest, and is tried again later each time. */
export async function takeDueSnapshots(parts: SnapshotParts, { onError }: DueHooks): Promise<number> {
  const later = (accountIds: readonly Id<'Account'>[]): Promise<unknown> => parts.transact((work) => work.rows(postpone, [work.tenantId, accountIds, work.now]));
  for (let total = 0; ; ) {
    const now = parts.clock.now().toISOString();
    const ids = (await parts.briefly((sql) => sql.rows(due, [parts.tenantId, now]))).map(({ id }) => id);
    let moved = 0;
    await takeIsolated(parts, { accountIds: ids }, {
      async claim(work, accountIds) {
        const rows = await work.rows(claimDue, [work.tenantId, accountIds, work.now]);
        return new Map(rows.map(({ accountId, events, calculated }): [Id<'Account'>, Occasion] => [accountId, { type: calculated ? 'POST_HEALTH_CALC' : 'EVENT_DRIVEN', reason: null, triggerEvents: events, runId: null, onlyCalculated: calculated }]));
      },
      async settle(work, taken, needless) {
        await work.rows(settleDue, [work.tenantId, [...taken.map(({ accountId }) => accountId), ...needless]]);
        work.afterCommit(() => {
          total += taken.length;
          moved += taken.length + needless.length;
        });
      },
    }, {
      async onTaken({ gone, changedMeanwhile }) {
        // Retired or merged away since; otherwise they would be due for ever, and in number hold up the rest.
        if (gone.length > 0) await parts.transact((work) => work.rows(dropGone, [work.tenantId, gone]));
        moved += gone.length;
        if (changedMeanwhile.length === 0) return;
        await later(changedMeanwhile);
        moved += changedMeanwhile.length;
      },
      async onFault(accountId, error) {
        onError(error, { accountId });
        await later([accountId]);
        moved += 1;
      },
    });
    // A batch of which nothing came, since another process has it in hand, would come again at once.
    if (ids.length < together || moved === 0) return total;
  }
}
