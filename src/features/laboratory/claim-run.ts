import { z } from 'zod';
import type { Id } from '../../platform/ids.ts';
import type { LabWork } from '../../platform/postgres/lab-work.ts';
import { statement, type Sql } from '../../platform/postgres/statement.ts';
import { scoringModelParameters, withStageTypes } from '../scoring/index.ts';
import type { FinishedRun, ReplayedPortion, ReplayedRun, RunSize } from './replay-signatures.ts';
import type { RunProgress } from './run-store.ts';

/** How long a worker holds a run without a sign of life, in milliseconds. */
export const leaseMilliseconds = 60_000;

/** A run that a worker holds. */
export interface HeldRun extends ReplayedRun {
  readonly experimentId: Id<'Experiment'>;
  /** How often it was claimed since it last made progress. */
  readonly attempts: number;
  /** The last account that is done; null: none yet. */
  readonly after: Id<'Account'> | null;
  /** Whether every account is done. */
  readonly isThrough: boolean;
  /** Null: not counted yet. */
  readonly accountsTotal: number | null;
}

/** Another worker holds the run now, or it was cancelled: nothing more of it is this worker's to do. */
export class RunLost extends Error {
  constructor() {
    super('the run is held by another worker, or is over');
    this.name = 'RunLost';
  }
}

const progress = 'experiment_id as "experimentId", id as "runId", status, accounts_done as "accountsDone", accounts_total as "accountsTotal"';
const held = `tenant_id = $1 and id = $2 and holder = $3 and status = 'RUNNING'`;
const leased = (instant: string): string => `${instant} + interval '${leaseMilliseconds} milliseconds'`;

interface ClaimedRow {
  readonly experimentId: Id<'Experiment'>;
  readonly windowFrom: string;
  readonly windowTo: string;
  readonly clock: ReplayedRun['clock'];
  readonly frozenAt: string;
  readonly horizonDays: number;
  readonly parameters: unknown;
  readonly baseVersion: number;
  readonly seed: string;
  readonly attempts: number;
  readonly checkpoint: unknown;
  readonly accountsTotal: number | null;
}

const claim = statement<ClaimedRow>(
  'claim_experiment_run',
  `update lab.experiment_run set status = 'RUNNING', holder = $3, leased_until = ${leased('$4::timestamptz')}, attempts = attempts + 1, started_at = coalesce(started_at, $4)
   where tenant_id = $1 and id = $2 and (status = 'QUEUED' or status = 'RUNNING' and leased_until <= $4)
   returning experiment_id as "experimentId", window_from as "windowFrom", window_to as "windowTo", clock, frozen_at as "frozenAt", horizon_days as "horizonDays", parameters, base_version as "baseVersion", seed::text, attempts,
     checkpoint, accounts_total as "accountsTotal"`,
);
const renew = statement<{ id: string }>('renew_experiment_run', `update lab.experiment_run set leased_until = ${leased('$4::timestamptz')} where ${held} returning id`);
const size = statement<RunProgress>('size_experiment_run', `update lab.experiment_run set accounts_total = $4, signals_total = $5 where ${held} returning ${progress}`);
const keep = statement<RunProgress>(
  'keep_checkpoint',
  `update lab.experiment_run set checkpoint = $5, accounts_done = accounts_done + $6, signals_done = signals_done + $7, attempts = 0, leased_until = ${leased('$4::timestamptz')}
   where ${held} returning ${progress}`,
);
const complete = statement<RunProgress>(
  'complete_experiment_run',
  `update lab.experiment_run set status = 'COMPLETED', digest = $5, metrics = $6, finished_at = $4, holder = null, leased_until = null where ${held} returning ${progress}`,
);
const fail = statement<RunProgress>('fail_experiment_run', `update lab.experiment_run set status = 'FAILED', failure = $5, finished_at = $4, holder = null, leased_until = null where ${held} returning ${progress}`);
const release = statement('release_experiment_run', `update lab.experiment_run set status = 'QUEUED', holder = null, leased_until = null where ${held}`);
const due = statement<{ tenantId: Id<'Tenant'>; runId: Id<'ExperimentRun'> }>('due_experiment_runs', 'select tenant_id as "tenantId", run_id as "runId" from lab.due_runs($1, $2)');

const checkpoint = z.object({ after: z.uuid().nullable(), isThrough: z.boolean() }).nullable();

/** The runs of all tenants that wait for a worker, oldest first. */
export function dueRuns(sql: Sql, { at, most }: { readonly at: string; readonly most: number }): Promise<{ readonly tenantId: Id<'Tenant'>; readonly runId: Id<'ExperimentRun'> }[]> {
  return sql.rows(due, [at, most]);
}

/** Claims a run for a worker; null where another one was faster, or it is over. */
export async function claimRun(work: LabWork, { runId, holder }: Hold): Promise<HeldRun | null> {
  const [row] = await work.rows(claim, [work.tenantId, runId, holder, work.now]);
  if (!row) return null;
  const { checkpoint: kept, parameters, ...run } = row;
  const read = checkpoint.parse(kept);
  return { ...run, id: runId, parameters: withStageTypes(scoringModelParameters.parse(parameters)), after: (read?.after ?? null) as Id<'Account'> | null, isThrough: read?.isThrough ?? false };
}

/** Which run is held, and by which worker. */
export interface Hold {
  readonly runId: Id<'ExperimentRun'>;
  readonly holder: string;
}

/** Extends the lease. Returns false where the run is no longer held. */
export async function renewRun(work: LabWork, { runId, holder }: Hold): Promise<boolean> {
  return (await work.rows(renew, [work.tenantId, runId, holder, work.now])).length > 0;
}

/** Stores how much there is to do. Throws `RunLost`. */
export async function storeSize(work: LabWork, { runId, holder }: Hold, { accounts, signals }: RunSize): Promise<RunProgress> {
  return requireHeld(await work.rows(size, [work.tenantId, runId, holder, accounts, signals]));
}

/** Stores a checkpoint, in the transaction that stored the portion's rows. Throws `RunLost`, which undoes them. */
export async function storeCheckpoint(work: LabWork, { runId, holder }: Hold, portion: ReplayedPortion & { readonly after: string | null }): Promise<RunProgress> {
  const kept = { after: portion.last ?? portion.after, isThrough: portion.last === null };
  return requireHeld(await work.rows(keep, [work.tenantId, runId, holder, work.now, JSON.stringify(kept), portion.accounts, portion.signals]));
}

/** Stores the results. Throws `RunLost`. */
export async function storeCompleted(work: LabWork, { runId, holder }: Hold, { digest, metrics }: FinishedRun): Promise<RunProgress> {
  return requireHeld(await work.rows(complete, [work.tenantId, runId, holder, work.now, digest, JSON.stringify(metrics)]));
}

/** Ends a run as failed, with the code of the reason. Throws `RunLost`. */
export async function storeFailed(work: LabWork, { runId, holder }: Hold, failure: string): Promise<RunProgress> {
  return requireHeld(await work.rows(fail, [work.tenantId, runId, holder, work.now, failure]));
}

/** Gives a run back, so that any worker goes on from its checkpoint. */
export async function releaseRun(work: LabWork, { runId, holder }: Hold): Promise<void> {
  await work.rows(release, [work.tenantId, runId, holder]);
}

function requireHeld([found]: readonly RunProgress[]): RunProgress {
  if (!found) throw new RunLost();
  return found;
}
