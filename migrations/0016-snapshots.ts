import { Migration } from '@mikro-orm/migrations';
import { policies, retention } from './0016-snapshot-retention.ts';

/** Snapshots of accounts: one immutable row each, by month, the runs that take them, and what is due because something changed. */
export class Snapshots extends Migration {
  override up(): void {
    this.addSql(numbers);
    this.addSql(snapshots);
    this.addSql(togetherAlways);
    this.addSql(immutable);
    this.addSql(partitions);
    this.addSql(runs);
    this.addSql(due);
    this.addSql(policies);
    this.addSql(retention);
    // The first months; the daily job makes the next ones.
    this.addSql('select ensure_snapshot_partitions(now()::date, 4)');
  }
}

/** What can trigger a snapshot: a closed list, which holds nobody's name. */
const names = `'{KPI_DATA_UPLOADED,HEALTH_SCORES_UPDATED,ACCOUNT_DATA_CHANGED,PLAYBOOK_EXECUTION_COMPLETED,DAILY_SNAPSHOT_JOB,MANUAL_REQUEST}'::text[]`;

/** What must be unique over all months stands in a table without partitions. */
const numbers = `
create table snapshot_number (
  tenant_id uuid not null,
  account_id uuid not null,
  sequence_number int not null check (sequence_number > 0),
  snapshot_id uuid not null,
  taken_at timestamptz not null,
  run_id uuid,
  primary key (tenant_id, account_id, sequence_number),
  unique (tenant_id, snapshot_id),
  constraint snapshot_once_a_run unique (tenant_id, run_id, account_id),
  foreign key (tenant_id, account_id) references account
);
comment on table snapshot_number is 'Which snapshot bears which number of its account, and which one a run took of an account: each once, over all partitions of account_snapshot.';
call make_tenant_table('snapshot_number', 'select, insert');

create table snapshot_head (
  tenant_id uuid not null,
  account_id uuid not null,
  sequence_number int not null,
  snapshot_id uuid not null,
  taken_at timestamptz not null,
  event_driven_at timestamptz,
  primary key (tenant_id, account_id),
  foreign key (tenant_id, account_id) references account
) with (fillfactor = 70);
comment on table snapshot_head is 'The last snapshot of each account; whoever holds the account''s lock gives the next number. event_driven_at: when the last one that nobody asked for was taken because something changed, for the cool-down.';
call make_tenant_table('snapshot_head', 'select, insert, update');
create function refuse_snapshot_number() returns trigger language plpgsql as $$
begin
  raise exception 'snapshots of an account are numbered without a gap, in the order in which they were taken' using errcode = '23514', constraint = 'snapshot_numbers_without_gap';
end $$;
-- Conditions, so that no function is called where all is well.
create trigger first_number before insert on snapshot_head for each row when (new.sequence_number <> 1) execute function refuse_snapshot_number();
create trigger numbers_without_gap before update on snapshot_head for each row when (new.sequence_number <> old.sequence_number + 1 or new.taken_at < old.taken_at) execute function refuse_snapshot_number();
`;

/** Head, number and row come in one statement or not at all; they are looked up once a statement, by their keys, also by a plan that was made while the tables were small. */
const togetherAlways = `
create function numbers_have_snapshots() returns trigger language plpgsql set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  if exists (select from added n where not exists (select from account_snapshot s where s.tenant_id = n.tenant_id and s.id = n.snapshot_id and s.taken_at = n.taken_at and s.account_id = n.account_id and s.sequence_number = n.sequence_number)
      or not exists (select from snapshot_head h where h.tenant_id = n.tenant_id and h.account_id = n.account_id and h.sequence_number = n.sequence_number and h.snapshot_id = n.snapshot_id)) then
    raise exception 'a number is given to a snapshot that is there, and is the last one of its account' using errcode = '23514', constraint = 'snapshot_numbers_without_gap';
  end if;
  return null;
end $$;
create trigger numbers_have_snapshots after insert on snapshot_number referencing new table as added for each statement execute function numbers_have_snapshots();
create function heads_have_numbers() returns trigger language plpgsql set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  if exists (select from added h where not exists (select from snapshot_number n where n.tenant_id = h.tenant_id and n.account_id = h.account_id and n.sequence_number = h.sequence_number and n.snapshot_id = h.snapshot_id and n.taken_at = h.taken_at)) then
    raise exception 'the last number of an account is that of a snapshot' using errcode = '23514', constraint = 'snapshot_numbers_without_gap';
  end if;
  return null;
end $$;
create trigger first_heads_have_numbers after insert on snapshot_head referencing new table as added for each statement execute function heads_have_numbers();
create trigger heads_have_numbers after update on snapshot_head referencing new table as added for each statement execute function heads_have_numbers();
`;

