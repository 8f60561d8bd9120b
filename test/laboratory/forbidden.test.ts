import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inLaboratory, OutboundRefused, outboundFetch } from '../../src/platform/outbound-http.ts';
import { laboratoryUrl } from '../../src/platform/postgres/login.ts';
import { statement } from '../../src/platform/postgres/statement.ts';
import { arrange, crm, type Arranged } from '../accounts/arrange.ts';
import { createExperiment } from './experiments.ts';

let program: Arranged;
/** As the laboratory's own login. */
let lab: Client;
beforeAll(async () => {
  program = await arrange();
  await program.upsertAccounts([{ externalRef: crm('a-1'), name: 'Acme' }]);
  await createExperiment(program);
  lab = new Client({ connectionString: laboratoryUrl(program.testDatabase.url) });
  await lab.connect();
  await lab.query("select set_config('app.tenant', $1, false)", [program.tenant]);
});
afterAll(async () => {
  await lab?.end();
  await program?.close();
});

test('the login of the laboratory has its role alone, no power and no way into another role', async () => {
  const { rows } = await program.admin.query(
    `select rolsuper or rolbypassrls or rolcreatedb or rolcreaterole or rolreplication as powerful,
       (select array_agg(g.rolname::text) from pg_auth_members m join pg_roles g on g.oid = m.roleid where m.member = r.oid) as groups from pg_roles r where rolname = $1`,
    [new URL(laboratoryUrl(program.testDatabase.url)).username],
  );
  expect(rows).toEqual([{ powerful: false, groups: ['context_graph_lab'] }]);
  for (const role of ['context_graph_app', 'context_graph_system', new URL(program.testDatabase.url).username]) await expect(lab.query(`set role "${role}"`)).rejects.toThrow(/permission denied/);
});

test('no table of production can be written, by any statement', async () => {
  const { rows } = await program.admin.query<{ name: string; right: string }>(
    `select c.oid::regclass::text as name, asked.privilege as right from pg_class c cross join unnest(array['insert', 'update', 'delete', 'truncate', 'references', 'trigger']) asked(privilege)
     where relnamespace in ('public'::regnamespace, 'graphile_worker'::regnamespace) and relkind in ('r', 'p', 'v', 'm')
       and case when asked.privilege in ('insert', 'update', 'references') then has_any_column_privilege('context_graph_lab', c.oid, asked.privilege) else has_table_privilege('context_graph_lab', c.oid, asked.privilege) end`,
  );
  expect(rows).toEqual([]);
  for (const write of [
    'update account set name = name', 'delete from signal', 'insert into scoring_model (tenant_id, version, parameters, published_at, published_by) values (app_tenant(), 2, \'{}\', now(), \'x\')',
    'update audit_head set sequence = 0', 'select * from account for update', 'create table mine ()', 'create table lab.mine ()', 'truncate score_point',
    `select schedule_job('rescore-tenant', '{}')`, `select move_signals(array[app_tenant()], app_tenant())`, `select ensure_audit_partitions(now()::date, 1)`, 'select 1 from graphile_worker.jobs',
    `insert into audit_logs (tenant_id) values (app_tenant())`, `insert into outbox (tenant_id) values (app_tenant())`,
  ]) {
    await expect(lab.query(write), write).rejects.toThrow(/permission denied/);
  }
});

test('no function that runs with its owner\'s rights can be called, but the one that names runs', async () => {
  const { rows } = await lab.query<{ name: string }>(
    `select p.oid::regprocedure::text as name from pg_proc p where prosecdef and pronamespace in ('public'::regnamespace, 'lab'::regnamespace) and prorettype <> 'trigger'::regtype and has_function_privilege(p.oid, 'execute') order by 1`,
  );
  expect(rows.map(({ name }) => name)).toEqual(['lab.due_runs(timestamp with time zone,integer)']);
});

test('what a replay does not need is not read: people, drafts, secrets, payloads', async () => {
  for (const read of ['select name_sealed from contact', 'select payload from signal', 'select * from action', 'select wrapped_key from subject_key', 'select * from webhook_secret', 'select owner_email from account', 'select name from opportunity', 'select * from audit_logs']) {
    await expect(lab.query(read), read).rejects.toThrow(/permission denied/);
  }
});

test('another tenant\'s rows are neither read nor written', async () => {
  await lab.query("select set_config('app.tenant', $1, false)", [program.otherTenant]);
  for (const table of ['account', 'lab.experiment', 'lab.fact', 'lab.change']) expect((await lab.query(`select from ${table}`)).rowCount, table).toBe(0);
  await expect(lab.query(`insert into lab.change (tenant_id, changes) values ($1, 1)`, [program.tenant])).rejects.toThrow(/row-level security/);
  await lab.query("select set_config('app.tenant', $1, false)", [program.tenant]);
  expect((await lab.query('select from lab.experiment')).rowCount).toBe(1);
});

test('facts of the laboratory are appended and never changed by it; production notes alone that it took them', async () => {
  await expect(lab.query('update lab.fact set kind = kind')).rejects.toThrow(/permission denied/);
  await expect(lab.query('delete from lab.fact')).rejects.toThrow(/permission denied/);
  const app = new Client({ connectionString: program.testDatabase.url });
  await app.connect();
  await app.query("select set_config('app.tenant', $1, false)", [program.tenant]);
  for (const write of ["update lab.fact set data = '{}'", 'delete from lab.experiment', 'update lab.experiment set name = name', 'update lab.change set changes = 0']) await expect(app.query(write), write).rejects.toThrow(/permission denied/);
  await app.end();
});

test('a transaction of the laboratory cannot write production inside the program either', async () => {
  const caller = { tenantId: program.tenant, actor: { kind: 'user', id: 'x' } as const, requestId: 'x' };
  const write = statement('write_production', 'update account set name = name where tenant_id = $1');
  await expect(program.database.lab(caller, (work) => work.rows(write, [work.tenantId]))).rejects.toThrow(/permission denied/);
});

test('no call leaves the program from the laboratory, nor from what it starts', async () => {
  const refused = inLaboratory(async () => {
    await Promise.resolve();
    return outboundFetch('https://vendor.example/api');
  });
  await expect(refused).rejects.toThrow(OutboundRefused);
  const later = inLaboratory(async () => {
    const { promise, resolve } = Promise.withResolvers<Promise<Response>>();
    setImmediate(() => resolve(outboundFetch(`${program.url}/health`)));
    return promise;
  });
  await expect(later).rejects.toThrow(/refused in the laboratory/);
  expect((await outboundFetch(`${program.url}/health`)).status).toBe(200);
});
