import { GraphQLInt } from 'graphql';
import { Field, Float, ID, ObjectType } from 'type-graphql';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { DealHealthCondition, DealHealthValue, HealthEffect } from '../context/index.ts';
import { ActionActor } from './action.type.ts';
import { DraftOrigin } from './enums.ts';

/** An e-mail as it would be sent. */
@ObjectType('ActionDraft', { description: 'The e-mail as it would be sent. Personal data: null for callers whose roles do not read it, and once the person it is addressed to was erased.', simpleResolvers: true })
export class ActionDraft {
  @Shows('DRAFT')
  @Field(() => String, { nullable: true, description: 'To which address.' })
  to!: string | null;

  @Shows('DRAFT')
  @Field(() => String, { nullable: true, description: 'Its subject.' })
  subject!: string | null;

  @Shows('DRAFT')
  @Field(() => String, { nullable: true, description: 'Its text.' })
  body!: string | null;

  @Field(() => Boolean, { description: 'Whether the words are there and the caller\'s roles do not read them.' })
  masked!: boolean;

  @Field(() => DateTime, { description: 'When it was written at first. UTC.' })
  draftedAt!: string;

  @Shows('SYSTEM')
  @Field(() => String, { description: 'Who or what wrote it and when, in a sentence to show beside it. Names the language model where one wrote it.' })
  disclosure!: string;

  @Field(() => DraftOrigin, { description: 'Who wrote it at first, whoever edited it since: see `editedBy`.' })
  generatedBy!: DraftOrigin;

  @Field(() => ActionActor, { nullable: true, description: 'Whose words these are, once a person wrote other words than were proposed: the last who did. They do not approve them. Null while nobody did.' })
  editedBy!: ActionActor | null;

  @Shows('SYSTEM')
  @Field(() => String, { nullable: true, description: 'The language model that wrote it at first; null where none did.' })
  model!: string | null;

  @Shows('SYSTEM')
  @Field(() => String, { nullable: true, description: 'The instruction it was written by, with its version: `draft-outreach.v1`; null where none was used.' })
  prompt!: string | null;
}

/** The consent that an action rests on. */
@ObjectType('ActionConsentEvidence', { description: 'The addressee\'s consent to outreach by e-mail, as it stood when the evidence was frozen.', simpleResolvers: true })
export class ActionConsentEvidence {
  @Field(() => Boolean, { description: 'Whether it held.' })
  granted!: boolean;

  @Shows('CONSENT_EVIDENCE')
  @Field(() => String, { nullable: true, description: 'What made the use lawful: `CONSENT`, `LEGITIMATE_INTEREST`, …; null where nothing did, and for roles that do not see consent evidence.' })
  basis!: string | null;

  @Shows('CONSENT_EVIDENCE')
  @Field(() => DateTime, { nullable: true, description: 'From when it no longer holds; null: until it is revoked, and for roles that do not see consent evidence. UTC.' })
  expiresAt!: string | null;

  @Field(() => GraphQLInt, { description: 'Its version: each decision of the person makes one; 0 where there was none.' })
  version!: number;
}

/** A condition of frozen deal health. */
@ObjectType('FrozenHealthReason', { description: 'A condition that deal health was judged by when evidence was frozen.', simpleResolvers: true })
export class FrozenHealthReason {
  @Field(() => DealHealthCondition, { description: 'Which condition.' })
  condition!: DealHealthCondition;

  @Field(() => HealthEffect, { description: 'What it did to deal health.' })
  effect!: HealthEffect;

  @Field(() => [ID], { description: 'Global ids of the records that showed it; `nodes` returns their present state.' })
  evidenceIds!: string[];
}

/** The health of a deal. */
@ObjectType('FrozenHealth', { description: 'How the account\'s deal stood when evidence was frozen.', simpleResolvers: true })
export class FrozenHealthType {
  @Field(() => DealHealthValue, { description: 'How it stood. UNKNOWN, too, in evidence that was frozen before deal health was computed; `reason` says so.' })
  value!: DealHealthValue;

  @Shows('SYSTEM')
  @Field(() => String, { nullable: true, description: 'Why there is no value; null when there is one.' })
  reason!: string | null;

  @Field(() => [FrozenHealthReason], { description: 'The conditions that made the value, the worst first. Value and conditions are part of the evidence digest.' })
  reasons!: FrozenHealthReason[];

  @Field(() => GraphQLInt, { nullable: true, description: 'The version of the deal health rules, 0 for the default; null in evidence that was frozen before deal health was computed.' })
  ruleVersion!: number | null;
}

/** Derived values. */
@ObjectType('FrozenDerivedValues', { description: 'Values computed out of the frozen context.', simpleResolvers: true })
export class FrozenDerivedValues {
  @Field(() => FrozenHealthType, { description: 'How the deal stood.' })
  dealHealth!: FrozenHealthType;
}

/** An open opportunity. */
@ObjectType('FrozenOpportunity', { description: 'An opportunity as it stood when evidence was frozen.', simpleResolvers: true })
export class FrozenOpportunity {
  @Shows('TEXT')
  @Field(() => String, { description: 'Its stage.' })
  stage!: string;

  @Field(() => Float, { nullable: true, description: 'Its amount in minor units of its currency; null when unknown.' })
  amountMinor!: number | null;

