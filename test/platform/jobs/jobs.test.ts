import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import { createJobs, type Jobs } from '../../../src/platform/jobs/jobs.ts';
import { schedule, type ScheduledJob } from '../../../src/platform/jobs/schedule.ts';
import { defineTask, type JobRun, type Task } from '../../../src/platform/jobs/task.ts';
import { eventually, fresh, openBackbone, type Backbone, type Process } from '../events/backbone.ts';

let backbone: Backbone;
let process: Process;
let running: Jobs[] = [];
let faults: { error: unknown; fields: Readonly<Record<string, string | number>> }[] = [];

beforeAll(async () => {
  backbone = await openBackbone();
  process = await backbone.open();
});
afterEach(async () => {
  await Promise.all(running.map((jobs) => jobs.stop()));
  running = [];
  faults = [];
});
afterAll(() => backbone.close());

const far = new Date('2999-01-01T00:00:00Z');
const make = (tasks: Record<string, Task>): Jobs =>
  createJobs({ database: process.database, url: backbone.url, tasks, lookEvery: 20, sweepEvery: 20, onError: (error, fields) => faults.push({ error, fields }) });
const run = async (tasks: Record<string, Task>): Promise<Jobs> => {
  const jobs = make(tasks);
  running.push(jobs);
  jobs.start();
  await jobs.ready;
  return jobs;
};
const add = (job: ScheduledJob): Promise<void> => process.database.transact(backbone.callers[0], (work) => schedule(work, job));
/** A task that notes the payloads it ran with. */
const noting = (payloads: unknown[], runs: JobRun[] = []): Task =>
  defineTask({
    payload: z.strictObject({ n: z.int() }),
    async handle(payload, job) {
      payloads.push(payload);
      runs.push(job);
    },
  });
const jobsOf = async (task: string): Promise<{ payload: unknown; attempts: number; last_error: string | null; locked_by: string | null }[]> =>
  (await backbone.admin.query('select payload, attempts, last_error, locked_by from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id where identifier = $1 order by j.id', [task])).rows;

test('a job runs once its transaction commits, with its payload parsed', async () => {
  const task = fresh('note');
  const payloads: unknown[] = [];
  const runs: JobRun[] = [];
  await run({ [task]: noting(payloads, runs) });
  const undone = process.database.transact(backbone.callers[0], async (work) => {
    await schedule(work, { task, payload: { n: 1 } });
    throw new Error('undone');
  });
  await expect(undone).rejects.toThrow('undone');
  await add({ task, payload: { n: 2 } });
  await eventually(async () => expect(await jobsOf(task)).toEqual([]));
  expect(payloads).toEqual([{ n: 2 }]);
  expect(runs).toMatchObject([{ attempt: 1, last: false, dueAt: expect.stringMatching(/^\d{4}-.*Z$/) }]);
});

test('a job waits for its time', async () => {
  const task = fresh('note');
  const payloads: unknown[] = [];
  await add({ task, payload: { n: 1 }, runAt: far });
  await add({ task, payload: { n: 2 }, runAt: new Date('2000-01-01T00:00:00Z') });
  await run({ [task]: noting(payloads) });
  await eventually(async () => expect(await jobsOf(task)).toHaveLength(1));
  expect(payloads).toEqual([{ n: 2 }]);
  await backbone.admin.query('update graphile_worker._private_jobs set run_at = now() where run_at = $1', [far]);
  await eventually(() => expect(payloads).toEqual([{ n: 2 }, { n: 1 }]));
});

test('of jobs with one key the latest stays', async () => {
  const task = fresh('note');
  const key = fresh('key');
  await add({ task, payload: { n: 1 }, runAt: far, key });
  await add({ task, payload: { n: 2 }, runAt: far, key });
  await add({ task, payload: { n: 3 }, runAt: far });
  expect((await jobsOf(task)).map(({ payload }) => payload)).toEqual([{ n: 2 }, { n: 3 }]);
});

test('a job that fails is told of and repeated; a payload of another shape fails before the handler', async () => {
  const task = fresh('note');
  const payloads: unknown[] = [];
  await run({ [task]: noting(payloads) });
  await add({ task, payload: { n: 'one' } });
  await eventually(async () => expect(await jobsOf(task)).toMatchObject([{ attempts: 1, locked_by: null, last_error: 'ZodError' }]));
  expect(payloads).toEqual([]);
  expect(faults).toMatchObject([{ error: expect.any(z.ZodError), fields: { task, attempt: 1 } }]);
  await backbone.admin.query(`update graphile_worker._private_jobs set payload = '{"n":1}', run_at = now()`);
  await eventually(() => expect(payloads).toEqual([{ n: 1 }]));
});

