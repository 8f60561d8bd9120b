import { Migration } from '@mikro-orm/migrations';

/** References in one form per system, with a past; what finds duplicates, the candidates that wait for a decision, and the policy that judges them. */
export class Matching extends Migration {
  override up(): void {
    this.addSql(referenceKeys);
    this.addSql(referencePast);
    this.addSql(normalForms);
    this.addSql(matchKeys);
    this.addSql(candidates);
    this.addSql(policies);
  }
}

/** An erasure may have remembered a reference in a spelling that was not brought into one form yet. */
const referenceKeys = `
create function reference_keys(system text, id text) returns text[] stable language sql as $$
  select array[id, erased_key(id)]
    || case when system in ('salesforce', 'sfdc') and id ~ '^[0-9A-Za-z]{18}$' then array[erased_key(left(id, 15))]
            when system = 'jira' and id ~ '^[A-Z][A-Z0-9_]*-[0-9]+$' then array[erased_key(lower(id))]
            when system = 'notion' and id ~ '^[0-9a-f-]{36}$' then array[erased_key(replace(id, '-', ''))]
            else '{}' end
$$;
comment on function reference_keys(text, text) is 'What external_ref may hold for a reference in its normal form: the form itself, and the digests that an erasure may have put in its place.';
`;

const referencePast = `
create table external_ref_history (
  tenant_id uuid not null references tenant,
  node_type text not null,
  system text not null,
  external_id text not null,
  node_id uuid not null,
  recorded_at timestamptz not null,
  unlinked_at timestamptz not null check (unlinked_at > recorded_at),
  primary key (tenant_id, node_type, system, external_id, recorded_at)
);
comment on table external_ref_history is 'References that were unlinked from a node, with the period in which they named it.';
create index external_ref_history_of_node on external_ref_history (tenant_id, node_id);
call make_tenant_table('external_ref_history', 'select, insert, delete');
create or replace function external_ref_as_of(at timestamptz) returns setof external_ref stable parallel safe language sql
  as $$ select * from external_ref where recorded_at <= at
    union all select tenant_id, node_type, system, external_id, node_id, recorded_at from external_ref_history where recorded_at <= at and unlinked_at > at $$;
call make_erasable('external_ref_history', '{external_id}', false);
update personal_text set form = 'id' where table_name = 'external_ref_history';
create or replace function personal_text_row(held text) returns text immutable language sql as $$
  select case when held in ('external_ref', 'external_ref_history') then 't.node_id' when held = 'outreach_policy' then 't.tenant_id' else 't.id' end
$$;
`;

/** As normalise-reference.ts has them. Where another node holds the normal form, both rows stay, and the two nodes are proposed as one. */
const normalForms = `
create function normal_reference(system text, id text) returns text immutable language plpgsql as $$
declare
  short text := left(btrim(id), 15);
  suffix text;
begin
  if system in ('salesforce', 'sfdc') and btrim(id) ~ '^([0-9A-Za-z]{15}|[0-9A-Za-z]{18})$' and id ~ '[0-9]' then
    select string_agg(substr('ABCDEFGHIJKLMNOPQRSTUVWXYZ012345', 1 + bits::int, 1), '' order by part) into suffix from (
      select part, sum(case when substr(short, part * 5 + place + 1, 1) ~ '[A-Z]' then 1 << place else 0 end) as bits
      from generate_series(0, 2) as part, generate_series(0, 4) as place group by part) chunks;
    return case when length(btrim(id)) = 15 or upper(right(btrim(id), 3)) = suffix then short || suffix else id end;
  end if;
  if system in ('email', 'e-mail', 'mail') and id ~ '^[ -~]+$' then return lower(btrim(id)); end if;
  if system in ('domain', 'website', 'web', 'hostname') and id ~ '^[ -~]+$' then
    return coalesce(nullif(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(lower(btrim(id)), '^[a-z][a-z0-9+.-]*://', ''), '[/?#].*$', ''), '^.*@', ''), ':[0-9]*$', ''), '\\.+$', ''), '^www\\.', ''), ''), id);
  end if;
  if system = 'hubspot' and btrim(id) <> '' then return btrim(id); end if;
  if system = 'jira' and btrim(id) ~ '^[A-Za-z][A-Za-z0-9_]*-[0-9]+$' then return upper(btrim(id)); end if;
  if system = 'slack' and btrim(id) ~* '^[BCDEGTUW]0[0-9A-Z]{7,9}$' then return upper(btrim(id)); end if;
  if system = 'notion' and btrim(id) ~* '^([0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$' then
    return regexp_replace(lower(replace(btrim(id), '-', '')), '^(.{8})(.{4})(.{4})(.{4})', '\\1-\\2-\\3-\\4-');
  end if;
  return id;
end $$;
create temporary table respelled on commit drop as
  select tenant_id, node_type, system, external_id, node_id, normal, row_number() over (partition by tenant_id, node_type, system, normal order by recorded_at, external_id) as turn
  from (select *, normal_reference(system, external_id) as normal from external_ref
        where system in ('salesforce', 'sfdc', 'email', 'e-mail', 'mail', 'domain', 'website', 'web', 'hostname', 'hubspot', 'jira', 'slack', 'notion')) spelled
  where normal <> external_id and external_id not like 'erased:%';
update external_ref r set external_id = s.normal from respelled s
where (r.tenant_id, r.node_type, r.system, r.external_id) = (s.tenant_id, s.node_type, s.system, s.external_id) and s.turn = 1
  and not exists (select from external_ref o where (o.tenant_id, o.node_type, o.system, o.external_id) = (s.tenant_id, s.node_type, s.system, s.normal));
-- Two spellings of one reference to one node are one reference.
delete from external_ref r using respelled s
where (r.tenant_id, r.node_type, r.system, r.external_id) = (s.tenant_id, s.node_type, s.system, s.external_id)
  and exists (select from external_ref o where (o.tenant_id, o.node_type, o.system, o.external_id, o.node_id) = (s.tenant_id, s.node_type, s.system, s.normal, s.node_id));
drop function normal_reference(text, text);
`;

