import { GraphQLInt } from 'graphql';
import { Field, Float, InputType, ObjectType } from 'type-graphql';
import { Derived } from '../../platform/graphql/derived.ts';
import { TemporalNode, temporalType, type NodeRow } from '../../platform/graphql/node.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { resultUnion } from '../../platform/graphql/user-error.ts';
import type { Assessment } from './assess-health.ts';
import { HealthCategory, HealthSource, HealthSourceReason, KpiDirection, KpiUnit } from './enums.ts';

/** How many KPIs stand how. */
@ObjectType('KpiCounts', { description: 'How many KPIs an account has, and how they stand.', simpleResolvers: true })
export class KpiCounts {
  @Field(() => GraphQLInt, { description: 'All of them.' })
  total!: number;

  @Field(() => GraphQLInt, { description: 'Those of the whole account.' })
  accountLevel!: number;

  @Field(() => GraphQLInt, { description: 'Those of a product.' })
  productLevel!: number;

  @Field(() => GraphQLInt, { description: 'Critical ones.' })
  critical!: number;

  @Field(() => GraphQLInt, { description: 'Those at risk.' })
  atRisk!: number;

  @Field(() => GraphQLInt, { description: 'Healthy ones.' })
  healthy!: number;

  @Field(() => GraphQLInt, { description: 'Those that cannot be judged.' })
  unknown!: number;
}

/** The health of an account. */
@ObjectType(temporalType('AccountHealth'), {
  implements: TemporalNode,
  simpleResolvers: true,
  description: 'How well an account does, computed when it is read from what is known at the instant read for: from the latest monthly trend, or from the KPIs where there is none or it is too old.',
})
export class AccountHealth extends TemporalNode {
  @Derived()
  @Field(() => Float, { nullable: true, description: 'Overall health, 0 to 100; null where nothing was measured, or where KPIs cover less of the formula than the health model\'s `minCoverage` (see `coverage` and `partialScore`).' })
  overallScore!: number | null;

  @Derived()
  @Field(() => Float, { nullable: true, description: 'Mean of the categories that have a score, 0 to 100, however little of the formula they cover; equals `overallScore` where that is not null. Null where nothing was measured.' })
  partialScore!: number | null;

  @Derived()
  @Field(() => Float, { description: 'How much of the formula had data: the weight share of the categories that have a score, 0 to 1. The overall score of a monthly trend is used as delivered, whatever its coverage.' })
  coverage!: number;

  @Derived()
  @Field(() => Float, { nullable: true, description: 'Product usage, 0 to 100; null where it was not measured.' })
  productUsageScore!: number | null;

  @Derived()
  @Field(() => Float, { nullable: true, description: 'Support, 0 to 100; null where it was not measured.' })
  supportScore!: number | null;

  @Derived()
  @Field(() => Float, { nullable: true, description: 'Customer sentiment, 0 to 100; null where it was not measured.' })
  customerSentimentScore!: number | null;

  @Derived()
  @Field(() => Float, { nullable: true, description: 'Business outcomes, 0 to 100; null where they were not measured.' })
  businessOutcomesScore!: number | null;

  @Derived()
  @Field(() => Float, { nullable: true, description: 'Relationship strength, 0 to 100; null where it was not measured.' })
  relationshipStrengthScore!: number | null;

  @Field(() => HealthSource, { description: 'Where the scores come from.' })
  healthSource!: HealthSource;

  @Field(() => HealthSourceReason, { description: 'Why they come from there; `reasons` says it in words.' })
  healthSourceReason!: HealthSourceReason;

  @Field(() => DateTime, { nullable: true, description: 'When the trend was measured, or the latest KPI that counted; null where nothing was. UTC.' })
  healthAsOf!: string | null;

  @Field(() => GraphQLInt, { description: 'Version of the health model that judged the KPIs; 0 is the program\'s own.' })
  modelVersion!: number;

  @Derived()
  @Field(() => KpiCounts, { description: 'How many KPIs there are, and how they stand.' })
  kpiCounts!: KpiCounts;

