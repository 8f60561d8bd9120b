import { Field, Float, ID, InputType, ObjectType } from 'type-graphql';
import { GraphQLInt } from 'graphql';
import { connectionType, OrderDirection, orderInput } from '../../platform/graphql/connection.ts';
import { graphEnum } from '../../platform/graphql/graph-enum.ts';
import { Node, type NodeRow } from '../../platform/graphql/node.ts';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { resultUnion } from '../../platform/graphql/user-error.ts';
import type { ListedRow } from '../../platform/page/list.ts';
import { MatchKind, MatchRule, type MatchKindName, type MatchRuleName } from './match-rules.ts';

/** How far a candidate has come. */
export const MatchStatus = graphEnum('MatchStatus', 'How far a match candidate has come.', {
  OPEN: 'It waits for a decision.',
  CONFIRMED: 'It was confirmed, and the two are not merged yet.',
  REJECTED: 'It was rejected, or the two were merged and unmerged. The pair is not proposed again.',
  MERGED: 'The two are one node.',
  WITHDRAWN: 'Its evidence is gone. It opens again if the evidence returns.',
});

/** One reason why two nodes may be one. */
@ObjectType('MatchEvidence', { description: 'One reason why two nodes may be one, with what each of them has now.', simpleResolvers: true })
export class MatchEvidence {
  @Field(() => MatchRule, { description: 'The rule that holds.' })
  rule!: MatchRuleName;

  @Shows('TEXT')
  @Field(() => String, { nullable: true, description: 'What the left node has: a reference, a website, an address, a name. Null if it has it no longer.' })
  left!: string | null;

  @Shows('TEXT')
  @Field(() => String, { nullable: true, description: 'What the right node has. Null if it has it no longer.' })
  right!: string | null;
}

/** Who decided. */
@ObjectType('MatchDecider', { description: 'Who decided about a match candidate.', simpleResolvers: true })
export class MatchDecider {
  @Shows('SYSTEM')
  @Field(() => String, { description: 'The subject of a person\'s token, or the name of a part of the program.' })
  id!: string;

  @Shows('SYSTEM')
  @Field(() => String, { description: '`user`, `machine` or `system`.' })
  kind!: string;
}

/** Two nodes that may be one. */
@ObjectType('MatchCandidate', { implements: Node, description: 'Two accounts, or two contacts, that may be one, with the evidence and what was decided. There is one candidate per pair.', simpleResolvers: true })
export class MatchCandidate extends Node {
  @Field(() => ID, { description: 'Opaque global id.' })
  override id!: string;

  @Field(() => MatchKind, { description: 'What may be one.' })
  kind!: MatchKindName;

  @Field(() => MatchStatus, { description: 'How far it has come.' })
  status!: keyof typeof MatchStatus;

  @Field(() => Float, { description: 'How sure the evidence makes it that the two are one: 0 to 1. One minus the product of the doubts of its rules.' })
  confidence!: number;

  @Field(() => DateTime, { description: 'When it was last proposed. UTC.' })
  proposedAt!: string;

  @Field(() => DateTime, { nullable: true, description: 'When it was decided; null if it was not. UTC.' })
  decidedAt!: string | null;

  @Field(() => MatchDecider, { nullable: true, description: 'Who decided it; null if nobody did.' })
  decidedBy!: MatchDecider | null;

  @Field(() => GraphQLInt, { nullable: true, description: 'The version of the matching policy that decided it; null if a person did or it is not decided.' })
  policyVersion!: number | null;
}

/** A candidate as GraphQL is given it. */
export interface CandidateRow extends NodeRow, ListedRow {
  readonly kind: MatchKindName;
  readonly leftId: string;
  readonly rightId: string;
  readonly rules: readonly MatchRuleName[];
}

/** A page of candidates. */
export const MatchCandidateConnection = connectionType('MatchCandidate', () => MatchCandidate);

/** Which candidates to list. */
@InputType('MatchCandidateFilter', { description: 'Which match candidates to list; conditions are joined by AND.' })
export class MatchCandidateFilter {
  @Field(() => [MatchStatus], { nullable: true, description: 'In one of these states.' })
  statuses?: (keyof typeof MatchStatus)[] | null;

  @Field(() => [MatchKind], { nullable: true, description: 'Of these kinds.' })
  kinds?: MatchKindName[] | null;

  @Field(() => [MatchRule], { nullable: true, description: 'With evidence of one of these rules.' })
  rules?: MatchRuleName[] | null;

  @Field(() => Float, { nullable: true, description: 'Of this confidence or more: 0 to 1.' })
  minConfidence?: number | null;

  @Field(() => ID, { nullable: true, description: 'With this account or contact as one of the two; it lists nothing for an id that is unknown.' })
  nodeId?: string | null;
}

const orderFields = graphEnum('MatchCandidateOrderField', 'What a list of match candidates can be ordered by.', { PROPOSED_AT: 'By when it was last proposed.', CONFIDENCE: 'By confidence.' });
/** How candidates are ordered. */
export const MatchCandidateOrder = orderInput('MatchCandidate', orderFields, OrderDirection.DESC);

/** A decision about a candidate. */
export const MatchDecision = graphEnum('MatchDecision', 'A decision about a match candidate.', {
  CONFIRM: 'The two are one: they are merged at once.',
  REJECT: 'The two are not one: the pair is not proposed again.',
});

/** A decision about a candidate. */
@InputType('DecideMatchCandidateInput', { description: 'A decision about a match candidate.' })
export class DecideMatchCandidateInput {
  @Field(() => ID, { description: 'Global id of the candidate.' })
  id!: string;

  @Field(() => MatchDecision, { description: 'The decision.' })
  decision!: keyof typeof MatchDecision;
}

/** What a decision returns. */
export const DecideMatchCandidateResult = resultUnion('DecideMatchCandidateResult', 'The decided candidate, or why it was not decided.', [MatchCandidate]);
