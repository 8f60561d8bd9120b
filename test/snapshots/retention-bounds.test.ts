import { afterAll, beforeAll, expect, test } from 'vitest';
import { roles } from '../../src/app/config.ts';
import { arrange, type Arranged } from '../accounts/arrange.ts';
import { create } from './arrange.ts';

let program: Arranged;
beforeAll(async () => {
  program = await arrange({ roles: roles.filter((role) => role !== 'scheduler') });
});
afterAll(() => program?.close());

/** Only the owner can have the database believe in another time. */
const believe = (clock: string): Promise<unknown> => program.admin.query(`create or replace function server_now() returns timestamptz stable parallel safe language sql as $$ select ${clock} $$`);

test('the first start makes the partitions of the months that come', async () => {
  const [months] = await program.rows(`select array_agg('account_snapshot_' || to_char(now() at time zone 'UTC' + make_interval(months => n), 'YYYYMM') order by n) || array['account_snapshot_default'] as names from generate_series(0, 3) n`);
  expect((await program.rows(`select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'account_snapshot'::regclass order by 1`)).map((row) => row['name'])).toEqual(months?.['names']);
});

test('the program\'s role drops nothing by setting its clock, and nothing without saying so in the audit', async () => {
  const id = await program.account('kept');
  await create(program, [id]);
  const asProgram = async (now: string, steps: readonly string[]): Promise<void> => {
    await program.admin.query(`begin; set local role context_graph_app; select set_config('app.tenant', '${program.tenant}', true), set_config('app.now', '${now}', true)`);
    try {
      for (const step of steps) await program.admin.query(step);
      await program.admin.query('commit');
    } catch (error) {
      await program.admin.query('rollback');
      throw error;
    }
  };
  const policy = (version: number, at: string): string => `insert into snapshot_policy values (app_tenant(), ${version}, 5, 10, 3, '${at}', 'x', '${at}')`;
  const drop = 'select drop_snapshots_past_retention(1000000)';
  const left = (): Promise<number> => program.count('select from account_snapshot');
  // A clock of the program's far ahead, and a policy that says it is old.
  await asProgram('2060-01-01T00:00:00Z', [policy(1, '2000-01-01'), drop]);
  await asProgram('2060-01-01T00:00:00Z', [drop]);
  expect(await left()).toBe(1);
  // The policy is old enough then, but the month has not come by the server's clock.
  await believe(`transaction_timestamp() + interval '2 days'`);
  await asProgram('2060-01-01T00:00:00Z', [drop]);
  expect(await left()).toBe(1);
  // When the time has really come, with a clock of the program's far behind nothing goes either; and never without a fact.
  await believe(`timestamptz '2059-12-01'`);
  await asProgram('2026-01-01T00:00:00Z', [drop]);
  expect(await left()).toBe(1);
  await expect(asProgram('2060-01-01T00:00:00Z', [drop])).rejects.toMatchObject({ constraint: 'snapshot_drop_audited' });
  expect(await left()).toBe(1);
});