  @Derived()
  @Shows('TEXT')
  @Field(() => [String], { description: 'Why it is so: what the scores come from, the weakest category, critical KPIs (at most five), and how many cannot be judged.' })
  reasons!: readonly string[];
}

/** The health of an account as GraphQL is given it. */
export interface HealthRow extends NodeRow, Omit<AccountHealth, keyof TemporalNode> {
  readonly assessment: Assessment;
}

/** The score of a category. */
@ObjectType('HealthCategoryScore', { description: 'How one category of an account\'s health stands, and what it is made of.', simpleResolvers: true })
export class HealthCategoryScore {
  @Field(() => HealthCategory, { description: 'The category.' })
  category!: HealthCategory;

  @Derived()
  @Field(() => Float, { nullable: true, description: 'Its score, 0 to 100; null where it was not measured.' })
  score!: number | null;

  @Field(() => Float, { description: 'What it counts where the overall health is computed, against the others that have a score.' })
  weight!: number;
}

/** The score of a category as GraphQL is given it. */
export interface HealthCategoryRow extends HealthCategoryScore {
  readonly health: HealthRow;
}

/** What a category counts. */
@ObjectType('HealthCategoryWeight', { description: 'What a category counts in the overall health.', simpleResolvers: true })
export class HealthCategoryWeight {
  @Field(() => HealthCategory, { description: 'The category.' })
  category!: HealthCategory;

  @Field(() => Float, { description: 'Its weight against the others that have a score.' })
  weight!: number;

  @Shows('TEXT')
  @Field(() => [String], { description: 'What KPIs call it; case and punctuation do not matter.' })
  names!: string[];
}

/** How a parameter of KPIs is judged. */
@ObjectType('KpiRule', { description: 'How KPIs of one parameter are judged.', simpleResolvers: true })
export class KpiRuleType {
  @Shows('TEXT')
  @Field(() => [String], { description: 'What the parameter is called; case and punctuation do not matter.' })
  names!: string[];

  @Field(() => HealthCategory, { description: 'Where it counts when the KPI\'s own category is none of the model\'s.' })
  category!: HealthCategory;

  @Field(() => KpiDirection, { description: 'Which way it is better.' })
  direction!: KpiDirection;

  @Field(() => KpiUnit, { description: 'What the thresholds are stated in.' })
  unit!: KpiUnit;

  @Field(() => Float, { nullable: true, description: 'Of a rating: the end of its scale; null otherwise.' })
  scale!: number | null;

  @Shows('SYSTEM')
  @Field(() => String, { nullable: true, description: 'Of money: its currency, ISO 4217; null otherwise.' })
  currency!: string | null;

  @Field(() => Float, { description: 'Worse than this is critical; its score is 40.' })
  critical!: number;

  @Field(() => Float, { description: 'This or better is healthy; its score is 70.' })
  healthy!: number;

  @Field(() => Float, { nullable: true, description: 'From here on worse, the score is 0; null: where the line through the thresholds comes to 0.' })
  worst!: number | null;

  @Field(() => Float, { nullable: true, description: 'From here on better, the score is 100; null: where the line through the thresholds comes to 100.' })
  best!: number | null;

  @Field(() => Float, { nullable: true, description: 'The least that can be; a value below is not judged. Null where there is none.' })
  least!: number | null;

  @Field(() => Float, { nullable: true, description: 'The most that can be; a value above is not judged. Null where there is none.' })
  most!: number | null;

  @Field(() => Float, { nullable: true, description: 'Of a percentage: from here on, and above 1, a number without a sign is per cent; null: it never is, as it may be a count.' })
  plainFrom!: number | null;

  @Field(() => Float, { description: 'Its weight in its category, against the other KPIs there.' })
  weight!: number;
}

/** How health is judged. */
@ObjectType('HealthModel', { description: 'How the tenant\'s KPIs and accounts are judged; a version never changes.', simpleResolvers: true })
export class HealthModelType {
  @Field(() => GraphQLInt, { description: 'Its version; the highest is in force. 0 is the program\'s own, until the tenant publishes one.' })
  version!: number;

  @Shows('SYSTEM')
  @Field(() => String, { description: 'SHA-256 of what it says, in hex; equal for models that say the same.' })
  digest!: string;

