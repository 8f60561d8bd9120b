import { InvalidInput, LimitExceeded } from '../../platform/errors.ts';
import { parseGlobalId, type Id } from '../../platform/ids.ts';
import { schedule } from '../../platform/jobs/schedule.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { checkText, noSuchAccount, selectAccounts } from '../accounts/index.ts';
import type { TenantSql } from '../lineage/index.ts';
import { triggerEvents, type SnapshotType } from './enums.ts';
import { snapshotJobProgressed, snapshotJobStarted } from './snapshot.events.ts';

/** The name of the job that takes the snapshots of a run. */
export const takeSnapshotsTask = 'take-snapshots';
/** The most accounts that one call may name. */
export const mostNamed = 1_000;

/** Which snapshots are to be taken, and why. */
export interface SnapshotOrder {
  /** Global ids; null for every account of the tenant. */
  readonly accountIds: readonly string[] | null;
  readonly type: SnapshotType;
  readonly reason: string | null;
  /** One of a closed list, in whatever case. */
  readonly triggerEvent: string | null;
  /** The day of the daily run, of which a tenant has one a day: `2026-11-21`. */
  readonly day?: string;
  /** Where its parts stand in the input, if not where the graph has them. */
  readonly paths?: OrderPaths;
}

/** Where the parts of an order stand in what was given. */
export interface OrderPaths {
  readonly accounts: readonly string[];
  readonly reason: readonly string[];
  readonly triggerEvent: readonly string[];
}
const graphPaths: OrderPaths = { accounts: ['input', 'accountIds'], reason: ['input', 'reason'], triggerEvent: ['input', 'triggerEvent'] };

/** Up to this many accounts, when they are named, have their snapshots before the call returns; more are left to a worker. */
export const mostAtOnce = 100;

/** A job that was started. */
export interface StartedJob {
  readonly id: Id<'SnapshotJob'>;
  readonly total: number;
}

const insert = statement<{ total: number; chosen: Id<'Account'>[] | null }>(
  'start_snapshot_run',
  // $11: the accounts' snapshots are taken in this transaction, so that none of them waits.
  `with chosen as materialized (
     select id from account where tenant_id = $1 and ($3::uuid[] is null or id = any($3))
   ), counted as (
     select count(*)::int as total from chosen
   ), started as (
     insert into snapshot_run (tenant_id, id, type, status, reason, trigger_event, day, total, done, requested_by_kind, requested_by_id, started_at, ended_at)
     select $1, $2, $4, case when total = 0 or $11::boolean then 'DONE' else 'RUNNING' end, case when total > 0 and not $11 then $5 end, $6, $7, total, case when $11 then total else 0 end, $8, $9, $10, case when total = 0 or $11 then $10::timestamptz end from counted
     on conflict (tenant_id, day) do nothing returning total
   ), items as (
     insert into snapshot_run_item (tenant_id, run_id, account_id, state) select $1, $2, id, 'WAITING' from chosen where exists (select from started) and not $11 order by id
   )
   select total, case when $11 then array(select id from chosen) end as chosen from started`,
);
// Not all were taken: the others wait.
const reopen = statement(
  'reopen_snapshot_run',
  `with items as (
     insert into snapshot_run_item (tenant_id, run_id, account_id, state) select $1, $2, id, 'WAITING' from unnest($3::uuid[]) as left_over(id) order by id
   )
   update snapshot_run set status = 'RUNNING', done = total - cardinality($3::uuid[]), reason = $4, ended_at = null where tenant_id = $1 and id = $2`,
);

/** An order whose texts were checked and whose accounts were found. */
export interface CheckedOrder extends Pick<SnapshotOrder, 'type' | 'reason' | 'triggerEvent' | 'day'> {
  /** Null for every account of the tenant. */
  readonly accountIds: readonly Id<'Account'>[] | null;
}

/** Checks an order and finds the accounts that it names. Throws `InvalidInput`, `NotFound` or `LimitExceeded`, and names the argument. */
export async function checkOrder(sql: TenantSql, order: SnapshotOrder): Promise<CheckedOrder> {
  const paths = order.paths ?? graphPaths;
  const reason = order.reason === null ? null : checkText(order.reason, paths.reason, 500);
  const triggerEvent = order.triggerEvent?.toUpperCase() ?? null;
  if (triggerEvent !== null && !triggerEvents.includes(triggerEvent)) throw new InvalidInput(`A trigger event is one of ${triggerEvents.join(', ')}. Say anything else as the reason.`, paths.triggerEvent);
  const accountIds = order.accountIds === null ? null : await accountsOf(sql, order.accountIds, paths.accounts);
  return { type: order.type, reason, triggerEvent, accountIds, ...(order.day === undefined ? {} : { day: order.day }) };
}

