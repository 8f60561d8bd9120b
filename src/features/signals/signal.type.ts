import { GraphQLInt } from 'graphql';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { connectionType, orderInput } from '../../platform/graphql/connection.ts';
import { graphEnum } from '../../platform/graphql/graph-enum.ts';
import { Node, type NodeRow } from '../../platform/graphql/node.ts';
import { DateTime, JsonObject } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { resultUnion, SuppressedError } from '../../platform/graphql/user-error.ts';
import type { ListedRow } from '../../platform/page/list.ts';
import { AccountSelector } from '../accounts/index.ts';
import { OriginClass, originDescription } from '../trust/index.ts';

/** One observation about an account. */
@ObjectType('Signal', { implements: Node, simpleResolvers: true, description: 'One observation about an account, immutable.' })
export class Signal extends Node {
  @Field(() => ID, { description: 'Opaque global id.' })
  override id!: string;

  @Shows('SYSTEM')
  @Field(() => String, { description: 'What happened, in snake case: `stage_change`.' })
  type!: string;

  @Shows('SYSTEM')
  @Field(() => String, { description: 'Who told it: `salesforce`.' })
  source!: string;

  @Shows('IDENTIFIER', { atRow: true })
  @Field(() => String, { nullable: true, description: 'The source\'s own id of the event; null when it gives none.' })
  sourceEventId!: string | null;

  @Shows('IDENTIFIER', { atRow: true })
  @Field(() => String, { description: 'What makes it one: a second signal with this key is a duplicate.' })
  dedupeKey!: string;

  @Field(() => DateTime, { description: 'When it happened. UTC.' })
  occurredAt!: string;

  @Field(() => DateTime, { description: 'When the system learned it. UTC.' })
  recordedAt!: string;

}

/** A signal row as GraphQL is given it. */
export interface SignalRow extends NodeRow, ListedRow, Omit<Signal, 'id'> {
  readonly accountId: string;
  /** The payload as JSON text: pg's own reader would change numbers beyond 2^53. Missing where it was not read with the row. */
  readonly payloadText?: string;
}

/** A signal as a caller states it. */
@InputType('SignalInput', { description: 'One observation about an account.' })
export class SignalInput {
  @Field(() => AccountSelector, { description: 'The account. One never heard of under this external reference becomes a stub.' })
  account!: AccountSelector;

  @Field(() => String, { description: 'What happened: letters, digits and `_`, at most 64 characters; case, blanks, dots and dashes are normalised.' })
  type!: string;

  @Field(() => String, { description: 'Who tells it: letters, digits, `_` or `-`, at most 64 characters.' })
  source!: string;

  @Field(() => String, { nullable: true, description: 'The source\'s own id of the event, at most 255 characters; duplicates are known by it. Without one, by the content.' })
  sourceEventId?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it happened, at most 5 minutes in the future; now when left out.' })
  occurredAt?: string | null;

  @Field(() => JsonObject, { nullable: true, description: 'Anything more, at most 64 KiB and 32 levels deep.' })
  payload?: Record<string, unknown> | null;

  @Field(() => OriginClass, { nullable: true, description: originDescription })
  origin?: OriginClass | null;
}

/** A signal that was new. */
@ObjectType('SignalAccepted', { description: 'The signal was new and is stored.', simpleResolvers: true })
export class SignalAccepted {
  @Field(() => Signal, { description: 'The signal.' })
  signal!: SignalRow;
}

/** A signal that was known. */
@ObjectType('SignalDuplicate', { description: 'The signal was known already; nothing was changed.', simpleResolvers: true })
export class SignalDuplicate {
  @Field(() => Signal, { description: 'The one that came first.' })
  signal!: SignalRow;
}

/** What became of one signal. */
export const SignalResult = resultUnion('SignalResult', 'What became of one signal.', [SignalAccepted, SignalDuplicate, SuppressedError]);

/** What became of the signals of one call. */
@ObjectType('IngestSignalsPayload', { description: 'What became of the signals of one call; refused ones do not hold up the others.', simpleResolvers: true })
export class IngestSignalsPayload {
  @Field(() => GraphQLInt, { description: 'How many were new.' })
  accepted!: number;

  @Field(() => GraphQLInt, { description: 'How many were known already.' })
  duplicates!: number;

  @Field(() => GraphQLInt, { description: 'How many were refused.' })
  rejected!: number;

  @Field(() => [SignalResult as never], { description: 'One result per signal, in order.' })
  results!: object[];
}

const SignalOrderField = graphEnum('SignalOrderField', 'What a list of signals can be ordered by.', { OCCURRED_AT: 'By when it happened.' });
/** The orderBy input of a list of signals. */
export const SignalOrder = orderInput('Signal', SignalOrderField);
export type SignalOrder = InstanceType<typeof SignalOrder>;
/** The connection type of signals. */
export const SignalConnection = connectionType('Signal', () => Signal);

/** Which signals to list. */
@InputType('SignalFilter', { description: 'Which signals to list; conditions are joined by AND.' })
export class SignalFilter {
  @Field(() => [String], { nullable: true, description: 'Of one of these types.' })
  types?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'From one of these sources.' })
  sources?: string[] | null;

  @Field(() => DateTime, { nullable: true, description: 'From this instant on.' })
  occurredFrom?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Before this instant.' })
  occurredBefore?: string | null;

  @Field(() => JsonObject, { nullable: true, description: 'With a payload that contains this object.' })
  payloadContains?: Record<string, unknown> | null;
}
