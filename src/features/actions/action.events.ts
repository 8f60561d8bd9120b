import { z } from 'zod';
import { defineEvent, type EventKind } from '../../platform/events/event.ts';
import { ConsiderationReason } from './consideration.enums.ts';
import { ActionStatus, type DecisionOutcome } from './enums.ts';

const change = {
  actionId: z.uuid().describe('The action.'),
  previousStatus: z.enum(ActionStatus).nullable().describe('What it was before; null for a new one, the same for a change that is no step.'),
  status: z.enum(ActionStatus).describe('What it is now.'),
  decisionId: z.uuid().describe('The trace of the decision: inputs, policy, reason, actor.'),
  evidenceDigest: z.string().regex(/^[0-9a-f]{64}$/).describe('The digest of its evidence as it now stands.'),
  reason: z.string().regex(/^[A-Z_]+$/).describe('Why, as a code of the program\'s own; what people say is kept with the decision, sealed.'),
};
const changed = z.strictObject(change);
const approved = z.strictObject({ ...change, approvalId: z.uuid().describe('The approval: without one, nothing is executed.') });

/** What every fact about an action says. */
export type ActionChanged = z.infer<typeof changed>;
/** What a fact about an approved action says. */
export type ApprovedActionChanged = z.infer<typeof approved>;

/** An action was proposed. */
export const actionProposed = defineEvent('action.proposed', 1, 'An action was proposed; it waits for a person to decide.', changed);
/** Somebody took an action to look at. */
export const actionClaimed = defineEvent('action.claimed', 1, 'Somebody took an action to look at.', changed);
/** A claim ended. */
export const actionReleased = defineEvent('action.released', 1, 'An action was given back to the queue, or the claim on it ran out.', changed);
/** The draft of an action was changed. */
export const actionEdited = defineEvent('action.edited', 1, 'The draft of an action was changed by a person; its evidence has a new digest.', changed);
/** The evidence of an action was frozen anew. */
export const actionEvidenceChanged = defineEvent('action.evidence_changed', 1, 'What an action rests on changed before it was approved; the evidence was frozen anew.', changed);
/** An action was approved. */
export const actionApproved = defineEvent('action.approved', 1, 'A person approved an action; it is to be executed.', approved);
/** An action was rejected. */
export const actionRejected = defineEvent('action.rejected', 1, 'A person rejected an action.', changed);
/** An action expired. */
export const actionExpired = defineEvent('action.expired', 1, 'Nobody decided about an action in time.', changed);
/** An action was cancelled. */
export const actionCancelled = defineEvent('action.cancelled', 1, 'An action was cancelled: the consent it rested on no longer holds, the contact has another address or is of another account, or it must not be sent as it was approved.', changed);
/** An action went stale. */
export const actionWentStale = defineEvent('action.went_stale', 1, 'An action would not be proposed now: intent is no longer high, something holds proposals back by now, another person is to be written to, or the account is retired. `reason` says which.', changed);
/** An approved action waits for another day. */
export const actionPostponed = defineEvent('action.postponed', 1, 'An approved action was postponed: the daily limit of its account is used up, or the person got an e-mail too short a time ago.', approved);
/** An action was executed. */
export const actionExecuted = defineEvent('action.executed', 1, 'An approved action was done.', approved);
/** An action failed. */
export const actionFailed = defineEvent('action.failed', 1, 'An approved action could not be done, or nobody can tell whether it was.', approved);

/** A person asked to undo an executed action. */
export const actionUndoRequested = defineEvent('action.undo_requested', 1, 'A person asked to undo what an executed action wrote; it is to be taken back.', approved);
/** An executed action was undone. */
export const actionUndone = defineEvent('action.undone', 1, 'What an executed action wrote was taken back.', approved);
/** An executed action was not undone. */
export const actionUndoFailed = defineEvent('action.undo_failed', 1, 'What an executed action wrote was not taken back: somebody changed it since, or the vendor refused. `reason` says which.', approved);

/** From a crossing no action was proposed. */
export const actionSkipped = defineEvent(
  'action.skipped',
  1,
  'An account\'s intent is high, or was when it was looked at, and no action was proposed.',
  z.strictObject({
    accountId: z.uuid().describe('The account.'),
    pointId: z.uuid().describe('The change of the score that it was decided on.'),
    decisionId: z.uuid().describe('The trace of the decision.'),
    reason: z.string().regex(/^[A-Z_]+$/).describe('Why, as a code: `NO_CONSENT`, `DAILY_LIMIT`, …'),
  }),
);

const account = z.uuid().describe('The account.');

/** A consideration is due. */
export const considerationDue = defineEvent('consideration.due', 1, 'An account is due to be considered again: its time has come, or a new policy is in force.', z.strictObject({ accountId: account }));

/** A consideration ended. */
export const considerationEnded = defineEvent(
  'consideration.ended',
  1,
  'An account is no longer among those that are high and not proposed.',
  z.strictObject({
    accountId: account,
    reason: z.enum(ConsiderationReason).describe('Why it was not proposed until then.'),
    because: z.enum(['NOT_HIGH', 'PROPOSED', 'ACCOUNT_GONE']).describe('Whether its intent is no longer high, an action was proposed, or the account is retired or merged into another.'),
  }),
);

/** What outreach is bound by was replaced. */
export const outreachPolicySaved = defineEvent('outreach_policy.saved', 1, 'A new version of what outreach is bound by is in force.', z.strictObject({ version: z.int() }));

/** The fact of each outcome; outcomes behind an approval name it. */
export const eventOf: Readonly<Record<Exclude<DecisionOutcome, 'SKIPPED'>, EventKind<never>>> = {
  PROPOSED: actionProposed,
  CLAIMED: actionClaimed,
  RELEASED: actionReleased,
  EDITED: actionEdited,
  EVIDENCE_CHANGED: actionEvidenceChanged,
  APPROVED: actionApproved,
  REJECTED: actionRejected,
  EXPIRED: actionExpired,
  CANCELLED: actionCancelled,
  WENT_STALE: actionWentStale,
  POSTPONED: actionPostponed,
  EXECUTED: actionExecuted,
  FAILED: actionFailed,
  UNDO_REQUESTED: actionUndoRequested,
  UNDONE: actionUndone,
  UNDO_FAILED: actionUndoFailed,
} as unknown as Readonly<Record<Exclude<DecisionOutcome, 'SKIPPED'>, EventKind<never>>>;

/** Every kind of fact about an action, for those who follow them. */
export const actionEventKinds: readonly string[] = Object.values(eventOf).map(({ kind }) => kind);

/** Every kind of event of this feature. */
export const actionEvents: readonly EventKind<never>[] = [...Object.values(eventOf), actionSkipped as unknown as EventKind<never>, considerationDue as unknown as EventKind<never>, considerationEnded as unknown as EventKind<never>, outreachPolicySaved as unknown as EventKind<never>];
