import type { AsOf, Call, Question } from '../../platform/graphql/call.ts';
import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import { edgesPerNode } from './lineage-budget.ts';
import type { LineageDirection } from './lineage.type.ts';

/** Where to walk, and how far. */
export interface Walk {
  readonly root: { readonly type: string; readonly id: string };
  readonly direction: keyof typeof LineageDirection;
  /** Levels away from the root. */
  readonly maxDepth: number;
  /** Nodes in all, the root among them. */
  readonly maxNodes: number;
}

/** A node as a walk found it. */
export interface WalkedNode {
  readonly type: string;
  readonly id: string;
  /** Whether it has neighbours in the walk's direction, or edges to them, that are not shown. */
  readonly more: boolean;
}

/** An edge between two nodes that a walk found: `to` derives from `from`. */
export interface WalkedEdge {
  readonly to: WalkedNode;
  readonly from: WalkedNode;
  readonly relation: string;
  readonly rule: { readonly name: string; readonly version: string };
  /** The fields of `to` that come from `from`; null for the whole. */
  readonly fields: readonly string[] | null;
}

/** The part of the graph that a walk found; nodes by their distance from the root, which is the first. */
export interface WalkedGraph {
  readonly nodes: readonly WalkedNode[];
  readonly edges: readonly WalkedEdge[];
}

interface Row extends WalkedNode {
  readonly walk: number;
  /** Where it comes from, as far as that was found: source, relation, name and version of the rule. */
  readonly edges: readonly (readonly [from: string, relation: string, rule: string, version: string])[] | null;
}

/*
 * Breadth first, for many walks at once; one that goes both ways is two. Nodes come in the order in which a queue would
 * give them: by level, then by the place of what they hang on, then by id; so a budget cuts the same each time. The
 * recursion forgets what it has seen (union), and a node is visited once however many ways lead to it. As it cannot
 * carry a depth beside the id without visiting nodes twice, a row without an id goes in front of each level and bears its
 * number; it ends with the last node. Edges are read once more for what was found, through the same index; "offset 0"
 * keeps that a look per node, whatever the planner believes of a recursion's size.
 */
