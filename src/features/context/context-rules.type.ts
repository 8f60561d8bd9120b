import { GraphQLInt } from 'graphql';
import { Field, Float, InputType, ObjectType } from 'type-graphql';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { resultUnion } from '../../platform/graphql/user-error.ts';
import { AccountStatus, TicketPriority } from '../accounts/index.ts';
import { ContextRuleKind, HealthEffect } from './enums.ts';

const days = (what: string): string => `${what} Days are whole UTC days. Null: never.`;

/** How a deal's health is judged. */
@ObjectType('DealHealthRules', { description: 'How a deal\'s health is judged: the worst effect of a condition that holds is the value.', simpleResolvers: true })
@InputType('DealHealthRulesInput', { description: 'How a deal\'s health is judged: the worst effect of a condition that holds is the value.' })
export class DealHealthRulesType {
  @Field(() => GraphQLInt, { nullable: true, description: days('More days than this since the last contact are YELLOW.') })
  contactYellowDays!: number | null;

  @Field(() => GraphQLInt, { nullable: true, description: days('More days than this since the last contact are RED.') })
  contactRedDays!: number | null;

  @Field(() => GraphQLInt, { nullable: true, description: days('More days than this after the close date are YELLOW.') })
  closePassedYellowDays!: number | null;

  @Field(() => GraphQLInt, { nullable: true, description: days('More days than this after the close date are RED.') })
  closePassedRedDays!: number | null;

  @Field(() => GraphQLInt, { nullable: true, description: days('More days than this in one stage are YELLOW.') })
  stageYellowDays!: number | null;

  @Field(() => GraphQLInt, { nullable: true, description: days('More days than this in one stage are RED.') })
  stageRedDays!: number | null;

  @Field(() => [AccountStatus], { description: 'Statuses of the account that are YELLOW.' })
  yellowStatuses!: (keyof typeof AccountStatus)[];

  @Field(() => [AccountStatus], { description: 'Statuses of the account that are RED.' })
  redStatuses!: (keyof typeof AccountStatus)[];

  @Field(() => HealthEffect, { description: 'What an active blocker does.' })
  blockerEffect!: HealthEffect;

  @Field(() => [TicketPriority], { description: 'An active blocker of one of these priorities is RED.' })
  redBlockerPriorities!: (keyof typeof TicketPriority)[];

  @Field(() => HealthEffect, { description: 'What a mentioned competitor does.' })
  competitorEffect!: HealthEffect;

  @Field(() => HealthEffect, { description: 'What sources that disagree about the deal do.' })
  contradictionEffect!: HealthEffect;

  @Field(() => GraphQLInt, { nullable: true, description: 'From this many YELLOW conditions on the deal is RED; 2 to 20. Null: never.' })
  cautionsForRed!: number | null;
}

/** Which tickets block. */
@ObjectType('BlockerRules', { description: 'Which tickets block a deal: those not DONE that have one of the labels or one of the priorities.', simpleResolvers: true })
@InputType('BlockerRulesInput', { description: 'Which tickets block a deal: those not DONE that have one of the labels or one of the priorities.' })
export class BlockerRulesType {
  @Shows('TEXT')
  @Field(() => [String], { description: 'Labels that make a ticket a blocker, at most 50; A to Z and a to z are equal.' })
  labels!: string[];

  @Field(() => [TicketPriority], { description: 'Priorities that make a ticket a blocker.' })
  priorities!: (keyof typeof TicketPriority)[];
}

/** A competitor. */
@ObjectType('CompetitorRule', { description: 'A competitor and the names that are mentions of it.', simpleResolvers: true })
@InputType('CompetitorRuleInput', { description: 'A competitor and the names that are mentions of it.' })
export class CompetitorRuleType {
  @Shows('TEXT')
  @Field(() => String, { description: 'Its name, as it is shown; 2 to 100 characters. It is found as a whole word.' })
  name!: string;

  @Shows('TEXT')
  @Field(() => [String], { defaultValue: [], description: 'Other names that are mentions of it, at most 50.' })
  aliases!: string[];

  @Field(() => Boolean, { defaultValue: false, description: 'Whether capitals must match, for names that are ordinary words.' })
  caseSensitive!: boolean;
}

/** Which names are competitors. */
@ObjectType('CompetitorRules', { description: 'Which names in threads, notes and weekly summaries are competitors. The latest 100 threads, 100 notes and 26 weekly summaries of an account are searched.', simpleResolvers: true })
@InputType('CompetitorRulesInput', { description: 'Which names in threads, notes and weekly summaries are competitors.' })
export class CompetitorRulesType {
  @Field(() => [CompetitorRuleType], { description: 'The competitors, at most 500, with at most 5,000 names and aliases together.' })
  competitors!: CompetitorRuleType[];

