import { Migration } from '@mikro-orm/migrations';

/** What a change of a score derives from follows from its own columns, and its state is stored once, as bytes. */
export class ScoreColumns extends Migration {
  override up(): void {
    this.addSql(columns);
    this.addSql(edges);
    this.addSql(states);
    this.addSql(counted);
    this.addSql(guard);
  }
}

const columns = `
alter table score_point
  add column before_id uuid,
  add column anew boolean not null default false,
  add column counts_all boolean not null default false,
  add column counted uuid[],
  add column traits_id uuid,
  add column sums bytea;
alter table score_point alter column state drop not null, add constraint score_point_has_state check (state is not null or sums is not null);
comment on table score_point is 'Every change of an intent score, append-only; with its state, so that the score can be computed for any later instant, and with what it derives from.';
comment on column score_point.state is 'The state of rows written before states were bytes (sums): exact sums by bucket, or one raw sum and its instant.';
comment on column score_point.sums is 'The state as bytes, per signal type exact sums by bucket; src/features/scoring/state-bytes.ts has the format.';
comment on column score_point.before_id is 'The change before it; null for the first, and for the first after the score had ended.';
comment on column score_point.anew is 'Whether it was computed from all signals and not from the state of the change before.';
comment on column score_point.counts_all is 'Whether it counts every signal that counted for the account at recorded_at and was recorded before, of a type that the model knows, and beside them those of counted.';
comment on column score_point.counted is 'The signals newly counted in it; null with counts_all: none, else signal_id alone. Recorded at recorded_at itself where counts_all.';
comment on column score_point.traits_id is 'The traits that its fit was computed from; null where it has the fit of the change before, or the model asks for none.';
create index score_point_anew on score_point (tenant_id, account_id, recorded_at, id) where anew or traits_id is not null;
`;

/*
 * The edges of scores that were rows become columns, and the rows go. An edge that the columns cannot say as it is stays a
 * row. An account stands at the latest change of its score: that needs no column.
 */
const edges = `
create temporary table point_edge as
  select e.tenant_id, e.to_id,
    max(e.from_id::text) filter (where e.relation in ('CONTINUED', 'REPLACED'))::uuid as before_id, coalesce(bool_or(e.relation = 'REPLACED'), false) as replaced,
    coalesce(array_agg(e.from_id order by e.from_id) filter (where e.relation = 'COUNTED'), '{}') as counted,
    max(e.from_id::text) filter (where e.relation = 'FITTED')::uuid as traits_id
  from lineage_edge e join score_point p on p.tenant_id = e.tenant_id and p.id = e.to_id
  where e.to_type = 'ScorePoint' and e.rule_name = 'intent-score' and e.rule_version = p.model_version::text and e.recorded_at = p.recorded_at and e.removed_at is null
    and (e.relation, e.from_type) in (('CONTINUED', 'ScorePoint'), ('REPLACED', 'ScorePoint'), ('COUNTED', 'Signal'), ('FITTED', 'FirmographicTraits'))
  group by e.tenant_id, e.to_id
  having count(*) filter (where e.relation in ('CONTINUED', 'REPLACED')) <= 1 and count(*) filter (where e.relation = 'FITTED') <= 1;
update score_point p set before_id = e.before_id, anew = e.replaced, traits_id = e.traits_id, counted = case when e.counted = array[p.signal_id] then null else e.counted end
  from point_edge e where e.tenant_id = p.tenant_id and e.to_id = p.id;
update score_point p set counted = '{}' where signal_id is not null and not exists (select from point_edge e where e.tenant_id = p.tenant_id and e.to_id = p.id);
-- The first change of a score may have been computed from all signals, too: where a signal was counted is looked for among such changes, and in one that is not.
update score_point set anew = true where before_id is null;
delete from lineage_edge e using point_edge m join score_point p on p.tenant_id = m.tenant_id and p.id = m.to_id
  where e.tenant_id = m.tenant_id and e.to_id = m.to_id and e.to_type = 'ScorePoint' and e.rule_name = 'intent-score' and e.rule_version = p.model_version::text and e.recorded_at = p.recorded_at
    and e.removed_at is null and (e.relation, e.from_type) in (('CONTINUED', 'ScorePoint'), ('REPLACED', 'ScorePoint'), ('COUNTED', 'Signal'), ('FITTED', 'FirmographicTraits'));
delete from lineage_edge e using score_point p
  where e.to_type = 'Account' and e.from_type = 'ScorePoint' and e.relation = 'STANDS_AT' and p.tenant_id = e.tenant_id and p.id = e.from_id;
drop table point_edge;
`;