  @Shows('SYSTEM')
  @Field(() => String, { nullable: true, description: 'ISO 4217 code of the currency; null when unknown.' })
  currency!: string | null;

  @Shows('SYSTEM')
  @Field(() => String, { nullable: true, description: 'The day it is expected to close, `YYYY-MM-DD`; null when unknown.' })
  closeDate!: string | null;
}

/** A ticket that was open. */
@ObjectType('FrozenTicket', { description: 'A ticket that was open when evidence was frozen.', simpleResolvers: true })
export class FrozenTicket {
  @Shows('TEXT')
  @Field(() => String, { description: 'Its key.' })
  key!: string;

  @Shows('SYSTEM')
  @Field(() => String, { nullable: true, description: 'Its priority; null when unknown.' })
  priority!: string | null;
}

/** The context that was frozen. */
@ObjectType('FrozenContext', { description: 'What was known of the account when evidence was frozen.', simpleResolvers: true })
export class FrozenContext {
  @Field(() => FrozenDerivedValues, { description: 'Values computed out of it.' })
  derived!: FrozenDerivedValues;

  @Field(() => [FrozenOpportunity], { description: 'Its opportunities, at most 20.' })
  opportunities!: FrozenOpportunity[];

  @Field(() => [FrozenTicket], { description: 'Its open tickets, at most 20.' })
  openTickets!: FrozenTicket[];

  @Shows('TEXT')
  @Field(() => [String], { description: 'The flags that managers had set.' })
  managerFlags!: string[];
}

/** What one signal contributed. */
@ObjectType('FrozenContribution', { description: 'What one signal contributed to a score when evidence was frozen.', simpleResolvers: true })
export class FrozenContributionType {
  @Field(() => ID, { description: 'Global id of the signal.' })
  signalId!: string;

  @Shows('SYSTEM')
  @Field(() => String, { description: 'Type of the signal.' })
  type!: string;

  @Shows('SYSTEM')
  @Field(() => String, { description: 'Source of the signal.' })
  source!: string;

  @Field(() => DateTime, { description: 'When it happened. UTC.' })
  occurredAt!: string;

  @Field(() => Float, { description: 'Points of the score, not rounded. Negative where the signal lowered it.' })
  points!: number;
}

/** Why a score was what it was. */
@ObjectType('FrozenScoreReasons', { description: 'The contributions to a score at its latest change before evidence was frozen. `contributions` and `otherPoints` add up to `value`.', simpleResolvers: true })
export class FrozenScoreReasons {
  @Field(() => DateTime, { description: 'When the score changed to this value. UTC.' })
  at!: string;

  @Field(() => Float, { description: 'The score, 0 to 100, not rounded: the same as `intentScore`.' })
  value!: number;

  @Field(() => [FrozenContributionType], { description: 'The signals that contributed most, the strongest first; at most 20.' })
  contributions!: FrozenContributionType[];

  @Field(() => Float, { description: 'Points of everything that is not listed.' })
  otherPoints!: number;
}

/** What evidence was read from. */
@ObjectType('EvidenceSource', { description: 'Something that evidence was read from.', simpleResolvers: true })
export class EvidenceSource {
  @Shows('SYSTEM')
  @Field(() => String, { description: 'Its GraphQL type: `Contact`, `Opportunity`, `Consent`, `OutreachPolicy` or `DerivedValue` (deal health).' })
  type!: string;

  @Field(() => ID, { description: 'Its global id; `node` returns its present state.' })
  nodeId!: string;

  @Shows('SYSTEM')
  @Field(() => String, { description: 'The version that was read: a number for a consent and a policy; for deal health the version of its rules; for a record, the instant since when that version was current.' })
  version!: string;
}

/** What an action rests on. */
@ObjectType('ActionEvidence', { description: 'What an action rests on, frozen: whoever decides sees this and no later state. Its digest is the action\'s evidenceDigest.', simpleResolvers: true })
export class ActionEvidence {
  @Field(() => Float, { nullable: true, description: 'The account\'s intent score at its latest change, 0 to 100; null when never scored.' })
  intentScore!: number | null;

  @Shows('SYSTEM')
  @Field(() => String, { nullable: true, description: 'How high that was when the evidence was frozen: `HIGH`, `MEDIUM`, `LOW`; null when never scored.' })
  intentBand!: string | null;

  @Field(() => FrozenScoreReasons, { nullable: true, description: 'Why the score was `intentScore`, frozen with it. Null when never scored, and for evidence that was frozen before reasons were kept.' })
  intentReasons!: FrozenScoreReasons | null;

  @Field(() => [EvidenceSource], { description: 'What the evidence was read from, each in the version that was read: contact, opportunities, consent, outreach policy, deal health. Empty for evidence that was frozen before versions were kept.' })
  restsOn!: EvidenceSource[];

  @Field(() => ActionConsentEvidence, { description: 'The addressee\'s consent.' })
  consent!: ActionConsentEvidence;

  @Field(() => FrozenContext, { nullable: true, description: 'What was known of the account; null for an action that concerns no account.' })
  context!: FrozenContext | null;

  @Field(() => DateTime, { description: 'When it was frozen. UTC.' })
  frozenAt!: string;
}
