import { Migration } from '@mikro-orm/migrations';

/** Data of children: which fields and values hold it, how long it is kept, and what of sessions becomes a profile field. */
export class ChildData extends Migration {
  override up(): void {
    this.addSql(definitions);
    this.addSql(values);
    this.addSql(marking);
    this.addSql(existing);
    this.addSql(sessions);
  }
}

const definitions = `
alter table field_definition add column holds_child_data boolean not null default false, add column from_sessions boolean not null default false,
  add constraint field_definition_child_data check (is_pii or not holds_child_data);
call make_versioned('field_definition');
comment on column field_definition.holds_child_data is 'PII class CHILD: values are data of children.';
comment on column field_definition.from_sessions is 'Whether the key of this name in the persistent context of an agent session becomes a value when a session that states it ends.';

alter table profile_setting add column child_data_days int not null default 30 check (child_data_days between 1 and 3650);
comment on column profile_setting.child_data_days is 'Days after which data of children is deleted from profiles and sessions.';
`;

/** The class of a value only rises: data of children does not become other data when a definition is changed. */
const values = `
alter table profile_field add column holds_child_data boolean not null default false;
call make_versioned('profile_field');
comment on column profile_field.holds_child_data is 'Whether the value is data of children: by its name, its definition, its members, or what it was derived from.';
create index profile_field_child_data on profile_field (recorded_at, id) where holds_child_data and value_sealed is not null;
create index profile_field_child_data_of_account on profile_field (tenant_id, account_id) where holds_child_data;
grant select (holds_child_data) on profile_field to context_graph_system;

create or replace function keep_profile_field() returns trigger language plpgsql as $$
declare
  free text[] := array['is_current', 'status', 'sys_from', 'value_sealed', 'source_metadata_sealed', 'account_id', 'home_account_id', 'outranked_status', 'holds_child_data'];
begin
  if to_jsonb(new) - free <> to_jsonb(old) - free
     -- An erased value is gone; it never becomes another.
     or (new.value_sealed is not null and new.value_sealed is distinct from old.value_sealed)
     or (new.source_metadata_sealed is not null and new.source_metadata_sealed is distinct from old.source_metadata_sealed)
     or old.holds_child_data and not new.holds_child_data then
    raise exception 'a version of a profile field is never overwritten';
  end if;
  if coalesce(new.home_account_id, new.account_id) <> coalesce(old.home_account_id, old.account_id)
     or new.account_id <> old.account_id and not counts_as_merged(coalesce(new.home_account_id, new.account_id), new.account_id) then
    raise exception 'only a merge changes the profile that a version belongs to';
  end if;
  if coalesce(old.outranked_status, old.status) <> 'ACTIVE' and coalesce(new.outranked_status, new.status) <> coalesce(old.outranked_status, old.status) then
    raise exception 'a profile field that is no longer active stays what it is';
  end if;
  return new;
end $$;
`;

const below = (tenant: string, first: string): string => `with recursive below(tenant_id, id) as (
    select tenant_id, id from profile_field where ${first}
    union
    select b.tenant_id, d.id from below b cross join lateral (select * from (
      select e.to_id as id from lineage_edge e where e.tenant_id = b.tenant_id and e.from_id = b.id and e.to_type = 'ProfileField' and e.removed_at is null
      union all select f.id from profile_field f where f.tenant_id = b.tenant_id and f.source_item_id = b.id) d offset 0) d
  )
  select tenant_id, id from below where ${tenant}`;

