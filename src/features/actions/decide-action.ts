import { NotFound } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import { subjectsById, type Seal, type Subject } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { openContent, type ActionContent } from './action-content.ts';
import { requireDecider, requireUnclaimedByOthers, type Decider } from './action.policy.ts';
import { frozenByVersion, type FrozenEvidence } from './action.queries.ts';
import { isOpen } from './action.states.ts';
import { changeAction, lockActionWithConsent, type LockedAction } from './change-action.ts';
import type { EvidenceDifference } from './evidence.ts';
import { outreachPolicy, type OutreachPolicy } from './outreach-policy.ts';

/** What came of a decision that was asked for. What is refused is thrown; these are committed. */
export type Decided =
  | { readonly kind: 'DONE'; readonly id: Id<'Action'> }
  | { readonly kind: 'ALREADY_DECIDED'; readonly id: Id<'Action'> }
  | { readonly kind: 'EVIDENCE_CHANGED'; readonly id: Id<'Action'>; readonly changes: readonly EvidenceDifference[] };

/** An action that waits for a decision, with what one needs to decide. */
export interface OpenAction {
  readonly action: LockedAction;
  readonly policy: OutreachPolicy;
  /** Null once the person it is addressed to has been erased. */
  readonly subject: Subject | null;
  readonly frozen: FrozenEvidence;
  readonly content: ActionContent | null;
}

/** The one answer for ids that are malformed, unknown, or another tenant's. */
export function noSuchAction(path: readonly string[]): NotFound {
  return new NotFound('There is no such action.', path);
}

/**
 * Opens an action for a person's decision: checks who decides, locks it, and answers it; or, when it no longer waits for a
 * decision, that somebody was faster. An action whose time is over expires here, should the job not have come by yet.
 */
export async function openForDecision(work: Work, seal: Seal, id: string, { decider, doing }: { decider: Decider; doing: string }): Promise<OpenAction | Extract<Decided, { kind: 'ALREADY_DECIDED' }>> {
  requireDecider(decider, doing);
  const action = await lockActionWithConsent(work, id);
  if (!action) throw noSuchAction(['input', 'id']);
  if (!isOpen(action.status)) return { kind: 'ALREADY_DECIDED', id: action.id };
  const policy = await outreachPolicy(work);
  if (Date.parse(action.expiresAt) <= Date.parse(work.now)) {
    await changeAction(work, action, 'EXPIRED', { outcome: 'EXPIRED', reason: 'NOT_DECIDED_IN_TIME', policyVersion: policy.version, inputs: { expiresAt: action.expiresAt } });
    return { kind: 'ALREADY_DECIDED', id: action.id };
  }
  requireUnclaimedByOthers(action, decider, work.now);
  const frozen = await frozenAt(work, action);
  const subject = (await subjectsById(work, seal, [action.subjectId])).get(action.subjectId) ?? null;
  return { action, policy, subject, frozen, content: openContent(seal, frozen.wrappedKey, frozen.draftSealed) };
}

async function frozenAt(work: Work, action: LockedAction): Promise<FrozenEvidence> {
  const [frozen] = await work.rows(frozenByVersion, [work.tenantId, action.id, action.evidenceVersion]);
  if (!frozen) throw new Error('an action has no evidence');
  return frozen;
}
