import { afterAll, beforeAll, expect, test } from 'vitest';
import { arrange, crm, type Arranged } from '../accounts/arrange.ts';
import { liveAs } from '../harness/live-client.ts';
import { until } from '../harness/program.ts';
import { createExperiment, mutate, readRun, runExperiment, runIs, window } from './experiments.ts';

let program: Arranged;
beforeAll(async () => {
  program = await arrange();
  await program.upsertAccounts(Array.from({ length: 120 }, (_, index) => ({ externalRef: crm(`a-${index}`), name: `a-${index}` })));
});
afterAll(() => program?.close());

const errors = '... on UserError { code message path }';
const cancel = `mutation($id: ID!) { cancelExperimentRun(id: $id) { __typename ... on ExperimentRun { id status } ${errors} } }`;
const pin = `mutation($id: ID!) { pinExperimentRun(id: $id) { __typename ... on ExperimentRun { id pinnedAt pinnedBy } ${errors} } }`;
const archive = `mutation($id: ID!) { archiveExperiment(id: $id) { __typename ... on Experiment { id archivedAt } ${errors} } }`;

test('an experiment is created on the model in force, runs, and reports a digest; a second run has the same', async () => {
  const experiment = await createExperiment(program);
  expect(experiment).toMatchObject({ __typename: 'Experiment', status: 'DRAFT', baseVersion: 1, model: { highIntentThreshold: 75 }, window });
  const digests: (string | null)[] = [];
  for (let count = 0; count < 2; count += 1) {
    const run = await runExperiment(program, experiment.id);
    expect(run).toMatchObject({ __typename: 'ExperimentRun', seed: '1' });
    const done = await runIs(program, run.id, 'COMPLETED');
    expect(done).toMatchObject({ failure: null, progress: { accountsDone: 120, accountsTotal: 120 }, experiment: { id: experiment.id, status: 'COMPLETED' } });
    digests.push(done.digest);
  }
  expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
  expect(digests[1]).toBe(digests[0]);
});

test('every change is in the audit log, with who caused it', async () => {
  const recorded = async (): Promise<string[]> =>
    (await program.admin.query<{ fact: string }>(`select distinct kind || ' ' || actor_id as fact from audit_logs where tenant_id = $1 and kind like 'experiment%' order by 1`, [program.tenant])).rows.map(({ fact }) => fact);
  await until('the end of the run is recorded', async () => (await recorded()).includes('experiment_run.finished laboratory'));
  expect(await recorded()).toEqual(['experiment.created test-analyst', 'experiment_run.finished laboratory', 'experiment_run.progressed laboratory', 'experiment_run.requested test-analyst']);
});

test('a subscriber follows a run to its end', async () => {
  const experiment = await createExperiment(program);
  const run = await runExperiment(program, experiment.id);
  const live = await liveAs(program, 'viewer');
  const told = live.subscribe('subscription($id: ID!) { experimentRunChanged(id: $id) { __typename cursor ... on ExperimentRunChange { initial run { status } } } }', { id: run.id });
  await until('the end was told', () => told.events.some((event) => (event['run'] as { status: string } | undefined)?.status === 'COMPLETED'));
  expect(told.events[0]).toMatchObject({ __typename: 'ExperimentRunChange', initial: true });
  const theirs = await liveAs(program, 'viewer', { tenant: program.otherTenant });
  expect((await theirs.subscribe('subscription($id: ID!) { experimentRunChanged(id: $id) { __typename cursor } }', { id: run.id }).refused()).extensions).toMatchObject({ code: 'NOT_FOUND' });
  await theirs.close();
  await live.close();
});

test.each([
  [{ name: ' ' }, ['input', 'name'], 'name must not be empty.'],
  [{ window: { from: window.to, to: window.from } }, ['input', 'window', 'to'], 'The window is empty'],
  [{ window: { from: window.from, to: '2026-11-22T00:00:00Z' } }, ['input', 'window', 'to'], 'must not be in the future'],
  [{ window: { from: '2010-01-01T00:00:00Z', to: window.to } }, ['input', 'window'], 'must not be longer'],
  [{ horizonDays: 0 }, ['input', 'horizonDays'], 'between 1 and 730'],
  [{ model: { signalTypes: [{ type: 'call', weight: 1, halfLifeHours: 0 }] } }, ['input', 'model', 'signalTypes', '0', 'halfLifeHours'], 'The model is not valid'],
])('an experiment that cannot be replayed is refused: %j', async (input, path, message) => {
  const refused = await createExperiment(program, input);
  expect(refused).toMatchObject({ __typename: 'InvalidInputError', code: 'BAD_USER_INPUT', path });
  expect(refused.message).toContain(message);
});

test('only analysts and administrators may; other tenants find nothing', async () => {
  for (const role of ['viewer', 'approver'] as const) expect(await createExperiment(program, {}, role)).toMatchObject({ __typename: 'ForbiddenError' });
  const experiment = await createExperiment(program);
  const theirs = await program.token('admin', { tenant: program.otherTenant });
  const { data } = await program.query<{ experiment: unknown }, Record<string, unknown>>('query($id: ID!) { experiment(id: $id) { id } }', { id: experiment.id }, { token: theirs });
  expect(data?.experiment).toBeNull();
  expect(await runExperiment(program, 'nonsense')).toMatchObject({ __typename: 'NotFoundError' });
});

test('a pinned run never changes; a run that is over is not cancelled; an archived experiment is not run', async () => {
  const experiment = await createExperiment(program);
  const run = await runExperiment(program, experiment.id);
  await runIs(program, run.id, 'COMPLETED');
  expect(await mutate(program, cancel, { id: run.id })).toMatchObject({ __typename: 'ConflictError', path: ['id'] });
  expect(await mutate(program, pin, { id: run.id })).toMatchObject({ __typename: 'ExperimentRun', pinnedBy: 'test-analyst' });
  const pinned = await readRun(program, run.id);
  expect(await mutate(program, pin, { id: run.id }, 'admin')).toMatchObject({ __typename: 'ExperimentRun', pinnedBy: 'test-analyst' });
  const { rows: [stored] } = await program.admin.query<{ id: string }>('select id from lab.experiment_run where pinned_at is not null');
  for (const change of ['update lab.experiment_run set metrics = null where id = $1', 'delete from lab.experiment_run where id = $1', 'delete from lab.run_account where run_id = $1', 'update lab.run_account set signals = signals + 1 where run_id = $1']) {
    await expect(program.admin.query(change, [stored?.id])).rejects.toThrow(/pinned run/);
  }
  expect(await readRun(program, run.id)).toEqual(pinned);
  expect(await mutate(program, archive, { id: experiment.id })).toMatchObject({ __typename: 'Experiment', archivedAt: program.clock.now().toISOString() });
  expect(await runExperiment(program, experiment.id)).toMatchObject({ __typename: 'ConflictError' });
  const { data } = await program.query<Record<'all' | 'open', { totalCount: number }>, Record<string, unknown>>('{ all: experiments { totalCount edges { node { id } } } open: experiments(filter: { isArchived: false }) { totalCount edges { node { id } } } }');
  expect((data?.all.totalCount ?? 0) - (data?.open.totalCount ?? 0)).toBe(1);
});
