import type { DatedStatement } from '../../platform/postgres/dated-statement.ts';
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

/** A kind of node as its feature declares it. */
export interface LineageKindDeclaration {
  readonly type: keyof typeof LineageType;
  /** The GraphQL type; its global ids name the nodes. No two kinds have the same; several may share a `type`. */
  readonly graphqlType: string;
  /** Answers id, name and occurredAt of many rows: `$1` is the tenant, `$2` the ids, `$3` the instant of the dated form. */
  readonly describe: DatedStatement<LineageDescription>;
}

/** A declared kind of node. */
export interface LineageKind extends LineageKindDeclaration {
  /** The node of a row of this kind. */
  ref(id: string): LineageRef;
}

/**
 * Declares a kind of node. The feature that owns the rows does so, as a constant, and `src/api/graphql/schema.ts` lists
 * it: so lineage knows no other feature.
 */
export function declareLineageKind(declaration: LineageKindDeclaration): LineageKind {
  return { ...declaration, ref: (id) => ({ type: declaration.graphqlType, id }) as LineageRef };
}
