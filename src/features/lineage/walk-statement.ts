import { datedStatement, type DatedStatement } from '../../platform/postgres/dated-statement.ts';
import { edgesPerNode } from './lineage-budget.ts';
import type { LineageLink } from './lineage-kind.ts';

/** A node as a walk's row. */
export interface WalkRow {
  /** The place of the walk among those asked for, from 1. */
  readonly walk: number;
  readonly type: string;
  readonly id: string;
  /** Whether it was reached upstream, and downstream; the root of a walk both ways is both. */
  readonly up: boolean;
  readonly down: boolean;
  /** Whether it has edges, in a direction that it was reached in, which are not among these. */
  readonly more: boolean;
  /** The ids of its sources, also of those that have no row, and how each was used, joined by `separator`; null of none. */
  readonly sources: string | null;
  readonly sourceRelations?: string | null;
  readonly sourceRules?: string | null;
  readonly sourceVersions?: string | null;
  /** The same of what derives from it, where it was reached downstream. */
  readonly dependents?: string | null;
  readonly dependentRelations?: string | null;
  readonly dependentRules?: string | null;
  readonly dependentVersions?: string | null;
}

/** Between values of one text; arrays of thousands are read ten times slower. */
export const separator = '\u001f';

/** Which columns of an edge are read: its other end alone, or also how it was used. */
export type Columns = 'ENDS' | 'WORDS';

/** A way of a walk along edges. */
export interface Way {
  readonly name: LineageLink['way'];
  /** The end of an edge whose other end is read, and that one. */
  readonly own: 'to' | 'from';
  readonly other: 'to' | 'from';
  /** SQL: whether a walk goes this way, and whether a node was reached by it. */
  readonly goes: string;
  readonly reached: string;
}

/** To what a node derives from. */
export const upstream: Way = { name: 'SOURCES', own: 'to', other: 'from', goes: 'true = any(asked.ways)', reached: 'up' };
/** To what derives from a node. */
export const downstream: Way = { name: 'DEPENDENTS', own: 'from', other: 'to', goes: 'false = any(asked.ways)', reached: 'down' };

/**
 * Breadth first in any direction, for many walks at once; one that goes both ways is two. Nodes come in the order in which a queue would give
 * them: by level, then by the place of what they hang on, then by id; so a budget cuts the same each time. The recursion
 * forgets what it has seen (union), and a node is visited once however many ways lead to it. It does not know levels: they
 * follow from the edges, and the nodes of the first levels are the first rows. Edges are read once more for what was found,
 * no more than the budgets allow, of a node and of a walk; one beyond a budget is read, to tell that there is more. A
 * recursion within a lateral, and limits in what it joins, keep every step a look by index, whatever the planner believes of
 * a recursion's size.
 */
export function walkStatement(name: string, links: readonly LineageLink[], columns: Columns): DatedStatement<WalkRow> {
  const taken = [upstream, downstream];
  return datedStatement<WalkRow>(name, 5, (table) => {
    const edges = (way: Way, node: string, read: Columns, onlyIf?: string): string => edgesOf({ table, links, way, node, columns: read, ...(onlyIf === undefined ? {} : { onlyIf }) });
    const next = taken.map((way) => edges(way, 'q', 'ENDS', way === upstream ? 'way.up' : 'not way.up')).join(' union all ');
    return `with asked as materialized (
      select walk::int, type, id, most_nodes, case direction when 'UPSTREAM' then '{t}' when 'DOWNSTREAM' then '{f}' else '{t,f}' end::bool[] as ways
      from unnest($2::text[], $3::uuid[], $4::text[], $5::int[]) with ordinality as given(type, id, direction, most_nodes, walk)
    ), walked as materialized (
      select asked.walk, way.up, found.type, found.id, found.place
      from asked cross join lateral unnest(asked.ways) as way(up)
      cross join lateral (
        with recursive queue(type, id) as (
          select asked.type, asked.id
          union
          select next.type, next.id from queue q cross join lateral (${next}) next
        )
        select type, id, row_number() over (rows unbounded preceding) as place from queue limit asked.most_nodes
      ) found
    ), seen as materialized (
      -- A root that was walked from both ways is one node.
      select walk, id, min(type) as type, bool_or(up) as up, bool_or(not up) as down, (row_number() over (partition by walk order by min(place), bool_or(up) desc))::int - 1 as rank
      from walked group by walk, id
    ), read as materialized (
      ${taken.map((way) => readOf(way, edges(way, 'v', columns), columns)).join(' union all ')}
    ), ends as (
      select walk, rank, bool_or(walked and is_beyond) as more${taken.map((way) => aggregatesOf(way, columns)).join('')}
      from read group by walk, rank
    ), cut as materialized (
      select walk, upward, rank from read where is_last
    )
    select v.walk, v.type, v.id, v.up, v.down${taken.map((way) => answersOf(way, columns)).join('')}, coalesce(n.more, false)${taken.map((way) => `
      -- What the budget of edges left unread. A node of a type that columns tell of is taken to have some.
      or exists (select from cut where cut.walk = v.walk and cut.upward = ${way === upstream} and v.rank >= cut.rank and v.${way.reached})
        and (exists (select from ${table('lineage_edge')} e where e.tenant_id = $1 and e.${way.own}_id = v.id and e.removed_at is null)${linkedTypes(links, way)})`).join('')} as more
    from seen v left join ends n on n.walk = v.walk and n.rank = v.rank
    order by v.walk, v.rank`;
  });
}

