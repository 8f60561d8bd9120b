import { Migration } from '@mikro-orm/migrations';

/**
 * Edges of snapshots cannot close a circle, so nobody waits for the guard and nothing is searched for them: records are raw,
 * and a snapshot is compared with earlier ones, whose ids are lower. Edges into a snapshot or into a set of records are
 * written by the transaction that makes it, so that nothing derives from it yet.
 */
export class EdgesThatRise extends Migration {
  override up(): void {
    this.addSql(rank);
    this.addSql(rises);
    this.addSql(guardLess);
  }
}

const rank = `
create or replace function lineage_rank(type text) returns int immutable parallel safe language sql as $$
  select case type
    when 'Signal' then 0 when 'AccountSnapshot' then 3 when 'AccountInputs' then 2 when 'AccountVersion' then 1
    when 'Product' then 0 when 'PlaybookExecution' then 0 when 'PlaybookTrigger' then 0 when 'PlaybookReport' then 0 when 'Note' then 0 when 'Contact' then 0
    when 'SourceStatement' then 0 when 'Kpi' then 0 when 'HealthTrend' then 0 when 'Consent' then 0 when 'OutreachPolicy' then 0
    when 'ScorePoint' then 1 when 'AccountHealth' then 1
    when 'Action' then 4 when 'ActionDecision' then 5 end $$`;

const rises = `
create function lineage_rises(from_type text, from_id uuid, to_type text, to_id uuid) returns boolean immutable parallel safe language sql as $$
  select coalesce(lineage_rank(from_type) < lineage_rank(to_type) or (from_type = 'AccountSnapshot' and to_type = 'AccountSnapshot' and from_id < to_id), false) $$;
comment on function lineage_rises(text, uuid, text, uuid) is 'Whether an edge leads from a lower rank to a higher one, or from an earlier snapshot to a later one: edges that all rise cannot close a circle.'`;

/** The trigger's function with another condition, whatever else it holds. */
const guardLess = `
do $$
declare
  before text := pg_get_functiondef('lineage_without_circles()'::regprocedure);
  after text := replace(before, '(lineage_rank(from_type) < lineage_rank(to_type)) is not true', 'not lineage_rises(from_type, from_id, to_type, to_id)');
begin
  if after = before then raise exception 'lineage_without_circles() is not as 0045 left it'; end if;
  execute after;
end $$`;
