import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { checkStorable } from '../../platform/storable-text.ts';
import { keyMaker } from '../access/index.ts';
import { actionLineage } from './action-lineage.ts';
import { requireOtherThanAuthor, requireOtherThanProposer, type Decider } from './action.policy.ts';
import { grantApproval } from './approval.ts';
import { changeAction } from './change-action.ts';
import { openForDecision, type Decided, type OpenAction } from './decide-action.ts';
import { forbiddenIn, ForbiddenWords } from './draft.ts';
import { digestOf, gatherEvidence, rulesOf, type GatheredEvidence } from './evidence.ts';
import { freezeEvidence } from './freeze-evidence.ts';
import { closedGate, OutreachBlocked } from './outreach-gates.ts';
import { lockPerson, recentEmail, TooSoon } from './recent-email.ts';
import { differencesSince } from './seen-evidence.ts';
import { lowestOriginOf, refuseUntrusted, riskWithTrust } from './trust-floor.ts';

/** An approval as a caller asks for it. */
export interface ApprovalRequest {
  readonly id: string;
  /** The digest of what the approver saw. */
  readonly evidenceDigest: string;
}

/**
 * Approves an action: one person, who did not propose it, on evidence that is still as that
 * person saw it; where the policy wants four eyes, not whoever wrote the words either. The evidence is
 * gathered again and its digest compared with the one that the approver brings. When they differ nothing is approved: the
 * consent it rested on gone, or the contact at another address or of another account, it is CANCELLED; intent no longer high, it is STALE; otherwise the present evidence is frozen
 * for the next look, at HIGH risk if it rests on what the policy trusts too little. What the policy refuses to rest on is not approved. Words that the do-not-say list in force forbids are refused, whichever list they were written under. Of two at once one is first, and the other finds it decided.
 */
export async function approveAction(work: Work, seal: Seal, { id, evidenceDigest }: ApprovalRequest, decider: Decider): Promise<Decided> {
  checkStorable(evidenceDigest, ['input', 'evidenceDigest']);
  const opened = await openForDecision(work, seal, id, { decider, doing: 'approve actions' });
  if ('kind' in opened) return opened;
  const { action, policy, frozen, subject, draft } = opened;
  requireOtherThanProposer({ ...action, keyMadeBy: await keyMaker(work, action.proposedById) }, decider);
  const present = await gatherEvidence(work, seal, { ...action, subject, draft });
  if (present.recipientFault || digestOf(present.evidence, rulesOf(frozen.evidence)) !== evidenceDigest || evidenceDigest !== action.evidenceDigest) return refuse(work, seal, opened, { present, evidenceDigest });
  const gate = await closedGate(work, action.accountId, policy, { byProgram: action.scorePointId !== null });
  if (gate) throw new OutreachBlocked(gate, 'Reject the action, or ask an administrator to change the policy.', ['input', 'id']);
  // What it rests on can have changed since it was proposed, and the policy, too.
  refuseUntrusted(await lowestOriginOf(work, seal, [actionLineage.ref(action.id)]), policy, ['input', 'id']);
  await lockPerson(work, action.subjectId);
  const recent = await recentEmail(work, action.subjectId, policy, { except: action.id, approved: true });
  if (recent) throw new TooSoon(recent, policy, work.now);
  if (policy.fourEyes) requireOtherThanAuthor(frozen, decider);
  // The list may have grown since the words were checked.
  const forbidden = draft ? forbiddenIn(draft, policy) : [];
  if (forbidden.length > 0) throw new ForbiddenWords(forbidden, ['input', 'id'], ' It was changed since this was written: edit the draft, or reject it.');
  await grantApproval(work, action, { outcome: 'APPROVED', reason: 'APPROVED_BY_PERSON', policyVersion: policy.version, inputs: { seen: evidenceDigest } });
  return { kind: 'DONE', id: action.id };
}

async function refuse(work: Work, seal: Seal, opened: OpenAction, { present, evidenceDigest }: { present: GatheredEvidence; evidenceDigest: string }): Promise<Decided> {
  const { action, policy, frozen, subject, draft } = opened;
  const changes = await differencesSince(work, seal, opened, { evidenceDigest, present });
  const { consent, score } = present.evidence;
  const trace = { policyVersion: policy.version, inputs: { seen: evidenceDigest, found: present.digest, changed: changes.map(({ field }) => field) } };
  if (!consent.granted || !subject || !draft) {
    await changeAction(work, action, 'CANCELLED', { ...trace, outcome: 'CANCELLED', reason: consent.standing === 'EXPIRED' ? 'CONSENT_EXPIRED' : 'CONSENT_REVOKED', inputs: { ...trace.inputs, consentId: consent.consentId, consentVersion: consent.version } });
  } else if (present.recipientFault) {
    await changeAction(work, action, 'CANCELLED', { ...trace, outcome: 'CANCELLED', reason: present.recipientFault });
  } else if (action.scorePointId !== null && score?.band !== 'HIGH') {
    await changeAction(work, action, 'STALE', { ...trace, outcome: 'WENT_STALE', reason: 'INTENT_FELL' });
  } else if (digestOf(present.evidence, rulesOf(frozen.evidence)) !== action.evidenceDigest) {
    const version = action.evidenceVersion + 1;
    const { wrappedKey, reasoningSealed, ...origin } = frozen;
    await freezeEvidence(work, seal, { ...origin, actionId: action.id, accountId: action.accountId, version, cause: 'CHANGED', gathered: present, subject, draft, reasoning: seal.open(wrappedKey, reasoningSealed) ?? '' });
    const lowest = await lowestOriginOf(work, seal, [actionLineage.ref(action.id)]);
    await changeAction(work, action, action.status, { ...trace, outcome: 'EVIDENCE_CHANGED', reason: 'EVIDENCE_CHANGED' }, { evidence: { version, digest: present.digest }, riskLevel: riskWithTrust(action.riskLevel, lowest, policy) });
  }
  return { kind: 'EVIDENCE_CHANGED', id: action.id, changes };
}
