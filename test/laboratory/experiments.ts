import { expect } from 'vitest';
import { until, type TestProgram } from '../harness/program.ts';

/** The window of the tests' experiments: the three weeks before the tests take place. */
export const window = { from: '2026-11-01T00:00:00.000Z', to: '2026-11-21T00:00:00.000Z' };

const create = `mutation($input: CreateExperimentInput!) { createExperiment(input: $input) { __typename ... on Experiment { id name status model { highIntentThreshold signalTypes { type } } baseVersion window { from to } } ... on UserError { code message path } } }`;
const run = `mutation($id: ID!, $input: RunExperimentInput) { runExperiment(id: $id, input: $input) { __typename ... on ExperimentRun { id status seed } ... on UserError { code message path } } }`;
const read = `query($id: ID!) { experimentRun(id: $id) { id status digest failure pinnedAt metrics { precision recall } progress { accountsDone accountsTotal signalsDone } experiment { id status } } }`;

/** What a mutation returned. */
export type Result = Readonly<Record<string, unknown>> & { readonly id: string; readonly code?: string; readonly message?: string; readonly path?: readonly string[] };
type Asked = Pick<TestProgram, 'query'>;

/** Sends a mutation with one root field and returns what it holds. */
export async function mutate(program: Asked, document: string, variables: Record<string, unknown>, role: 'viewer' | 'analyst' | 'admin' | 'approver' = 'analyst'): Promise<Result> {
  const { data, errors } = await program.query<Record<string, Result>, Record<string, unknown>>(document, variables, { role });
  expect(errors).toBeUndefined();
  const [result] = Object.values(data ?? {});
  if (!result) throw new Error('nothing was returned');
  return result;
}

/** Creates an experiment; `input` replaces the usual name and window. */
export const createExperiment = (program: Asked, input: Record<string, unknown> = {}, role: 'viewer' | 'analyst' | 'admin' | 'approver' = 'analyst'): Promise<Result> =>
  mutate(program, create, { input: { name: 'Lower threshold', window, ...input } }, role);
/** Queues a run. */
export const runExperiment = (program: Asked, id: string, input: Record<string, unknown> | null = null): Promise<Result> => mutate(program, run, { id, input });

/** A run as it is now. */
export async function readRun(program: Asked, id: string): Promise<Readonly<Record<string, unknown>> & { readonly status: string; readonly digest: string | null }> {
  const { data, errors } = await program.query<{ experimentRun: never }, Record<string, unknown>>(read, { id });
  expect(errors).toBeUndefined();
  return data?.experimentRun as never;
}

/** Waits until a run has a status. */
export const runIs = (program: Asked, id: string, status: string): ReturnType<typeof readRun> =>
  until(`the run is ${status}`, async () => {
    const found = await readRun(program, id);
    return found.status === status ? found : null;
  }, 20_000);