/* A score without a change, or with another state than that of its change, gets one that says what it is. */
const states = `
update account_contexts c set point_id = p.id from score_point p
  where c.point_id is null and p.tenant_id = c.tenant_id and p.id = (select l.id from score_point l where l.tenant_id = c.tenant_id and l.account_id = c.account_id order by l.recorded_at desc, l.id desc limit 1);
create temporary table unsaid as
  select c.*, uuidv7() as said from account_contexts c left join score_point p on p.tenant_id = c.tenant_id and p.id = c.point_id
  where p.id is null or p.state is distinct from c.state;
insert into score_point (tenant_id, id, account_id, occurred_at, recorded_at, value, cause, model_version, icp_fit, fit_coverage, state, before_id)
  select tenant_id, said, account_id, scored_at, scored_at, intent_score, 'SIGNAL', model_version, icp_fit, fit_coverage, state, point_id from unsaid;
update account_contexts c set point_id = u.said from unsaid u where u.tenant_id = c.tenant_id and u.account_id = c.account_id;
drop table unsaid;
alter table account_contexts drop column state, alter column point_id set not null;
comment on table account_contexts is 'The present intent score; no row where there is none. Its state is that of point_id. refresh_at is when time alone will have moved the stored score by half a point or across the threshold; facts up to sequence replayed_through are in the state already. fit_coverage: share of the ICP''s criteria that the account is known for, null where the model states none.';
comment on column account_contexts.point_id is 'The latest change in the history of the score, which holds its state.';
`;

/*
 * Where a change counts all signals: which those are, by what was so at its instant; and the changes that counted a signal.
 * Changes of one account are recorded one after the other, under its lock, and one that is not computed anew counts what no
 * such change counted before: so it is the first of them that lists the signal.
 */
const counted = `
create function signals_counted_at(tenant uuid, account uuid, instant timestamptz, model int, most int) returns setof uuid stable language plpgsql as $$
declare
  known text[] := (select array_agg(kind ->> 'type') from scoring_model m cross join jsonb_array_elements(m.parameters -> 'signalTypes') kind where m.tenant_id = tenant and m.version = model);
begin
  if 'stage_change' = any(known) then
    known := known || array['stage_advanced', 'opportunity_created'];
  end if;
  return query
    (select s.id from signal s
     where s.tenant_id = tenant and s.account_id = account and s.recorded_at < instant and (s.moved_at is null or s.moved_at <= instant) and s.type = any(known) and not exists (select from signal_objection o where o.tenant_id = tenant and o.signal_id = s.id and o.excluded_at <= instant and (o.restored_at is null or o.restored_at > instant))
       and not exists (select from signal_withdrawal w where w.tenant_id = tenant and w.signal_id = s.id and w.withdrawn_at <= instant and (w.restored_at is null or w.restored_at > instant))
     order by s.occurred_at desc, s.id desc limit most)
    union all
    (select s.id from signal_account_history h join signal s on s.tenant_id = h.tenant_id and s.id = h.signal_id
     where h.tenant_id = tenant and h.account_id = account and h.sys_from <= instant and h.sys_to > instant and s.recorded_at < instant and s.type = any(known) and not exists (select from signal_objection o where o.tenant_id = tenant and o.signal_id = s.id and o.excluded_at <= instant and (o.restored_at is null or o.restored_at > instant))
       and not exists (select from signal_withdrawal w where w.tenant_id = tenant and w.signal_id = s.id and w.withdrawn_at <= instant and (w.restored_at is null or w.restored_at > instant))
     order by s.occurred_at desc, s.id desc limit most);
end $$;
comment on function signals_counted_at(uuid, uuid, timestamptz, int, int) is 'The latest signals recorded before an instant that counted for an account at it, of types that a version of the scoring model knows.';

create function points_that_counted(tenant uuid, counted_signal uuid, most int) returns setof uuid stable language plpgsql as $$
declare
  given record;
begin
  select s.account_id, s.delivered_account_id, s.recorded_at into given from signal s where s.tenant_id = tenant and s.id = counted_signal;
  return query
    select found.id from (
      select given.account_id as id union select given.delivered_account_id where given.delivered_account_id is not null
      union select h.account_id from signal_account_history h where h.tenant_id = tenant and h.signal_id = counted_signal) account
    cross join lateral (
      (select p.id from score_point p
       where p.tenant_id = tenant and p.account_id = account.id and p.recorded_at >= given.recorded_at and not p.anew
         and (counted_signal = any(p.counted) or p.counted is null and p.signal_id = counted_signal)
       order by p.recorded_at, p.id limit 1)
      union all
      (select p.id from score_point p
       where p.tenant_id = tenant and p.account_id = account.id and p.recorded_at >= given.recorded_at and (p.anew or p.traits_id is not null) and p.anew
         and (counted_signal = any(p.counted) or p.counted is null and not p.counts_all and p.signal_id = counted_signal
           or p.counts_all and exists (
             select from signal s where s.tenant_id = tenant and s.id = counted_signal and s.recorded_at < p.recorded_at
               and (s.account_id = p.account_id and (s.moved_at is null or s.moved_at <= p.recorded_at)
                 or exists (select from signal_account_history h where h.tenant_id = tenant and h.signal_id = s.id and h.account_id = p.account_id and h.sys_from <= p.recorded_at and h.sys_to > p.recorded_at))
               and exists (select from scoring_model m cross join jsonb_array_elements(m.parameters -> 'signalTypes') kind where m.tenant_id = tenant and m.version = p.model_version
                 and (kind ->> 'type' = s.type or kind ->> 'type' = 'stage_change' and s.type in ('stage_advanced', 'opportunity_created')))
               and not exists (select from signal_objection o where o.tenant_id = tenant and o.signal_id = s.id and o.excluded_at <= p.recorded_at and (o.restored_at is null or o.restored_at > p.recorded_at))
       and not exists (select from signal_withdrawal w where w.tenant_id = tenant and w.signal_id = s.id and w.withdrawn_at <= p.recorded_at and (w.restored_at is null or w.restored_at > p.recorded_at))))
       order by p.recorded_at, p.id limit most)) found;
end $$;
comment on function points_that_counted(uuid, uuid, int) is 'The changes of scores that counted a signal, of each account that it ever counted for.';
`;

