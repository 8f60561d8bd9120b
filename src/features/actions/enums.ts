import { graphEnum } from '../../platform/graphql/graph-enum.ts';

/** How far an action has come; the steps between them: `action.states.ts`. */
export const ActionStatus = graphEnum('ActionStatus', 'How far an action has come.', {
  PENDING: 'It waits for a decision.',
  CLAIMED: 'Somebody is looking at it; until the claim ends nobody else decides.',
  APPROVED: 'A person approved it; it is about to be executed.',
  REJECTED: 'A person rejected it.',
  EXPIRED: 'Nobody decided in time.',
  CANCELLED: 'It must not be sent: consent was withdrawn or ran out, the contact has another address or account, what binds outreach no longer allows it, the record of a CRM change changed or is gone, or somebody whom it named was erased. `endReason` says which.',
  STALE: 'It would not be proposed now: intent is no longer high, something holds proposals back by now, another person is to be written to, or the account is retired. `endReason` says which.',
  EXECUTED: 'It was done.',
  FAILED: 'It was approved and could not be done, or nobody can tell whether it was.',
});
export type ActionStatus = keyof typeof ActionStatus;

/** What kind of action it is. */
export const ActionType = graphEnum('ActionType', 'What is to be done.', {
  EMAIL: 'To send an e-mail to a contact.',
  CRM_CHANGE: 'To change an opportunity in a CRM: create a task, change the next step, or add a note about its stage.',
  PROMOTE_MODEL: 'To publish the scoring model of a pinned laboratory run, or an earlier version of it. Concerns the tenant: `account` is null.',
});
export type ActionType = keyof typeof ActionType;

/** What a CRM change does. */
export const CrmChangeKind = graphEnum('CrmChangeKind', 'What a CRM change does to an opportunity.', {
  CREATE_TASK: 'Creates a task at it.',
  CHANGE_NEXT_STEP: 'Replaces its next step.',
  ADD_STAGE_NOTE: 'Adds a note about its stage.',
});
export type CrmChangeKind = keyof typeof CrmChangeKind;

/** Where the model that a promotion publishes comes from. */
export const PromotionKind = graphEnum('PromotionKind', 'Where the scoring model that a promotion publishes comes from.', {
  RUN: 'From a pinned run of an experiment.',
  ROLL_BACK: 'From an earlier version: it restores what an executed promotion replaced.',
});
export type PromotionKind = keyof typeof PromotionKind;

/** A CRM that changes are written to. */
export const CrmSystem = graphEnum('CrmSystem', 'A CRM that approved changes are written to.', { SALESFORCE: 'Salesforce.', HUBSPOT: 'HubSpot.' });
export type CrmSystem = keyof typeof CrmSystem;

/** How far an undo has come. */
export const UndoStatus = graphEnum('UndoStatus', 'Status of an undo.', {
  REQUESTED: 'A person requested it; it is not executed yet.',
  UNDONE: 'What was written is deleted or restored.',
  FAILED: 'It was not undone; `reason` says why. It can be requested again.',
});
export type UndoStatus = keyof typeof UndoStatus;

/** How much care an action needs. */
export const RiskLevel = graphEnum('RiskLevel', 'How much care an action needs. None is so sure that nobody has to look at it.', {
  MEDIUM: 'Confidence of 0.7 or more.',
  HIGH: 'Confidence below 0.7, and whatever a machine proposed: its own word of how sure it is counts for less.',
});
export type RiskLevel = keyof typeof RiskLevel;

/** Who wrote a draft. */
export const DraftOrigin = graphEnum('DraftOrigin', 'Who wrote a draft at first.', {
  MODEL: 'A language model.',
  TEMPLATE: 'A plain template: no language model is configured, or it gave nothing usable. Nobody has weighed its words, unless `editedBy` names somebody.',
  PERSON: 'A person who proposed it.',
  MACHINE: 'A machine that proposed it, by its API key or by a token that says its bearer is no person. How sure it says it is counts for 0.6 at most.',
});
export type DraftOrigin = keyof typeof DraftOrigin;

/** What came of a decision. */
export const DecisionOutcome = graphEnum('DecisionOutcome', 'What came of a decision about an action.', {
  PROPOSED: 'An action was proposed.',
  SKIPPED: 'Intent is high, and no action was proposed; the reason says why.',
  CLAIMED: 'Somebody took it to look at.',
  RELEASED: 'It was given back, or the claim ended.',
  EDITED: 'The draft was changed.',
  EVIDENCE_CHANGED: 'Somebody wanted to approve it, and what they had seen was no longer so; the evidence was frozen anew.',
  APPROVED: 'A person approved it.',
  REJECTED: 'A person rejected it.',
  EXPIRED: 'Nobody decided in time.',
  CANCELLED: 'Consent was withdrawn or ran out, the contact has another address or account, somebody whom it named was erased, or what was approved must not be sent (any more); the reason says which.',
  WENT_STALE: 'It would not be proposed now; the reason says why.',
  POSTPONED: 'It was approved, and is sent later: the daily limit of the account is used up (`LIMIT_REACHED`), or the person got an e-mail too short a time ago (`RECENT_EMAIL`).',
  EXECUTED: 'It was done.',
  FAILED: 'It could not be done.',
  UNDO_REQUESTED: 'A person requested its undo.',
  UNDONE: 'What it wrote was undone.',
  UNDO_FAILED: 'What it wrote was not undone; the reason says why.',
});
export type DecisionOutcome = keyof typeof DecisionOutcome;
