import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { roles } from '../../src/app/config.ts';
import type { Task } from '../../src/platform/jobs/task.ts';
import { jobTasks } from '../../src/workers/jobs.ts';
import { arrange, crm, dataOf, type Arranged } from '../accounts/arrange.ts';
import { startTestProgram, until } from '../harness/program.ts';
import { create, type Job } from './arrange.ts';

const accounts = 450;
let program: Arranged;
let tasks: Record<string, Task>;
beforeAll(async () => {
  program = await arrange({ roles: roles.filter((role) => role !== 'scheduler') });
  await program.upsertAccounts(Array.from({ length: accounts }, (_, index) => ({ externalRef: crm(`a-${index}`), name: `a-${index}` })));
  tasks = jobTasks({ ...program, bus: { prune: async () => 0, read: async function* () {} }, deadLetters: { prune: async () => undefined }, llm: undefined as never, log: { info: () => undefined, error: () => undefined } as never });
});
afterAll(() => program?.close());

const jobOf = async (id: string): Promise<Job & { failures: object[] }> =>
  dataOf(await program.query<{ snapshotJob: never }, Record<string, unknown>>('query($id: ID!) { snapshotJob(id: $id) { id status progress { done total failed } failures { accountId reason } } }', { id }, { role: 'viewer' })).snapshotJob;
const uuid = (id: string): string => id.slice(id.indexOf('_') + 1).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
const work = (id: string): Promise<void> | undefined => tasks['take-snapshots']?.run({ tenantId: program.tenant, jobId: uuid(id), requestId: 'test' }, {} as never);
const takenBy = (id: string): Promise<number> => program.count('select distinct account_id from account_snapshot where run_id = $1', [uuid(id)]);

test('the job of a killed process is taken over: what was done stays, and no account has two', { timeout: 180_000 }, async () => {
  const job = await create(program, null, { reason: 'Everybody' });
  expect(job).toMatchObject({ status: 'RUNNING', progress: { done: 0, total: accounts, failed: 0 } });
  const doomed = spawn(process.execPath, ['--import', 'tsx', new URL('doomed-run.ts', import.meta.url).pathname, program.testDatabase.url], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void doomed.kill('SIGKILL'));
  await once(doomed.stdout, 'data');
  expect(await jobOf(job.id)).toMatchObject({ status: 'RUNNING', progress: { done: 200, total: accounts, failed: 0 } });
  const dead = once(doomed, 'exit');
  doomed.kill('SIGKILL');
  await dead;
  const second = await startTestProgram({ roles }, program);
  onTestFinished(() => second.close());
  await until('the job is done', async () => (await jobOf(job.id)).status === 'DONE', 90_000);
  expect(await jobOf(job.id)).toMatchObject({ progress: { done: accounts, total: accounts, failed: 0 }, failures: [] });
  expect(await takenBy(job.id)).toBe(accounts);
  expect(await program.count('select from account_snapshot where run_id = $1', [uuid(job.id)])).toBe(accounts);
  const progressed = await program.rows(`select data from audit_logs where kind = 'snapshot_job.progressed' and data ->> 'jobId' = $1 order by sequence`, [uuid(job.id)]);
  // Batches are written side by side, so the rest of 200 and 50 comes in either order.
  const done = progressed.map((row) => (row['data'] as unknown as { done: number }).done);
  expect([[200, 400, accounts], [200, 250, accounts]]).toContainEqual(done);
});

test('several that work on one job share it', { timeout: 60_000 }, async () => {
  const job = await create(program, null);
  await Promise.all([work(job.id), work(job.id), work(job.id)]);
  expect(await jobOf(job.id)).toMatchObject({ status: 'DONE', progress: { done: accounts, total: accounts, failed: 0 } });
  expect(await program.count('select from account_snapshot where run_id = $1', [uuid(job.id)])).toBe(accounts);
  await work(job.id);
  expect(await program.count('select from account_snapshot where run_id = $1', [uuid(job.id)])).toBe(accounts);
});

