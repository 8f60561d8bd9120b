import { ObjectType } from 'type-graphql';
import { asNode, TemporalNode, temporalType, type NodeRow } from '../../platform/graphql/node.ts';
import type { AsOf } from '../../platform/graphql/call.ts';

/** Everything a tenant has learned about one of its customers, field by field. */
@ObjectType(temporalType('Profile'), { implements: TemporalNode, simpleResolvers: true, description: 'Everything the tenant has learned about a customer, field by field, with where each value came from. Every account has exactly one.' })
export class Profile extends TemporalNode {}

/** A profile as GraphQL is given it. */
export type ProfileRow = NodeRow;

/** The profile of an account: they share the key, so that a profile is there as soon as its account is. */
export function profileOf(accountId: string, asOf: AsOf): ProfileRow {
  return asNode('Profile', { uuid: accountId }, asOf);
}
