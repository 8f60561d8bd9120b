import type { AsOf, Call, Question } from '../../platform/graphql/call.ts';
import { datedStatement } from '../../platform/postgres/dated-statement.ts';
import type { LineageDirection } from './lineage.type.ts';

/** Where to walk, and how far. */
export interface Walk {
  readonly root: string;
  readonly direction: keyof typeof LineageDirection;
  /** Levels away from the root. */
  readonly maxDepth: number;
  /** Nodes in all, the root among them. */
  readonly maxNodes: number;
}

/** A node as a walk found it. */
export interface WalkedNode {
  readonly id: string;
  /** Levels away from the root, by the shortest way. */
  readonly depth: number;
  /** Whether it has neighbours in the walk's direction that are not shown. */
  readonly more: boolean;
}

/** An edge between two nodes that a walk found: `to` derives from `from`. */
export interface WalkedEdge {
  readonly toType: string;
  readonly to: string;
  readonly fromType: string;
  readonly from: string;
  readonly relation: string;
  readonly rule: { readonly name: string; readonly version: string };
}

/** The part of the graph that a walk found; nodes by depth, then id. */
export interface WalkedGraph {
  readonly nodes: readonly WalkedNode[];
  readonly edges: readonly WalkedEdge[];
}

/*
 * Level by level for many walks at once. A row of `level` is one walk's level: the nodes new on it, upstream and
 * downstream apart, and all seen so far; so each node is visited once, however many ways lead to it, and a level is one
 * look into the index. The budget cuts within a level by id, oldest first: the answer is the same each time.
 */
const walks = datedStatement<WalkedNode & { walk: number; edges: readonly WalkedEdge[] | null }>(
  'lineage_walks',
  5,
  (table) => `with recursive level(walk, depth, up, down, seen, most_depth, most_nodes) as (
     select a.walk, 0, case when a.direction <> 'DOWNSTREAM' then array[a.root] end, case when a.direction <> 'UPSTREAM' then array[a.root] end,
       array[a.root], a.most_depth, a.most_nodes
     from unnest($2::uuid[], $3::text[], $4::int[], $5::int[]) with ordinality as a(root, direction, most_depth, most_nodes, walk)
     union all
     select l.walk, l.depth + 1, n.up, n.down, l.seen || coalesce(n.up, '{}') || coalesce(n.down, '{}'), l.most_depth, l.most_nodes
     from level l cross join lateral (
       select array_agg(id) filter (where upward) as up, array_agg(id) filter (where not upward) as down from (
         select upward, id from (
           select true as upward, e.from_id as id from ${table('lineage_edge')} e where e.tenant_id = $1 and e.to_id = any(l.up) and e.removed_at is null
           union
           select false, e.to_id from ${table('lineage_edge')} e where e.tenant_id = $1 and e.from_id = any(l.down) and e.removed_at is null
         ) neighbour where id <> all(l.seen) order by upward desc, id limit l.most_nodes - cardinality(l.seen)) chosen) n
     where l.depth < l.most_depth and (n.up is not null or n.down is not null)
   ), visited as materialized (
     select walk, depth, id, true as upward from level, unnest(up) as id
     union all select walk, depth, id, false from level, unnest(down) as id
   ), whole as materialized (
     -- Each walk's last level has seen all; looked through as an array, since how many rows a CTE has is only guessed;
     -- "<> all" and not "= any", which the planner would take for a thousand looks into the other index.
     select walk, seen from level where (walk, depth) in (select walk, max(depth) from level group by walk)
   )
   select v.walk, v.id, v.depth,
     (v.up and exists (select from ${table('lineage_edge')} e where e.tenant_id = $1 and e.to_id = v.id and e.removed_at is null and e.from_id <> all(l.seen)))
       or (v.down and exists (select from ${table('lineage_edge')} e where e.tenant_id = $1 and e.from_id = v.id and e.removed_at is null and e.to_id <> all(l.seen))) as more,
     (select json_agg(json_build_object('toType', e.to_type, 'to', e.to_id, 'fromType', e.from_type, 'from', e.from_id,
       'relation', e.relation, 'rule', json_build_object('name', e.rule_name, 'version', e.rule_version)) order by e.from_id, e.relation)
      from ${table('lineage_edge')} e where e.tenant_id = $1 and e.to_id = v.id and e.removed_at is null and not (e.from_id <> all(l.seen))) as edges
   from (select walk, depth, id, bool_or(upward) as up, bool_or(not upward) as down from visited group by walk, depth, id) v
   join whole l on l.walk = v.walk
   order by v.walk, v.depth, v.id`,
);

/** What a walk finds; walks asked for in one turn travel in one statement. */
export const lineageWalk: Question<Walk, WalkedGraph> = {
  name: 'lineage_walks',
  identity: ({ root, direction, maxDepth, maxNodes }) => `${root} ${direction} ${maxDepth} ${maxNodes}`,
  async load(call: Call, walked: readonly Walk[], asOf: AsOf) {
    const column = <Value>(pick: (walk: Walk) => Value): Value[] => walked.map(pick);
    const values = [call.tenantId, column(({ root }) => root), column(({ direction }) => direction), column(({ maxDepth }) => maxDepth), column(({ maxNodes }) => maxNodes)];
    const rows = Map.groupBy(await call.read.rows(walks(asOf), walks.values(values, asOf)), ({ walk }) => walk);
    return walked.map((_walk, place) => {
      const found = rows.get(place + 1) ?? [];
      return { nodes: found.map(({ id, depth, more }) => ({ id, depth, more })), edges: found.flatMap(({ edges }) => edges ?? []) };
    });
  },
};
