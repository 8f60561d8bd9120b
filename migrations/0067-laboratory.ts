import { Migration } from '@mikro-orm/migrations';
import { experiments, importedHistory, results } from './0067-laboratory-tables.ts';

/** The laboratory: a schema of its own, and a role that reads what a replay needs of production and writes nothing but that schema. */
export class Laboratory extends Migration {
  override up(): void {
    this.addSql(role);
    this.addSql(sources);
    this.addSql(walls);
    this.addSql(log);
    this.addSql(experiments);
    this.addSql(results);
    this.addSql(importedHistory);
    this.addSql(pins);
    this.addSql(dueRuns);
    this.addSql(tenantVersion);
  }
}

/** The program steps into the role as into the system role; a process in laboratory mode has a login that is a member of it and of nothing else. */
const role = `
do $$
begin
  if not exists (select from pg_roles where rolname = 'context_graph_lab') then
    create role context_graph_lab nologin;
  end if;
end $$;
create schema lab;
comment on schema lab is 'What the laboratory writes. Nothing of it is read by production but through the laboratory''s own pages.';
grant usage on schema public to context_graph_lab;
grant usage on schema lab to context_graph_lab, context_graph_app;
`;

/** The columns of production that a replay reads; without payloads, names, sealed data and whatever else it does not need. '*': all. */
const readColumns = {
  account: 'tenant_id, id, name, is_stub, industry, region, employee_count, status, tier, lifecycle_stage, occurred_at, recorded_at, sys_from',
  account_history: 'tenant_id, id, is_stub, industry, region, employee_count, status, tier, lifecycle_stage, occurred_at, recorded_at, sys_from, sys_to',
  account_contexts: '*',
  audit_head: 'tenant_id, sequence, recorded_at',
  consent: 'tenant_id, id, subject_id, purpose, channel, version, granted, basis, granted_at, expires_at, revoked_at, recorded_at',
  contact: 'tenant_id, id, account_id, subject_id, occurred_at, recorded_at, sys_from',
  external_ref: '*',
  node_identity: '*',
  node_identity_history: '*',
  node_merge: 'tenant_id, id, node_type, into_id, from_id, child_id, merged_at, undone_at',
  opportunity: 'tenant_id, id, account_id, stage, amount_minor, amount_currency, close_date, probability, stage_since, occurred_at, recorded_at, sys_from',
  opportunity_history: 'tenant_id, id, account_id, stage, amount_minor, amount_currency, close_date, probability, stage_since, occurred_at, recorded_at, sys_from, sys_to',
  outreach_policy: '*',
  score_point: '*',
  score_traits: '*',
  scoring_model: '*',
  signal: 'tenant_id, id, account_id, type, source, source_event_id, dedupe_key, occurred_at, recorded_at, effective_at, delivered_account_id, moved_at, origin',
  signal_account_history: '*',
  signal_objection: '*',
  signal_withdrawal: 'tenant_id, id, signal_id, account_id, withdrawn_at, restored_at',
  stage_catalogue: '*',
};

/** What a process in laboratory mode tells callers apart by, and derives ids from: of every tenant, and readable without one. */
const callerColumns = {
  tenant: 'id, created_at',
  api_key: 'tenant_id, id, secret_hash, roles, created_at, expires_at, revoked_at',
  key_ring: 'version, sealed',
  master_key: 'ordinal, key_id, wrapped_ring_key, added_at, retired_at',
};

const sources = [
  ...Object.entries(callerColumns).map(
    ([table, columns]) => `create policy laboratory on ${table} for select to context_graph_lab using (true);
     grant select (${columns}) on ${table} to context_graph_lab;`,
  ),
  ...Object.entries(readColumns).map(
    ([table, columns]) => `create policy laboratory on ${table} for select to context_graph_lab using (tenant_id = (select app_tenant()));
     grant select${columns === '*' ? '' : ` (${columns})`} on ${table} to context_graph_lab;`,
  ),
].join('\n');

/** make_laboratory_table('lab.x'): the laboratory's role reads and writes the rows of its tenant; everybody else of the tenant reads them. */
const walls = `
create procedure lab.make_laboratory_table(target regclass, rights text default 'select, insert, update, delete') language plpgsql as $$
begin
  execute format('alter table %s enable row level security', target);
  execute format('create policy own_tenant on %s to context_graph_lab using (tenant_id = (select app_tenant())) with check (tenant_id = (select app_tenant()))', target);
  execute format('create policy read_results on %s for select to context_graph_app using (tenant_id = (select app_tenant()))', target);
  execute format('grant %s on %s to context_graph_lab', rights, target);
  execute format('grant select on %s to context_graph_app', target);
end $$;
revoke all on procedure lab.make_laboratory_table(regclass, text) from public;
`;

