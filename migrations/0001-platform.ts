import { Migration } from '@mikro-orm/migrations';

/**
 * The ground every feature stands on: roles, the tenant wall, version keeping, the outbox, the inbox, the bus on
 * Postgres, the audit chain and the keys of data subjects.
 */
export class Platform extends Migration {
  override up(): void {
    this.addSql(roles);
    this.addSql(transactionSettings);
    this.addSql(tenantWall);
    this.addSql(versionKeeping);
    this.addSql(tenants);
    this.addSql(eventTables);
    this.addSql(auditTables);
    this.addSql(subjectKeys);
  }
}

/**
 * Two group roles that own nothing and may not log in. The program's login inherits the first; it may step into the
 * second (SET LOCAL ROLE) for the few tasks that are no tenant's: relaying the outbox, running the bus, finding a caller.
 */
const roles = `
do $$
begin
  if not exists (select from pg_roles where rolname = 'context_graph_app') then
    create role context_graph_app nologin;
  end if;
  if not exists (select from pg_roles where rolname = 'context_graph_system') then
    create role context_graph_system nologin;
  end if;
end $$;
grant usage on schema public to context_graph_app, context_graph_system;
`;

/** What a transaction is told once, at its beginning: whose it is, and what time it is. */
const transactionSettings = `
create function app_tenant() returns uuid stable parallel safe language sql
  as $$ select nullif(current_setting('app.tenant', true), '')::uuid $$;
comment on function app_tenant() is 'The tenant this transaction is bound to; null shows no row at all.';

create function app_now() returns timestamptz stable parallel safe language sql
  as $$ select coalesce(nullif(current_setting('app.now', true), '')::timestamptz, transaction_timestamp()) $$;
comment on function app_now() is 'The program''s clock as this transaction was told it.';
`;

/** make_tenant_table('x'): nobody sees or writes a row of x but under its own tenant. */
const tenantWall = `
create procedure make_tenant_table(target regclass, rights text default 'select, insert, update, delete') language plpgsql as $$
begin
  execute format('alter table %s enable row level security', target);
  execute format('create policy own_tenant on %s to context_graph_app using (tenant_id = (select app_tenant())) with check (tenant_id = (select app_tenant()))', target);
  execute format('grant %s on %s to context_graph_app', rights, target);
end $$;
`;

/**
 * make_versioned('x'): x keeps its past. A trigger moves the old row, with the period in which it was current, to
 * x_history; x_as_of(instant) is x as it was known then. The planner inlines x_as_of, so its indexes are used.
 * A step that adds a column to x, or drops one, calls it again, and all three follow.
 */
const versionKeeping = `
create function keep_version() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
declare
  ended timestamptz := greatest(app_now(), case when tg_op = 'INSERT' then null else old.sys_from end);
begin
  if tg_op = 'INSERT' then
    new.sys_from := ended;
    return new;
  end if;
  -- A version that began and ended at one instant was never current at any; there is nothing to keep.
  if ended > old.sys_from then
    execute format('insert into %I (%s, sys_to) select ($1).*, $2', tg_table_name || '_history', tg_argv[0]) using old, ended;
  end if;
  if tg_op = 'DELETE' then
    return old;
  end if;
  new.sys_from := ended;
  return new;
end $$;

create procedure make_versioned(target regclass) language plpgsql as $$
declare
  columns text := (select string_agg(quote_ident(attname), ', ' order by attnum)
                   from pg_attribute where attrelid = target and attnum > 0 and not attisdropped);
  name text := (select relname from pg_class where oid = target);
  history text := quote_ident(name || '_history');
  added record;
  relaxed record;
begin
  if to_regclass(history) is null then
    execute format('create table %s (like %s)', history, target);
    execute format('alter table %s add column sys_to timestamptz not null, add primary key (tenant_id, id, sys_from)', history);
    if exists (select from pg_attribute where attrelid = target and attname = 'account_id' and not attisdropped) then
      execute format('create index on %s (tenant_id, account_id)', history);
    end if;
    call make_tenant_table(target);
    call make_tenant_table(history::regclass, 'select');
  end if;
  for added in
    select quote_ident(attname) as column, format_type(atttypid, atttypmod) as type from pg_attribute
    where attrelid = target and attnum > 0 and not attisdropped
      and attname not in (select attname from pg_attribute where attrelid = history::regclass and not attisdropped)
    order by attnum
  loop
    execute format('alter table %s add column %s %s', history, added.column, added.type);
  end loop;
  for relaxed in
    select quote_ident(attname) as column from pg_attribute
    where attrelid = history::regclass and attnum > 0 and not attisdropped and attnotnull and attname <> 'sys_to'
      and attname not in (select attname from pg_attribute where attrelid = target and not attisdropped and attnotnull)
  loop
    execute format('alter table %s alter column %s drop not null', history, relaxed.column);
  end loop;
  execute format('create or replace trigger keep_version before insert or update or delete on %s for each row execute function keep_version(%L)', target, columns);
  execute format('create or replace function %s(at timestamptz) returns setof %s stable parallel safe language sql as $f$
    select %s from %s where sys_from <= at
    union all
    select %s from %s where sys_from <= at and sys_to > at $f$', quote_ident(name || '_as_of'), target, columns, target, columns, history);
end $$;
`;

