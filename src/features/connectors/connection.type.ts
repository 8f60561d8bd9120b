import { GraphQLFloat, GraphQLInt } from 'graphql';
import { Field, ID, ObjectType } from 'type-graphql';
import { graphEnum } from '../../platform/graphql/graph-enum.ts';
import { Node, type NodeRow } from '../../platform/graphql/node.ts';
import { DateTime, JsonObject } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { VendorSource } from './connection-source.ts';
import { VendorFaultCode } from './fault-advice.ts';

/** Status of a connection. */
export const ConnectionStatus = graphEnum('ConnectionStatus', 'Status of a connection to a vendor.', {
  DISABLED: 'The vendor is not connected: this program has no credentials and does not call it. Its webhooks are still accepted.',
  ACTIVE: 'The vendor is called when something has to be read.',
  PAUSED: 'An administrator has paused the connection. What has to be read waits.',
  FAILING: 'The last call failed. `lastError` says why.',
});
export type ConnectionStatus = keyof typeof ConnectionStatus;

/** A call to a vendor that failed. */
@ObjectType('ConnectionFailure', { description: 'Why a call to a vendor failed.', simpleResolvers: true })
export class ConnectionFailure {
  @Field(() => VendorFaultCode, { description: 'What went wrong.' })
  code!: keyof typeof VendorFaultCode;

  @Shows('ADMINISTRATION')
  @Field(() => String, { nullable: true, description: 'What went wrong, in English. Null unless the caller has the admin role.' })
  message!: string | null;

  @Shows('SYSTEM')
  @Field(() => String, { description: 'What to do about it, in English.' })
  advice!: string;

  @Field(() => DateTime, { description: 'When the call failed. UTC.' })
  occurredAt!: string;
}

/** That a vendor takes no calls. */
@ObjectType('ConnectionRateLimit', { description: 'A limit of the vendor that was reached. No call is made before it ends.', simpleResolvers: true })
export class ConnectionRateLimit {
  @Field(() => DateTime, { description: 'When calls go on. UTC.' })
  limitedUntil!: string;

  @Shows('SYSTEM')
  @Field(() => String, { nullable: true, description: 'How the vendor names the limit; null if it does not.' })
  reason!: string | null;
}

/** What waits to be read at a vendor. */
@ObjectType('WaitingFetches', { description: 'Objects that have changed at the vendor and wait to be read again.', simpleResolvers: true })
export class WaitingFetches {
  @Field(() => GraphQLInt, { description: 'How many objects wait.' })
  count!: number;

  @Field(() => DateTime, { nullable: true, description: 'When the event about the object that has waited longest arrived, UTC; null if none waits.' })
  since!: string | null;
}

/** A connection to a vendor. */
@ObjectType('Connection', { implements: Node, simpleResolvers: true, description: 'A connection to a vendor. There is one for every vendor that this program can call, also for those that are not connected.' })
export class ConnectionType extends Node {
  @Field(() => ID, { description: 'Opaque global id. It stays the same when the vendor is connected, disconnected and connected again.' })
  override id!: string;

  @Field(() => VendorSource, { description: 'The vendor.' })
  source!: string;

  @Field(() => ConnectionStatus, { description: 'Status of the connection.' })
  status!: ConnectionStatus;

  @Field(() => DateTime, { nullable: true, description: 'Since when every call has failed, UTC; null unless the last call failed.' })
  failingSince!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When an event of the vendor last arrived, by webhook or by its stream of changes, UTC, up to 5 seconds late; null if none has.' })
  lastEventAt!: string | null;

  @Field(() => GraphQLFloat, { nullable: true, description: 'How long after the change at the vendor that event arrived, in milliseconds; null if none has arrived or it named no time.' })
  lagMs!: number | null;

  @Field(() => ConnectionFailure, { nullable: true, description: 'The call that failed last, also if calls have succeeded since; null if none has failed.' })
  lastError!: ConnectionFailure | null;

  @Field(() => ConnectionRateLimit, { nullable: true, description: 'The limit of the vendor that holds calls back; null if none does.' })
  rateLimit!: ConnectionRateLimit | null;

  @Shows('ADMINISTRATION')
  @Field(() => JsonObject, { nullable: true, description: 'The settings of the connection; null if the vendor is not connected or the caller does not have the admin role. docs/connectors.md lists the settings of each vendor.' })
  settings!: object | null;

  @Shows('TEXT')
  @Field(() => String, { nullable: true, description: 'The organization, site or workspace, as the vendor named it when the connection was last tested successfully; null if it was not since the credentials were entered.' })
  vendorAccount!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When the connection was last tested successfully, UTC; null if it was not since the credentials were entered.' })
  testedAt!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When the vendor was connected, UTC; null if it is not.' })
  createdAt!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When the connection was paused, UTC; null if it is not paused.' })
  pausedAt!: string | null;
}

/** A connection's row as GraphQL is given it. */
export interface ConnectionRow extends NodeRow, Omit<ConnectionType, 'id'> {}
