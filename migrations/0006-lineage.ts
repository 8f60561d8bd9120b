import { Migration } from '@mikro-orm/migrations';

/** What derives from what: the edges of the lineage graph, and the walls that keep it free of circles. */
export class Lineage extends Migration {
  override up(): void {
    this.addSql(edges);
    this.addSql(scores);
    this.addSql(traits);
    this.addSql(guards);
  }
}

const edges = `
create table lineage_edge (
  tenant_id uuid not null,
  to_type text not null,
  to_id uuid not null,
  from_type text not null,
  from_id uuid not null,
  relation text not null,
  rule_name text not null,
  rule_version text not null,
  recorded_at timestamptz not null,
  removed_at timestamptz check (removed_at > recorded_at),
  constraint lineage_not_of_itself check (to_id <> from_id),
  constraint lineage_once unique nulls not distinct (to_id, removed_at, from_id, relation, tenant_id)
);
comment on table lineage_edge is 'to derives from from, by a rule. Types are those of the graph; an id belongs to one type. Edges are ended, not deleted: removed_at is when one ceased to hold.';
create index lineage_downstream on lineage_edge (from_id, to_id, tenant_id);
-- removed_at stands before the rest in lineage_once: an account has one current edge and one ended for every past change of its score.
-- The node leads in both: an index that begins with the tenant is taken, while the table has no statistics, to read the whole tenant.
call make_tenant_table('lineage_edge', 'select, insert, delete, update (removed_at)');
-- What is written is written as of now, an end is final, and only what began and ended at one instant was never current at any.
create policy begins_now on lineage_edge as restrictive for insert to context_graph_app with check (recorded_at = app_now() and removed_at is null);
create policy ends_once on lineage_edge as restrictive for update to context_graph_app using (removed_at is null) with check (removed_at = app_now());
create policy never_current on lineage_edge as restrictive for delete to context_graph_app using (removed_at is null and recorded_at >= app_now());
-- As it was known then: an end that came later was not known.
create function lineage_edge_as_of(at timestamptz) returns setof lineage_edge stable parallel safe language sql as $$
  select tenant_id, to_type, to_id, from_type, from_id, relation, rule_name, rule_version, recorded_at, null::timestamptz
  from lineage_edge where recorded_at <= at and (removed_at is null or removed_at > at) $$;
`;

/*
 * What scores known before derive from. A change was made from the one before it and from the signals recorded since
 * then, or, by another version of the model, from all signals so far; of types that the version counts.
 */
const scores = `
alter table account_contexts add column point_id uuid;
comment on column account_contexts.point_id is 'The latest change in the history of the score.';
update account_contexts c set point_id = (
  select p.id from score_point p where p.tenant_id = c.tenant_id and p.account_id = c.account_id order by p.recorded_at desc, p.id desc limit 1);

create temporary table past_point as
  select tenant_id, id, account_id, recorded_at, model_version, cause,
    lag(id) over past as before, lag(recorded_at) over past as counted_until, lag(model_version) over past is distinct from model_version as anew,
    lag(icp_fit) over past is distinct from icp_fit as fitted
  from score_point window past as (partition by tenant_id, account_id order by recorded_at, id);
insert into lineage_edge (tenant_id, to_type, to_id, from_type, from_id, relation, rule_name, rule_version, recorded_at)
  select tenant_id, 'ScorePoint', id, 'ScorePoint', before, case when anew then 'REPLACED' else 'CONTINUED' end, 'intent-score', model_version, recorded_at
  from past_point where before is not null
  union all
  select p.tenant_id, 'ScorePoint', p.id, 'Signal', s.id, 'COUNTED', 'intent-score', p.model_version, p.recorded_at
  from past_point p join scoring_model m on m.tenant_id = p.tenant_id and m.version = p.model_version
  join signal s on s.tenant_id = p.tenant_id and s.account_id = p.account_id and s.recorded_at <= p.recorded_at
    and (p.anew or s.recorded_at > p.counted_until)
    and exists (select from jsonb_array_elements(m.parameters -> 'signalTypes') t where t ->> 'type' = s.type)
  where p.cause in ('SIGNAL', 'MODEL')
  union all
  select tenant_id, 'Account', account_id, 'ScorePoint', point_id, 'STANDS_AT', 'intent-score', model_version, scored_at
  from account_contexts where point_id is not null;
`;

/*
 * What a score's fit to the ICP was computed from. A fit known before was computed when the score was made anew, and when
 * it became another; from what was known of the account then, where the model asked anything of it.
 */
