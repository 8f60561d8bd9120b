import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { roles } from '../../src/app/config.ts';
import { replay, workOnRun, type Replay, type RunParts } from '../../src/features/laboratory/index.ts';
import type { Id } from '../../src/platform/ids.ts';
import { arrange, crm, type Arranged } from '../accounts/arrange.ts';
import { createExperiment, mutate, readRun, runExperiment } from './experiments.ts';

let program: Arranged;
let experimentId: string;
beforeAll(async () => {
  program = await arrange({ roles: roles.filter((role) => role !== 'laboratory') });
  await program.upsertAccounts(Array.from({ length: 90 }, (_, index) => ({ externalRef: crm(`a-${index}`), name: `a-${index}` })));
});
afterAll(() => program?.close());

/** Queues a run of an experiment of its own; returns its global id and its id in the database. */
async function queue(): Promise<{ readonly id: string; readonly runId: Id<'ExperimentRun'> }> {
  experimentId = (await createExperiment(program)).id;
  const { id } = await runExperiment(program, experimentId);
  const { rows } = await program.admin.query<{ id: Id<'ExperimentRun'> }>(`select id from lab.experiment_run order by requested_at desc, id desc limit 1`);
  return { id, runId: rows[0]?.id as Id<'ExperimentRun'> };
}

const work = (runId: Id<'ExperimentRun'>, more: Partial<RunParts> = {}): ReturnType<typeof workOnRun> =>
  workOnRun({ database: program.database, replay, holder: randomUUID(), signal: new AbortController().signal, onError: () => undefined, firstPortion: 10, ...more }, { tenantId: program.tenant, runId });

test('a run goes on where a killed process left it: the same digest, no account twice', async () => {
  const undisturbed = await queue();
  expect(await work(undisturbed.runId)).toBe('COMPLETED');
  const { id, runId } = await queue();
  const { argv: [node = ''], execArgv } = { argv: process.argv, execArgv: ['--import', 'tsx'] };
  const child = spawn(node, [...execArgv, 'test/laboratory/doomed-worker.ts', program.testDatabase.url, program.tenant, runId, program.clock.now().toISOString(), '10'], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  expect(String(line)).toBe('within the third portion\n');
  const halfway = await readRun(program, id);
  expect(halfway).toMatchObject({ status: 'RUNNING', progress: { accountsDone: 30, accountsTotal: 90 } });
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
  // The lease holds: the process could still be alive.
  expect(await work(runId)).toBeNull();
  program.clock.advance(61_000);
  const from: (string | null)[] = [];
  const watched: Replay = { ...replay, replayPortion: (lab, run, portion) => (from.push(portion.after), replay.replayPortion(lab, run, portion)) };
  expect(await work(runId, { replay: watched })).toBe('COMPLETED');
  expect(from[0]).not.toBeNull();
  expect(await readRun(program, id)).toMatchObject({ status: 'COMPLETED', progress: { accountsDone: 90 }, digest: (await readRun(program, undisturbed.id)).digest });
  expect((await program.admin.query('select from lab.run_account where run_id = $1', [runId])).rowCount).toBe(90);
});

test('a worker that lost its lease stores nothing more', async () => {
  const { id, runId } = await queue();
  const slow: Replay = {
    ...replay,
    async replayPortion(lab, run, portion) {
      const done = await replay.replayPortion(lab, run, portion);
      if (portion.after === null) {
        program.clock.advance(61_000);
        // Another worker takes over. Its rows would wait for ours, so it claims and no more.
        await program.admin.query(`update lab.experiment_run set holder = gen_random_uuid() where id = $1`, [runId]);
      }
      return done;
    },
  };
  expect(await work(runId, { replay: slow })).toBe('LOST');
  expect(await readRun(program, id)).toMatchObject({ status: 'RUNNING', progress: { accountsDone: 0 } });
  expect((await program.admin.query('select from lab.run_account where run_id = $1', [runId])).rowCount).toBe(0);
});

test('a run that is cancelled stops at its next portion', async () => {
  const { id, runId } = await queue();
  const cancelling: Replay = {
    ...replay,
    async replayPortion(lab, run, portion) {
      if (portion.after !== null) await mutate(program, 'mutation($id: ID!) { cancelExperimentRun(id: $id) { __typename ... on ExperimentRun { id } } }', { id });
      return replay.replayPortion(lab, run, portion);
    },
  };
  expect(await work(runId, { replay: cancelling })).toBe('LOST');
  expect(await readRun(program, id)).toMatchObject({ status: 'CANCELLED', digest: null, metrics: null, experiment: { status: 'DRAFT' } });
  expect(await work(runId)).toBeNull();
});

test('a worker that is told to stop gives its run back after the portion in hand', async () => {
  const { id, runId } = await queue();
  const ending = new AbortController();
  const stopped: Replay = { ...replay, replayPortion: (lab, run, portion) => (ending.abort(), replay.replayPortion(lab, run, portion)) };
  expect(await work(runId, { replay: stopped, signal: ending.signal })).toBe('RELEASED');
  expect(await readRun(program, id)).toMatchObject({ status: 'QUEUED', progress: { accountsDone: 10 } });
  expect(await work(runId)).toBe('COMPLETED');
});

test('a run that cannot be replayed fails after five tries, and says why', async () => {
  const { id, runId } = await queue();
  const errors: unknown[] = [];
  const broken: Replay = { ...replay, replayPortion: () => Promise.reject(new Error('broken')) };
  for (let count = 1; count < 5; count += 1) expect(await work(runId, { replay: broken, onError: (error) => errors.push(error) })).toBe('RELEASED');
  expect(await work(runId, { replay: broken })).toBe('FAILED');
  expect(errors).toHaveLength(4);
  expect(await readRun(program, id)).toMatchObject({ status: 'FAILED', failure: 'INTERNAL_SERVER_ERROR', digest: null, experiment: { status: 'FAILED' } });
});
