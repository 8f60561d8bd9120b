import { Conflict, InvalidInput, LimitExceeded, NotFound } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import type { LabWork } from '../../platform/postgres/lab-work.ts';
import { modelInForce } from '../scoring/index.ts';
import { lockExperiment } from './experiment-store.ts';
import { runRequested } from './laboratory.events.ts';
import { countActiveRuns, insertRun } from './run-store.ts';

/** So many runs of a tenant may wait or run at once. */
export const mostActiveRuns = 5;
/** The seed of the bootstrap where a caller states none: fixed, so that two runs give one digest. */
export const defaultSeed = '1';
const seedForm = /^\d{1,18}$/;

/** Queues a run of an experiment. Throws `NotFound`, `Conflict` or `LimitExceeded` where it cannot be run now. */
export async function runExperiment(work: LabWork, { experimentId, seed }: { readonly experimentId: string; readonly seed: string | null }): Promise<Id<'ExperimentRun'>> {
  if (seed !== null && !seedForm.test(seed)) throw new InvalidInput('seed must be a whole number of at most 18 digits.', ['input', 'seed']);
  const experiment = await lockExperiment(work, experimentId);
  if (!experiment) throw new NotFound('There is no such experiment. Check the id.', ['id']);
  if (experiment.isArchived) throw new Conflict('The experiment is archived. Create another one.', ['id']);
  const active = await countActiveRuns(work, experimentId);
  if (active.own > 0) throw new Conflict('The experiment runs already. Wait for the run, or cancel it with cancelExperimentRun.', ['id']);
  if (active.tenant >= mostActiveRuns) throw new LimitExceeded(`At most ${mostActiveRuns} runs may wait or run at once. Wait for one of them, or cancel it.`);
  const { version: baseVersion } = await modelInForce(work, work.tenantId);
  const runId = await insertRun(work, { experimentId, experiment, baseVersion, seed: seed ?? defaultSeed });
  work.record(runRequested.fact({ accountId: null, data: { experimentId, runId, status: 'QUEUED', accountsDone: 0, accountsTotal: null } }));
  return runId;
}
