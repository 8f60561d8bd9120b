import { GraphQLInt } from 'graphql';
import { Field, Float, ID, ObjectType } from 'type-graphql';
import { connectionType } from '../../platform/graphql/connection.ts';
import { Derived } from '../../platform/graphql/derived.ts';
import { Node, TemporalNode, temporalType, type NodeRow } from '../../platform/graphql/node.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import type { ListedRow } from '../../platform/page/list.ts';
import type { FrozenEvidence } from './action.queries.ts';
import { ActionStatus, ActionType, DecisionOutcome, RiskLevel } from './enums.ts';

/** Who did something. */
@ObjectType('ActionActor', { description: 'Who proposed, claimed or decided.', simpleResolvers: true })
export class ActionActor {
  @Shows('SYSTEM')
  @Field(() => String, { description: 'The subject of a person\'s token, the id of a machine\'s API key, or the name of a part of the program.' })
  id!: string;

  @Shows('SYSTEM')
  @Field(() => String, { description: '`user`, `machine` or `system`.' })
  kind!: string;
}

/** Something that is proposed to be done. */
@ObjectType(temporalType('Action'), { implements: TemporalNode, simpleResolvers: true, description: 'Something that is proposed to be done, for an account or for the whole tenant. Nothing is done before a person has approved it.' })
export class Action extends TemporalNode {
  @Field(() => ActionType, { description: 'What is to be done.' })
  type!: ActionType;

  @Field(() => ActionStatus, { description: 'How far it has come.' })
  status!: ActionStatus;

  @Derived()
  @Field(() => RiskLevel, { description: 'How much care it needs.' })
  riskLevel!: RiskLevel;

  @Derived()
  @Field(() => Float, { nullable: true, description: 'How sure its author was that it is right when it was proposed, 0 to 1. Null once a person wrote other words, which nobody has weighed: its risk is HIGH then.' })
  confidence!: number | null;

  @Field(() => DateTime, { description: 'When it was proposed. UTC.' })
  proposedAt!: string;

  @Field(() => DateTime, { description: 'Until when it can be decided on; from then on it is EXPIRED. UTC.' })
  expiresAt!: string;

  @Shows('SYSTEM')
  @Field(() => String, { description: 'SHA-256, in hex, of the evidence as it is frozen now; an approval carries it. An edit, and evidence that changed, give a new one.' })
  evidenceDigest!: string;

  @Field(() => GraphQLInt, { description: 'How often its evidence was frozen: 1 at first.' })
  evidenceVersion!: number;

  @Field(() => ActionActor, { description: 'Who proposed it.' })
  proposedBy!: ActionActor;

  @Field(() => ActionActor, { nullable: true, description: 'Who is looking at it; null when nobody is.' })
  claimedBy!: ActionActor | null;

  @Field(() => DateTime, { nullable: true, description: 'Until when nobody else decides; null when nobody is looking at it. UTC.' })
  claimExpiresAt!: string | null;

  @Field(() => ActionActor, { nullable: true, description: 'Who approved or rejected it; null while nobody has.' })
  decidedBy!: ActionActor | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was approved or rejected; null while it is not. UTC.' })
  decidedAt!: string | null;

  @Shows('SYSTEM')
  @Field(() => String, { nullable: true, description: 'Why it came to its end without being executed, as a code: `CONSENT_REVOKED`, `INTENT_FELL`, …; null otherwise.' })
  endReason!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was done; null while it is not. UTC.' })
  executedAt!: string | null;
}

/** An action as resolvers pass it on. */
export interface ActionRow extends NodeRow, ListedRow, Omit<Action, keyof TemporalNode> {
  /** Null for a type that concerns the tenant. */
  readonly accountId: string | null;
  readonly contactId: string | null;
  readonly subjectId: string;
  readonly scorePointId: string | null;
  /** The evidence, where it came with the row. */
  readonly frozen: FrozenEvidence | null;
}

/** A page of actions. */
export const ActionConnection = connectionType('Action', () => Action);

/** One decision about an action. */
@ObjectType('ActionDecision', { implements: Node, simpleResolvers: true, description: 'The trace of one decision about an action, or not to propose one: what it was made from, by which policy, by whom, why, and what came of it. Immutable.' })
export class ActionDecision extends Node {
  @Field(() => ID, { description: 'Opaque global id.' })
  override id!: string;

  @Field(() => DecisionOutcome, { description: 'What came of it.' })
  outcome!: DecisionOutcome;

  @Shows('SYSTEM')
  @Field(() => String, { description: 'Why, as a code: `APPROVED_BY_PERSON`, `NO_CONSENT`, `LIMIT_REACHED`, ….' })
  reason!: string;

  @Field(() => GraphQLInt, { description: 'Version of the outreach policy that it was made by; 0 for the program\'s defaults.' })
  policyVersion!: number;

  @Field(() => ActionActor, { description: 'Who decided: a person, a machine, or a part of the program.' })
  actor!: ActionActor;

  @Field(() => DateTime, { description: 'When. UTC.' })
  decidedAt!: string;
}

/** A decision as resolvers pass it on. */
export interface ActionDecisionRow extends NodeRow, ListedRow, Omit<ActionDecision, 'id'> {
  /** Null where the action concerns the tenant. */
  readonly accountId: string | null;
  readonly actionId: string | null;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly remarkSealed: Buffer | null;
  readonly wrappedKey: Buffer | null;
}

/** A page of decisions. */
export const ActionDecisionConnection = connectionType('ActionDecision', () => ActionDecision);
