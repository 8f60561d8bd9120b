import { GraphQLInt } from 'graphql';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { Node } from '../../../platform/graphql/node.ts';
import { Shows } from '../../../platform/graphql/shows.ts';
import { resultUnion } from '../../../platform/graphql/user-error.ts';
import { EnrichmentProviderName } from '../enums.ts';

/** The policy in force. */
@ObjectType('EnrichmentPolicy', { implements: Node, simpleResolvers: true, description: 'When accounts are enriched, by whom, and what it may cost. A version never changes; in version 0 enrichment is off.' })
export class EnrichmentPolicyType extends Node {
  @Field(() => ID, { description: 'Opaque global id.' })
  override id!: string;

  @Field(() => GraphQLInt, { description: 'Its version; 0 while the tenant published none.' })
  version!: number;

  @Field(() => EnrichmentProviderName, { description: 'Who is asked.' })
  provider!: EnrichmentProviderName;

  @Field(() => GraphQLInt, { description: 'An account with high intent is enriched if its context quality is below, 0 to 100.' })
  qualityBelow!: number;

  @Field(() => GraphQLInt, { description: 'Hours after an enrichment in which high intent requests no other.' })
  coolDownHours!: number;

  @Field(() => GraphQLInt, { description: 'US cents for one account and calendar month (UTC).' })
  monthlyLimitMinor!: number;

  @Field(() => Boolean, { description: 'Whether contacts who consented to ENRICHMENT (channel NONE) are asked about as well.' })
  asksAboutPeople!: boolean;
}

/** What is to be different. */
@InputType('EnrichmentPolicyInput', { description: 'What a new version of the enrichment policy says. What is left out stays as it is.' })
export class EnrichmentPolicyInput {
  @Field(() => EnrichmentProviderName, { nullable: true, description: 'Who is asked.' })
  provider?: EnrichmentProviderName | null;

  @Field(() => GraphQLInt, { nullable: true, description: 'The context quality below which high intent enriches an account: 0 to 100; 0 never.' })
  qualityBelow?: number | null;

  @Field(() => GraphQLInt, { nullable: true, description: 'Hours after an enrichment in which high intent requests no other: 0 to 8760.' })
  coolDownHours?: number | null;

  @Field(() => GraphQLInt, { nullable: true, description: 'US cents for one account and calendar month (UTC): 0 to 50.' })
  monthlyLimitMinor?: number | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether contacts who consented to ENRICHMENT (channel NONE) are asked about as well.' })
  asksAboutPeople?: boolean | null;
}

/** Where an answer holds values about the account. */
@InputType('EnrichedAccountPointers', { description: 'Where the answer of a provider holds values about the account: JSON pointers (RFC 6901), such as `/company/industry`. A field that is left out is not read.' })
export class EnrichedAccountPointers {
  @Field(() => String, { nullable: true, description: 'A text of at most 100 characters.' })
  industry?: string | null;

  @Field(() => String, { nullable: true, description: 'A whole number.' })
  employeeCount?: string | null;

  @Field(() => String, { nullable: true, description: 'A text of at most 60 characters.' })
  region?: string | null;

  @Field(() => String, { nullable: true, description: 'A web site; only its host is kept.' })
  website?: string | null;

  @Field(() => String, { nullable: true, description: 'Yearly revenue: a number of US dollars.' })
  revenueUsd?: string | null;
}

/** Where an answer holds people. */
@InputType('EnrichedPeoplePointers', { description: 'Where the answer of a provider holds people: JSON pointers (RFC 6901). People who were not asked about are dropped.' })
export class EnrichedPeoplePointers {
  @Field(() => String, { description: 'The list of people.' })
  items!: string;

  @Field(() => String, { description: 'In each item, the e-mail address that was asked for.' })
  email!: string;

  @Field(() => String, { nullable: true, description: 'In each item, the position held.' })
  title?: string | null;

  @Field(() => String, { nullable: true, description: 'In each item, the part played in a deal.' })
  role?: string | null;
}

/** A provider that is called over HTTP. */
@InputType('EnrichmentProviderInput', { description: 'A provider that is called over HTTP: POST of `{ company: { name, domain }, people: [{ email }] }` as JSON, with an Idempotency-Key. HTTP 404 says that it does not know the account.' })
export class EnrichmentProviderInput {
  @Field(() => String, { description: 'Its address: https, a public host, no credentials.' })
  url!: string;

  @Field(() => String, { defaultValue: 'Authorization', description: 'The header that holds the API key; in Authorization it follows `Bearer `.' })
  keyHeader!: string;

  @Field(() => String, { nullable: true, description: 'The API key; never shown again. Left out: the stored one stays, if URL and header do.' })
  apiKey?: string | null;

  @Field(() => EnrichedAccountPointers, { description: 'Where the answer holds values about the account.' })
  account!: EnrichedAccountPointers;

  @Field(() => EnrichedPeoplePointers, { nullable: true, description: 'Where the answer holds people; left out: it holds none.' })
  people?: EnrichedPeoplePointers | null;

  @Field(() => GraphQLInt, { description: 'What one call costs, in US cents: 0 to 50.' })
  priceMinor!: number;

  @Field(() => Boolean, { defaultValue: true, description: 'Whether a call costs its price also where the provider does not know the account.' })
  chargesNoMatch!: boolean;
}

/** The provider as it is stored. */
@ObjectType('EnrichmentProvider', { implements: Node, simpleResolvers: true, description: 'The HTTP provider of the tenant. The API key is never shown.' })
export class EnrichmentProviderType extends Node {
  @Field(() => ID, { description: 'Opaque global id.' })
  override id!: string;

  @Field(() => GraphQLInt, { description: 'Rises each time that it is saved.' })
  version!: number;

  @Shows('ADMINISTRATION')
  @Field(() => String, { description: 'Its address.' })
  url!: string;

  @Shows('ADMINISTRATION')
  @Field(() => String, { description: 'The header that holds the API key.' })
  keyHeader!: string;

  @Field(() => GraphQLInt, { description: 'What one call costs, in US cents.' })
  priceMinor!: number;

  @Field(() => Boolean, { description: 'Whether a call costs its price also where the provider does not know the account.' })
  chargesNoMatch!: boolean;
}

/** What publishing a policy returns. */
export const PublishEnrichmentPolicyResult = resultUnion('PublishEnrichmentPolicyResult', 'The policy in force, or why it was refused.', [EnrichmentPolicyType]);
/** What saving the provider returns. */
export const SaveEnrichmentProviderResult = resultUnion('SaveEnrichmentProviderResult', 'The provider, or why it was refused.', [EnrichmentProviderType]);
