import { NotFound } from '../../platform/errors.ts';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { parseGlobalId } from '../../platform/ids.ts';
import type { LabWork } from '../../platform/postgres/lab-work.ts';
import { requireRole } from '../access/index.ts';
import { createExperiment, type ExperimentInput } from './create-experiment.ts';
import { archiveExperiment, cancelRun, pinRun } from './end-run.ts';
import { experimentById, runById } from './experiment.queries.ts';
import type { ExperimentRow, ExperimentRunRow } from './graphql/experiment.type.ts';
import { mayExperiment } from './laboratory.policy.ts';
import { runExperiment } from './run-experiment.ts';

/** The id in the database of an experiment that is named from outside. Throws `NotFound` where it names something else. */
export function experimentIdOf(id: string): string {
  const parsed = parseGlobalId(id);
  if (parsed?.type !== 'Experiment') throw new NotFound('There is no such experiment. Check the id.', ['id']);
  return parsed.id;
}

function runIdOf(id: string): string {
  const parsed = parseGlobalId(id);
  if (parsed?.type !== 'ExperimentRun') throw new NotFound('There is no such run. Check the id.', ['id']);
  return parsed.id;
}

/** What changes experiments, for GraphQL and REST alike: checks the role, writes, and reads the row again. Each throws a `ProductError` for what cannot be done. */
export const laboratoryAnswers = {
  create: (call: Call, input: ExperimentInput): Promise<ExperimentRow> => changed(call, 'create experiments', experimentById, (work) => createExperiment(work, input)),
  run: (call: Call, { id, seed }: { readonly id: string; readonly seed: string | null }): Promise<ExperimentRunRow> =>
    changed(call, 'run experiments', runById, (work) => runExperiment(work, { experimentId: experimentIdOf(id), seed })),
  cancel: (call: Call, id: string): Promise<ExperimentRunRow> =>
    changed(call, 'cancel runs of experiments', runById, async (work) => {
      await cancelRun(work, runIdOf(id));
      return runIdOf(id);
    }),
  pin: (call: Call, id: string): Promise<ExperimentRunRow> =>
    changed(call, 'pin runs of experiments', runById, async (work) => {
      await pinRun(work, runIdOf(id));
      return runIdOf(id);
    }),
  archive: (call: Call, id: string): Promise<ExperimentRow> =>
    changed(call, 'archive experiments', experimentById, async (work) => {
      await archiveExperiment(work, experimentIdOf(id));
      return experimentIdOf(id);
    }),
};

async function changed<Row>(call: Call, what: string, question: Parameters<typeof ask<string, Row | null>>[1], write: (work: LabWork) => Promise<string>): Promise<Row> {
  requireRole(call, mayExperiment, what);
  const row = await ask(call, question, null, await call.lab(write));
  if (!row) throw new Error('what was just written cannot be read');
  return row;
}
