import { Migration } from '@mikro-orm/migrations';

/** Which accounts and contacts were found to be one. A merge is a decision: it can be undone at any time, in any order. */
export class Merges extends Migration {
  override up(): void {
    this.addSql(decisions);
    this.addSql(people);
    this.addSql(erasure);
    this.addSql(homes);
    this.addSql(actionsMove);
    this.addSql(profilesMove);
  }
}

/**
 * Merges that are not undone are the edges of a forest: a node has at most one (node_merge_one_parent), and counts for the
 * root above it. An edge leads from what `from` counted for to `into` as stated, so any order of undoing leaves a forest.
 */
const decisions = `
create table node_merge (
  tenant_id uuid not null references tenant,
  id uuid not null,
  node_type text not null check (node_type in ('Account', 'Contact')),
  into_id uuid not null,
  from_id uuid not null,
  child_id uuid not null check (child_id <> into_id),
  reason text,
  merged_at timestamptz not null,
  merged_by_kind text not null,
  merged_by_id text not null,
  undone_at timestamptz check (undone_at >= merged_at),
  undone_by_kind text,
  undone_by_id text,
  undo_reason text,
  primary key (tenant_id, id),
  foreign key (tenant_id, into_id) references node_identity,
  foreign key (tenant_id, from_id) references node_identity,
  foreign key (tenant_id, child_id) references node_identity,
  constraint node_merge_undone check ((undone_at is null) = (undone_by_id is null) and (undone_at is null) = (undone_by_kind is null) and (undone_at is not null or undo_reason is null))
);
comment on table node_merge is 'Decisions that two nodes are one, append-only except for their undoing. into_id, from_id: the nodes as named. child_id: the node that from_id counted for then, and that counts for what into_id counts for until undone_at.';
create unique index node_merge_one_parent on node_merge (tenant_id, child_id) where undone_at is null;
create index node_merge_of_child on node_merge (tenant_id, child_id);
create index node_merge_by_time on node_merge (tenant_id, node_type, merged_at desc, id desc);
call make_tenant_table('node_merge', 'select, insert');
grant update (undone_at, undone_by_kind, undone_by_id, undo_reason) on node_merge to context_graph_app;
call make_erasable('node_merge', '{reason,undo_reason}');

create function keep_node_merge() returns trigger language plpgsql as $$
begin
  if old.undone_at is not null and (new.undone_at, new.undone_by_kind, new.undone_by_id) is distinct from (old.undone_at, old.undone_by_kind, old.undone_by_id) then
    raise exception 'a merge is undone once' using errcode = '23514', constraint = 'node_merge_undone';
  end if;
  return new;
end $$;
create trigger undone_once before update on node_merge for each row execute function keep_node_merge();

create function survivors_of(nodes uuid[]) returns table (id uuid, survivor_id uuid) stable language sql set search_path = public, pg_temp as $$
  with recursive up (id, node) as (
    select n, n from unnest(nodes) as n
    union all
    select up.id, m.into_id from up join node_merge m on m.tenant_id = app_tenant() and m.child_id = up.node and m.undone_at is null
  )
  select up.id, up.node from up where not exists (select from node_merge m where m.tenant_id = app_tenant() and m.child_id = up.node and m.undone_at is null) $$;
comment on function survivors_of(uuid[]) is 'Which node each of some nodes counts for, as the merges that are not undone say.';
`;

/**
 * A merged contact may be known under several addresses, each a data subject of its own. What one of them objected to
 * holds for all. Contacts that were never merged have no identity, so for their people this is one look at an index.
 */