const tenants = `
create table tenant (
  id uuid primary key,
  slug text not null unique,
  name text not null,
  created_at timestamptz not null
);
comment on table tenant is 'A company that uses the product.';
alter table tenant enable row level security;
create policy own_tenant on tenant for select to context_graph_app using (id = (select app_tenant()));
create policy every_tenant on tenant to context_graph_system using (true) with check (true);
grant select on tenant to context_graph_app;
grant select, insert on tenant to context_graph_system;

create table api_key (
  tenant_id uuid not null references tenant,
  id uuid not null,
  name text not null,
  secret_hash bytea not null unique,
  roles text[] not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  revoked_at timestamptz,
  primary key (tenant_id, id)
);
comment on table api_key is 'Credentials of machines; only the SHA-256 of the secret is kept.';
call make_tenant_table('api_key', 'select, insert, update');
create policy find_caller on api_key for select to context_graph_system using (true);
grant select on api_key to context_graph_system;

create table external_ref (
  tenant_id uuid not null references tenant,
  node_type text not null,
  system text not null,
  external_id text not null,
  node_id uuid not null,
  recorded_at timestamptz not null,
  primary key (tenant_id, node_type, system, external_id)
);
comment on table external_ref is 'What other systems call a node; look-up works by either name.';
create index external_ref_of_node on external_ref (tenant_id, node_id);
call make_tenant_table('external_ref', 'select, insert, delete');
create function external_ref_as_of(at timestamptz) returns setof external_ref stable parallel safe language sql
  as $$ select * from external_ref where recorded_at <= at $$;
`;

/**
 * Outbox (written by Work), inbox (one row per consumer and event), dead letters, and the bus for installations without
 * Kafka. Events are json, not jsonb: nothing here looks inside them, and json keeps whatever a foreign sender wrote.
 * Rows of the outbox live for milliseconds; a foreign key would cost more than all else about them.
 */
const eventTables = `
create table outbox (
  id bigint generated always as identity primary key,
  tenant_id uuid,
  event json not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);
comment on table outbox is 'Facts on their way to the bus. The relay deletes a row once the bus has it. Without a tenant: dead letters and replays.';
alter table outbox enable row level security;
create policy own_tenant on outbox for insert to context_graph_app with check (tenant_id = (select app_tenant()));
create policy relay on outbox to context_graph_system using (true);
grant insert on outbox to context_graph_app;
grant select, insert, delete on outbox to context_graph_system;

create table inbox (
  tenant_id uuid not null references tenant,
  consumer text not null,
  event_id uuid not null,
  received_at timestamptz not null,
  primary key (tenant_id, consumer, event_id)
);
comment on table inbox is 'What each consumer has already taken in; a second delivery finds its row and does nothing.';
create index inbox_by_age on inbox (received_at);
call make_tenant_table('inbox', 'select, insert, delete');
create policy prune on inbox to context_graph_system using (true);
grant select, delete on inbox to context_graph_system;

create table bus_partition (
  topic text not null,
  partition int not null,
  next_offset bigint not null default 0,
  primary key (topic, partition)
) with (fillfactor = 50);
create table bus_event (
  topic text not null,
  partition int not null,
  "offset" bigint not null,
  event json not null,
  appended_at timestamptz not null,
  primary key (topic, partition, "offset")
);
create table bus_cursor (
  consumer_group text not null,
  topic text not null,
  partition int not null,
  next_offset bigint not null,
  primary key (consumer_group, topic, partition)
) with (fillfactor = 50);
comment on table bus_event is 'The bus on Postgres. Offsets are given under the partition row''s lock, so they are commit-ordered.';
comment on table bus_cursor is 'How far each consumer group has come; moved after the effect.';
grant select, insert, update, delete on bus_partition, bus_event, bus_cursor to context_graph_system;

create table dead_letter (
  id uuid primary key,
  consumer_group text not null,
  topic text not null,
  partition int not null,
  "offset" bigint not null,
  event json not null,
  error_name text not null,
  error_message text not null,
  attempts int not null,
  failed_at timestamptz not null,
  replayed_at timestamptz,
  unique (consumer_group, topic, partition, "offset")
);
comment on table dead_letter is 'Events that a consumer group could not take in, by the place they were first read from. A replay that fails again opens its row again.';
grant select, insert, update, delete on dead_letter to context_graph_system;
`;

