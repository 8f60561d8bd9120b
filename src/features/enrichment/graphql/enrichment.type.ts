import { GraphQLInt } from 'graphql';
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { connectionType } from '../../../platform/graphql/connection.ts';
import { Money } from '../../../platform/graphql/money.ts';
import { temporalType, TemporalNode, type NodeRow } from '../../../platform/graphql/node.ts';
import { DateTime } from '../../../platform/graphql/scalars.ts';
import { Shows } from '../../../platform/graphql/shows.ts';
import { resultUnion, UserError } from '../../../platform/graphql/user-error.ts';
import { EnrichmentFailure, EnrichmentProviderName, EnrichmentStatus, EnrichmentTrigger, RefusedValueCode } from '../enums.ts';

/** A value that a provider stated. */
@ObjectType('EnrichedField', { description: 'A value that a provider stated and that was taken as a statement of the source `enrichment`. Whether it shows is decided by the precedence policy.', simpleResolvers: true })
export class EnrichedField {
  @Shows('SYSTEM')
  @Field(() => String, { description: 'The field: `industry`; of a contact, `contact.title`.' })
  name!: string;

  @Shows('TEXT')
  @Field(() => String, { description: 'The value as text; of money the minor units and the currency: `1200 USD`.' })
  value!: string;

  @Field(() => ID, { description: 'Global id of the account or contact that it is about.' })
  of!: string;

  @Field(() => ID, { description: 'Global id of the `SourceStatement` that holds it.' })
  statementId!: string;
}

/** A value that was not taken. */
@ObjectType('RefusedValue', { description: 'A value of a provider that was not taken. The value itself is not kept.', simpleResolvers: true })
export class RefusedValueType {
  @Shows('SYSTEM')
  @Field(() => String, { description: 'The field: `industry`; of a contact, `contact.title`.' })
  name!: string;

  @Field(() => RefusedValueCode, { description: 'Why.' })
  code!: RefusedValueCode;
}

/** A question to a provider. */
@ObjectType(temporalType('Enrichment'), { implements: TemporalNode, simpleResolvers: true, description: 'A question about an account to a provider, and what became of it. An account has one at a time.' })
export class Enrichment extends TemporalNode {
  @Field(() => EnrichmentProviderName, { description: 'Who was asked.' })
  provider!: EnrichmentProviderName;

  @Field(() => EnrichmentStatus, { description: 'How far it has come.' })
  status!: EnrichmentStatus;

  @Field(() => EnrichmentTrigger, { description: 'What it was requested by.' })
  trigger!: EnrichmentTrigger;

  @Field(() => GraphQLInt, { nullable: true, description: 'The context quality that it was requested for; null for MANUAL.' })
  contextQuality!: number | null;

  @Field(() => DateTime, { description: 'When it was requested. UTC.' })
  requestedAt!: string;

  @Field(() => DateTime, { nullable: true, description: 'When the provider was called; null while it was not. UTC.' })
  calledAt!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it ended; null while it is under way. UTC.' })
  completedAt!: string | null;

  @Field(() => EnrichmentFailure, { nullable: true, description: 'Why there are no values; null unless FAILED or UNKNOWN.' })
  failureCode!: EnrichmentFailure | null;

  @Field(() => Money, { nullable: true, description: 'What it cost; null while it is under way.' })
  cost!: Money | null;

  @Field(() => Boolean, { description: 'Whether the values are made up by a mock provider.' })
  isMockData!: boolean;

  @Field(() => GraphQLInt, { description: 'How many contacts the provider was asked about; each had consented to ENRICHMENT.' })
  peopleAsked!: number;

  @Field(() => [RefusedValueType], { description: 'Values of the answer that were not taken.' })
  refused!: readonly RefusedValueType[];
}

/** A page of enrichments. */
export const EnrichmentConnection = connectionType('Enrichment', () => Enrichment);

/** What is used of an account's budget. */
@ObjectType('EnrichmentBudget', { description: 'What enrichments of an account may cost in a calendar month (UTC), and what is used; accounts merged into it count.', simpleResolvers: true })
export class EnrichmentBudget {
  @Shows('SYSTEM')
  @Field(() => String, { description: 'The month: `2026-11`.' })
  month!: string;

  @Field(() => Money, { description: 'The most, by the enrichment policy in force.' })
  limit!: Money;

  @Field(() => Money, { description: 'What ended enrichments cost.' })
  spent!: Money;

  @Field(() => Money, { description: 'What is reserved for enrichments that are under way.' })
  reserved!: Money;
}

/** No budget is left. */
@ObjectType('BudgetExhausted', { implements: UserError, simpleResolvers: true, description: 'The budget of the account for this calendar month does not pay for one more call. Nothing was reserved.' })
export class BudgetExhausted extends UserError {
  @Field(() => Money, { description: 'What is left: neither spent nor reserved.' })
  remaining!: Money;
}

/** Which account to enrich. */
@InputType('EnrichAccountInput', { description: 'Which account to enrich.' })
export class EnrichAccountInput {
  @Field(() => ID, { description: 'The account.' })
  accountId!: string;
}

/** What `enrichAccount` returns. */
export const EnrichAccountResult = resultUnion('EnrichAccountResult', 'The enrichment, or why there is none.', [Enrichment, BudgetExhausted]);

/** An enrichment as resolvers are given it. */
export interface EnrichmentRow extends NodeRow, Omit<Enrichment, keyof TemporalNode> {
  readonly accountId: string;
  readonly statementIds: readonly string[];
}
