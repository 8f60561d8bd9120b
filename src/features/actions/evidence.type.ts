import { GraphQLInt } from 'graphql';
import { Field, Float, ObjectType } from 'type-graphql';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { graphEnum } from '../../platform/graphql/graph-enum.ts';
import { Shows } from '../../platform/graphql/shows.ts';
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

const FrozenHealth = graphEnum('FrozenDealHealth', 'How a deal stood when evidence was frozen.', {
  GREEN: 'Well.',
  YELLOW: 'Something needs looking after.',
  RED: 'It is in danger.',
  UNKNOWN: 'Too little was known to tell.',
});

/** The health of a deal. */
@ObjectType('FrozenHealth', { description: 'How a deal stood when evidence was frozen.', simpleResolvers: true })
export class FrozenHealthType {
  @Field(() => FrozenHealth, { description: 'How it stood.' })
  value!: keyof typeof FrozenHealth;
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

/** What an action rests on. */
@ObjectType('ActionEvidence', { description: 'What an action rests on, frozen: whoever decides sees this and no later state. Its digest is the action\'s evidenceDigest.', simpleResolvers: true })
export class ActionEvidence {
  @Field(() => Float, { nullable: true, description: 'The account\'s intent score at its latest change, 0 to 100; null when never scored.' })
  intentScore!: number | null;

  @Shows('SYSTEM')
  @Field(() => String, { nullable: true, description: 'How high that was when the evidence was frozen: `HIGH`, `MEDIUM`, `LOW`; null when never scored.' })
  intentBand!: string | null;

  @Field(() => ActionConsentEvidence, { description: 'The addressee\'s consent.' })
  consent!: ActionConsentEvidence;

  @Field(() => FrozenContext, { description: 'What was known of the account.' })
  context!: FrozenContext;

  @Field(() => DateTime, { description: 'When it was frozen. UTC.' })
  frozenAt!: string;
}