/** The audit chain: gap-free per tenant, each row holding the hash of the one before. */
const auditTables = `
create table audit_head (
  tenant_id uuid primary key references tenant,
  sequence bigint not null,
  hash bytea not null
);
comment on table audit_head is 'The end of each tenant''s audit chain. Its row lock, taken last in a transaction, orders the chain by commit.';
call make_tenant_table('audit_head', 'select, insert, update');

create table audit_logs (
  tenant_id uuid not null,
  sequence bigint not null,
  id uuid not null,
  kind text not null,
  account_id uuid,
  actor_kind text not null,
  actor_id text not null,
  request_id text not null,
  occurred_at timestamptz not null,
  recorded_at timestamptz not null,
  data jsonb not null,
  previous_hash bytea not null,
  hash bytea not null,
  primary key (tenant_id, sequence, recorded_at)
) partition by range (recorded_at);
comment on table audit_logs is 'Every change of state, append-only. hash = SHA-256(previous_hash, the row''s canonical JSON).';
create index audit_logs_of_account on audit_logs (tenant_id, account_id, sequence);
call make_tenant_table('audit_logs', 'select, insert');
create table audit_logs_default partition of audit_logs default;

create function ensure_audit_partitions(first_month date, months int) returns int
  language plpgsql security definer set search_path = public, pg_temp set timezone = 'UTC' as $$
declare
  month date;
  name text;
  made int := 0;
begin
  perform pg_advisory_xact_lock(hashtext('ensure_audit_partitions'));
  for month in select date_trunc('month', first_month)::date + make_interval(months => i) from generate_series(0, months - 1) i loop
    name := 'audit_logs_' || to_char(month, 'YYYYMM');
    continue when to_regclass(name) is not null;
    execute format('create table %I (like audit_logs including defaults including constraints)', name);
    -- Rows that fell into the net before their month had a partition move into it; no more may fall meanwhile.
    lock table audit_logs_default in access exclusive mode;
    execute format('with caught as (delete from audit_logs_default where recorded_at >= %L and recorded_at < %L returning *)
      insert into %I select * from caught', month, month + interval '1 month', name);
    execute format('alter table audit_logs attach partition %I for values from (%L) to (%L)', name, month, month + interval '1 month');
    made := made + 1;
  end loop;
  return made;
end $$;
comment on function ensure_audit_partitions(date, int) is 'Makes the monthly partitions from first_month on that are missing; answers how many it made.';
revoke all on function ensure_audit_partitions(date, int) from public;
grant execute on function ensure_audit_partitions(date, int) to context_graph_system;
`;

/** One key per data subject seals that person's data; destroying the key erases it everywhere at once. */
const subjectKeys = `
create table subject_key (
  tenant_id uuid not null references tenant,
  subject_id uuid not null,
  lookup bytea not null,
  wrapped_key bytea,
  created_at timestamptz not null,
  destroyed_at timestamptz,
  primary key (tenant_id, subject_id),
  check ((wrapped_key is null) = (destroyed_at is not null))
);
comment on table subject_key is 'lookup: HMAC of the normalised e-mail. wrapped_key: the subject''s AES-256 key under the master key; null once erased.';
create unique index subject_key_by_lookup on subject_key (tenant_id, lookup) where destroyed_at is null;
call make_tenant_table('subject_key', 'select, insert, update');
`;
