/** What a tenant's snapshots are bound by. */
export const policies = `
-- The server's own clock, which the program cannot move. Only the owner can replace it, as tests do that live in another time.
create function server_now() returns timestamptz stable parallel safe language sql as $$ select transaction_timestamp() $$;
comment on function server_now() is 'The clock that decides what is past its retention, beside the program''s.';
create table snapshot_policy (
  tenant_id uuid not null references tenant,
  version int not null check (version > 0),
  health_points double precision not null check (health_points between 0 and 100),
  revenue_percent double precision not null check (revenue_percent >= 0),
  months_kept int check (months_kept >= 3),
  published_at timestamptz not null,
  published_by text not null,
  stored_at timestamptz not null,
  primary key (tenant_id, version)
);
create function policy_is_stored_now() returns trigger language plpgsql as $$
begin
  new.stored_at := public.server_now();
  return new;
end $$;
create trigger policy_is_stored_now before insert on snapshot_policy for each row execute function policy_is_stored_now();
comment on table snapshot_policy is 'What a tenant calls a significant change, and for how many months snapshots are kept (null: for ever; never less than 3, of which a trend is made). A version never changes. stored_at: by the server''s clock; nothing is dropped by a policy within a day of that.';
call make_tenant_table('snapshot_policy', 'select, insert');
create policy find_bounded on snapshot_policy for select to context_graph_system using (true);
grant select (tenant_id, version, months_kept) on snapshot_policy to context_graph_system;
`;

/**
 * The one way by which snapshots go: what no policy of the tenant that was in force within the last day keeps, whole months
 * only, and with a fact in the audit that says so. No clock of the program's makes anything past its retention.
 */
export const retention = `
create table snapshot_drop (
  tenant_id uuid not null,
  transaction xid8 not null default pg_current_xact_id(),
  dropped int not null check (dropped > 0),
  chain_end bigint not null,
  dropped_at timestamptz not null,
  primary key (tenant_id, transaction)
);
comment on table snapshot_drop is 'Each time that snapshots were dropped, once a transaction; chain_end: how far the audit had come, behind which it says so.';
call make_tenant_table('snapshot_drop', 'select');
create function drops_are_audited() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if not exists (select from audit_logs l where l.tenant_id = new.tenant_id and l.sequence > new.chain_end and l.recorded_at = app_now() and l.kind = 'snapshots.dropped' and (l.data ->> 'count')::int = new.dropped) then
    raise exception 'snapshots are dropped with a fact in the audit that says so' using errcode = '23514', constraint = 'snapshot_drop_audited';
  end if;
  return null;
end $$;
create constraint trigger drops_are_audited after insert on snapshot_drop deferrable initially deferred for each row execute function drops_are_audited();

create function drop_snapshots_past_retention(most int) returns table (snapshot_id uuid, taken_at timestamptz)
  language plpgsql security definer set search_path = public, pg_temp set timezone = 'UTC' set app.snapshots_leave = 'on' as $$
declare
  kept int;
  until timestamptz;
  gone_count int;
begin
  -- The policies in force within the last day: the last one that was stored before it, or none, and those stored since.
  select case when bool_and(p.months_kept is not null and exists (
      select from snapshot_policy old where old.tenant_id = p.tenant_id and old.stored_at <= server_now() - interval '1 day')) then max(p.months_kept) end into kept
    from snapshot_policy p where p.tenant_id = app_tenant() and p.version >= coalesce((
      select max(version) from snapshot_policy old where old.tenant_id = app_tenant() and old.stored_at <= server_now() - interval '1 day'), 0);
  if kept is null then
    return;
  end if;
  until := date_trunc('month', least(app_now(), server_now())) - make_interval(months => kept);
  return query
    with past as (
      select s.tenant_id, s.id, s.taken_at from account_snapshot s where s.tenant_id = app_tenant() and s.taken_at < until order by s.taken_at, s.id limit most
    ), gone as (
      delete from account_snapshot s using past p where s.tenant_id = p.tenant_id and s.id = p.id and s.taken_at = p.taken_at returning s.tenant_id, s.account_id, s.sequence_number, s.id, s.taken_at
    ), numbers as (
      -- Up to the account's last one, by which its numbers go on.
      delete from snapshot_number n using (select g.account_id, max(g.sequence_number) as last from gone g group by g.account_id) g
      where n.tenant_id = app_tenant() and n.account_id = g.account_id and n.sequence_number <= g.last
        and (n.snapshot_id in (select g.id from gone g) or not exists (select from account_snapshot s where s.tenant_id = n.tenant_id and s.id = n.snapshot_id and s.taken_at = n.taken_at))
        and not exists (select from snapshot_head h where h.tenant_id = n.tenant_id and h.account_id = n.account_id and h.sequence_number = n.sequence_number)
    )
    select g.id, g.taken_at from gone g;
  get diagnostics gone_count = row_count;
  if gone_count > 0 then
    insert into snapshot_drop (tenant_id, dropped, chain_end, dropped_at) select app_tenant(), gone_count, coalesce(max(h.sequence), 0), server_now() from audit_head h where h.tenant_id = app_tenant();
  end if;
end $$;
comment on function drop_snapshots_past_retention(int) is 'Deletes the oldest snapshots of the transaction''s tenant, with their numbers, that no policy in force within the last day keeps, at most so many; answers which. Once a transaction, and with a fact in the audit.';
revoke all on function drop_snapshots_past_retention(int) from public;
grant execute on function drop_snapshots_past_retention(int) to context_graph_app;

create function drop_empty_snapshot_partitions() returns int
  language plpgsql security definer set search_path = public, pg_temp set timezone = 'UTC' as $$
declare
  part record;
  held boolean;
  dropped int := 0;
begin
  perform pg_advisory_xact_lock(hashtext('ensure_snapshot_partitions'));
  for part in select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'account_snapshot'::regclass and c.relname ~ '^account_snapshot_[0-9]{6}$' and c.relname < 'account_snapshot_' || to_char(least(app_now(), server_now()), 'YYYYMM') order by 1 loop
    execute format('select exists (select from %I)', part.name) into held;
    continue when held;
    execute format('drop table %I', part.name);
    dropped := dropped + 1;
  end loop;
  return dropped;
end $$;
comment on function drop_empty_snapshot_partitions() is 'Drops the partitions of past months of which no tenant keeps a snapshot; answers how many.';
revoke all on function drop_empty_snapshot_partitions() from public;
grant execute on function drop_empty_snapshot_partitions() to context_graph_system;
`;
