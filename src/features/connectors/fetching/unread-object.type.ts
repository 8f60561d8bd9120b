import { GraphQLInt } from 'graphql';
import { Field, ObjectType } from 'type-graphql';
import { DateTime } from '../../../platform/graphql/scalars.ts';
import { Shows } from '../../../platform/graphql/shows.ts';
import { resultUnion } from '../../../platform/graphql/user-error.ts';
import { ConnectionType, type ConnectionRow } from '../connection.type.ts';

/** Why something could not be read at a vendor, or not stored. */
@ObjectType('FetchFailure', { description: 'Why something could not be read at a vendor, or not stored.', simpleResolvers: true })
export class FetchFailureType {
  @Shows('SYSTEM')
  @Field(() => String, { description: 'A value of `VendorFaultCode`; `NOT_STORED`: a value is not accepted here; or `FAULT`: this program failed, and its log has the error.' })
  code!: string;

  @Shows('ADMINISTRATION')
  @Field(() => String, { nullable: true, description: 'What went wrong, in English. Null unless the caller has the admin role.' })
  message!: string | null;
}

/** An object that could not be read. */
@ObjectType('UnreadObject', { description: 'An object at a vendor that could not be read or stored after many attempts, and is not tried again.', simpleResolvers: true })
export class UnreadObject {
  @Shows('SYSTEM')
  @Field(() => String, { description: 'What it is, as the vendor names it: `page`, `contact`.' })
  kind!: string;

  @Shows('IDENTIFIER')
  @Field(() => String, { description: 'Its id at the vendor.' })
  externalId!: string;

  @Field(() => FetchFailureType, { description: 'Why the last attempt failed.' })
  lastError!: FetchFailureType;

  @Field(() => GraphQLInt, { description: 'Failed attempts.' })
  attempts!: number;

  @Field(() => DateTime, { description: 'When it changed at the vendor, as the latest event about it says. UTC.' })
  changedAt!: string;

  @Field(() => DateTime, { description: 'Since when it is not tried any more. UTC.' })
  givenUpAt!: string;
}

/** What asking for another attempt came to. */
@ObjectType('FetchesRetried', { description: 'Objects that are read again at once.', simpleResolvers: true })
export class FetchesRetried {
  @Field(() => GraphQLInt, { description: 'How many objects are read again: those that were given up and those that waited for another attempt.' })
  objects!: number;

  @Field(() => ConnectionType, { description: 'The connection.' })
  connection!: ConnectionRow;
}

/** What asking for another attempt returns. */
export const RetryFetchesResult = resultUnion('RetryFetchesResult', 'What is read again, or why nothing is.', [FetchesRetried]);
