import { Migration } from '@mikro-orm/migrations';

/** A signal counts for the account that a merge gave it to, and keeps which account it was delivered for and which it counted for before. */
export class TwoTimes extends Migration {
  override up(): void {
    this.addSql(deliveredFor);
    this.addSql(signalsAsOf);
    this.addSql(moveSignals);
    this.addSql(formerStatements);
  }
}

const deliveredFor = `
alter table signal add column delivered_account_id uuid, add column moved_at timestamptz;
comment on table signal is 'One observation about an account. Immutable, except for the account that it counts for. effective_at is where its decay starts.';
comment on column signal.account_id is 'The account that it counts for.';
comment on column signal.delivered_account_id is 'The account that it was delivered for, before merges; null while that is account_id.';
comment on column signal.moved_at is 'Since when it counts for account_id; null where it never counted for another account.';
alter table signal add constraint signal_delivered_for_other check (delivered_account_id <> account_id);
create index signal_of_delivered on signal (tenant_id, delivered_account_id) where delivered_account_id is not null;

create table signal_account_history (
  tenant_id uuid not null,
  signal_id uuid not null,
  account_id uuid not null,
  sys_from timestamptz not null,
  sys_to timestamptz not null,
  primary key (tenant_id, signal_id, sys_from)
);
comment on table signal_account_history is 'Which account a signal counted for, and when, before it was moved to another. Signals that never moved have no row.';
create index signal_account_history_of_account on signal_account_history (tenant_id, account_id);
call make_tenant_table('signal_account_history', 'select');
`;

/* A signal that never moved is read by the first part alone, whose only extra cost is a look at a column that is null. */
const signalsAsOf = `
create or replace function signal_as_of(at timestamptz) returns setof signal stable parallel safe language sql as $$
  select tenant_id, id, account_id, type, source, source_event_id, dedupe_key, occurred_at, recorded_at, effective_at, payload, request_id, delivered_account_id, moved_at
  from signal where recorded_at <= at and (moved_at is null or moved_at <= at)
  union all
  select s.tenant_id, s.id, h.account_id, s.type, s.source, s.source_event_id, s.dedupe_key, s.occurred_at, s.recorded_at, s.effective_at, s.payload, s.request_id,
    nullif(coalesce(s.delivered_account_id, s.account_id), h.account_id), nullif(h.sys_from, s.recorded_at)
  from signal_account_history h join signal s on s.tenant_id = h.tenant_id and s.id = h.signal_id
  where h.sys_from <= at and h.sys_to > at $$;
comment on function signal_as_of(timestamptz) is 'Signals known at an instant, each with the account that it counted for then.';
`;

const moveSignals = `
create function move_signals(base_accounts uuid[], survivor uuid) returns bigint
  language sql security definer set search_path = public, pg_temp as $$
  with moving as materialized (
    select id, account_id, coalesce(delivered_account_id, account_id) as delivered, coalesce(moved_at, recorded_at) as since,
      greatest(app_now(), moved_at, recorded_at) as moved
    from signal where tenant_id = app_tenant() and account_id <> survivor and delivered_account_id is null and account_id = any(base_accounts)
    union all
    select id, account_id, delivered_account_id, coalesce(moved_at, recorded_at), greatest(app_now(), moved_at, recorded_at)
    from signal where tenant_id = app_tenant() and account_id <> survivor and delivered_account_id = any(base_accounts)
  ), kept as (
    insert into signal_account_history (tenant_id, signal_id, account_id, sys_from, sys_to)
    select app_tenant(), id, account_id, since, moved from moving where moved > since
  ), done as (
    update signal s set account_id = survivor, delivered_account_id = nullif(m.delivered, survivor), moved_at = m.moved
    from moving m where s.tenant_id = app_tenant() and s.id = m.id
    returning 1
  )
  select count(*) from done $$;
comment on function move_signals(uuid[], uuid) is 'Makes all signals of the caller''s tenant that were delivered for any of the base accounts count for the survivor, from now on. Returns how many moved. The caller holds the locks of the accounts.';
revoke all on function move_signals(uuid[], uuid) from public;
grant execute on function move_signals(uuid[], uuid) to context_graph_app;
`;

/* What held once is read again at two times; what holds has an index of its own. */
const formerStatements = `
create index source_statement_former_of_account on source_statement (tenant_id, account_id) where not is_current and account_id is not null;
`;