interface EdgesAsked {
  readonly table: (name: string) => string;
  readonly links: readonly LineageLink[];
  readonly way: Way;
  readonly node: string;
  readonly columns: Columns;
  readonly onlyIf?: string;
}

/** SQL of a node's edges: the stored ones and those that follow from columns. */
export function edgesOf({ table, links, way, node, columns, onlyIf = 'true' }: EdgesAsked): string {
  const words = (row: string): string => (columns === 'WORDS' ? `, ${row}.relation, ${row}.rule_name, ${row}.rule_version` : '');
  const stored = `(select e.${way.other}_type as type, e.${way.other}_id as id${words('e')} from ${table('lineage_edge')} e where ${onlyIf} and e.tenant_id = $1 and e.${way.own}_id = ${node}.id and e.removed_at is null order by e.${way.other}_id)`;
  const linked = links.filter((link) => link.way === way.name).map(({ node: type, sql }) => `(select l.type, l.id${words('l')} from (${sql({ table, node: `${node}.id`, most: '(asked.most_nodes + 1)' })}) l where ${onlyIf} and ${node}.type = '${type}')`);
  return [stored, ...linked].join(' union all ');
}

/** SQL of the edges that are read for the nodes of each walk. */
function readOf(way: Way, edges: string, columns: Columns): string {
  const [isUp, most] = [way === upstream, `asked.most_nodes * ${edgesPerNode}`];
  // Of a walk both ways the sources of all its nodes: edges between two that were reached downstream are among them.
  return `select asked.walk, ${isUp} as upward, r.* from asked cross join lateral (
      select v.rank, v.${way.reached} as walked, e.id${columns === 'WORDS' ? ', e.relation, e.rule_name, e.rule_version' : ''}, e.place > asked.most_nodes as is_beyond, row_number() over (rows unbounded preceding) = ${most} as is_last
      from (select * from seen v where v.walk = asked.walk and ${way.goes}${isUp ? '' : ' and v.down'} order by v.rank) v
      cross join lateral (select e.*, row_number() over (rows unbounded preceding) as place from (${edges}) e limit asked.most_nodes + 1) e
      limit ${most}) r`;
}

const kinds = (way: Way): { readonly only: string; readonly prefix: string } => (way === upstream ? { only: 'upward', prefix: 'source' } : { only: 'not upward', prefix: 'dependent' });

function aggregatesOf(way: Way, columns: Columns): string {
  const { only, prefix } = kinds(way);
  const gather = (column: string, name: string): string => `, string_agg(${column}, e'\\x1f') filter (where not is_beyond and ${only}) as ${prefix}_${name}`;
  return gather('id::text', 'ids') + (columns === 'WORDS' ? gather('relation', 'relations') + gather('rule_name', 'rules') + gather('rule_version', 'versions') : '');
}

function answersOf(way: Way, columns: Columns): string {
  const { prefix } = kinds(way);
  return `, n.${prefix}_ids as ${prefix}s` + (columns === 'WORDS' ? ['relations', 'rules', 'versions'].map((name) => `, n.${prefix}_${name} as "${prefix}${name[0]?.toUpperCase()}${name.slice(1)}"`).join('') : '');
}

function linkedTypes(links: readonly LineageLink[], way: Way): string {
  const types = [...new Set(links.flatMap((link) => (link.way === way.name ? [`'${link.node}'`] : [])))];
  return types.length === 0 ? '' : ` or v.type in (${types.join()})`;
}
