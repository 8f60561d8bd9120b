import type { Asking, Question } from '../../platform/graphql/call.ts';
import type { DatedStatement } from '../../platform/postgres/dated-statement.ts';
import type { DerivationRule } from './record-derivations.ts';
import type { LineageType } from './lineage.type.ts';

declare const declared: unique symbol;

/** A node of the lineage graph: a type of the graph whose kind was declared, and the row's UUID. */
export interface LineageRef {
  readonly type: string;
  readonly id: string;
  /** Only a declared kind makes one. */
  readonly [declared]: true;
}

/** What lineage says of a node. */
export interface LineageDescription {
  readonly id: string;
  readonly name: string;
  /** When what it says was so. UTC. */
  readonly occurredAt: string | null;
}

/** An edge that follows from columns, so that no row of its own states it. */
export interface ColumnEdge {
  readonly from: LineageRef;
  readonly to: LineageRef;
  /** In capitals: `STATED`. */
  readonly relation: string;
  readonly rule: DerivationRule;
  /** The fields of `to` that come from `from`; null for the whole. */
  readonly fields: readonly string[] | null;
  /** The rank of the origin class of `from`, which is raw. */
  readonly origin: number;
  /** Whether edges are stored that lead on from `from`: it tells of something that the program obtained. */
  readonly leadsOn?: boolean;
}

/** How a kind reads edges from its own columns. The sources are raw: they derive from nothing, but where an edge says that it leads on. */
export interface ColumnEdges {
  /** The GraphQL type of the sources. */
  readonly from: string;
  /** The edges to a node of this kind. */
  readonly sources: Question<string, readonly ColumnEdge[], Asking>;
  /** The edges from a source to nodes of this kind. */
  readonly dependents: Question<string, readonly ColumnEdge[]>;
}

/** Where SQL of a link reads from: the tables as of the moment asked for, the expression of the node's id, and how many edges are wanted at most. `$1` is the tenant. */
export interface LinkPlace {
  table(name: string): string;
  readonly node: string;
  readonly most: string;
}

/**
 * Edges that follow from columns and lead on, so that a walk goes through them as through stored ones. The SQL gives type and
 * id of the other end, relation, rule_name and rule_version; where a rule states very many, no more than `most`.
 */
export interface LineageLink {
  /** The GraphQL type of the node whose edges it reads. */
  readonly node: string;
  /** Whether it reads what the node derives from, or what derives from it. */
  readonly way: 'SOURCES' | 'DEPENDENTS';
  readonly sql: (place: LinkPlace) => string;
}

/** SQL over a node: the tables as of the moment asked for, and the expression of the node's id. `$1` is the tenant. */
export type NodeSql = (place: Pick<LinkPlace, 'table' | 'node'>) => string;

/** How the trust of a kind of node is known. */
export interface TrustDeclaration {
  /** SQL of one value: the rank of the node's own origin class, for what is observed; what only derives from others has none. */
  readonly origin?: NodeSql;
  /**
   * SQL of type and id of sources that stand for all it derives from, in place of its edges: for what derives from very many,
   * of which the least trusted is known. Each must be a node from which it derives.
   */
  readonly lowest?: NodeSql;
}

/** A kind of node as its feature declares it. */
export interface LineageKindDeclaration {
  readonly type: keyof typeof LineageType;
  /** The GraphQL type; its global ids name the nodes. No two kinds have the same; several may share a `type`. */
  readonly graphqlType: string;
  /** Answers id, name and occurredAt of many rows: `$1` is the tenant, `$2` the ids, `$3` the instant of the dated form. */
  readonly describe: DatedStatement<LineageDescription>;
  /** How edges to nodes of this kind are read from columns; absent where all are stored. */
  readonly columns?: (ref: (id: string) => LineageRef) => ColumnEdges;
  /** Edges to and from nodes of this kind, and of others, that follow from its columns and lead on. */
  readonly links?: readonly LineageLink[];
  /** How its trust is known; absent for what only derives from others. */
  readonly trust?: TrustDeclaration;
}

/** A declared kind of node. */
export interface LineageKind extends Omit<LineageKindDeclaration, 'columns'> {
  /** The node of a row of this kind. */
  ref(id: string): LineageRef;
  readonly columns?: ColumnEdges;
}

const kinds = new Map<string, LineageKind>();

/** Every kind that was declared, by its GraphQL type. */
export const declaredKinds: ReadonlyMap<string, LineageKind> = kinds;

/**
 * Declares a kind of node. The feature that owns the rows does so, as a constant, and `src/api/graphql/schema.ts` lists
 * it: so lineage knows no other feature.
 */
export function declareLineageKind({ columns, ...declaration }: LineageKindDeclaration): LineageKind {
  const ref = (id: string): LineageRef => ({ type: declaration.graphqlType, id }) as LineageRef;
  const kind = { ...declaration, ref, ...(columns ? { columns: columns(ref) } : {}) };
  kinds.set(kind.graphqlType, kind);
  return kind;
}
