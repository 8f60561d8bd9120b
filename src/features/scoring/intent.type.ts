import { GraphQLInt } from 'graphql';
import { createUnionType, Field, Float, ID, InputType, ObjectType } from 'type-graphql';
import { graphEnum } from '../../platform/graphql/graph-enum.ts';
import { connectionType } from '../../platform/graphql/connection.ts';
import type { Dated } from '../../platform/graphql/call.ts';
import { Node, TemporalNode, temporalType, type NodeRow } from '../../platform/graphql/node.ts';
import { Derived } from '../../platform/graphql/derived.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { resultUnion } from '../../platform/graphql/user-error.ts';
import type { ListedRow } from '../../platform/page/list.ts';
import type { SignalRow } from '../signals/index.ts';
import type { ScoreParts, StoredState } from './intent-score.ts';
import { neutralMismatchShare, type ScoringModel } from './scoring-model.ts';

/** How high a score is. */
export const IntentBand = graphEnum('IntentBand', 'How high an intent score is, by the model that made it.', {
  HIGH: 'At or above the model\'s high-intent threshold.',
  MEDIUM: 'At or above the model\'s stated share of the threshold.',
  LOW: 'Below that.',
});

/** Where a score is heading. */
export const IntentTrend = graphEnum('IntentTrend', 'How an intent score compares with the one a trend window (7 days unless the model says otherwise) earlier.', {
  RISING: 'Higher by more than the model\'s tolerance (5 points unless it says otherwise).',
  FALLING: 'Lower by more than that.',
  STEADY: 'Within it.',
});

/** Which way a threshold is crossed. */
export const CrossingDirection = graphEnum('CrossingDirection', 'Which way the high-intent threshold is crossed.', {
  UP: 'Intent became high.',
  DOWN: 'Intent ceased to be high.',
});

const NoScoreReason = graphEnum('NoScoreReason', 'Why there is no score.', {
  NO_SCORE: 'No signal counts for the account, or it is retired or merged into another; not a score of 0.',
});

const ScoreCause = graphEnum('ScoreCause', 'What changed a score.', {
  SIGNAL: 'A signal, or several at once.',
  DECAY: 'Time alone took it across the high-intent threshold: down as positive signals decay, up as negative ones do.',
  MODEL: 'Another version of the scoring model.',
  ACCOUNT: 'The account\'s industry, region or size, held against the ICP.',
  CONSENT: 'A person objected to profiling, so that signals about them no longer count; or consented to it again.',
  MERGE: 'A merge of accounts: the signals of both count for the survivor, and the other account has no score.',
  UNMERGE: 'A merge was undone: each account has its own signals again.',
  RETIREMENT: 'The account was retired: it has no score.',
  RESTORATION: 'The account was retired and is in use again.',
});

/** What one signal contributes. */
@ObjectType('IntentContribution', { description: 'What one signal contributes to a score.', simpleResolvers: true })
export class IntentContribution {
  @Field(() => Float, { description: 'Weight of its type, in the model\'s raw units; negative for a type that lowers scores.' })
  weight!: number;

  @Derived()
  @Field(() => Float, { description: 'What decay has left of it: 1 when new, 0.5 after one half-life.' })
  decayFactor!: number;

  @Derived()
  @Field(() => Float, { description: 'What it adds to the score, in points (-100 to 100); negative for what it takes off. Over all signals the points add up to the score. Negative signals together take off at most what the positive ones give, as a score is never below 0.' })
  points!: number;

  @Derived()
  @Field(() => Boolean, { description: 'Whether the signals of its type together exceed the type\'s cap, so that they share the cap in proportion to what decay left of each.' })
  capped!: boolean;
}

/** A contribution as a resolver answers it. */
export interface ContributionRow extends IntentContribution, Dated {
  /** As the database gave it. */
  readonly signal: SignalRow;
}

/** When the threshold will be crossed. */
@ObjectType('ThresholdCrossing', { description: 'When the score next crosses the high-intent threshold if nothing but time happens.', simpleResolvers: true })
export class ThresholdCrossing {
  @Derived()
  @Field(() => DateTime, { description: 'The first millisecond on the other side. UTC.' })
  at!: string;

  @Derived()
  @Field(() => CrossingDirection, { description: 'Which way: DOWN as positive signals decay; UP as negative ones do.' })
  direction!: keyof typeof CrossingDirection;
}

/** How much an account seems to want to buy. */
@ObjectType(temporalType('IntentScore'), {
  implements: TemporalNode,
  simpleResolvers: true,
  description: 'How much the account seems to want to buy: time-decayed, weighted and capped by signal type, computed for the instant read for. score = 100 · (1 − e^(−raw / saturation)), never below 0.',
})
export class IntentScore extends TemporalNode {
  @Derived()
  @Field(() => Float, { description: 'The score, 0 to 100, not rounded.' })
  value!: number;

