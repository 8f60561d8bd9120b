import { GraphQLInt } from 'graphql';
import { Field, ObjectType } from 'type-graphql';
import { Derived } from '../../platform/graphql/derived.ts';
import { temporalType, TemporalNode } from '../../platform/graphql/node.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { LineageRule } from '../lineage/index.ts';
import type { CompetitiveThreat } from './competitive-threats.ts';
import type { HealthReason } from './deal-health.ts';
import type { DerivedValueRow } from './derived.queries.ts';
import type { BriefLine } from './brief.ts';
import type { AsOf } from '../../platform/graphql/call.ts';
import type { MissingPart } from './quality.ts';
import { BriefLineKind, ContextGap, DealHealthCondition, DealHealthValue, DerivedValueKind, HealthEffect } from './enums.ts';

/** A derived value as a node. */
@ObjectType(temporalType('DerivedValue'), { implements: TemporalNode, simpleResolvers: true, description: 'A value that a rule derives from an account\'s records. It is computed when it is read; its lineage is recorded when it changes.' })
export class DerivedValue extends TemporalNode {
  @Field(() => DerivedValueKind, { description: 'What it says.' })
  kind!: DerivedValueKind;

  @Field(() => LineageRule, { description: 'The rule that makes it, with the version of its rule set.' })
  rule!: LineageRule;
}

/** A condition of deal health. */
@ObjectType('DealHealthReason', { description: 'A condition that deal health was judged by.', simpleResolvers: true })
export class DealHealthReason {
  @Field(() => DealHealthCondition, { description: 'Which condition.' })
  condition!: DealHealthCondition;

  @Field(() => HealthEffect, { description: 'What it does to deal health. NONE: it was checked, and nothing is wrong.' })
  effect!: HealthEffect;

  @Shows('TEXT')
  @Field(() => String, { description: 'The condition in one English sentence.' })
  text!: string;
}

/** The health of an account's primary deal. */
@ObjectType('DealHealth', { description: 'Health of the account\'s primary deal: of its open deals, the one that closes first.', simpleResolvers: true })
export class DealHealthType {
  @Derived()
  @Field(() => DealHealthValue, { description: 'The health.' })
  value!: DealHealthValue;

  @Field(() => LineageRule, { description: 'The rule that judged it, with the version of the deal health rules; 0 is the default.' })
  rule!: LineageRule;
}

/** The assigned sales engineer. */
@ObjectType('SalesEngineerAssignment', { description: 'The sales engineer of an account: of those seen in its conversations, the assignee of an open ticket first, then the one seen active last.', simpleResolvers: true })
export class SalesEngineerAssignment {
  @Shows('PERSON_NAME')
  @Field(() => String, { description: 'Their name.' })
  name!: string;

  @Derived()
  @Field(() => Boolean, { nullable: true, description: 'Whether this person can be reached now; null if the presence is older than the freshness rules allow.' })
  availableNow!: boolean | null;

  @Field(() => DateTime, { description: 'When their presence was last observed. UTC.' })
  observedAt!: string;
}

/** A competitor that is mentioned. */
@ObjectType('CompetitiveThreat', { description: 'A competitor that threads, notes or weekly summaries mention within the look-back of the competitor rules.', simpleResolvers: true })
export class CompetitiveThreatType {
  @Shows('TEXT')
  @Field(() => String, { description: 'The competitor, as the competitor rules name it.' })
  name!: string;

  @Field(() => DateTime, { description: 'When it was first mentioned within the look-back. UTC.' })
  firstSeenAt!: string;

  @Field(() => DateTime, { description: 'When it was last mentioned. UTC.' })
  lastSeenAt!: string;
}

/** What is derived from an account's records. */
@ObjectType('DerivedContext', { description: 'What is derived from an account\'s records, all of it from one reading.' })
export class DerivedContextType {}

/** How complete a context is. */
@ObjectType('ContextQuality', { description: 'How complete the context of an account is.', simpleResolvers: true })
export class ContextQualityType {
  @Derived()
  @Field(() => GraphQLInt, { description: 'The share of what a call or an e-mail is prepared from that is known, 0 to 100.' })
  value!: number;

  @Derived()
  @Field(() => [ContextGap], { description: 'What is missing, what counts most first; empty at 100.' })
  missing!: readonly ContextGap[];
}

/** Something that a context lacks. */
@ObjectType('MissingContext', { description: 'Something that the context of an account lacks.', simpleResolvers: true })
export class MissingContextType implements MissingPart {
  @Field(() => ContextGap, { description: 'What is missing.' })
  what!: ContextGap;

  @Shows('SYSTEM')
  @Field(() => String, { description: 'Why, in one English sentence.' })
  why!: string;

  @Field(() => GraphQLInt, { description: 'By how many points of 100 it would raise the quality.' })
  points!: number;
}

/** How complete an account's context is, with reasons. */
@ObjectType('AccountContextQuality', { description: 'How complete the context of an account is, with what is missing and why.', simpleResolvers: true })
export class AccountContextQualityType {
  @Derived()
  @Field(() => GraphQLInt, { description: 'The share of what a call or an e-mail is prepared from that is known, 0 to 100.' })
  value!: number;

  @Derived()
  @Field(() => [MissingContextType], { description: 'What is missing, what counts most first; empty at 100.' })
  missing!: readonly MissingPart[];

  @Field(() => LineageRule, { description: 'The rule that weighs it, with its version.' })
  rule!: LineageRule;
}

/** A line of a brief. */
@ObjectType('BriefLine', { description: 'A line of a brief.', simpleResolvers: true })
export class BriefLineType {
  @Field(() => BriefLineKind, { description: 'What it is about.' })
  kind!: BriefLineKind;

  @Derived()
  @Shows('TEXT')
  @Field(() => String, { description: 'The line in English, with its sign in front.' })
  text!: string;
}

/** What to know before a call. */
@ObjectType('Brief', { description: 'What to know before a call, in four lines: 📞 account and stage, 💰 amount, ⚠️ blocker, ✅ sales engineer.' })
export class BriefType {
  @Derived()
  @Shows('TEXT')
  @Field(() => String, { description: 'The texts of the lines, one below the other.' })
  text!: string;
}

/** Rows as resolvers are given them. */
export type DealHealthRow = Omit<DealHealthType, 'rule'> & { readonly asOf: AsOf; readonly reasons: readonly ReasonRow[]; readonly rule: LineageRule; readonly derived: DerivedValueRow };
export type ReasonRow = HealthReason & { readonly asOf: AsOf };
export type ThreatRow = CompetitiveThreat & { readonly asOf: AsOf };
export type LineRow = BriefLine & { readonly brief: DerivedValueRow };
export type QualityRow = ContextQualityType & { readonly derived: DerivedValueRow };
export type AccountQualityRow = AccountContextQualityType & { readonly derived: DerivedValueRow; readonly asOf: AsOf };
export interface EngineerRow extends SalesEngineerAssignment { readonly mentionIds: readonly string[]; readonly asOf: AsOf }
export interface BriefRow { readonly text: string; readonly lines: readonly LineRow[]; readonly derived: DerivedValueRow }