const matchKeys = `
create table match_key (
  tenant_id uuid not null references tenant,
  node_id uuid not null,
  kind text not null check (kind in ('ACCOUNT', 'CONTACT')),
  rule text not null,
  key bytea not null,
  place bytea not null,
  primary key (tenant_id, node_id, rule, key)
);
comment on table match_key is 'By what a node can be the same as another: keyed digests of its references, domains, e-mail address and name, one row per rule and value. Nodes with equal keys are compared. place: where the node stands among them, a digest of its smallest reference, so that the order does not depend on when it arrived.';
create index match_key_members on match_key (tenant_id, kind, rule, key, place, node_id);
call make_tenant_table('match_key', 'select, insert, update, delete');
`;

const candidates = `
create table match_candidate (
  tenant_id uuid not null references tenant,
  id uuid not null,
  kind text not null check (kind in ('ACCOUNT', 'CONTACT')),
  left_id uuid not null,
  right_id uuid not null check (left_id < right_id),
  status text not null check (status in ('OPEN', 'CONFIRMED', 'REJECTED', 'MERGED', 'WITHDRAWN')),
  confidence double precision not null check (confidence between 0 and 1),
  rules text[] not null,
  proposed_at timestamptz,
  decided_at timestamptz,
  decided_by_kind text,
  decided_by_id text,
  policy_version int,
  merged_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, left_id, right_id)
);
comment on table match_candidate is 'Pairs of nodes that may be one, and what was decided about them; one row per pair for good, which is the memory of rejections. proposed_at: null for a pair that was merged without having been proposed. policy_version: of the matching policy that decided; null where a person did. merged_at: when it was last merged; a pair that was merged and unmerged is not proposed again.';
create index match_candidate_of_left on match_candidate (tenant_id, left_id);
create index match_candidate_of_right on match_candidate (tenant_id, right_id);
create index match_candidate_by_time on match_candidate (tenant_id, proposed_at, id) where proposed_at is not null;
create index match_candidate_by_confidence on match_candidate (tenant_id, confidence, id) where proposed_at is not null;
create index match_candidate_open on match_candidate (tenant_id, proposed_at, id) where status = 'OPEN';
call make_tenant_table('match_candidate', 'select, insert, update');
`;

const policies = `
create table matching_policy (
  tenant_id uuid not null references tenant,
  version int not null,
  propose_from double precision not null check (propose_from between 0 and 1),
  rules jsonb not null,
  published_at timestamptz not null,
  published_by text not null,
  primary key (tenant_id, version)
);
comment on table matching_policy is 'Which rules propose duplicates, how sure each is, and which merge by themselves; a new version for every change. The highest version is in force; without one the defaults are.';
call make_tenant_table('matching_policy', 'select, insert');
`;