  @Derived()
  @Field(() => IntentBand, { description: 'How high that is.' })
  band!: keyof typeof IntentBand;

  @Field(() => DateTime, { description: 'The instant it was computed for: now, or `asOf`. UTC.' })
  computedAt!: string;

  @Field(() => GraphQLInt, { description: 'Version of the scoring model that made it.' })
  modelVersion!: number;

  @Derived()
  @Field(() => Float, { description: 'Factor by which the account fits the ICP, above 0 to 1; it multiplies the raw sum.' })
  icpFit!: number;

  @Derived()
  @Field(() => Float, { nullable: true, description: 'Share of the ICP\'s criteria that the account is known for, 0 to 1; criteria that are not known count as the model\'s `unknownMismatchShare` says. Null if the model states no ICP.' })
  fitCoverage!: number | null;

  @Derived()
  @Field(() => ThresholdCrossing, { nullable: true, description: 'When time alone takes it across the threshold next, down or up; null if it does not before the year 10000.' })
  nextThresholdCrossing!: ThresholdCrossing | null;
}

/** There is no score. */
@ObjectType('NoScore', { description: 'The account has no score, which is not a score of 0.', simpleResolvers: true })
export class NoScore {
  @Field(() => NoScoreReason, { description: 'Why.' })
  reason!: keyof typeof NoScoreReason;
}

/** A score or the lack of one. */
export const Intent = createUnionType({ name: 'Intent', description: 'A score, or the lack of one.', types: () => [IntentScore, NoScore] as const });

/** A score as a resolver answers it, with what its reasons are computed from. */
export interface IntentRow extends NodeRow, Omit<IntentScore, keyof TemporalNode> {
  readonly accountId: string;
  readonly state: StoredState;
  readonly model: ScoringModel;
  /** `computedAt` in epoch milliseconds. */
  readonly at: number;
  /** What contributions are computed from. */
  readonly parts: ScoreParts;
}

/** One change of a score. */
@ObjectType('ScorePoint', { implements: Node, simpleResolvers: true, description: 'One change of an account\'s intent score, immutable.' })
export class ScorePoint extends Node {
  @Field(() => ID, { description: 'Opaque global id.' })
  override id!: string;

  @Field(() => DateTime, { description: 'Since when the score is so: for decay, the instant at which it crossed the threshold. UTC.' })
  occurredAt!: string;

  @Field(() => DateTime, { description: 'When the change was recorded. UTC.' })
  recordedAt!: string;

  @Derived()
  @Field(() => Boolean, { description: 'Whether the account has a score from then on. False when no signal counts for it any more, or it was retired or merged into another account.' })
  scored!: boolean;

  @Derived()
  @Field(() => Float, { description: 'The score from then on, 0 to 100, before decay; 0 if `scored` is false.' })
  value!: number;

  @Derived()
  @Field(() => Float, { nullable: true, description: 'The score just before; null for the first.' })
  previous!: number | null;

  @Derived()
  @Field(() => CrossingDirection, { nullable: true, description: 'Whether the threshold was crossed, and which way; null when it was not.' })
  crossed!: keyof typeof CrossingDirection | null;

  @Field(() => ScoreCause, { description: 'What changed it.' })
  cause!: keyof typeof ScoreCause;

  @Field(() => GraphQLInt, { description: 'Version of the model that made it.' })
  modelVersion!: number;
}

/** A point as a resolver answers it. */
export interface ScorePointRow extends NodeRow, ListedRow, Omit<ScorePoint, 'id'> {
  readonly accountId: string;
  readonly signalId: string | null;
}

/** The connection type of a score's history. */
export const ScorePointConnection = connectionType('ScorePoint', () => ScorePoint);

/** How one type of signal counts. */
@ObjectType('SignalTypeWeight', { description: 'How one type of signal counts.', simpleResolvers: true })
export class SignalTypeWeight {
  @Shows('SYSTEM')
  @Field(() => String, { description: 'The type.' })
  type!: string;

  @Field(() => Float, { description: 'What one new signal adds, in raw units (see `saturation`); negative: what it takes off.' })
  weight!: number;

  @Field(() => Float, { description: 'Hours after which it counts half.' })
  halfLifeHours!: number;

  @Field(() => Float, { nullable: true, description: 'The most points (0 to 100) that all signals of the type together add to a score, or take off if the weight is negative; null: no cap.' })
  cap!: number | null;
}