const people = `
create function merged_people(tenant uuid, subject uuid) returns setof uuid stable language sql as $$
  select subject
  union
  select k.subject_id
  from (
    select distinct i.survivor_id from source_statement own join node_identity i on i.tenant_id = tenant and i.id = own.node_id and i.node_type = 'Contact'
    where own.tenant_id = tenant and own.subject_id = subject
  ) g cross join lateral (
    select distinct on (said.node_id, said.source) said.subject_id
    from node_identity m join source_statement said on said.tenant_id = tenant and said.node_id = m.id and said.subject_id is not null and said.fields ->> 'email' is not null
    where m.tenant_id = tenant and m.survivor_id = g.survivor_id
    order by said.node_id, said.source, said.occurred_at desc, said.recorded_at desc, said.subject_id
  ) p join subject_key k on k.tenant_id = tenant and k.subject_id = p.subject_id and k.destroyed_at is null $$;
comment on function merged_people(uuid, uuid) is 'A data subject, and those who are the same person because contacts of theirs were merged. People who were erased are left out.';
create function merged_consents(tenant uuid, subject uuid, to_purpose text, by_channel text) returns table (version int, granted boolean, expires_at timestamptz) stable language sql as $$
  select coalesce(c.version, 0), coalesce(c.granted, false), c.expires_at
  from merged_people(tenant, subject) p (id) left join consent c on c.tenant_id = tenant and c.subject_id = p.id and c.purpose = to_purpose and c.channel = by_channel
  where p.id <> subject and exists (select from node_identity where tenant_id = tenant and node_type = 'Contact' and survivor_id <> id) $$;
comment on function merged_consents(uuid, uuid, text, text) is 'How the other addresses of a person stand to a purpose by a channel, where contacts were merged; version 0: never asked.';
create index node_identity_merged_contacts on node_identity (tenant_id) where node_type = 'Contact' and survivor_id <> id;
create index node_identity_group on node_identity (tenant_id, survivor_id);
drop index node_identity_of_survivor;
`;

/** While contacts were one, the survivor showed what was said of the others; of those who are erased that leaves its past, too. */
const erasure = `
create function erase_contact_claims(contacts uuid[], titles text[], roles text[]) returns void language sql security definer set search_path = public, pg_temp as $$
  update contact_history h set title = case when h.title = any(titles) then null else h.title end, role = case when h.role = any(roles) then null else h.role end
  where h.tenant_id = app_tenant() and (h.title = any(titles) or h.role = any(roles))
    and h.id in (select m.id from node_identity i join node_identity m on m.tenant_id = i.tenant_id and m.survivor_id = i.survivor_id where i.tenant_id = app_tenant() and i.id = any(contacts)) $$;
comment on function erase_contact_claims(uuid[], text[], text[]) is 'Empties titles and roles in the past of contacts that some contacts are one with, where they are those that were said of a person who is being erased.';
revoke all on function erase_contact_claims(uuid[], text[], text[]) from public;
grant execute on function erase_contact_claims(uuid[], text[], text[]) to context_graph_app;
`;

/** Rows of the program's own that count for the survivor, and remember whose they are. */
const homes = `
alter table action add column home_account_id uuid check (home_account_id <> account_id);
alter table action_decision add column home_account_id uuid check (home_account_id <> account_id);
alter table profile_asset add column home_account_id uuid check (home_account_id <> account_id);
alter table profile_field add column home_account_id uuid check (home_account_id <> account_id),
  add column outranked_status text check (outranked_status in ('ACTIVE', 'EXPIRED', 'ORPHANED')), add constraint profile_field_outranked check (outranked_status is null or not is_current and status <> 'ACTIVE');
comment on column action.account_id is 'The account that it counts for.';
comment on column action.home_account_id is 'The account that it was proposed for, before merges; null while that is account_id.';
comment on column action_decision.account_id is 'The account that it counts for.';
comment on column action_decision.home_account_id is 'The account that it was about, before merges; null while that is account_id.';
comment on column profile_asset.home_account_id is 'The account in whose profile it was stored, before merges; null while that is account_id.';
comment on column profile_field.home_account_id is 'The account in whose profile it was stated, before merges; null while that is account_id.';
comment on column profile_field.outranked_status is 'Its status in the profile of its own account, while a later value of an account merged with it is current instead; null otherwise.';
create index action_of_home on action (tenant_id, home_account_id) where home_account_id is not null;
create index action_decision_of_home on action_decision (tenant_id, home_account_id) where home_account_id is not null;
create index profile_asset_of_home on profile_asset (tenant_id, home_account_id) where home_account_id is not null;
create index profile_field_of_home on profile_field (tenant_id, home_account_id) where home_account_id is not null;
create index profile_field_of_account on profile_field (tenant_id, account_id, name, version);
create index profile_field_outranked_of_account on profile_field (tenant_id, account_id, name) where outranked_status is not null;
drop index profile_field_versions;
create unique index profile_field_versions on profile_field (tenant_id, coalesce(home_account_id, account_id), name, version);
call make_versioned('action');
call make_versioned('profile_asset');
call make_versioned('profile_field');
`;

