import { until } from '../harness/program.ts';
import type { Office } from '../erasure/arrange.ts';

type Of = (query: string, variables: Record<string, unknown>, role: 'admin', expected: string) => Promise<string>;

/** An experiment with a run that is completed and pinned, and whose promotion is proposed; `text` is in what people wrote. */
export async function plantExperiment(office: Office, { text, of }: { readonly text: string; readonly of: Of }): Promise<void> {
  const to = office.clock.now().toISOString();
  const from = new Date(office.clock.now().getTime() - 86_400_000).toISOString();
  const failed = '... on UserError { message }';
  const experiment = await of(`mutation($input: CreateExperimentInput!) { createExperiment(input: $input) { __typename ... on Experiment { id } ${failed} } }`, { input: { name: text.slice(0, 200), description: text, window: { from, to }, model: { signalTypes: [{ type: 'meeting', weight: 30, halfLifeHours: 168 }], highIntentThreshold: 61 } } }, 'admin', 'Experiment');
  const run = await of(`mutation($id: ID!) { runExperiment(id: $id) { __typename ... on ExperimentRun { id } ${failed} } }`, { id: experiment }, 'admin', 'ExperimentRun');
  await until('the run is completed', async () => JSON.stringify(await office.run('query($id: ID!) { experimentRun(id: $id) { status } }', { id: run }, 'admin')).includes('COMPLETED'));
  await of(`mutation($id: ID!) { pinExperimentRun(id: $id) { __typename ... on ExperimentRun { id } ${failed} } }`, { id: run }, 'admin', 'ExperimentRun');
  await of(`mutation($id: ID!, $run: ID!) { promoteExperiment(id: $id, runId: $run) { __typename ... on Action { id } ${failed} } }`, { id: experiment, run }, 'admin', 'Action');
}
