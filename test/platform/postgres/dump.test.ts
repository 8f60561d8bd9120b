import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dumpSchema } from '../../../src/platform/postgres/dump.ts';
import { createTestDatabase, type TestDatabase } from '../../harness/database.ts';

let database: TestDatabase;
let empty: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  empty = await createTestDatabase('empty');
});
afterAll(async () => {
  await database.drop();
  await empty.drop();
});

async function run(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

test('the dump of a migrated database names everything that others rely on', async () => {
  const dump = await dumpSchema(database.adminUrl);
  for (const line of [
    'create table account (\n  tenant_id uuid not null,\n  id uuid not null,\n  name text not null,',
    '  id bigint not null generated always as identity,',
    "  effective_at timestamp with time zone not null generated always as (LEAST(occurred_at, recorded_at)) stored",
    '  constraint tenant_slug_key UNIQUE (slug)\n',
    ') partition by RANGE (recorded_at);\nCREATE INDEX audit_logs_of_account ON public.audit_logs',
    'create table audit_logs_default partition of audit_logs DEFAULT;',
    'CREATE OR REPLACE FUNCTION public.account_as_of(at timestamp with time zone)\n RETURNS SETOF account',
    'CREATE OR REPLACE PROCEDURE public.make_versioned(IN target regclass)',
    'alter table account add constraint account_tenant_id_fkey FOREIGN KEY (tenant_id) REFERENCES tenant(id);',
    'CREATE TRIGGER keep_version BEFORE INSERT OR DELETE OR UPDATE ON account ',
    'alter table audit_logs enable row level security;',
    'create policy own_tenant on account for all to context_graph_app using ((tenant_id = ( SELECT app_tenant() AS app_tenant))) with check (',
    'grant insert, select on audit_logs to context_graph_app;',
    'grant select (tenant_id, account_id, next_crossing_at, refresh_at) on account_contexts to context_graph_system;',
    'revoke all on function ensure_audit_partitions(date,integer) from public;',
    'grant execute on function schedule_job(text,json,timestamp with time zone,text) to context_graph_app;',
    "comment on table tenant is 'A company that uses the product.';",
  ]) expect(dump).toContain(line);
  expect(dump).not.toMatch(/audit_logs_2|mikro_orm|graphile_worker\._private|postgres/);
  expect(await dumpSchema(database.adminUrl)).toBe(dump);
});

test('loaded into an empty database it makes the same schema again', async () => {
  const dump = await dumpSchema(database.adminUrl);
  await run(empty.adminUrl, dump);
  expect(await dumpSchema(empty.adminUrl)).toBe(dump);
});

test('months of the audit, rows and the order of making change nothing; everything else shows', async () => {
  const dump = await dumpSchema(database.adminUrl);
  await run(database.adminUrl, `select ensure_audit_partitions('2040-01-01', 3); insert into tenant values (gen_random_uuid(), 'a', 'a', now())`);
  expect(await dumpSchema(database.adminUrl)).toBe(dump);
  const added = {
    'create table added (name text collate "C" default \'x\', size int generated always as (length(name)) virtual) with (fillfactor=80)': [
      'create table added (\n  name text collate "C" default \'x\'::text,\n  size integer generated always as (length(name)) virtual\n) with (fillfactor=80);',
    ],
    'create unique index added_once on added (lower(name)) where name > \'b\'': ['CREATE UNIQUE INDEX added_once ON public.added USING btree (lower(name)) WHERE (name > \'b\'::text);'],
    'alter table added force row level security': ['alter table added force row level security;'],
    'create policy only_big on added as restrictive for select using (size > 2)': ['create policy only_big on added as restrictive for select to public using ((size > 2));'],
    'create view added_view with (security_invoker=true) as select name from added': ['create view added_view with (security_invoker=true) as\n SELECT name\n   FROM added;'],
    'grant select on added_view to context_graph_app': ['grant select on added_view to context_graph_app;'],
    "comment on column added.name is 'it''s'": ["comment on column added.name is 'it''s';"],
    'create function added() returns int language sql return 1': ['CREATE OR REPLACE FUNCTION public.added()\n RETURNS integer\n LANGUAGE sql\nRETURN 1;'],
  };
  for (const [sql, lines] of Object.entries(added)) {
    const before = await dumpSchema(database.adminUrl);
    await run(database.adminUrl, sql);
    const after = await dumpSchema(database.adminUrl);
    for (const line of lines) {
      expect(before).not.toContain(line);
      expect(after).toContain(line);
    }
  }
});

test('an object of a kind that it does not know is an error, not a gap', async () => {
  await run(database.adminUrl, `create type mood as enum ('good', 'bad')`);
  await expect(dumpSchema(database.adminUrl)).rejects.toThrow('does not know how to write down the type mood');
});
