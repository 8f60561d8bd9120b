import { GraphQLInt } from 'graphql';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { connectionType, OrderDirection, orderInput } from '../../platform/graphql/connection.ts';
import { graphEnum } from '../../platform/graphql/graph-enum.ts';
import { Node, type NodeRow } from '../../platform/graphql/node.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { resultUnion, SuppressedError } from '../../platform/graphql/user-error.ts';
import { ConsentBasis, ConsentChannel, ConsentPurpose, ConsentStanding } from './enums.ts';

/** Whether and how a person agreed to a use of their data. */
@ObjectType('Consent', { implements: Node, simpleResolvers: true, description: 'Whether and how a person agreed to one purpose by one channel. It belongs to the person, not to a contact: every contact of the same address has it. For privacy officers and administrators.' })
export class Consent extends Node {
  @Field(() => ID, { description: 'Opaque global id.' })
  override id!: string;

  @Field(() => Boolean, { description: 'Whether it holds now: granted and not expired, of a person who was not erased.' })
  granted!: boolean;

  @Field(() => ConsentStanding, { description: 'How it stands now.' })
  standing!: ConsentStanding;

  @Shows('CONSENT')
  @Field(() => String, { nullable: true, description: 'Whose it is: the e-mail address as it was stated. Null once the person was erased.' })
  email!: string | null;

  @Field(() => ConsentPurpose, { description: 'What the data may be used for.' })
  purpose!: ConsentPurpose;

  @Field(() => ConsentChannel, { description: 'By which way the person may be reached.' })
  channel!: ConsentChannel;

  @Field(() => ConsentBasis, { nullable: true, description: 'What makes the use lawful, or made it before it was revoked; null for an objection that no grant preceded.' })
  basis!: ConsentBasis | null;

  @Shows('CONSENT')
  @Field(() => String, { nullable: true, description: 'How the last decision was come by; null when not stated, and once the person was erased.' })
  source!: string | null;

  @Shows('CONSENT')
  @Field(() => String, { nullable: true, description: 'How the last consent can be shown; null when not stated, after a withdrawal, and once the person was erased.' })
  proof!: string | null;

  @Field(() => GraphQLInt, { description: 'Grows by one with every decision.' })
  version!: number;

  @Field(() => DateTime, { nullable: true, description: 'When it was last granted; null when never. UTC.' })
  grantedAt!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'From when the grant no longer holds; null: until it is revoked. UTC.' })
  expiresAt!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was revoked; null while it is granted. UTC.' })
  revokedAt!: string | null;
}

/** A consent as GraphQL is given it. */
export interface ConsentRow extends NodeRow, Omit<Consent, 'id'> {
  readonly wrapped: Buffer | null;
}

/** One decision about a consent. */
@ObjectType('ConsentDecision', { simpleResolvers: true, description: 'One decision about a consent.' })
export class ConsentDecision {
  @Field(() => GraphQLInt, { description: 'The version of the consent that it made.' })
  version!: number;

  @Field(() => Boolean, { description: 'Whether it granted; false: it revoked.' })
  granted!: boolean;

  @Field(() => DateTime, { description: 'When it was made. UTC.' })
  at!: string;

  @Shows('CONSENT')
  @Field(() => String, { description: 'Who recorded it: a user, a machine or a part of the system, by its id.' })
  by!: string;

  @Field(() => Boolean, { description: 'Whether it was made because the person was erased.' })
  byErasure!: boolean;

  @Field(() => ConsentBasis, { nullable: true, description: 'The basis at that time; null for an objection that no grant preceded.' })
  basis!: ConsentBasis | null;

  @Shows('CONSENT')
  @Field(() => String, { nullable: true, description: 'How it was come by; null when not stated, and once the person was erased.' })
  source!: string | null;

  @Shows('CONSENT')
  @Field(() => String, { nullable: true, description: 'How it can be shown; null when not stated, and once the person was erased.' })
  proof!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'From when the grant no longer held; null: until revoked. UTC.' })
  expiresAt!: string | null;
}

/** A consent that a person gave. */
@InputType('ConsentInput', { description: 'A consent that a person gave.' })
export class ConsentInput {
  @Field(() => String, { description: 'The person\'s e-mail address.' })
  email!: string;

  @Field(() => ConsentPurpose, { description: 'What the data may be used for.' })
  purpose!: ConsentPurpose;

  @Field(() => ConsentChannel, { description: 'By which way the person may be reached.' })
  channel!: ConsentChannel;

  @Field(() => ConsentBasis, { description: 'What makes the use lawful.' })
  basis!: ConsentBasis;

  @Field(() => String, { nullable: true, description: 'How it was obtained: `web form`, `call of 2026-11-20`; at most 500 characters. Required for LEGITIMATE_INTEREST, and after an objection.' })
  source?: string | null;

  @Field(() => String, { nullable: true, description: 'How it can be shown: `form 8812`, a recording, a document; at most 500 characters. Required after an objection or an erasure: then only basis CONSENT with source and proof is accepted.' })
  proof?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'From when it no longer holds, in the future; until it is revoked when left out.' })
  expiresAt?: string | null;
}

/** A consent that a person takes back. */
@InputType('ConsentRevocationInput', { description: 'A consent that a person takes back, or an objection to what they never agreed to.' })
export class ConsentRevocationInput {
  @Field(() => String, { description: 'The person\'s e-mail address.' })
  email!: string;

  @Field(() => ConsentPurpose, { description: 'What the data may no longer be used for.' })
  purpose!: ConsentPurpose;

  @Field(() => ConsentChannel, { description: 'By which way the person may no longer be reached.' })
  channel!: ConsentChannel;

  @Field(() => String, { nullable: true, description: 'How it was come by: `unsubscribe link`; at most 500 characters.' })
  source?: string | null;
}

/** Which consents to list. */
@InputType('ConsentFilter', { description: 'Which consents to list; conditions are joined by AND.' })
export class ConsentFilter {
  @Field(() => [ConsentPurpose], { nullable: true, description: 'To one of these purposes.' })
  purposes?: ConsentPurpose[] | null;

  @Field(() => [ConsentChannel], { nullable: true, description: 'By one of these channels.' })
  channels?: ConsentChannel[] | null;

  @Field(() => [ConsentStanding], { nullable: true, description: 'That stand so now. Consents of people who were erased are REVOKED.' })
  standings?: ConsentStanding[] | null;

  @Field(() => DateTime, { nullable: true, description: 'That expire before this instant; those without an end are left out.' })
  expiresBefore?: string | null;
}

/** What a list of consents can be ordered by. */
export const ConsentOrderField = graphEnum('ConsentOrderField', 'What a list of consents can be ordered by.', { RECORDED_AT: 'By when the last decision was recorded.' });
/** The orderBy input of a list of consents. */
export const ConsentOrder = orderInput('Consent', ConsentOrderField, OrderDirection.DESC);
export type ConsentOrder = InstanceType<typeof ConsentOrder>;
/** The connection type of consents. */
export const ConsentConnection = connectionType('Consent', () => Consent);
/** What granting answers. */
export const GrantConsentResult = resultUnion('GrantConsentResult', 'The consent, or why it was refused.', [Consent, SuppressedError]);
/** What revoking answers. */
export const RevokeConsentResult = resultUnion('RevokeConsentResult', 'The consent as revoked, or why it was refused.', [Consent, SuppressedError]);