/**
 * Names of people at the tenant are not kept here: account_version says in which version of the account they stand. What
 * people wrote elsewhere (reason, names of products and playbooks) is cleaned by erasures, which is all that may change.
 */
const snapshots = `
create table account_version (
  tenant_id uuid not null, id uuid not null, account_id uuid not null,
  version timestamptz not null, recorded_at timestamptz not null,
  primary key (tenant_id, id), unique (tenant_id, account_id, version),
  foreign key (tenant_id, account_id) references account
);
comment on table account_version is 'Versions of accounts that snapshots derive from, under an id for lineage; what they say is in account and account_history.';
call make_tenant_table('account_version', 'select, insert');
create function account_version_as_of(at timestamptz) returns setof account_version stable parallel safe language sql
  as $$ select * from account_version where recorded_at <= at $$;

create table account_inputs (
  tenant_id uuid not null, id uuid not null, account_id uuid not null,
  digest bytea not null, recorded_at timestamptz not null,
  primary key (tenant_id, id), unique (tenant_id, account_id, digest),
  foreign key (tenant_id, account_id) references account
);
comment on table account_inputs is 'Sets of records of an account that snapshots were made of, under an id for lineage: the set derives from its records, and every snapshot that was made of the same derives from it. digest: SHA-256 over which records they are, how each was used, and by what rule.';
call make_tenant_table('account_inputs', 'select, insert');
create function account_inputs_as_of(at timestamptz) returns setof account_inputs stable parallel safe language sql
  as $$ select * from account_inputs where recorded_at <= at $$;

create table account_snapshot (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  sequence_number int not null,
  run_id uuid,
  type text not null check (type in ('MANUAL', 'SCHEDULED', 'EVENT_DRIVEN', 'POST_HEALTH_CALC')),
  reason text,
  trigger_events text[] not null default '{}' check (trigger_events <@ ${names}),
  taken_at timestamptz not null,
  recorded_at timestamptz not null,
  account_version timestamptz not null,
  account_version_id uuid not null,
  revenue_minor bigint,
  revenue_currency text,
  revenue_change_minor bigint,
  revenue_change_percent double precision,
  revenue_change_absent text check (revenue_change_absent in ('FIRST_SNAPSHOT', 'UNKNOWN_NOW', 'UNKNOWN_BEFORE', 'CURRENCY_CHANGED', 'NOTHING_BEFORE')),
  overall_health_score double precision check (overall_health_score between 0 and 100),
  health_source text not null check (health_source in ('TREND', 'PROXY', 'NONE')),
  health_as_of timestamptz,
  health_model_version int not null,
  health_trend text check (health_trend in ('IMPROVING', 'STABLE', 'DECLINING')),
  health_score_change double precision,
  product_usage_score double precision check (product_usage_score between 0 and 100),
  support_score double precision check (support_score between 0 and 100),
  customer_sentiment_score double precision check (customer_sentiment_score between 0 and 100),
  business_outcomes_score double precision check (business_outcomes_score between 0 and 100),
  relationship_strength_score double precision check (relationship_strength_score between 0 and 100),
  account_status text not null,
  industry text,
  region text,
  account_tier text,
  external_account_id text,
  lifecycle_stage text,
  onboarding_status text,
  last_qbr_date date,
  next_qbr_date date,
  engagement_score double precision,
  products_used text[] not null,
  product_count int not null,
  primary_product text,
  playbooks_running int not null,
  playbooks_completed int not null,
  playbooks_completed_last_30_days int not null,
  last_playbook_executed text,
  last_playbook_executed_at timestamptz,
  playbook_recommendations text[] not null,
  kpi_total int not null,
  kpi_account_level int not null,
  kpi_product_level int not null,
  kpi_critical int not null,
  kpi_at_risk int not null,
  kpi_healthy int not null,
  kpi_unknown int not null,
  top_critical_kpis jsonb not null,
  champion jsonb,
  champion_status text,
  stakeholder_count int,
  recent_notes jsonb not null,
  recent_playbook_reports jsonb not null,
  previous_id uuid,
  days_since_last_snapshot int,
  is_significant_change boolean not null,
  significant_because text[] not null,
  policy_version int not null,
  primary key (tenant_id, id, taken_at),
  foreign key (tenant_id, account_id, sequence_number) references snapshot_number,
  check ((revenue_minor is null) = (revenue_currency is null)),
  check (is_significant_change = (cardinality(significant_because) > 0))
) partition by range (taken_at);
comment on table account_snapshot is 'What was known of an account at one instant, read in one REPEATABLE READ transaction. top_critical_kpis, champion, recent_notes, recent_playbook_reports: references {id, version, digest} to versions of rows, digest = SHA-256 over the version.';
create index account_snapshot_by_sequence on account_snapshot (tenant_id, account_id, sequence_number desc, id desc);
create index account_snapshot_by_time on account_snapshot (tenant_id, account_id, taken_at desc, id desc);
call make_tenant_table('account_snapshot', 'select, insert');
create table account_snapshot_default partition of account_snapshot default;
call make_erasable('account_snapshot', '{reason,last_playbook_executed,playbook_recommendations}');
-- As in the account: names of things, out of which no single word is taken.
call make_erasable('account_snapshot', '{industry,region,account_tier,external_account_id,onboarding_status,products_used,primary_product,champion_status}', false);
create function account_snapshot_as_of(at timestamptz) returns setof account_snapshot stable parallel safe language sql
  as $$ select * from account_snapshot where recorded_at <= at $$;
`;