/** Starts a job that takes one snapshot of each account, and schedules it. Returns null if the daily job of that day was started already. */
export async function startJob(work: Work, order: SnapshotOrder): Promise<StartedJob | null> {
  const started = await insertJob(work, await checkOrder(work, order));
  if (started) await scheduleJob(work, started);
  return started;
}

/** Starts a job without scheduling it: the caller takes the snapshots itself, or schedules it. Returns null if the daily job of that day was started already. */
export async function insertJob(work: Work, order: CheckedOrder): Promise<StartedJob | null> {
  return (await insertRun(work, order, false))?.job ?? null;
}

/** A job that is done when its transaction commits. */
export interface JobAtOnce extends StartedJob {
  /** The accounts whose snapshots it takes. */
  readonly accountIds: readonly Id<'Account'>[];
  /** States that these accounts have their snapshots. The others wait, and must be scheduled. Returns whether the job is done. */
  finish(taken: readonly Id<'Account'>[]): Promise<boolean>;
}

/** Starts a job whose snapshots are taken in the same transaction; call `finish` once they are. */
export async function insertJobAtOnce(work: Work, order: CheckedOrder): Promise<JobAtOnce> {
  const started = await insertRun(work, order, true);
  if (!started) throw new Error('a job without a day was started twice');
  const { job, chosen } = started;
  return {
    ...job,
    accountIds: chosen,
    async finish(taken) {
      const leftOver = chosen.filter((accountId) => !taken.includes(accountId));
      if (leftOver.length > 0) await work.rows(reopen, [work.tenantId, job.id, leftOver, order.reason]);
      const status = leftOver.length > 0 ? 'RUNNING' : 'DONE';
      if (taken.length > 0) work.record(snapshotJobProgressed.fact({ accountId: null, data: { jobId: job.id, status, done: taken.length, total: job.total, failed: 0 } }));
      return leftOver.length === 0;
    },
  };
}

async function insertRun(work: Work, { accountIds, type, reason, triggerEvent, day }: CheckedOrder, atOnce: boolean): Promise<{ readonly job: StartedJob; readonly chosen: readonly Id<'Account'>[] } | null> {
  const id = work.newId<'SnapshotJob'>();
  const [started] = await work.rows(insert, [work.tenantId, id, accountIds, type, reason, triggerEvent, day ?? null, work.actor.kind, work.actor.id, work.now, atOnce]);
  if (!started) return null;
  const { total, chosen } = started;
  work.record(snapshotJobStarted.fact({ accountId: null, data: { jobId: id, status: total === 0 ? 'DONE' : 'RUNNING', done: 0, total, failed: 0 } }));
  return { job: { id, total }, chosen: chosen ?? [] };
}

/** Has a worker take the snapshots of a job. With `later`, in half a minute: the caller takes them now, and the worker continues if the caller's process ends. */
export async function scheduleJob(work: Work, { id, total }: StartedJob, { later = false } = {}): Promise<void> {
  if (total === 0) return;
  const task = { task: takeSnapshotsTask, payload: { tenantId: work.tenantId, jobId: id, requestId: work.requestId }, key: `${takeSnapshotsTask}:${work.tenantId}:${id}` };
  await schedule(work, later ? { ...task, runAt: new Date(Date.parse(work.now) + 30_000) } : task);
}

async function accountsOf(sql: TenantSql, globalIds: readonly string[], path: readonly string[]): Promise<Id<'Account'>[]> {
  if (globalIds.length === 0) throw new InvalidInput('Name one account at least, or none at all for every account.', path);
  if (globalIds.length > mostNamed) throw new LimitExceeded(`At most ${mostNamed} accounts can be named in one call; these are ${globalIds.length}. Leave them out for every account.`);
  const placeOf = (index: number): readonly string[] => (path.at(-1) === 'accountIds' ? [...path, String(index)] : path);
  const selectors = globalIds.map((globalId, index) => {
    const parsed = parseGlobalId(globalId, placeOf(index));
    if (parsed?.type !== 'Account') throw noSuchAccount(placeOf(index));
    return { id: parsed.id as Id<'Account'> };
  });
  const known = await selectAccounts(sql, sql.tenantId, selectors);
  const missing = selectors.findIndex(({ id }) => !known.has(id));
  if (missing >= 0) throw noSuchAccount(placeOf(missing));
  return [...new Set(known.values())];
}