/** What the laboratory did, and how often: production's own log and versions are not the laboratory's to write. */
const log = `
create table lab.fact (
  tenant_id uuid not null,
  id uuid not null,
  occurred_at timestamptz not null,
  actor_kind text not null,
  actor_id text not null,
  request_id text not null,
  kind text not null check (kind ~ '^[a-z_]{1,40}[.][a-z_]{1,40}$'),
  version smallint not null,
  data jsonb not null,
  relayed_at timestamptz,
  primary key (tenant_id, id)
);
comment on table lab.fact is 'Every change in the laboratory, append-only. data holds ids and figures, no personal data. Production takes each into its own log, and notes that it did: the laboratory cannot write there.';
comment on column lab.fact.relayed_at is 'When production took the fact into its log; null: not yet.';
create index fact_by_time on lab.fact (tenant_id, occurred_at, id);
create index fact_to_relay on lab.fact (tenant_id, id) where relayed_at is null;
call lab.make_laboratory_table('lab.fact', 'select, insert');
create policy take_in on lab.fact for update to context_graph_app using (tenant_id = (select app_tenant()));
grant update (relayed_at) on lab.fact to context_graph_app;
create policy find_facts on lab.fact for select to context_graph_system using (true);
grant usage on schema lab to context_graph_system;
grant select (tenant_id, id, relayed_at) on lab.fact to context_graph_system;

create table lab.change (
  tenant_id uuid primary key,
  changes bigint not null
);
comment on table lab.change is 'How many transactions of the laboratory changed rows of the tenant: a part of the tenant''s version.';
call lab.make_laboratory_table('lab.change', 'select, insert, update');
`;

/** A pinned run stays as it is, with all its rows. */
const pins = `
create function lab.keep_pinned_run() returns trigger language plpgsql as $$
begin
  if old.pinned_at is not null then
    raise exception 'a pinned run does not change' using errcode = '23514', constraint = 'experiment_run_pinned';
  end if;
  return case tg_op when 'DELETE' then old else new end;
end $$;
create trigger experiment_run_pinned before update or delete on lab.experiment_run for each row execute function lab.keep_pinned_run();

create function lab.keep_pinned_rows() returns trigger language plpgsql as $$
begin
  if exists (select from lab.experiment_run r where r.pinned_at is not null and (r.tenant_id, r.id) in (select tenant_id, run_id from changed)) then
    raise exception 'the rows of a pinned run do not change' using errcode = '23514', constraint = 'experiment_run_pinned';
  end if;
  return null;
end $$;
${['run_account', 'run_crossing']
  .flatMap((table) => [
    ...['insert', 'update'].map((event) => `create trigger ${table}_pinned_${event} after ${event} on lab.${table} referencing new table as changed for each statement execute function lab.keep_pinned_rows();`),
    `create trigger ${table}_pinned_from after update on lab.${table} referencing old table as changed for each statement execute function lab.keep_pinned_rows();`,
    `create trigger ${table}_pinned_delete after delete on lab.${table} referencing old table as changed for each statement execute function lab.keep_pinned_rows();`,
  ])
  .join('\n')}
`;

/** Runs are found without a tenant, which only this function may: it names ids and nothing else. */
const dueRuns = `
create function lab.due_runs(at timestamptz, most int) returns table (tenant_id uuid, run_id uuid) language sql stable security definer set search_path = lab, pg_temp as $$
  select r.tenant_id, r.id from lab.experiment_run r
  where r.status = 'QUEUED' or r.status = 'RUNNING' and r.leased_until <= at
  order by r.requested_at, r.id limit most $$;
comment on function lab.due_runs(timestamptz, int) is 'Runs of all tenants that wait, or whose worker let its lease run out, oldest first.';
revoke all on function lab.due_runs(timestamptz, int) from public;
grant execute on function lab.due_runs(timestamptz, int) to context_graph_lab;
`;

/** What a kept answer depends on: the laboratory's changes, too. */
const tenantVersion = `
create or replace function tenant_version(tenant uuid) returns bigint language plpgsql as $$ begin
  perform set_config('app.tenant', tenant::text, true);
  return coalesce((select sequence from audit_head where tenant_id = tenant), 0) + coalesce((select changes from unrecorded_change where tenant_id = tenant), 0)
    + coalesce((select changes from lab.change where tenant_id = tenant), 0);
end $$;
`;