const marking = `
create function mark_child_values(names text[]) returns table (id uuid, account_id uuid) language plpgsql security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
  found_ids uuid[] := array(select id from (${below('true', 'tenant_id = app_tenant() and name = any(names)')}) b);
begin
  return query update profile_field t set holds_child_data = true where t.tenant_id = app_tenant() and t.id = any(found_ids) and not t.holds_child_data returning t.id, t.account_id;
  update profile_field_history h set holds_child_data = true where h.tenant_id = app_tenant() and h.id = any(found_ids) and h.holds_child_data is distinct from true;
end $$;
comment on function mark_child_values(text[]) is 'Marks the values of fields, and what was derived from them, as data of children, in the past too. Returns those that were not marked.';
revoke all on function mark_child_values(text[]) from public;
grant execute on function mark_child_values(text[]) to context_graph_app;

create function erase_child_values(before timestamptz) returns table (id uuid, account_id uuid, was_active boolean) language plpgsql security definer set search_path = public, pg_temp as $$
#variable_conflict use_column
declare
  due uuid[] := array(select t.id from profile_field t where t.tenant_id = app_tenant() and t.holds_child_data and t.value_sealed is not null and t.recorded_at < before order by t.recorded_at, t.id limit 500);
begin
  return query select t.id, t.account_id, t.status = 'ACTIVE' from profile_field t where t.tenant_id = app_tenant() and t.id = any(due);
  update profile_field t set value_sealed = null, source_metadata_sealed = null, status = case t.status when 'ACTIVE' then 'EXPIRED' else t.status end,
    outranked_status = case t.outranked_status when 'ACTIVE' then 'EXPIRED' else t.outranked_status end where t.tenant_id = app_tenant() and t.id = any(due);
  update profile_field_history h set value_sealed = null, source_metadata_sealed = null where h.tenant_id = app_tenant() and h.id = any(due);
  -- Of versions that were deleted only their past is left.
  update profile_field_history h set value_sealed = null, source_metadata_sealed = null where h.tenant_id = app_tenant() and h.holds_child_data and h.value_sealed is not null and h.recorded_at < before;
end $$;
comment on function erase_child_values(timestamptz) is 'Empties up to 500 values that are data of children and were recorded before an instant, in the past too. Returns which, and whether each was active.';
revoke all on function erase_child_values(timestamptz) from public;
grant execute on function erase_child_values(timestamptz) to context_graph_app;
`;

/** The built-in list of names as it was on the day of this step; later versions of the list add to it when values are written. */
const listed = String.raw`(name ~ '(^|_)(baby|babies|daughters?|grandchild(ren)?|granddaughters?|grandsons?|infants?|kids?|minors|newborns?|offspring|preschoolers?|pupils?|school_?child(ren)?|sons?|step_?child(ren)?|stepdaughters?|stepsons?|toddlers?)(\d*)(_|$)'
  or name ~ '(^|_)child' and name !~ '^((?!(^|_)child).)*(^|_)child(ren)?_(accounts?|brands?|cases?|compan(y|ies)|domains?|entit(y|ies)|issues?|items?|nodes?|objects?|opportunit(y|ies)|organi[sz]ations?|pages?|process(es)?|records?|tasks?|tickets?|workspaces?)(_|$)')`;

const existing = `
alter table field_definition disable trigger user;
update field_definition set holds_child_data = true, is_pii = true where ${listed};
alter table field_definition enable trigger user;
update field_definition_history set holds_child_data = false, from_sessions = false;
update field_definition_history set holds_child_data = true where ${listed};

alter table profile_field disable trigger user;
update profile_field t set holds_child_data = true from (${below('true', listed)}) b where t.tenant_id = b.tenant_id and t.id = b.id;
alter table profile_field enable trigger user;
update profile_field_history h set holds_child_data = exists (select from profile_field t where t.tenant_id = h.tenant_id and t.id = h.id and t.holds_child_data) or ${listed.replaceAll('name', 'h.name')};
`;

const sessions = `
alter table agent_session add column child_data_since timestamptz;
comment on column agent_session.child_data_since is 'When the oldest data of children in the persistent context was stated; null: it holds none.';
create index agent_session_child_data on agent_session (tenant_id, child_data_since) where child_data_since is not null;
alter table session_step add column holds_child_data boolean not null default false;
comment on column session_step.holds_child_data is 'Whether the content holds data of children: it is deleted after child_data_days if that is sooner.';
create index session_step_child_data on session_step (tenant_id, recorded_at, id) where holds_child_data;
`;
