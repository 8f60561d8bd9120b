import { Field, ObjectType } from 'type-graphql';
import { GraphQLInt } from 'graphql';
import { DateTime } from '../../platform/graphql/scalars.ts';
import { Shows } from '../../platform/graphql/shows.ts';
import { resultUnion, UserError } from '../../platform/graphql/user-error.ts';
import { Action, type ActionRow } from './action.type.ts';

/** One thing that changed since it was seen. */
@ObjectType('EvidenceDifference', { description: 'One thing that is no longer as it was seen.', simpleResolvers: true })
export class EvidenceDifferenceType {
  @Shows('SYSTEM')
  @Field(() => String, { description: 'Which, as a path: `score.value`, `draft.subject`, `consent.granted`.' })
  field!: string;

  @Shows('DRAFT')
  @Field(() => String, { nullable: true, description: 'As it was seen: texts as they stood, figures and lists as JSON; null where it was not there, or is not for the caller to read.' })
  before!: string | null;

  @Shows('DRAFT')
  @Field(() => String, { nullable: true, description: 'As it is; null where it is not there, or is not for the caller to read.' })
  after!: string | null;
}

/** What was seen is no longer so. */
@ObjectType('EvidenceChanged', { implements: UserError, simpleResolvers: true, description: 'What was to be approved, or edited, is no longer what the caller saw: nothing was approved or edited. Look at `changes`, then decide again with the new `action.evidenceDigest`, unless the action came to its end by the change.' })
export class EvidenceChanged extends UserError {
  @Field(() => [EvidenceDifferenceType], { description: 'What differs.' })
  changes!: EvidenceDifferenceType[];

  @Field(() => Action, { description: 'The action as it is now, with its new digest; CANCELLED or STALE where the change was its end.' })
  action!: ActionRow;
}

/** Somebody was faster. */
@ObjectType('AlreadyDecided', { implements: UserError, simpleResolvers: true, description: 'The action no longer waits for a decision: somebody decided, or it came to its end otherwise. Nothing was changed.' })
export class AlreadyDecided extends UserError {
  @Field(() => Action, { description: 'The action as it is now.' })
  action!: ActionRow;
}

/** Not this caller, or not with this action. */
@ObjectType('NotPermitted', { implements: UserError, simpleResolvers: true, description: 'The caller may not do this with this action: by role, as a machine, as the one who proposed it or wrote its words, or while somebody else is looking at it.' })
export class NotPermitted extends UserError {}

/** Enough for today. */
@ObjectType('LimitReached', { implements: UserError, simpleResolvers: true, description: 'As many e-mails as the outreach policy allows wait for a decision, are on their way, or were sent to the account on this UTC day.' })
export class LimitReached extends UserError {
  @Field(() => GraphQLInt, { description: 'How many a day are allowed.' })
  limit!: number;

  @Field(() => DateTime, { description: 'From when one more can be proposed, if nothing is decided before: the next UTC day for what was sent or approved, its expiry for what waits. UTC.' })
  resetsAt!: string;
}

/** What proposing answers. */
export const ProposeActionResult = resultUnion('ProposeActionResult', 'The action that was proposed, or why none was.', [Action, LimitReached, NotPermitted]);
/** What approving answers. */
export const ApproveActionResult = resultUnion('ApproveActionResult', 'The approved action, or why it was not approved.', [Action, EvidenceChanged, AlreadyDecided, NotPermitted]);
/** What rejecting answers. */
export const RejectActionResult = resultUnion('RejectActionResult', 'The rejected action, or why it was not rejected.', [Action, AlreadyDecided, NotPermitted]);
/** What editing answers. */
export const EditActionResult = resultUnion('EditActionResult', 'The action with its new draft and digest, or why it was not changed.', [Action, EvidenceChanged, AlreadyDecided, NotPermitted]);
/** What claiming and giving back answer. */
export const ClaimActionResult = resultUnion('ClaimActionResult', 'The action, or why it was not claimed or given back.', [Action, AlreadyDecided, NotPermitted]);
