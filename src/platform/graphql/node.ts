import { Field, ID, InterfaceType } from 'type-graphql';
import { toGlobalId } from '../ids.ts';
import type { AsOf, Call, Dated } from './call.ts';
import { DateTime } from './scalars.ts';

/** Anything with an identity of its own. */
@InterfaceType('Node', { description: 'Anything with an identity of its own; it can be read again by its id through `node`.' })
export abstract class Node {
  @Field(() => ID, { description: 'Opaque global id. Do not take it apart; an id of another tenant answers like one that does not exist.' })
  id!: string;
}

/** A node whose state depends on the instant read for. */
@InterfaceType('TemporalNode', {
  implements: Node,
  description: 'A node whose state depends on the instant read for. Each past state has an id of its own, so a normalising cache keeps it apart from the present. `node` returns the same state for that id. Nodes that are not temporal are immutable or are only read in the present; whatever they refer to is read in the present.',
})
export abstract class TemporalNode extends Node {
  @Field(() => ID, { description: 'Opaque global id: of the node in the present if `asOf` is null, else of this past state.' })
  override id!: string;

  @Field(() => ID, { description: 'Id of this node in the present; equal to `id` if `asOf` is null. Mutations and subscriptions take this one.' })
  presentId!: string;

  @Field(() => DateTime, { nullable: true, description: 'The state is as it was known at this instant; null for the present. UTC.' })
  asOf!: AsOf;

  @Field(() => DateTime, { nullable: true, description: 'The state is what was true at this instant, by what was known at `asOf`; null for what was true at `asOf`. UTC.' })
  validAt!: string | null;
}

/** The types whose past states have ids of their own. */
const temporal = new Set<string>();

/** Declares that a type is temporal; it then implements `TemporalNode`. Returns the type's name. */
export function temporalType<Name extends string>(type: Name): Name {
  temporal.add(type);
  return type;
}

/** Whether past states of a type have ids of their own. */
export function isTemporal(type: string): boolean {
  return temporal.has(type);
}

/** The id of a row as read for an instant: of the row itself where its type has one state only. */
export function idAt(type: string, uuid: string, asOf: AsOf): string {
  return toGlobalId(type, uuid, temporal.has(type) ? asOf : null);
}

/** A row as it goes to GraphQL: `id` is the global id, `uuid` the key in the database. */
export interface NodeRow extends Dated {
  readonly __typename: string;
  readonly id: string;
  readonly uuid: string;
}

/**
 * Makes a row of the database a node: its type's name, its global id, and the instant it was read for. A node that is not
 * temporal is the same wherever it is met, so what lies below it is read for the present.
 */
export function asNode<Row extends { uuid: string }>(type: string, row: Row, asOf: AsOf): Row & NodeRow {
  if (!temporal.has(type)) return Object.assign(row, { __typename: type, id: toGlobalId(type, row.uuid), asOf: null });
  const presentId = toGlobalId(type, row.uuid);
  const id = asOf === null ? presentId : toGlobalId(type, row.uuid, asOf);
  return Object.assign(row, { __typename: type, id, presentId, asOf, validAt: asOf?.validAt ?? null });
}

/** How one type of node is read by its key; null where the tenant has no such row. */
export interface NodeReader {
  readonly type: string;
  read(call: Call, uuid: string, asOf: AsOf): Promise<NodeRow | null>;
}
