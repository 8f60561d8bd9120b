import { datedStatement, type DatedStatement } from '../../platform/postgres/dated-statement.ts';
import { edgesPerNode } from './lineage-budget.ts';
import type { LineageLink } from './lineage-kind.ts';

/** A node as a walk's row. Places count from 0 within the walk, in the order of its rows. */
export interface WalkRow {
  /** The place of the walk among those asked for, from 1. */
  readonly walk: number;
  readonly type: string;
  readonly id: string;
  /** Whether it was reached upstream, and downstream; the root of a walk both ways is both. */
  readonly up: boolean;
  readonly down: boolean;
  /** Whether it has neighbours in a direction that it was reached in, or edges to them, that are not among the rows. */
  readonly more: boolean;
  /** The places of its sources, and how each was used; null of none. */
  readonly sources: readonly number[] | null;
  readonly relations: readonly string[] | null;
  readonly rules: readonly string[] | null;
  readonly versions: readonly string[] | null;
  /** The places of what derives from it, where it was reached downstream. */
  readonly dependents: readonly number[] | null;
  readonly dependentRelations: readonly string[] | null;
  readonly dependentRules: readonly string[] | null;
  readonly dependentVersions: readonly string[] | null;
}

type Table = (name: string) => string;

/** Which columns of an edge are read: its other end alone, or also how it was used. */
type Columns = 'ENDS' | 'WORDS';

/** SQL of a node's edges: the stored ones and those that follow from columns. */
function edgesOf(table: Table, links: readonly LineageLink[], asked: { readonly way: LineageLink['way']; readonly node: string; readonly most: string; readonly onlyIf: string; readonly columns: Columns }): string {
  const { way, node, most, onlyIf, columns } = asked;
  const [own, other] = way === 'SOURCES' ? ['to', 'from'] : ['from', 'to'];
  const words = columns === 'WORDS' ? { stored: ', e.relation, e.rule_name, e.rule_version', linked: ', l.relation, l.rule_name, l.rule_version' } : { stored: '', linked: '' };
  const stored = `(select e.${other}_type as type, e.${other}_id as id${words.stored} from ${table('lineage_edge')} e where ${onlyIf} and e.tenant_id = $1 and e.${own}_id = ${node}.id and e.removed_at is null order by e.${other}_id)`;
  const linked = links.filter((link) => link.way === way).map(({ node: type, sql }) => `(select l.type, l.id${words.linked} from (${sql({ table, node: `${node}.id`, most })}) l where ${onlyIf} and ${node}.type = '${type}')`);
  return [stored, ...linked].join(' union all ');
}

/**
 * Breadth first, for many walks at once; one that goes both ways is two. Nodes come in the order in which a queue would give
 * them: by level, then by the place of what they hang on, then by id; so a budget cuts the same each time. The recursion
 * forgets what it has seen (union), and a node is visited once however many ways lead to it. It does not know levels: they
 * follow from the edges, and the nodes of the first levels are the first rows. Edges are read once more for what was found,
 * no more than the budgets allow, of a node and of a walk. A recursion within a lateral, and "limit" in what it joins, keep
 * every step a look by index, whatever the planner believes of a recursion's size.
 */
