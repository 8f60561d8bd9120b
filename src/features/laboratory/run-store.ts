import type { Id } from '../../platform/ids.ts';
import type { LabWork } from '../../platform/postgres/lab-work.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { LockedExperiment } from './experiment-store.ts';

/** Where a run is in its life. QUEUED → RUNNING → COMPLETED or FAILED; QUEUED and RUNNING → CANCELLED; a run whose worker is lost is claimed again. */
export type RunStatus = 'QUEUED' | 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELLED';

/** How far a run is. */
export interface RunProgress {
  readonly experimentId: Id<'Experiment'>;
  readonly runId: Id<'ExperimentRun'>;
  readonly status: RunStatus;
  readonly accountsDone: number;
  readonly accountsTotal: number | null;
}

const progress = 'experiment_id as "experimentId", id as "runId", status, accounts_done as "accountsDone", accounts_total as "accountsTotal"';

const insert = statement(
  'insert_experiment_run',
  `insert into lab.experiment_run (tenant_id, id, experiment_id, window_from, window_to, clock, frozen_at, horizon_days, parameters, base_version, seed, status, requested_at, requested_by)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'QUEUED', $7, $12)`,
);
const countActive = statement<{ own: number; tenant: number }>(
  'count_active_runs',
  `select count(*) filter (where experiment_id = $2)::int as own, count(*)::int as tenant from lab.experiment_run where tenant_id = $1 and status in ('QUEUED', 'RUNNING')`,
);
const lockTenantRuns = statement('lock_experiment_runs', `select pg_advisory_xact_lock(hashtextextended('experiment_run:' || $1, 0))`);
const cancel = statement<RunProgress>(
  'cancel_experiment_run',
  `update lab.experiment_run set status = 'CANCELLED', finished_at = $3, holder = null, leased_until = null
   where tenant_id = $1 and id = $2 and status in ('QUEUED', 'RUNNING') returning ${progress}`,
);
const cancelAll = statement<RunProgress>(
  'cancel_runs_of_experiment',
  `update lab.experiment_run set status = 'CANCELLED', finished_at = $3, holder = null, leased_until = null
   where tenant_id = $1 and experiment_id = $2 and status in ('QUEUED', 'RUNNING') returning ${progress}`,
);
const pin = statement<RunProgress>(
  'pin_experiment_run',
  `update lab.experiment_run set pinned_at = $3, pinned_by = $4 where tenant_id = $1 and id = $2 and status = 'COMPLETED' and pinned_at is null returning ${progress}`,
);
const standing = statement<{ status: RunStatus; isPinned: boolean }>('standing_of_experiment_run', 'select status, pinned_at is not null as "isPinned" from lab.experiment_run where tenant_id = $1 and id = $2');

/** Counts the runs that wait or run; until the transaction ends, no other run of the tenant is queued. */
export async function countActiveRuns(work: LabWork, experimentId: string): Promise<{ readonly own: number; readonly tenant: number }> {
  await work.rows(lockTenantRuns, [work.tenantId]);
  return (await work.rows(countActive, [work.tenantId, experimentId]))[0] ?? { own: 0, tenant: 0 };
}

/** Queues a run of an experiment, frozen at the instant of the transaction. */
export async function insertRun(work: LabWork, run: { readonly experimentId: string; readonly experiment: LockedExperiment; readonly baseVersion: number; readonly seed: string }): Promise<Id<'ExperimentRun'>> {
  const { windowFrom, windowTo, clock, horizonDays, parameters } = run.experiment;
  const id = work.newId<'ExperimentRun'>();
  await work.rows(insert, [work.tenantId, id, run.experimentId, windowFrom, windowTo, clock, work.now, horizonDays, JSON.stringify(parameters), run.baseVersion, run.seed, work.actor.id]);
  return id;
}

/** Cancels a run that waits or runs; null where it is over, or there is none. */
export async function storeCancelled(work: LabWork, runId: string): Promise<RunProgress | null> {
  return (await work.rows(cancel, [work.tenantId, runId, work.now]))[0] ?? null;
}

/** Cancels all runs of an experiment that wait or run. */
export function storeAllCancelled(work: LabWork, experimentId: string): Promise<RunProgress[]> {
  return work.rows(cancelAll, [work.tenantId, experimentId, work.now]);
}

/** Pins a completed run; null where it is not completed, pinned already, or there is none. */
export async function storePinned(work: LabWork, runId: string): Promise<RunProgress | null> {
  return (await work.rows(pin, [work.tenantId, runId, work.now, work.actor.id]))[0] ?? null;
}

/** The status of a run; null where the tenant has none of that id. */
export async function standingOfRun(work: LabWork, runId: string): Promise<{ readonly status: RunStatus; readonly isPinned: boolean } | null> {
  return (await work.rows(standing, [work.tenantId, runId]))[0] ?? null;
}