const traits = `
create table score_traits (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  industry text,
  region text,
  employee_count int,
  recorded_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, account_id) references account
);
comment on table score_traits is 'What of an account was held against the ICP, as it was then; append-only. A new row only where it differs from the one before.';
call make_tenant_table('score_traits', 'select, insert');
create function score_traits_as_of(at timestamptz) returns setof score_traits stable parallel safe language sql
  as $$ select * from score_traits where recorded_at <= at $$;
alter table account_contexts add column traits_id uuid;
comment on column account_contexts.traits_id is 'What icp_fit was computed from; null where the model asks nothing of the account.';

create temporary table past_fit as
  select p.tenant_id, gen_random_uuid() as id, p.id as point_id, p.account_id, p.model_version, p.recorded_at, a.industry, a.region, a.employee_count
  from past_point p join scoring_model m on m.tenant_id = p.tenant_id and m.version = p.model_version
  cross join lateral (select * from account_as_of(p.recorded_at) a where a.tenant_id = p.tenant_id and a.id = p.account_id) a
  where (p.anew or p.fitted) and (m.parameters #> '{icp,industries}' <> '[]' or m.parameters #> '{icp,regions}' <> '[]' or m.parameters #>> '{icp,minEmployees}' is not null);
insert into score_traits (tenant_id, id, account_id, industry, region, employee_count, recorded_at)
  select tenant_id, id, account_id, industry, region, employee_count, recorded_at from past_fit;
insert into lineage_edge (tenant_id, to_type, to_id, from_type, from_id, relation, rule_name, rule_version, recorded_at)
  select tenant_id, 'ScorePoint', point_id, 'FirmographicTraits', id, 'FITTED', 'intent-score', model_version, recorded_at from past_fit;
update account_contexts c set traits_id = (
  select f.id from past_fit f where f.tenant_id = c.tenant_id and f.account_id = c.account_id and f.model_version = c.model_version order by f.recorded_at desc, f.point_id desc limit 1);
drop table past_fit;
drop table past_point;
`;

/*
 * No circle, also not one whose edges come in by two transactions at once: one transaction at a time adds edges to a
 * tenant's graph, from its first insert to its end, and looks after it has the guard. That the guard is a row which each
 * changes makes PostgreSQL refuse (40001) a transaction that looks at a snapshot older than the latest edges. Facts are
 * written one transaction at a time per tenant anyhow. What is added mostly leads from what was there to what is new: then a circle would have to
 * consist of added edges alone, and these are looked through by themselves. Otherwise all that derives from them is. A
 * circle must have an edge that leads backward in the order of ids; ids are made in the order of time, so there are few, and
 * only from these is a way back looked for.
 */
const guards = `
create table lineage_guard (
  tenant_id uuid primary key,
  turns bigint not null default 1
);
comment on table lineage_guard is 'Who adds edges to a tenant''s lineage holds its row. turns counts the statements that did.';
call make_tenant_table('lineage_guard', 'select, insert, update');
create function lineage_one_at_a_time() returns trigger language plpgsql as $$
begin
  -- Whoever is bound to no tenant is the owner, who migrates.
  if app_tenant() is not null then
    insert into lineage_guard as g (tenant_id) values (app_tenant()) on conflict (tenant_id) do update set turns = g.turns + 1;
  end if;
  return null;
end $$;
create trigger one_at_a_time before insert on lineage_edge for each statement execute function lineage_one_at_a_time();

create function lineage_without_circles() returns trigger language plpgsql
  -- Its plan is made while the table is small, and must hold when it is large.
  set enable_seqscan = off set enable_mergejoin = off as $$
declare
  leads_on boolean := exists (
    select from (select distinct tenant_id, to_id from added) a
    -- "offset 0": a look per node, whatever the planner believes of how many there are.
    cross join lateral (select d.to_id as id, d.relation from lineage_edge d where d.tenant_id = a.tenant_id and d.from_id = a.to_id and d.removed_at is null offset 0) onward
    where (a.tenant_id, onward.id, a.to_id, onward.relation) not in (select tenant_id, to_id, from_id, relation from added));
  closing record;
begin
  if leads_on then
    with recursive below(tenant_id, id) as (
      select tenant_id, to_id from added
      union
      select b.tenant_id, onward.id from below b
      cross join lateral (select d.to_id as id from lineage_edge d where d.tenant_id = b.tenant_id and d.from_id = b.id and d.removed_at is null offset 0) onward
    ), backward as materialized (
      select b.tenant_id, onward.id as to_id, b.id as from_id from below b
      cross join lateral (select d.to_id as id from lineage_edge d where d.tenant_id = b.tenant_id and d.from_id = b.id and d.removed_at is null and d.to_id < b.id offset 0) onward
      -- Only when an edge that was added comes back: not for what is new and leads on to what was there.
      where (select bool_or((a.from_id in (select id from below)) is true) from added a)
    ), reached(tenant_id, origin, id) as (
      select tenant_id, to_id, to_id from backward
      union
      select r.tenant_id, r.origin, onward.id from reached r
      cross join lateral (select d.to_id as id from lineage_edge d where d.tenant_id = r.tenant_id and d.from_id = r.id and d.removed_at is null offset 0) onward
    )
    select w.to_id, w.from_id into closing from backward w
    where exists (select from reached r where r.tenant_id = w.tenant_id and r.origin = w.to_id and r.id = w.from_id) limit 1;
  else
    with recursive reached(tenant_id, origin, id) as (
      select tenant_id, from_id, to_id from added where to_id < from_id
      union
      select r.tenant_id, r.origin, a.to_id from reached r join added a on a.tenant_id = r.tenant_id and a.from_id = r.id
    )
    select origin as to_id, origin as from_id into closing from reached where id = origin limit 1;
  end if;
  if found then
    raise exception 'lineage: % would derive from itself through %', closing.to_id, closing.from_id using errcode = '23514', constraint = 'lineage_without_circles';
  end if;
  return null;
end $$;
create trigger without_circles after insert on lineage_edge referencing new table as added
  for each statement execute function lineage_without_circles();
`;