  @Field(() => GraphQLInt, { description: 'Texts older than this many days are not searched; 1 to 3,660.' })
  lookbackDays!: number;

  @Shows('TEXT')
  @Field(() => [String], { defaultValue: [], description: 'A competitor whose latest mention is in the same text as one of these phrases is no threat: `ruled out`. At most 100.' })
  dismissals!: string[];
}

/** When a figure from a call is an anomaly. */
@ObjectType('CallValidationRules', { description: 'When a figure extracted from a call is an anomaly.', simpleResolvers: true })
@InputType('CallValidationRulesInput', { description: 'When a figure extracted from a call is an anomaly.' })
export class CallValidationRulesType {
  @Field(() => Float, { description: 'More than the deal\'s amount times this, or less than the amount divided by it, is an anomaly; more than 1, at most 1,000, at most 4 decimals.' })
  factor!: number;
}

/** When sections and presences are out of date. */
@ObjectType('FreshnessRules', { description: 'After how long sections of a context, and presences, are out of date.', simpleResolvers: true })
@InputType('FreshnessRulesInput', { description: 'After how long sections of a context, and presences, are out of date.' })
export class FreshnessRulesType {
  @Field(() => GraphQLInt, { description: 'Hours after which the SALESFORCE section is STALE.' })
  salesforceHours!: number;

  @Field(() => GraphQLInt, { description: 'Hours after which the JIRA section is STALE.' })
  jiraHours!: number;

  @Field(() => GraphQLInt, { description: 'Hours after which the SLACK section is STALE.' })
  slackHours!: number;

  @Field(() => GraphQLInt, { description: 'Hours after which the NOTION section is STALE.' })
  notionHours!: number;

  @Field(() => GraphQLInt, { description: 'Minutes after which a presence says nothing about now.' })
  presenceMinutes!: number;
}

/** A version of one kind of rule set. */
@ObjectType('ContextRuleSet', { description: 'A version of one rule set of the account context. Of the five fields with rules, the one of its kind is set and the others are null.', simpleResolvers: true })
export class ContextRuleSetType {
  @Field(() => ContextRuleKind, { description: 'What it decides.' })
  kind!: ContextRuleKind;

  @Field(() => GraphQLInt, { description: 'Its version; 0 is the default.' })
  version!: number;

  @Shows('SYSTEM')
  @Field(() => String, { description: 'SHA-256 of what the rules say, in hex.' })
  digest!: string;

  @Field(() => DateTime, { nullable: true, description: 'When it was published; null for the default. UTC.' })
  publishedAt!: string | null;

  @Field(() => DealHealthRulesType, { nullable: true, description: 'The rules, if kind is DEAL_HEALTH.' })
  dealHealth!: DealHealthRulesType | null;

  @Field(() => BlockerRulesType, { nullable: true, description: 'The rules, if kind is BLOCKER.' })
  blocker!: BlockerRulesType | null;

  @Field(() => CompetitorRulesType, { nullable: true, description: 'The rules, if kind is COMPETITOR.' })
  competitor!: CompetitorRulesType | null;

  @Field(() => CallValidationRulesType, { nullable: true, description: 'The rules, if kind is CALL_VALIDATION.' })
  callValidation!: CallValidationRulesType | null;

  @Field(() => FreshnessRulesType, { nullable: true, description: 'The rules, if kind is FRESHNESS.' })
  freshness!: FreshnessRulesType | null;
}

/** One rule set to publish. */
@InputType('PublishContextRulesInput', { description: 'One rule set of the account context, whole. Give exactly one of the five.' })
export class PublishContextRulesInput {
  @Field(() => DealHealthRulesType, { nullable: true, description: 'Rules for deal health.' })
  dealHealth?: DealHealthRulesType | null;

  @Field(() => BlockerRulesType, { nullable: true, description: 'Which tickets block a deal.' })
  blocker?: BlockerRulesType | null;

  @Field(() => CompetitorRulesType, { nullable: true, description: 'Which names are competitors.' })
  competitor?: CompetitorRulesType | null;

  @Field(() => CallValidationRulesType, { nullable: true, description: 'When a figure from a call is an anomaly.' })
  callValidation?: CallValidationRulesType | null;

  @Field(() => FreshnessRulesType, { nullable: true, description: 'When sections and presences are out of date.' })
  freshness?: FreshnessRulesType | null;

  @Field(() => GraphQLInt, { nullable: true, description: 'The version that you changed: a ConflictError if another is in force by now. Whichever is in force when left out.' })
  basedOn?: number | null;
}

/** What publishing comes to. */
export const PublishContextRulesResult = resultUnion('PublishContextRulesResult', 'The new version, or why it was not published.', [ContextRuleSetType]);
