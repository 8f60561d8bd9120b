import { afterAll, beforeAll, expect, test } from 'vitest';
import { roles } from '../../src/app/config.ts';
import type { Task } from '../../src/platform/jobs/task.ts';
import { jobTasks } from '../../src/workers/jobs.ts';
import { arrange, type Arranged } from '../accounts/arrange.ts';
import { create, history, read } from './arrange.ts';

const day = 86_400_000;
let program: Arranged;
let tasks: Record<string, Task>;
beforeAll(async () => {
  program = await arrange({ roles: roles.filter((role) => role !== 'scheduler') });
  // The test lives in months to come; only the owner can have the database believe it.
  await program.admin.query('create or replace function server_now() returns timestamptz stable parallel safe language sql as $$ select app_now() $$');
  tasks = jobTasks({ ...program, bus: { prune: async () => 0, read: async function* () {} }, deadLetters: { prune: async () => undefined }, llm: undefined as never, log: { info: () => undefined, error: () => undefined } as never });
});
afterAll(() => program?.close());

const run = async (name: string): Promise<void> => tasks[name]?.run({}, {} as never);
const partitions = async (): Promise<string[]> => (await program.rows(`select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'account_snapshot'::regclass order by 1`)).map((row) => String(row['name']));
const keep = (monthsKept: number) => program.query<{ saveSnapshotPolicy: object }, Record<string, unknown>>('mutation($input: SnapshotPolicyInput!) { saveSnapshotPolicy(input: $input) { __typename } }', { input: { monthsKept } }, { role: 'admin' });

test('partitions are made ahead, what fell into the net moves into its month, and months that nobody keeps are dropped with an audit', { timeout: 60_000 }, async () => {
  // The first start made the months from the server's present one on; this test lives in months of its own.
  for (const name of (await partitions()).filter((each) => each !== 'account_snapshot_default')) await program.admin.query(`drop table ${name}`);
  const id = await program.account('acme');
  const take = async (): Promise<string> => (await create(program, [id])).snapshots[0]?.id ?? '';
  const first = await take();
  const where = (): Promise<Record<string, never>[]> => program.rows('select sequence_number as n, tableoid::regclass::text as part from account_snapshot order by 1');
  expect(await where()).toEqual([{ n: 1, part: 'account_snapshot_default' }]);
  await run('snapshot-partitions');
  expect(await partitions()).toEqual(['account_snapshot_202611', 'account_snapshot_202612', 'account_snapshot_202701', 'account_snapshot_202702', 'account_snapshot_default']);
  expect(await where()).toEqual([{ n: 1, part: 'account_snapshot_202611' }]);
  await expect(program.admin.query('update account_snapshot_202611 set region = $$x$$')).rejects.toThrow('a snapshot never changes');
  await expect(program.admin.query('truncate account_snapshot_202611')).rejects.toThrow('a snapshot never changes');
  for (let month = 0; month < 5; month += 1) {
    program.clock.advance(30 * day);
    await run('snapshot-partitions');
    await take();
  }
  // For ever, unless the tenant says otherwise.
  await run('retire-snapshots');
  expect(await history(program, id)).toHaveLength(6);
  await keep(3);
  // A policy that was put in force by mistake can be taken back for a day.
  await run('retire-snapshots');
  expect(await history(program, id)).toHaveLength(6);
  program.clock.advance(day);
  await run('retire-snapshots');
  // It is 21 April 2027: January is the first month that is kept.
  expect((await history(program, id)).map(({ sequenceNumber, takenAt }) => [sequenceNumber, String(takenAt).slice(0, 7)])).toEqual([[3, '2027-01'], [4, '2027-02'], [5, '2027-03'], [6, '2027-04']]);
  expect((await partitions()).filter((name) => name < 'account_snapshot_202701')).toEqual([]);
  const dropped = await program.facts('snapshots.dropped');
  expect(dropped.map(({ data }) => data)).toEqual([{ count: 2, firstTakenAt: '2026-11-21T09:00:00.000Z', lastTakenAt: '2026-12-21T09:00:00.000Z', policyVersion: 1, monthsKept: 3 }]);
  expect(await program.see('query($id: ID!) { node(id: $id) { id } }', { id: first })).toEqual({ node: null });
  // Numbers go on, and what is gone is gone everywhere.
  const seventh = await read(program, await take());
  expect(seventh).toMatchObject({ sequenceNumber: 7, daysSinceLastSnapshot: 1 });
  expect(await program.count('select from snapshot_number n join account a on a.id = n.account_id where a.name = $1', ['acme'])).toBe(5);
  expect(await program.count('select from lineage_edge where to_type = $1 and removed_at is null and to_id not in (select id from account_snapshot)', ['AccountSnapshot'])).toBe(0);
  await run('retire-snapshots');
  expect(await program.facts('snapshots.dropped')).toHaveLength(1);
});

test('another tenant\'s snapshots of the same month stay, and so does their partition', async () => {
  const token = await program.token('agent', { tenant: program.otherTenant });
  await program.upsertAccounts([{ externalRef: { system: 'salesforce', id: 'theirs' }, name: 'Theirs' }], { token });
  const answer = await program.query<{ accounts: { edges: { node: { id: string } }[] } }, Record<string, unknown>>('{ accounts { edges { node { id } } } }', {}, { token });
  const theirs = answer.data?.accounts.edges[0]?.node.id ?? '';
  await create(program, [theirs], {}, token);
  const [{ month = '' } = {}] = (await program.rows(`select to_char(taken_at, 'YYYYMM') as month from account_snapshot where tenant_id = $1`, [program.otherTenant])) as { month?: string }[];
  program.clock.advance(200 * day);
  await run('snapshot-partitions');
  await run('retire-snapshots');
  expect(await program.count('select from account_snapshot where tenant_id = $1', [program.tenant])).toBe(0);
  expect(await program.count('select from account_snapshot where tenant_id = $1', [program.otherTenant])).toBe(1);
  expect(await partitions()).toContain(`account_snapshot_${month}`);
});
