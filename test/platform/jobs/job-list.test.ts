import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { FrozenClock } from '../../../src/platform/clock.ts';
import { listJobs, type JobState } from '../../../src/platform/jobs/job-list.ts';
import { createJobs } from '../../../src/platform/jobs/jobs.ts';
import { nextRun } from '../../../src/platform/jobs/next-run.ts';
import { schedule } from '../../../src/platform/jobs/schedule.ts';
import { defineTask, type Task } from '../../../src/platform/jobs/task.ts';
import { eventually, fresh, openBackbone, type Backbone, type Process } from '../events/backbone.ts';

let backbone: Backbone;
let process: Process;
beforeAll(async () => {
  backbone = await openBackbone();
  process = await backbone.open();
});
afterAll(() => backbone.close());

const clock = new FrozenClock('2026-11-21T09:07:30.000Z');
const task = (handle: () => Promise<void>, pattern?: string): Task => defineTask({ payload: z.unknown(), ...(pattern ? { cron: { pattern } } : {}), handle });

test('the next run of a pattern is the next minute that it names, in UTC', () => {
  const after = (pattern: string, at = '2026-11-21T09:07:30Z'): string | undefined => nextRun(pattern, new Date(at))?.toISOString();
  expect(after('* * * * *')).toBe('2026-11-21T09:08:00.000Z');
  expect(after('*/5 * * * *')).toBe('2026-11-21T09:10:00.000Z');
  expect(after('*/5 * * * *', '2026-11-21T09:10:00Z')).toBe('2026-11-21T09:15:00.000Z');
  expect(after('15 0 * * *')).toBe('2026-11-22T00:15:00.000Z');
  expect(after('0 3 1 12 *')).toBe('2026-12-01T03:00:00.000Z');
  expect(after('0 3 1 1 *')).toBeUndefined();
});

test('each task tells what it did last, what waits and what was given up, also after the process that ran it has ended', async () => {
  const [good, bad, idle] = [fresh('good'), fresh('bad'), fresh('idle')].toSorted();
  if (!good || !bad || !idle) throw new Error('there are three');
  const tasks = {
    [good]: task(async () => undefined, '*/15 * * * *'),
    [bad]: task(async () => {
      throw new RangeError('a message that may hold anything');
    }),
    [idle]: task(async () => undefined),
  };
  const states = async (): Promise<Record<string, JobState>> => Object.fromEntries((await listJobs(process.database, clock, tasks)).map((state) => [state.name, state]));
  const blank = { lastRunAt: null, lastOutcome: null, lastError: null, running: 0, waiting: 0, failed: 0 };
  expect(await states()).toEqual({
    [good]: { ...blank, name: good, cron: '*/15 * * * *', nextRunAt: '2026-11-21T09:15:00.000Z' },
    [bad]: { ...blank, name: bad, cron: null, nextRunAt: null },
    [idle]: { ...blank, name: idle, cron: null, nextRunAt: null },
  });

  const later = '2999-01-01T00:00:00.000Z';
  await process.database.transact(backbone.callers[0], async (work) => {
    for (const name of [good, bad, bad]) await schedule(work, { task: name, payload: {} });
    await schedule(work, { task: idle, payload: {}, runAt: new Date(later) });
  });
  const jobs = createJobs({ database: process.database, url: backbone.url, tasks, lookEvery: 20, sweepEvery: 20, onError: () => undefined });
  onTestFinished(() => jobs.stop());
  jobs.start();
  await eventually(async () => expect(await states()).toMatchObject({ [good]: { lastOutcome: 'DONE', waiting: 0 }, [bad]: { lastOutcome: 'FAILED', running: 0 } }));
  await jobs.stop();
  await backbone.admin.query(`update graphile_worker._private_jobs j set attempts = max_attempts from graphile_worker._private_tasks t where t.id = j.task_id and t.identifier = $1 and j.id = (select min(id) from graphile_worker._private_jobs where task_id = j.task_id)`, [bad]);
  expect(await states()).toMatchObject({
    [good]: { lastRunAt: expect.stringMatching(/Z$/), lastError: null, waiting: 0, failed: 0, nextRunAt: '2026-11-21T09:15:00.000Z' },
    [bad]: { lastError: 'RangeError', waiting: 1, failed: 1, nextRunAt: expect.stringMatching(/Z$/) },
    [idle]: { lastRunAt: null, waiting: 1, nextRunAt: later },
  });
  expect((await backbone.admin.query('select done, failed from job_run where task = $1', [good])).rows).toEqual([{ done: '1', failed: '0' }]);
});
