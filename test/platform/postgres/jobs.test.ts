import { Logger, run, type Runner, type TaskList } from 'graphile-worker';
import { Pool } from 'pg';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { statement } from '../../../src/platform/postgres/statement.ts';
import { asProgram, openFixture, type Fixture } from './fixture.ts';

let fixture: Fixture;
let pool: Pool;
let runner: Runner | null = null;
beforeAll(async () => {
  fixture = await openFixture();
  pool = new Pool({ connectionString: fixture.url, options: '-c role=context_graph_system' });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
});
afterEach(async () => {
  await runner?.stop();
  runner = null;
  await fixture.admin.query('delete from graphile_worker._private_jobs');
});
afterAll(async () => {
  await pool.end();
  await fixture.close();
});

const schedule = statement('schedule_job', 'select schedule_job($1, $2, $3, $4)');
const jobs = statement<{ task: string; payload: unknown; runAt: string }>(
  'jobs',
  `select t.identifier as task, j.payload, j.run_at as "runAt" from graphile_worker._private_jobs j
   join graphile_worker._private_tasks t on t.id = j.task_id order by j.id`,
);

async function work(taskList: TaskList): Promise<void> {
  runner = await run({
    pgPool: pool,
    taskList,
    concurrency: 2,
    noHandleSignals: true,
    crontab: '0 4 * * * greet',
    logger: new Logger(() => () => undefined),
  });
}

test('a job added in a tenant’s own transaction runs, under the system role, once that has committed', async () => {
  const ran = Promise.withResolvers<unknown>();
  await work({
    greet: async (payload, helpers) => {
      const { rows } = await helpers.query('select current_user as "user"');
      ran.resolve({ payload, ...rows[0] });
    },
  });
  const lost = fixture.database.transact(fixture.ours, async (work) => {
    await work.rows(schedule, ['greet', { name: 'lost' }, null, null]);
    throw new Error('no');
  });
  await expect(lost).rejects.toThrow('no');
  await fixture.database.transact(fixture.ours, (work) => work.rows(schedule, ['greet', { name: 'kept' }, null, null]));
  expect(await ran.promise).toEqual({ payload: { name: 'kept' }, user: 'context_graph_system' });
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
});

test('a job that fails is tried again later, with its error kept', async () => {
  await work({
    stumble: () => {
      throw new Error('over a stone');
    },
  });
  await fixture.database.transact(fixture.ours, (work) => work.rows(schedule, ['stumble', {}, null, null]));
  await vi.waitFor(async () => {
    const { rows } = await fixture.admin.query('select attempts, last_error from graphile_worker._private_jobs');
    expect(rows).toEqual([{ attempts: 1, last_error: expect.stringContaining('over a stone') }]);
  });
});

test('of jobs with one key the latest stays, at its time', async () => {
  await fixture.database.transact(fixture.ours, async (work) => {
    await work.rows(schedule, ['later', { round: 1 }, '2036-01-01T00:00:00Z', 'one']);
    await work.rows(schedule, ['later', { round: 2 }, '2036-01-02T00:00:00Z', 'one']);
    await work.rows(schedule, ['later', { round: 3 }, '2036-01-03T00:00:00Z', 'other']);
  });
  expect(await fixture.database.system((sql) => sql.rows(jobs))).toEqual([
    { task: 'later', payload: { round: 2 }, runAt: '2036-01-02T00:00:00.000Z' },
    { task: 'later', payload: { round: 3 }, runAt: '2036-01-03T00:00:00.000Z' },
  ]);
});

test('a tenant’s transaction sees nothing of the engine', async () => {
  const attempt = asProgram(fixture.url, fixture.ours.tenantId, (client) => client.query('select * from graphile_worker._private_jobs'));
  await expect(attempt).rejects.toThrow('permission denied for schema graphile_worker');
});
