import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { roles } from '../../src/app/config.ts';
import { updateProfileFields } from '../../src/features/profiles/index.ts';
import type { JobState } from '../../src/platform/jobs/job-list.ts';
import type { Task } from '../../src/platform/jobs/task.ts';
import { jobTasks } from '../../src/workers/jobs.ts';
import { startTestProgram, until, type TestProgram } from '../harness/program.ts';
import { act, addDocument, define, makeVault } from './gap-vault.ts';

let program: TestProgram;
let admin: Client;
let tasks: Record<string, Task>;

beforeAll(async () => {
  program = await startTestProgram({ roles: roles.filter((role) => role !== 'scheduler') });
  admin = new Client({ connectionString: program.testDatabase.adminUrl });
  await admin.connect();
  await define(program, [{ name: 'seats', displayName: 'Seats', valueType: 'INTEGER', retentionDays: 1 }, { name: 'budget', displayName: 'Budget', valueType: 'NUMBER' }]);
  tasks = jobTasks({ ...program, bus: { prune: async () => 0, read: async function* () {} }, deadLetters: { prune: async () => undefined }, llm: undefined as never, log: { info: () => undefined } as never });
});
afterAll(async () => {
  await admin?.end();
  await program?.close();
});

const run = (name: string): Promise<void> | undefined => tasks[name]?.run({}, {} as never);
const statusOf = async (accountId: string): Promise<string[]> => (await admin.query('select status from profile_field where account_id = $1 order by name', [accountId])).rows.map(({ status }) => status as string);
const jobs = async (of: Pick<TestProgram, 'healthUrl'>): Promise<JobState[]> => ((await (await fetch(`${of.healthUrl}/health/workers`)).json()) as { jobs: JobState[] }).jobs;

test('the calendar: expiry every 5 minutes, orphans every 15, extraction on change alone', () => {
  expect(Object.fromEntries(Object.entries(tasks).map(([name, { cron }]) => [name, cron?.pattern ?? null]))).toMatchObject({ 'expire-fields': '*/5 * * * *', 'orphan-fields': '*/15 * * * *', 'extract-requirements': null });
});

test('fields expire, and lose their sources, once; of every tenant', async () => {
  const vault = await makeVault(program, []);
  await act(program, (work) => updateProfileFields(work, program.seal, [{ accountId: vault.accountId, name: 'seats', value: 1, source: 'USER', path: [] }]));
  await addDocument(program, vault, 'Budget: 5');
  await act(program, async (work) => {
    const { rows } = await admin.query<{ id: string }>('select id from profile_asset where account_id = $1', [vault.accountId]);
    const id = rows[0]?.id ?? '';
    return updateProfileFields(work, program.seal, [{ accountId: vault.accountId, name: 'budget', value: 5, source: 'LLM', sourceItems: [{ type: 'ProfileAsset', id }], path: [] }]);
  });
  await run('expire-fields');
  await run('orphan-fields');
  expect(await statusOf(vault.accountId)).toEqual(['ACTIVE', 'ACTIVE']);
  program.clock.advance(86_400_000);
  await admin.query('delete from lineage_edge where from_id in (select id from profile_asset where account_id = $1)', [vault.accountId]);
  await admin.query('delete from profile_asset where account_id = $1', [vault.accountId]);
  await Promise.all([run('expire-fields'), run('expire-fields'), run('orphan-fields'), run('orphan-fields')]);
  expect(await statusOf(vault.accountId)).toEqual(['ORPHANED', 'EXPIRED']);
  const facts = await admin.query(`select kind from audit_logs where account_id = $1 and kind in ('profile_field.expired', 'profile_field.orphaned') order by kind`, [vault.accountId]);
  expect(facts.rows).toEqual([{ kind: 'profile_field.expired' }, { kind: 'profile_field.orphaned' }]);
});

test('/health/workers shows the jobs; the job of a killed worker is taken over within a minute', { timeout: 120_000 }, async () => {
  const { scenarioKey } = await makeVault(program, [], 'We need the budget.');
  const extraction = async (of: Pick<TestProgram, 'healthUrl'>): Promise<JobState | undefined> => (await jobs(of)).find(({ name }) => name === 'extract-requirements');
  await until('the job waits', async () => (await extraction(program))?.waiting === 1);
  expect((await jobs(program)).find(({ name }) => name === 'expire-fields')).toMatchObject({ cron: '*/5 * * * *', nextRunAt: expect.stringMatching(/:[0-5][05]:00\.000Z$/), waiting: 0, running: 0, failed: 0 });

  // A process that takes the job in hand and dies with it.
  const doomed = spawn(process.execPath, ['--import', 'tsx', new URL('../platform/jobs/doomed-process.ts', import.meta.url).pathname, program.testDatabase.url, 'extract-requirements'], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void doomed.kill('SIGKILL'));
  await once(doomed.stdout, 'data');
  expect(await extraction(program)).toMatchObject({ running: 1, waiting: 0 });
  const dead = once(doomed, 'exit');
  doomed.kill('SIGKILL');
  await dead;

  // At its usual pace, as in production: a sign of life that is missing at two looks of ten seconds.
  const second = await startTestProgram({ roles }, program);
  onTestFinished(() => second.close());
  const stored = async (): Promise<void> => expect((await admin.query('select field_name from scenario_requirement where scenario_id = $1', [scenarioKey])).rows).toEqual([{ field_name: 'budget' }]);
  await vi.waitFor(stored, { timeout: 60_000, interval: 100 });
  await until('it is told', async () => (await extraction(second))?.lastOutcome === 'DONE');
  expect(await extraction(program)).toMatchObject({ lastRunAt: expect.any(String), lastError: null, running: 0, waiting: 0, failed: 0 });
});
