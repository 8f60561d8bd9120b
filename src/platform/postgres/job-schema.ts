import { Logger, runMigrations } from 'graphile-worker';
import type { Client } from 'pg';
import { appRole, systemRole } from './login.ts';

const silent = new Logger(() => () => undefined);

/**
 * Installs or updates graphile-worker's schema, and lets the system role work in it: the program runs its workers as its
 * own login with `-c role=context_graph_system`. Tenants' transactions reach it through schedule_job() alone.
 */
export async function installJobSchema(admin: Client, adminUrl: string): Promise<void> {
  await runMigrations({ connectionString: adminUrl, logger: silent });
  await admin.query(letSystemWork);
  await admin.query(scheduleJob);
}

/** Its tables have row-level security on and no policy, so that only their owner sees rows. */
const letSystemWork = `
grant usage on schema graphile_worker to ${systemRole};
grant select, insert, update, delete on all tables in schema graphile_worker to ${systemRole};
grant usage on all sequences in schema graphile_worker to ${systemRole};
grant execute on all functions in schema graphile_worker to ${systemRole};
do $$
declare
  private regclass;
begin
  for private in
    select c.oid from pg_class c
    where c.relnamespace = 'graphile_worker'::regnamespace and c.relkind = 'r' and c.relrowsecurity
      and not exists (select from pg_policy where polrelid = c.oid and polname = 'system')
  loop
    execute format('create policy system on %s to ${systemRole} using (true) with check (true)', private);
  end loop;
end $$;
`;

const scheduleJob = `
create or replace function schedule_job(identifier text, payload json, run_at timestamptz default null, job_key text default null)
  returns void language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
  select graphile_worker.add_job(identifier, payload, run_at => run_at, job_key => job_key)
$$;
comment on function schedule_job(text, json, timestamptz, text) is
  'Adds a job in the caller''s own transaction: it runs once that commits. Of jobs with one key, the latest stays.';
revoke all on function schedule_job(text, json, timestamptz, text) from public;
grant execute on function schedule_job(text, json, timestamptz, text) to ${appRole}, ${systemRole};
`;