/**
 * Nobody changes or deletes a snapshot, the owner included; but an erasure takes words out of texts, which only the owner's
 * function can, and functions of the owner that say so move rows between partitions and drop what is past its retention.
 */
const immutable = `
create function keep_snapshot() returns trigger language plpgsql as $$
declare
  texts text[] := array['reason', 'industry', 'region', 'account_tier', 'external_account_id', 'onboarding_status', 'products_used', 'primary_product', 'last_playbook_executed', 'playbook_recommendations', 'champion_status'];
  is_owner boolean := current_user = (select pg_get_userbyid(relowner) from pg_class where oid = 'account_snapshot'::regclass);
begin
  if tg_op = 'DELETE' and is_owner and current_setting('app.snapshots_leave', true) = 'on' then
    return old;
  end if;
  if tg_op = 'UPDATE' and is_owner and current_setting('app.erasing', true) = 'on' and to_jsonb(new) - texts = to_jsonb(old) - texts then
    return new;
  end if;
  raise exception 'a snapshot never changes' using errcode = '23514', constraint = 'snapshot_immutable';
end $$;
create trigger immutable before update or delete on account_snapshot for each row execute function keep_snapshot();
create function refuse_truncate() returns trigger language plpgsql as $$
begin
  raise exception 'a snapshot never changes' using errcode = '23514', constraint = 'snapshot_immutable';
end $$;
create trigger no_truncate before truncate on account_snapshot for each statement execute function refuse_truncate();
create trigger no_truncate before truncate on account_snapshot_default for each statement execute function refuse_truncate();
alter function erase_texts_about(text, text, text, text, uuid[], text[], text[], text) set app.erasing = 'on';
`;