/** Whom the tenant wants to sell to. */
@ObjectType('IdealCustomerProfile', { description: 'Whom the tenant wants to sell to.', simpleResolvers: true })
export class IdealCustomerProfile {
  @Shows('TEXT')
  @Field(() => [String], { description: 'Industries sought; empty: any.' })
  industries!: string[];

  @Field(() => GraphQLInt, { nullable: true, description: 'Least number of employees; null: any.' })
  minEmployees!: number | null;

  @Shows('TEXT')
  @Field(() => [String], { description: 'Regions sought; empty: any.' })
  regions!: string[];

  @Field(() => Float, { description: 'What the raw sum is multiplied by for each criterion that the account is known to fail, above 0 to 1.' })
  mismatchFactor!: number;

  @Field(() => Float, { description: 'How much of a mismatch a criterion counts that the account is not known for: 0 as met, 1 as failed, 0.5 neutral.' })
  unknownMismatchShare!: number;
}

/** How scores are computed. */
@ObjectType('ScoringModel', { description: 'How the tenant\'s intent scores are computed; a version never changes.', simpleResolvers: true })
export class ScoringModelType {
  @Field(() => GraphQLInt, { description: 'Its version; the highest is in force.' })
  version!: number;

  @Field(() => DateTime, { description: 'Since when it is in force. UTC.' })
  publishedAt!: string;

  @Field(() => Float, { description: 'Score from which intent is high, 0 to 100.' })
  highIntentThreshold!: number;

  @Field(() => Float, { description: 'Share of the threshold from which intent is medium, 0 to 1.' })
  mediumShare!: number;

  @Field(() => Float, { description: 'Raw units at which the score reaches 63.2.' })
  saturation!: number;

  @Field(() => [SignalTypeWeight], { description: 'How each type of signal counts; other types do not count.' })
  signalTypes!: SignalTypeWeight[];

  @Field(() => IdealCustomerProfile, { description: 'Whom the tenant wants to sell to.' })
  icp!: IdealCustomerProfile;
}

/** How one type of signal is to count. */
@InputType('SignalTypeWeightInput', { description: 'How one type of signal is to count.' })
export class SignalTypeWeightInput {
  @Field(() => String, { description: 'The type, in snake case.' })
  type!: string;

  @Field(() => Float, { description: 'What one new signal adds, in raw units; negative: what it takes off. The score is never below 0.' })
  weight!: number;

  @Field(() => Float, { description: 'Hours after which it counts half, above 0.' })
  halfLifeHours!: number;

  @Field(() => Float, { nullable: true, description: 'The most points that all signals of the type together add to a score, or take off; above 0 to 99.9. No cap when left out.' })
  cap?: number | null;
}

/** Whom the tenant wants to sell to, as a caller states it. */
@InputType('IdealCustomerProfileInput', { description: 'Whom the tenant wants to sell to.' })
export class IdealCustomerProfileInput {
  @Field(() => [String], { defaultValue: [], description: 'Industries sought; empty: any.' })
  industries!: string[];

  @Field(() => GraphQLInt, { nullable: true, description: 'Least number of employees; any when left out.' })
  minEmployees?: number | null;

  @Field(() => [String], { defaultValue: [], description: 'Regions sought; empty: any.' })
  regions!: string[];

  @Field(() => Float, { defaultValue: 0.7, description: 'Factor for each criterion that an account is known to fail, above 0 to 1.' })
  mismatchFactor!: number;

  @Field(() => Float, { defaultValue: neutralMismatchShare, description: 'How much of a mismatch a criterion counts that an account is not known for: 0 as met, 1 as failed.' })
  unknownMismatchShare!: number;
}

/** A new version of the model. */
@InputType('ScoringModelInput', { description: 'A new version of the tenant\'s scoring model.' })
export class ScoringModelInput {
  @Field(() => [SignalTypeWeightInput], { description: 'How each type of signal counts.' })
  signalTypes!: SignalTypeWeightInput[];

  @Field(() => Float, { defaultValue: 50, description: 'Raw units at which the score reaches 63.2, above 0.' })
  saturation!: number;

  @Field(() => Float, { defaultValue: 75, description: 'Score from which intent is high, 0 to 100.' })
  highIntentThreshold!: number;

  @Field(() => Float, { defaultValue: 0.6, description: 'Share of the threshold from which intent is medium, 0 to 1.' })
  mediumShare!: number;

  @Field(() => IdealCustomerProfileInput, { nullable: true, description: 'Whom the tenant wants to sell to; anybody when left out.' })
  icp?: IdealCustomerProfileInput | null;
}

/** What publishing a model answers. */
export const PublishScoringModelResult = resultUnion('PublishScoringModelResult', 'The model now in force, or why it was refused.', [ScoringModelType]);