const actionsMove = `
-- What an action is does not change; which account it counts for follows from merges, and only the function below changes it.
create function counts_as_merged(home uuid, account uuid) returns boolean stable language sql as $$
  select exists (select from node_identity where tenant_id = app_tenant() and id = home and survivor_id = account) $$;

create function keep_counted_account() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if to_jsonb(new) - array['account_id', 'home_account_id', 'is_open', 'sys_from'] <> to_jsonb(old) - array['account_id', 'home_account_id', 'is_open', 'sys_from']
     or coalesce(new.home_account_id, new.account_id) <> coalesce(old.home_account_id, old.account_id)
     or not counts_as_merged(coalesce(new.home_account_id, new.account_id), new.account_id) then
    raise exception 'only a merge changes the account that this counts for' using errcode = '23514', constraint = 'counted_account';
  end if;
  return new;
end $$;
create trigger account_counted before update on action for each row when ((new.account_id, new.home_account_id) is distinct from (old.account_id, old.home_account_id)) execute function keep_counted_account();
create trigger account_counted before update on action_decision for each row when ((new.account_id, new.home_account_id) is distinct from (old.account_id, old.home_account_id)) execute function keep_counted_account();

drop trigger action_life_cycle on action;
create trigger action_life_cycle before insert on action for each row execute function keep_action_life_cycle();
create trigger action_life_cycle_kept before update on action for each row when ((new.account_id, new.home_account_id) is not distinct from (old.account_id, old.home_account_id)) execute function keep_action_life_cycle();
drop trigger erasure_only on action_decision;
create constraint trigger erasure_only after update on action_decision deferrable initially deferred for each row when ((new.account_id, new.home_account_id) is not distinct from (old.account_id, old.home_account_id)) execute function require_erasure();

create function move_actions(bases uuid[], survivor uuid) returns void language sql security definer set search_path = public, pg_temp as $$
  update action set account_id = survivor, home_account_id = nullif(coalesce(home_account_id, account_id), survivor)
    where tenant_id = app_tenant() and account_id <> survivor and (home_account_id is null and account_id = any(bases) or home_account_id = any(bases));
  update action_decision set account_id = survivor, home_account_id = nullif(coalesce(home_account_id, account_id), survivor)
    where tenant_id = app_tenant() and account_id <> survivor and (home_account_id is null and account_id = any(bases) or home_account_id = any(bases));
$$;
comment on function move_actions(uuid[], uuid) is 'Makes the actions of some accounts, and the decisions about them, count for the account that those accounts were merged into; or for their own again.';
revoke all on function move_actions(uuid[], uuid) from public;
grant execute on function move_actions(uuid[], uuid) to context_graph_app;
`;

/**
 * Of several accounts that are one, each has its own current version of a field: the one stated last is the profile's. The
 * others are outranked, and keep the status they have in their own account. What follows depends on the rows alone, so it
 * can be done again at any time.
 */