const walks = datedStatement<Row>(
  'lineage_walks',
  6,
  (table) => `with walked as materialized (
    select a.walk, way.up, found.type, found.id, a.most_nodes, a.ways,
      row_number() over (partition by a.walk order by found.depth, way.up desc, found.place) as rank
    from (select walk, type, id, most_depth, most_nodes, case direction when 'UPSTREAM' then '{t}' when 'DOWNSTREAM' then '{f}' else '{t,f}' end::bool[] as ways
      from unnest($2::text[], $3::uuid[], $4::text[], $5::int[], $6::int[]) with ordinality as a(type, id, direction, most_depth, most_nodes, walk)) a
    cross join lateral unnest(a.ways) as way(up)
    cross join lateral (
      with recursive queue(type, id, level) as (
        values (null::text, null::uuid, 0), (a.type, a.id, null)
        union
        select next.type, next.id, next.level
        from (select id, level, max(level) over () as depth, count(*) over () as size from queue) q
        cross join lateral (
          select null::text as type, null::uuid as id, q.level + 1 as level where q.id is null and q.size > 1
          union all
          (select e.from_type, e.from_id, null from ${table('lineage_edge')} e where way.up and e.tenant_id = $1 and e.to_id = q.id and e.removed_at is null order by e.from_id)
          union all
          (select e.to_type, e.to_id, null from ${table('lineage_edge')} e where not way.up and e.tenant_id = $1 and e.from_id = q.id and e.removed_at is null order by e.to_id)
        ) next where q.depth < a.most_depth
      )
      select type, id, depth, place from (
        select type, id, count(level) over (rows unbounded preceding) as depth, row_number() over (rows unbounded preceding) as place from queue) queued
      where id is not null limit a.most_nodes
    ) found
  ), seen as materialized (
    -- A root that was walked from both ways is one node.
    select walk, id, min(type) as type, min(rank) as rank, bool_or(up) as up, bool_or(not up) as down
    from walked where rank < most_nodes + cardinality(ways) group by walk, id
  ), read as materialized (
    -- No more edges than the budgets allow: of a node, of a walk. Its next one, if any, tells that a node has more.
    select e.*, s.id is not null as shown
    from (select distinct walk, most_nodes, ways from walked) a
    cross join lateral (
      (select v.walk, v.id, v.up as walked, true as upward, e.from_id as other, e.to_id, e.from_id, e.relation, e.rule_name, e.rule_version
       from (select * from seen v where v.walk = a.walk and true = any(a.ways) order by v.rank) v
       cross join lateral (select * from ${table('lineage_edge')} e where e.tenant_id = $1 and e.to_id = v.id and e.removed_at is null order by e.from_id limit a.most_nodes) e
       limit a.most_nodes * ${edgesPerNode})
      union all
      (select v.walk, v.id, true, false, e.to_id, e.to_id, e.from_id, e.relation, e.rule_name, e.rule_version
       from (select * from seen v where v.walk = a.walk and v.down order by v.rank) v
       cross join lateral (select * from ${table('lineage_edge')} e where e.tenant_id = $1 and e.from_id = v.id and e.removed_at is null order by e.to_id limit a.most_nodes) e
       limit a.most_nodes * ${edgesPerNode})
    ) e
    left join seen s on s.walk = e.walk and s.id = e.other
  ), sources as (
    select walk, to_id, json_agg(json_build_array(from_id, relation, rule_name, rule_version) order by from_id, relation) as edges
    from (select distinct walk, to_id, from_id, relation, rule_name, rule_version from read where shown) e group by walk, to_id
  ), ends as (
    select walk, id, bool_or(walked and not shown) as more,
      max(from_id::text) filter (where upward)::uuid as last_source, max(to_id::text) filter (where not upward)::uuid as last_dependent
    from read group by walk, id
  )
  select v.walk, v.type, v.id, s.edges, coalesce(n.more, false)
    or v.up and exists (select from ${table('lineage_edge')} e where e.tenant_id = $1 and e.to_id = v.id and e.removed_at is null and (n.last_source is null or e.from_id > n.last_source))
    or v.down and exists (select from ${table('lineage_edge')} e where e.tenant_id = $1 and e.from_id = v.id and e.removed_at is null and (n.last_dependent is null or e.to_id > n.last_dependent)) as more
  from seen v left join sources s on s.walk = v.walk and s.to_id = v.id left join ends n on n.walk = v.walk and n.id = v.id
  order by v.walk, v.rank`,
);

/** What a walk finds; walks asked for in one turn travel in one statement. */
export const lineageWalk: Question<Walk, WalkedGraph> = {
  name: 'lineage_walks',
  identity: ({ root, direction, maxDepth, maxNodes }) => `${root.id} ${direction} ${maxDepth} ${maxNodes}`,
  async load(call: Call, walked: readonly Walk[], asOf: AsOf) {
    const column = <Value>(pick: (walk: Walk) => Value): Value[] => walked.map(pick);
    const values = [
      call.tenantId,
      column(({ root }) => root.type),
      column(({ root }) => root.id),
      column(({ direction }) => direction),
      column(({ maxDepth }) => maxDepth),
      column(({ maxNodes }) => maxNodes),
    ];
    const rows = Map.groupBy(await call.read.rows(walks(asOf), walks.values(values, asOf)), ({ walk }) => walk);
    return walked.map((_walk, place) => toGraph(rows.get(place + 1) ?? []));
  },
};

function toGraph(rows: readonly Row[]): WalkedGraph {
  const nodes = new Map(rows.map((row): [string, WalkedNode] => [row.id, row]));
  const edges = rows.flatMap((to) =>
    (to.edges ?? []).flatMap(([id, relation, name, version]): WalkedEdge[] => {
      const from = nodes.get(id);
      return from ? [{ to, from, relation, rule: { name, version }, fields: null }] : [];
    }),
  );
  return { nodes: rows, edges };
}