const partitions = `
create function ensure_snapshot_partitions(first_month date, months int) returns int
  language plpgsql security definer set search_path = public, pg_temp set timezone = 'UTC' set app.snapshots_leave = 'on' as $$
declare
  month date;
  name text;
  made int := 0;
begin
  perform pg_advisory_xact_lock(hashtext('ensure_snapshot_partitions'));
  for month in select date_trunc('month', first_month)::date + make_interval(months => i) from generate_series(0, months - 1) i loop
    name := 'account_snapshot_' || to_char(month, 'YYYYMM');
    continue when to_regclass(name) is not null;
    execute format('create table %I (like account_snapshot including defaults including constraints)', name);
    -- Rows that fell into the net before their month had a partition move into it; no more may fall meanwhile.
    lock table account_snapshot_default in access exclusive mode;
    execute format('with caught as (delete from account_snapshot_default where taken_at >= %L and taken_at < %L returning *)
      insert into %I select * from caught', month, month + interval '1 month', name);
    execute format('create trigger no_truncate before truncate on %I for each statement execute function refuse_truncate()', name);
    execute format('alter table account_snapshot attach partition %I for values from (%L) to (%L)', name, month, month + interval '1 month');
    made := made + 1;
  end loop;
  return made;
end $$;
comment on function ensure_snapshot_partitions(date, int) is 'Makes the monthly partitions from first_month on that are missing; answers how many it made.';
revoke all on function ensure_snapshot_partitions(date, int) from public;
grant execute on function ensure_snapshot_partitions(date, int) to context_graph_system;
`;

const runs = `
create table snapshot_run (
  tenant_id uuid not null references tenant,
  id uuid not null,
  type text not null check (type in ('MANUAL', 'SCHEDULED', 'EVENT_DRIVEN', 'POST_HEALTH_CALC')),
  status text not null check (status in ('RUNNING', 'DONE', 'CANCELLED')),
  reason text,
  trigger_event text check (trigger_event = any(${names})),
  day date,
  total int not null check (total >= 0),
  done int not null default 0,
  failed int not null default 0,
  requested_by_kind text not null,
  requested_by_id text not null,
  started_at timestamptz not null,
  ended_at timestamptz,
  primary key (tenant_id, id),
  constraint snapshot_run_once_a_day unique (tenant_id, day),
  check (done + failed <= total),
  check ((status = 'RUNNING') = (ended_at is null)),
  check (status = 'RUNNING' or reason is null)
) with (fillfactor = 70);
comment on table snapshot_run is 'A job that takes a snapshot of each of its accounts. day: of the daily run, of which a tenant has one a day. reason: only until it is over; then it stands in its snapshots alone, each of an account, where an erasure looks for people.';
call make_tenant_table('snapshot_run', 'select, insert, update');
call make_erasable('snapshot_run', '{reason}');
create policy find_running on snapshot_run for select to context_graph_system using (true);
grant select (tenant_id, id, status, day) on snapshot_run to context_graph_system;

create table snapshot_run_item (
  tenant_id uuid not null,
  run_id uuid not null,
  account_id uuid not null,
  state text not null check (state in ('WAITING', 'FAILED')),
  failed_because text check (failed_because in ('GONE', 'CHANGED_MEANWHILE', 'FAULT')),
  primary key (tenant_id, run_id, account_id),
  foreign key (tenant_id, run_id) references snapshot_run,
  check ((state = 'FAILED') = (failed_because is not null))
) with (fillfactor = 70);
comment on table snapshot_run_item is 'The accounts of a run that wait, or of which no snapshot could be taken; those that have one are found by snapshot_number.run_id.';
create index snapshot_run_waiting on snapshot_run_item (tenant_id, run_id, account_id) where state = 'WAITING';
create index snapshot_run_failed on snapshot_run_item (tenant_id, run_id, account_id) where state = 'FAILED';
call make_tenant_table('snapshot_run_item');
`;

const due = `
create table snapshot_due (
  tenant_id uuid not null,
  account_id uuid not null,
  trigger_events text[] not null check (cardinality(trigger_events) > 0),
  only_calculated boolean not null,
  due_at timestamptz not null,
  first_at timestamptz not null,
  failures int not null default 0,
  primary key (tenant_id, account_id),
  foreign key (tenant_id, account_id) references account
) with (fillfactor = 70);
comment on table snapshot_due is 'Accounts of which something changed: at due_at, when the cool-down of the last one is over, one snapshot is taken for all that happened until then. only_calculated: nothing but that health was calculated anew. failures: how often none could be taken; due_at is later each time.';
create index snapshot_due_next on snapshot_due (due_at, tenant_id);
call make_tenant_table('snapshot_due');
create policy find_due on snapshot_due for select to context_graph_system using (true);
grant select (tenant_id, due_at) on snapshot_due to context_graph_system;
`;