const profilesMove = `
create or replace function keep_profile_field() returns trigger language plpgsql as $$
declare
  free text[] := array['is_current', 'status', 'sys_from', 'value_sealed', 'source_metadata_sealed', 'account_id', 'home_account_id', 'outranked_status'];
begin
  if to_jsonb(new) - free <> to_jsonb(old) - free
     -- An erased value is gone; it never becomes another.
     or (new.value_sealed is not null and new.value_sealed is distinct from old.value_sealed)
     or (new.source_metadata_sealed is not null and new.source_metadata_sealed is distinct from old.source_metadata_sealed) then
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

create function settle_profile_fields(accounts uuid[]) returns void language plpgsql set search_path = public, pg_temp as $$
begin
  -- First what is not current any more: a profile has one current version of a field at any time.
  with field as materialized (
    select f.id, f.name, i.id as home, i.survivor_id as survivor, f.is_current or f.outranked_status is not null as is_own, coalesce(f.outranked_status, f.status) as status, f.occurred_at, f.recorded_at, f.version
    from node_identity i join profile_field f on f.tenant_id = i.tenant_id and (f.home_account_id is null and f.account_id = i.id or f.home_account_id = i.id)
    where i.tenant_id = app_tenant() and i.id = any(accounts)
  ), current as (
    select distinct on (survivor, name) id from field where is_own order by survivor, name, recorded_at desc, occurred_at desc, version desc, id
  )
  update profile_field t set account_id = l.survivor, home_account_id = nullif(l.home, l.survivor), is_current = false, outranked_status = case when l.is_own then l.status end,
    status = case l.status when 'ACTIVE' then 'SUPERSEDED' else l.status end
  from field l where l.id not in (select id from current) and t.tenant_id = app_tenant() and t.id = l.id and (t.account_id <> l.survivor or t.is_current);
  -- Then what is current elsewhere leaves its place there, before others take it.
  with field as materialized (
    select f.id, f.name, i.id as home, i.survivor_id as survivor, coalesce(f.outranked_status, f.status) as status, f.occurred_at, f.recorded_at, f.version
    from node_identity i join profile_field f on f.tenant_id = i.tenant_id and (f.home_account_id is null and f.account_id = i.id or f.home_account_id = i.id)
    where i.tenant_id = app_tenant() and i.id = any(accounts) and (f.is_current or f.outranked_status is not null)
  ), current as (
    select distinct on (survivor, name) * from field order by survivor, name, recorded_at desc, occurred_at desc, version desc, id
  )
  update profile_field t set is_current = false, outranked_status = c.status, status = case c.status when 'ACTIVE' then 'SUPERSEDED' else c.status end
  from current c where t.tenant_id = app_tenant() and t.id = c.id and t.account_id <> c.survivor and t.is_current;
  with field as materialized (
    select f.id, f.name, i.id as home, i.survivor_id as survivor, coalesce(f.outranked_status, f.status) as status, f.occurred_at, f.recorded_at, f.version
    from node_identity i join profile_field f on f.tenant_id = i.tenant_id and (f.home_account_id is null and f.account_id = i.id or f.home_account_id = i.id)
    where i.tenant_id = app_tenant() and i.id = any(accounts) and (f.is_current or f.outranked_status is not null)
  ), current as (
    select distinct on (survivor, name) * from field order by survivor, name, recorded_at desc, occurred_at desc, version desc, id
  )
  update profile_field t set account_id = c.survivor, home_account_id = nullif(c.home, c.survivor), is_current = true, outranked_status = null, status = c.status
  from current c where t.tenant_id = app_tenant() and t.id = c.id and (t.account_id <> c.survivor or not t.is_current);
  update profile_asset a set account_id = i.survivor_id, home_account_id = nullif(i.id, i.survivor_id)
  from node_identity i where i.tenant_id = app_tenant() and i.id = any(accounts) and a.tenant_id = i.tenant_id and (a.home_account_id is null and a.account_id = i.id or a.home_account_id = i.id) and a.account_id <> i.survivor_id;
end $$;
comment on function settle_profile_fields(uuid[]) is 'Makes the profiles of some accounts those of the accounts that they count for. Of each field the version that was stated last is current.';
`;
