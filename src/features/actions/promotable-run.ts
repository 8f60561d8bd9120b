import { Conflict, NotFound } from '../../platform/errors.ts';
import { parseGlobalId } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';

/** A run of the laboratory as promotions read it. */
export interface PromotableRun {
  readonly id: string;
  readonly experimentId: string;
  readonly name: string;
  readonly status: 'QUEUED' | 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELLED';
  readonly digest: string | null;
  readonly parameters: unknown;
  /** The version that the run compared its candidate with. */
  readonly baseVersion: number;
  readonly pinnedAt: string | null;
}

const runById = statement<PromotableRun>(
  'promotable_run',
  `select r.id, r.experiment_id as "experimentId", e.name, r.status, r.digest, r.parameters, r.base_version as "baseVersion", r.pinned_at as "pinnedAt"
   from lab.experiment_run r join lab.experiment e on e.tenant_id = r.tenant_id and e.id = r.experiment_id where r.tenant_id = $1 and r.id = $2`,
);

/** The run of an id; null where the tenant has none. */
export async function runOf(work: Work, id: string): Promise<PromotableRun | null> {
  return (await work.rows(runById, [work.tenantId, id]))[0] ?? null;
}

/** The experiment and the run that global ids name. Throws `NotFound`. */
export function promotedRunOf(experiment: string, run: string): { readonly experimentId: string; readonly runId: string } {
  return { experimentId: uuidOf(experiment, 'Experiment', 'There is no such experiment.', ['id']), runId: uuidOf(run, 'ExperimentRun', 'There is no such run of this experiment.', ['runId']) };
}

function uuidOf(globalId: string, type: string, message: string, path: readonly string[]): string {
  const parsed = parseGlobalId(globalId, path);
  if (parsed?.type !== type) throw new NotFound(message, path);
  return parsed.id;
}

const because: Readonly<Record<Exclude<PromotableRun['status'], 'COMPLETED'>, string>> = {
  QUEUED: 'has not started yet. Wait until it is COMPLETED, and pin it',
  RUNNING: 'is still running. Wait until it is COMPLETED, and pin it',
  FAILED: 'failed, so it has no results. Run the experiment again',
  CANCELLED: 'was cancelled, so it has no results. Run the experiment again',
};

/** The pinned run that a promotion can rest on. Throws `NotFound`, or `Conflict` that says what to do. */
export async function requirePromotableRun(work: Work, { experimentId, runId }: { readonly experimentId: string; readonly runId: string }): Promise<PromotableRun & { readonly digest: string }> {
  const run = await runOf(work, runId);
  if (run?.experimentId !== experimentId) throw new NotFound('There is no such run of this experiment.', ['runId']);
  const { status, digest, pinnedAt } = run;
  if (status !== 'COMPLETED') throw new Conflict(`Only a completed run is promoted; this one ${because[status]}.`, ['runId']);
  if (pinnedAt === null || digest === null) throw new Conflict('Only a pinned run is promoted. Pin it with pinExperimentRun, so that its results can no longer change.', ['runId']);
  return { ...run, digest };
}
