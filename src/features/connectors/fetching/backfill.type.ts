import { GraphQLFloat, GraphQLInt } from 'graphql';
import { Field, ID, ObjectType } from 'type-graphql';
import { graphEnum } from '../../../platform/graphql/graph-enum.ts';
import { Node, type NodeRow } from '../../../platform/graphql/node.ts';
import { DateTime } from '../../../platform/graphql/scalars.ts';
import { Shows } from '../../../platform/graphql/shows.ts';
import { resultUnion } from '../../../platform/graphql/user-error.ts';
import { FetchFailureType } from './unread-object.type.ts';

/** How far a back-fill has come. */
export const BackfillStatus = graphEnum('BackfillStatus', 'How far a back-fill has come.', {
  RUNNING: 'Pages are being read, or wait for the connection or for a limit of the vendor.',
  DONE: 'The whole history was read.',
  FAILED: 'A page could not be read. `backfillConnection` goes on where it ended.',
  CANCELLED: 'It was cancelled, or the vendor was disconnected. `backfillConnection` goes on where it ended.',
});
export type BackfillStatus = keyof typeof BackfillStatus;

/** A job that reads the history of a vendor. */
@ObjectType('ConnectionBackfill', { implements: Node, simpleResolvers: true, description: 'A job that reads the history of a vendor page by page. A connection has one at a time. Events are read before pages.' })
export class ConnectionBackfill extends Node {
  @Field(() => ID, { description: 'Opaque global id.' })
  override id!: string;

  @Field(() => BackfillStatus, { description: 'Its status.' })
  status!: BackfillStatus;

  @Field(() => GraphQLInt, { description: 'Pages that were read and stored.' })
  pages!: number;

  @Field(() => GraphQLFloat, { description: 'Items of those pages: accounts, records, deletions, signals.' })
  items!: number;

  @Field(() => GraphQLFloat, { description: 'Items that said something new.' })
  newItems!: number;

  @Field(() => GraphQLFloat, { description: 'Items that could not be stored or had another shape than the vendor documents.' })
  refusedItems!: number;

  @Field(() => GraphQLFloat, { nullable: true, description: 'Objects in all, where the vendor says; else null.' })
  total!: number | null;

  @Field(() => FetchFailureType, { nullable: true, description: 'Why the last page could not be read; null if it was read.' })
  lastError!: FetchFailureType | null;

  @Field(() => DateTime, { nullable: true, description: 'When the next page is tried again, UTC; null unless it waits after a failure or for a limit.' })
  nextAttemptAt!: string | null;

  @Field(() => DateTime, { description: 'When it was started. UTC.' })
  startedAt!: string;

  @Field(() => DateTime, { description: 'When a page was last stored; when it was started if none was. UTC.' })
  movedAt!: string;

  @Field(() => DateTime, { nullable: true, description: 'When it ended, UTC; null while it runs.' })
  endedAt!: string | null;

  @Shows('SYSTEM')
  @Field(() => String, { description: 'Who started it: the kind and the id of the actor.' })
  startedBy!: string;
}

/** A back-fill's row as GraphQL is given it. */
export interface BackfillRow extends NodeRow, Omit<ConnectionBackfill, 'id'> {
  readonly connectionId: string;
}

/** What starting a back-fill returns. */
export const BackfillConnectionResult = resultUnion('BackfillConnectionResult', 'The back-fill, or why there is none.', [ConnectionBackfill]);
/** What cancelling a back-fill returns. */
export const CancelBackfillResult = resultUnion('CancelBackfillResult', 'The cancelled back-fill, or why it was not cancelled.', [ConnectionBackfill]);
