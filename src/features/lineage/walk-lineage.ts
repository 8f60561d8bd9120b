import type { AsOf, Call, Question } from '../../platform/graphql/call.ts';
import type { DatedStatement } from '../../platform/postgres/dated-statement.ts';
import type { LineageLink } from './lineage-kind.ts';
import type { LineageDirection } from './lineage.type.ts';
import { cutWalk } from './cut-walk.ts';
import { oneWayStatement } from './walk-one-way.ts';
import { downstream, upstream, walkStatement, type Columns, type WalkRow } from './walk-statement.ts';

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
  /** Empty where a walk did not ask how sources were used, as rule and version then are. */
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

/** What a walk finds; walks asked for in one turn travel in one statement. */
export type WalkQuestion = Question<Walk, WalkedGraph>;

/** Walks over stored edges and links. Without words it is not read how sources were used. */
export function createWalks(links: readonly LineageLink[]): { readonly withWords: WalkQuestion; readonly withoutWords: WalkQuestion } {
  return { withWords: walksBy('lineage_walks', links, 'WORDS'), withoutWords: walksBy('lineage_chains', links, 'ENDS') };
}

function walksBy(name: string, links: readonly LineageLink[], columns: Columns): WalkQuestion {
  const anyWay = walkStatement(name, links, columns);
  const up = oneWayStatement(`${name}_up`, links, { way: upstream, columns });
  const down = oneWayStatement(`${name}_down`, links, { way: downstream, columns });
  const statementFor = (asked: readonly Walk[]): DatedStatement<WalkRow> => {
    const directions = new Set(asked.map(({ direction }) => direction));
    if (directions.size > 1 || directions.has('BOTH')) return anyWay;
    return directions.has('UPSTREAM') ? up : down;
  };
  return {
    name,
    identity: ({ root, direction, maxDepth, maxNodes }) => `${root.id} ${direction} ${maxDepth} ${maxNodes}`,
    async load(call: Call, asked: readonly Walk[], asOf: AsOf) {
      const walks = statementFor(asked);
      const values = [call.tenantId, asked.map(({ root }) => root.type), asked.map(({ root }) => root.id), asked.map(({ direction }) => direction), asked.map(({ maxNodes }) => maxNodes)];
      const rows = Map.groupBy(await call.read.rows(walks(asOf), walks.values(values, asOf)), ({ walk }) => walk);
      return asked.map((walk, place) => cutWalk(walk, rows.get(place + 1) ?? []));
    },
  };
}