test('jobs of tasks that a process does not know are left to others', async () => {
  const [known, unknown] = [fresh('known'), fresh('unknown')];
  const payloads: unknown[] = [];
  await add({ task: unknown, payload: { n: 1 } });
  await add({ task: known, payload: { n: 2 } });
  await run({ [known]: noting(payloads) });
  await eventually(() => expect(payloads).toEqual([{ n: 2 }]));
  expect(await jobsOf(unknown)).toMatchObject([{ attempts: 0 }]);
});

test('a calendar pattern must be one', () => {
  const task = (pattern: string): Task => defineTask({ payload: z.unknown(), cron: { pattern }, handle: async () => undefined });
  expect(() => make({ hourly: task('0 * * * *'), weekly: task('30 4 * * 1') })).not.toThrow();
  expect(() => make({ wrong: task('61 * * * *') })).toThrow();
  expect(() => make({ wrong: task('every day') })).toThrow();
});

test('a calendar task that was due while nobody was there is made up for', async () => {
  const task = fresh('daily');
  const payloads: unknown[] = [];
  const daily = { [task]: defineTask({ payload: z.strictObject({}), cron: { pattern: '* * * * *', makeUp: 3_600_000 }, handle: async (payload) => void payloads.push(payload) }) };
  const first = await run(daily);
  const known = async (): Promise<number | null> => (await backbone.admin.query('update graphile_worker._private_known_crontabs set known_since = now() - $2::interval, last_execution = null where identifier = $1', [task, '10 minutes'])).rowCount;
  await eventually(async () => expect(await known()).toBe(1));
  await first.stop();
  await known();
  payloads.length = 0;
  await run(daily);
  await eventually(() => expect(payloads.length).toBeGreaterThan(0));
  expect(payloads[0]).toEqual({});
  expect(faults).toEqual([]);
});

test('stopping waits for the job in hand', async () => {
  const task = fresh('slow');
  const began = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const jobs = await run({
    [task]: defineTask({
      payload: z.unknown(),
      async handle() {
        began.resolve();
        await gate.promise;
      },
    }),
  });
  await add({ task, payload: {} });
  await began.promise;
  const stopped = jobs.stop();
  expect(await jobsOf(task)).toMatchObject([{ locked_by: expect.stringContaining('pool') }]);
  gate.resolve();
  await stopped;
  expect(await jobsOf(task)).toEqual([]);
});

test('the job of a killed process is taken over; that of a living one is not', async () => {
  const [orphaned, held] = [fresh('orphaned'), fresh('held')];
  const began = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const taken: JobRun[] = [];
  let heldRuns = 0;
  const holding = defineTask({
    payload: z.unknown(),
    async handle() {
      heldRuns += 1;
      began.resolve();
      await gate.promise;
    },
  });
  const doomed = spawn(globalThis.process.execPath, ['--import', 'tsx', new URL('doomed-process.ts', import.meta.url).pathname, backbone.url, orphaned], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void doomed.kill('SIGKILL'));
  await add({ task: orphaned, payload: {} });
  await add({ task: held, payload: {} });
  await once(doomed.stdout, 'data');
  await run({ [held]: holding });
  await began.promise;
  await run({ [held]: holding, [orphaned]: defineTask({ payload: z.unknown(), handle: async (_payload, job) => void taken.push(job) }) });
  doomed.kill('SIGKILL');
  await eventually(() => expect(taken).toMatchObject([{ attempt: 2 }]));
  expect(heldRuns).toBe(1);
  gate.resolve();
  await eventually(async () => expect(await jobsOf(held)).toEqual([]));
});

test('when all connections are cut in the middle of a job, the engine starts again and the job runs again', async () => {
  const task = fresh('cut');
  // The engine prints what it stops for.
  vi.spyOn(console, 'trace').mockReturnValue();
  onTestFinished(() => void vi.restoreAllMocks());
  const began = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  let runs = 0;
  await run({
    [task]: defineTask({
      payload: z.unknown(),
      async handle() {
        runs += 1;
        began.resolve();
        await gate.promise;
      },
    }),
  });
  await add({ task, payload: {} });
  await began.promise;
  // The program gets no connection until the job is through, so that its end cannot be written down.
  const letIn = (connections: number): Promise<unknown> => backbone.admin.query(`alter database ${new URL(backbone.url).pathname.slice(1)} connection limit ${connections}`);
  await letIn(0);
  await backbone.admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()');
  gate.resolve();
  await eventually(() => expect(faults.some(({ fields }) => fields['part'] === 'engine')).toBe(true));
  expect(await jobsOf(task)).toHaveLength(1);
  await letIn(-1);
  await eventually(async () => expect(await jobsOf(task)).toEqual([]));
  expect(runs).toBe(2);
});