test('an account that cannot be read is named and does not hold up the rest', { timeout: 60_000 }, async () => {
  const [broken] = await program.rows(`select id from account where name = 'a-7'`);
  // A row that no snapshot can hold.
  await program.admin.query('alter table account_snapshot add constraint not_this_one check (account_id <> \'' + String(broken?.['id']) + '\') not valid');
  const job = await create(program, null);
  await work(job.id);
  await program.admin.query('alter table account_snapshot drop constraint not_this_one');
  expect(await jobOf(job.id)).toMatchObject({ status: 'DONE', progress: { done: accounts - 1, total: accounts, failed: 1 }, failures: [{ accountId: `Account_${String(broken?.['id']).replaceAll('-', '')}`, reason: 'FAULT' }] });
});

test('a job that is cancelled takes no more', async () => {
  const job = await create(program, null);
  const cancelled = await program.query<{ cancelSnapshotJob: object }, Record<string, unknown>>('mutation($id: ID!) { cancelSnapshotJob(id: $id) { __typename ... on SnapshotJob { status progress { done } endedAt } } }', { id: job.id }, { role: 'agent' });
  expect(cancelled.data?.cancelSnapshotJob).toEqual({ __typename: 'SnapshotJob', status: 'CANCELLED', progress: { done: 0 }, endedAt: program.clock.now().toISOString() });
  await work(job.id);
  expect(await takenBy(job.id)).toBe(0);
});

test('the daily run begins once a day in every tenant', async () => {
  const days = (): Promise<number> => program.count(`select from snapshot_run where type = 'SCHEDULED' and day is not null and tenant_id = $1`, [program.tenant]);
  await Promise.all([tasks['daily-snapshots']?.run({}, {} as never), tasks['daily-snapshots']?.run({}, {} as never)]);
  expect(await days()).toBe(1);
  const [run] = await program.rows(`select id, trigger_event, total from snapshot_run where type = 'SCHEDULED' and tenant_id = $1`, [program.tenant]);
  expect(run).toMatchObject({ trigger_event: 'DAILY_SNAPSHOT_JOB', total: accounts });
  // A tenant without accounts is done at once.
  expect(await program.rows(`select status, total from snapshot_run where tenant_id = $1`, [program.otherTenant])).toEqual([{ status: 'DONE', total: 0 }]);
  program.clock.advance(86_400_000);
  await tasks['daily-snapshots']?.run({}, {} as never);
  expect(await days()).toBe(2);
  expect(Object.fromEntries(Object.entries(tasks).map(([name, { cron }]) => [name, cron?.pattern ?? null]))).toMatchObject({ 'daily-snapshots': '0 2 * * *', 'due-snapshots': '* * * * *', 'retire-snapshots': '30 1 * * *', 'snapshot-partitions': '20 0 * * *', 'take-snapshots': null });
});

test('a tenant whose daily run cannot begin does not hold up the others; the job is tried again', async () => {
  program.clock.advance(86_400_000);
  const begun = (tenant: string): Promise<number> => program.count(`select from snapshot_run where tenant_id = $1 and day = $2`, [tenant, program.clock.now().toISOString().slice(0, 10)]);
  const [first = '', last = ''] = [program.tenant, program.otherTenant].toSorted();
  await program.admin.query(`alter table snapshot_run add constraint not_this_one check (tenant_id <> '${first}') not valid`);
  await expect(tasks['daily-snapshots']?.run({}, {} as never)).rejects.toThrow('1 of 2 tenants failed');
  expect([await begun(first), await begun(last)]).toEqual([0, 1]);
  await program.admin.query('alter table snapshot_run drop constraint not_this_one');
  await tasks['daily-snapshots']?.run({}, {} as never);
  expect([await begun(first), await begun(last)]).toEqual([1, 1]);
});

test('the snapshots of a job are paged through', async () => {
  const job = await create(program, null);
  await work(job.id);
  const ask = (after: string | null) => program.query<{ snapshotJob: { snapshots: { id: string }[] } | null }, Record<string, unknown>>('query($id: ID!, $after: ID) { snapshotJob(id: $id) { snapshots(first: 100, after: $after) { id } } }', { id: job.id, after }, { role: 'viewer' });
  const seen: string[] = [];
  for (let length = -1; length !== 0; ) {
    const page = dataOf(await ask(seen.at(-1) ?? null)).snapshotJob?.snapshots ?? [];
    length = page.length;
    seen.push(...page.map(({ id }) => id));
  }
  expect([seen.length, new Set(seen).size]).toEqual([accounts, accounts]);
  expect((await ask(job.id)).errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
});
