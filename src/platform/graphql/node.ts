import { Field, ID, InterfaceType } from 'type-graphql';
import { toGlobalId } from '../ids.ts';
import type { AsOf, Call, Dated } from './call.ts';

/** Anything with an identity of its own. */
@InterfaceType('Node', { description: 'Anything with an identity of its own; it can be read again by its id through `node`.' })
export abstract class Node {
  @Field(() => ID, { description: 'Opaque global id. Do not take it apart; an id of another tenant answers like one that does not exist.' })
  id!: string;
}

/** A row as it goes to GraphQL: `id` is the global id, `uuid` the key in the database. */
export interface NodeRow extends Dated {
  readonly __typename: string;
  readonly id: string;
  readonly uuid: string;
}

/** Makes a row of the database a node: its type's name, its global id, and the instant it was read for. */
export function asNode<Row extends { uuid: string }>(type: string, row: Row, asOf: AsOf): Row & NodeRow {
  return Object.assign(row, { __typename: type, id: toGlobalId(type, row.uuid), asOf });
}

/** How one type of node is read by its key; null where the tenant has no such row. */
export interface NodeReader {
  readonly type: string;
  read(call: Call, uuid: string, asOf: AsOf): Promise<NodeRow | null>;
}