/*
 * Types have ranks: what is of a higher rank never leads to what is of a lower one. So a circle needs an edge between two of
 * one rank, or of a type without a rank; only who adds such an edge waits for its turn, and only its edges are looked
 * through. The turn is taken after the insert: whoever has it sees all edges of those who had it before.
 */
const guard = `
create function lineage_rank(type text) returns int immutable parallel safe language sql as $$
  select case type
    when 'Signal' then 0 when 'SourceStatement' then 0 when 'Kpi' then 0 when 'HealthTrend' then 0 when 'Consent' then 0 when 'OutreachPolicy' then 0
    when 'ScorePoint' then 1 when 'AccountHealth' then 1 when 'AccountVersion' then 1 when 'AccountInputs' then 2 when 'AccountSnapshot' then 3
    when 'Action' then 4 when 'ActionDecision' then 5 end $$;
comment on function lineage_rank(text) is 'Where a type stands in the lineage graph; an edge from a lower rank to a higher one cannot close a circle. Null: nothing is known of it.';
drop trigger one_at_a_time on lineage_edge;
drop function lineage_one_at_a_time();
create or replace function lineage_without_circles() returns trigger language plpgsql
  -- Its plan is made while the table is small, and must hold when it is large.
  set enable_seqscan = off set enable_mergejoin = off as $$
declare
  leads_on boolean;
  closing record;
begin
  if not exists (select from added where (lineage_rank(from_type) < lineage_rank(to_type)) is not true) then
    return null;
  end if;
  -- Whoever is bound to no tenant is the owner, who migrates.
  if app_tenant() is not null then
    insert into lineage_guard as g (tenant_id) values (app_tenant()) on conflict (tenant_id) do update set turns = g.turns + 1;
  end if;
  leads_on := exists (
    select from (select distinct tenant_id, to_id from added) a
    -- "offset 0": a look per node, whatever the planner believes of how many there are.
    cross join lateral (select d.to_id as id, d.relation from lineage_edge d where d.tenant_id = a.tenant_id and d.from_id = a.to_id and d.removed_at is null offset 0) onward
    where (a.tenant_id, onward.id, a.to_id, onward.relation) not in (select tenant_id, to_id, from_id, relation from added));
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
comment on table lineage_guard is 'Who adds edges that may close a circle in a tenant''s lineage holds its row. turns counts the statements that did.';
`;