  @Field(() => DateTime, { nullable: true, description: 'Since when it is in force; null for version 0. UTC.' })
  publishedAt!: string | null;

  @Field(() => [HealthCategoryWeight], { description: 'What each category counts.' })
  categories!: HealthCategoryWeight[];

  @Field(() => [KpiRuleType], { description: 'How each parameter is judged; KPIs of others are UNKNOWN.' })
  kpis!: KpiRuleType[];

  @Field(() => GraphQLInt, { nullable: true, description: 'Days after which a monthly trend is not used if a KPI that can be judged is fresher; null: trends are used at any age.' })
  trendHorizonDays!: number | null;

  @Field(() => Float, { description: 'The least coverage (0 to 1) from which KPIs make an overall score.' })
  minCoverage!: number;
}

/** What a category is to count. */
@InputType('HealthCategoryWeightInput', { description: 'What a category is to count in the overall health.' })
export class HealthCategoryWeightInput {
  @Field(() => HealthCategory, { description: 'The category.' })
  category!: HealthCategory;

  @Field(() => Float, { description: 'Its weight against the others, above 0.' })
  weight!: number;

  @Field(() => [String], { description: 'What KPIs call it, at least one name.' })
  names!: string[];
}

/** How a parameter of KPIs is to be judged. */
@InputType('KpiRuleInput', { description: 'How KPIs of one parameter are to be judged.' })
export class KpiRuleInput {
  @Field(() => [String], { description: 'What the parameter is called, at least one name.' })
  names!: string[];

  @Field(() => HealthCategory, { description: 'Where it counts when the KPI\'s own category is none of the model\'s.' })
  category!: HealthCategory;

  @Field(() => KpiDirection, { description: 'Which way it is better.' })
  direction!: KpiDirection;

  @Field(() => KpiUnit, { description: 'What the thresholds are stated in.' })
  unit!: KpiUnit;

  @Field(() => Float, { nullable: true, description: 'For ratings, and only for them: the end of the scale.' })
  scale?: number | null;

  @Field(() => String, { nullable: true, description: 'For money, and only for it: the currency, ISO 4217.' })
  currency?: string | null;

  @Field(() => Float, { description: 'Worse than this is critical.' })
  critical!: number;

  @Field(() => Float, { description: 'This or better is healthy.' })
  healthy!: number;

  @Field(() => Float, { nullable: true, description: 'Where the score comes to 0; worse than critical.' })
  worst?: number | null;

  @Field(() => Float, { nullable: true, description: 'Where the score comes to 100; better than healthy.' })
  best?: number | null;

  @Field(() => Float, { nullable: true, description: 'The least that can be; no threshold may lie below.' })
  least?: number | null;

  @Field(() => Float, { nullable: true, description: 'The most that can be; no threshold may lie above.' })
  most?: number | null;

  @Field(() => Float, { nullable: true, description: 'For percentages, and only for them: from where on a number without a sign is per cent; never when left out.' })
  plainFrom?: number | null;

  @Field(() => Float, { defaultValue: 1, description: 'Its weight in its category, above 0.' })
  weight!: number;
}

/** A new version of the health model. */
@InputType('HealthModelInput', { description: 'A new version of the tenant\'s health model.' })
export class HealthModelInput {
  @Field(() => [HealthCategoryWeightInput], { nullable: true, description: 'All five categories; those of the model in force when left out.' })
  categories?: HealthCategoryWeightInput[] | null;

  @Field(() => [KpiRuleInput], { description: 'Every parameter that is judged, at most 500.' })
  kpis!: KpiRuleInput[];

  @Field(() => GraphQLInt, { nullable: true, description: 'Days after which a monthly trend is not used if KPIs are fresher, 1 to 3660; null: never. That of the model in force when left out.' })
  trendHorizonDays?: number | null;

  @Field(() => Float, { nullable: true, description: 'The least coverage (0 to 1) from which KPIs make an overall score; that of the model in force when left out.' })
  minCoverage?: number | null;
}

/** What publishing a model answers. */
export const PublishHealthModelResult = resultUnion('PublishHealthModelResult', 'The model now in force, or why it was refused.', [HealthModelType]);