export function walkStatement(name: string, links: readonly LineageLink[], columns: Columns): DatedStatement<WalkRow> {
  const words = columns === 'WORDS';
  return datedStatement<WalkRow>(name, 5, (table) => {
    const edges = (way: LineageLink['way'], node: string, onlyIf: string, most: string, read: Columns = columns): string => edgesOf(table, links, { way, node, onlyIf, most, columns: read });
    const read = (way: LineageLink['way'], reached: string): string => `
      select a.walk, ${way === 'SOURCES'} as upward, v.rank, v.${way === 'SOURCES' ? 'up' : 'down'} as walked, e.*
      from asked a cross join lateral (select * from seen v where v.walk = a.walk and ${reached} order by v.rank) v
      cross join lateral (select * from (${edges(way, 'v', 'true', 'a.most_nodes')}) e limit a.most_nodes) e`;
    const capped = (way: LineageLink['way'], reached: string): string => `select r.* from asked c cross join lateral (${read(way, `${reached} and a.walk = c.walk`)} limit c.most_nodes * ${edgesPerNode}) r`;
    const missing = (way: LineageLink['way'], known: string): string => `(select count(*) from (${edges(way, 'v', 'true', 'a.most_nodes + 1', 'ENDS')} limit a.most_nodes + 1) e) > coalesce(${known}, 0)`;
    const own = (upward: string, column: string): string => `array_agg(${column}) filter (where shown is not null and ${upward})`;
    const wordsOf = (upward: string, prefix: string): string => (words ? `, ${own(upward, 'relation')} as ${prefix}_relations, ${own(upward, 'rule_name')} as ${prefix}_rules, ${own(upward, 'rule_version')} as ${prefix}_versions` : '');
    return `with asked as materialized (
      select walk::int, type, id, most_nodes, case direction when 'UPSTREAM' then '{t}' when 'DOWNSTREAM' then '{f}' else '{t,f}' end::bool[] as ways
      from unnest($2::text[], $3::uuid[], $4::text[], $5::int[]) with ordinality as a(type, id, direction, most_nodes, walk)
    ), walked as materialized (
      select a.walk, way.up, found.type, found.id, found.place
      from asked a cross join lateral unnest(a.ways) as way(up)
      cross join lateral (
        with recursive queue(type, id) as (
          select a.type, a.id
          union
          select next.type, next.id from queue q cross join lateral (select type, id from (${edges('SOURCES', 'q', 'way.up', 'a.most_nodes', 'ENDS')}) up union all select type, id from (${edges('DEPENDENTS', 'q', 'not way.up', 'a.most_nodes', 'ENDS')}) down) next
        )
        select type, id, row_number() over (rows unbounded preceding) as place from queue limit a.most_nodes
      ) found
    ), seen as materialized (
      -- A root that was walked from both ways is one node.
      select walk, id, min(type) as type, bool_or(up) as up, bool_or(not up) as down, (row_number() over (partition by walk order by min(place), bool_or(up) desc))::int - 1 as rank
      from walked group by walk, id
    ), read as materialized (
      select e.*, s.rank as shown from (${capped('SOURCES', 'true = any(a.ways)')} union all ${capped('DEPENDENTS', 'v.down')}) e
      left join seen s on s.walk = e.walk and s.id = e.id
    ), cut as (
      select walk, max(rank) filter (where upward) as up, max(rank) filter (where not upward) as down, count(*) filter (where upward) as ups, count(*) filter (where not upward) as downs from read group by walk
    ), ends as (
      select walk, rank, bool_or(walked and shown is null) as more, count(*) filter (where upward) as ups, count(*) filter (where not upward) as downs,
        ${own('upward', 'shown')} as sources, ${own('not upward', 'shown')} as dependents${wordsOf('upward', 'source')}${wordsOf('not upward', 'dependent')}
      from read group by walk, rank
    )
    select v.walk, v.type, v.id, v.up, v.down, n.sources, n.dependents${words ? `, n.source_relations as relations, n.source_rules as rules, n.source_versions as versions,
      n.dependent_relations as "dependentRelations", n.dependent_rules as "dependentRules", n.dependent_versions as "dependentVersions"` : ''},
      coalesce(n.more, false)
      or v.up and (n.ups >= a.most_nodes or c.ups >= a.most_nodes * ${edgesPerNode} and v.rank >= c.up) and ${missing('SOURCES', 'n.ups')}
      or v.down and (n.downs >= a.most_nodes or c.downs >= a.most_nodes * ${edgesPerNode} and v.rank >= c.down) and ${missing('DEPENDENTS', 'n.downs')} as more
    from seen v join asked a on a.walk = v.walk left join ends n on n.walk = v.walk and n.rank = v.rank left join cut c on c.walk = v.walk
    order by v.walk, v.rank`;
  });
}
