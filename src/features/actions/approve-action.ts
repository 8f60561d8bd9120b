import { Conflict } from '../../platform/errors.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { checkStorable } from '../../platform/storable-text.ts';
import { keyMaker } from '../access/index.ts';
import { actionLineage } from './action-lineage.ts';
import { actionKindOf } from './action-kinds.ts';
import { requireOtherThanAuthor, requireOtherThanProposer, type Decider } from './action.policy.ts';
import { grantApproval } from './approval.ts';
import { changeAction } from './change-action.ts';
import type { CrmTarget } from './crm-writing.ts';
import { openForDecision, type Decided, type OpenAction } from './decide-action.ts';
import { digestOf, rulesOf, type GatheredEvidence } from './evidence.ts';
import { freezeEvidence } from './freeze-evidence.ts';
import { differencesSince } from './seen-evidence.ts';
import { lowestOriginOf, refuseUntrusted, riskWithTrust } from './trust-floor.ts';

/** An approval as a caller asks for it. */
export interface ApprovalRequest {
  readonly id: string;
  /** The digest of what the approver saw. */
  readonly evidenceDigest: string;
  /** The record that the action is about, as it is at the vendor now; null for types that are about none. */
  readonly target?: CrmTarget | null;
}

/**
 * Approves an action: one person, who did not propose it, on evidence that is still as that
 * person saw it; where the policy wants four eyes, not whoever wrote the words either. The evidence is gathered again and its
 * digest compared with the one that the approver brings. When they differ nothing is approved: what its type says ends it (for an
 * e-mail, the consent gone, another address, intent that is no longer high; for a CRM change, the record gone) makes it CANCELLED or
 * STALE; otherwise the present evidence is frozen for the next look, at HIGH risk if it rests on what the policy trusts too little.
 * What the policy refuses to rest on, and what the type forbids, is not approved. Of two at once one is first, and the other finds it decided.
 */
export async function approveAction(work: Work, seal: Seal, { id, evidenceDigest, target = null }: ApprovalRequest, decider: Decider): Promise<Decided> {
  checkStorable(evidenceDigest, ['input', 'evidenceDigest']);
  const opened = await openForDecision(work, seal, id, { decider, doing: 'approve actions' });
  if ('kind' in opened) return opened;
  const { action, policy, frozen, subject, content } = opened;
  const kind = actionKindOf(action.type);
  requireOtherThanProposer({ ...action, keyMadeBy: await keyMaker(work, action.proposedById) }, decider);
  const present = await kind.gather(work, seal, { ...action, subject, content, target: sameRecord(frozen.evidence.target, target), promotion: frozen.evidence.promotion });
  if (present.recipientFault || digestOf(present.evidence, rulesOf(frozen.evidence)) !== evidenceDigest || evidenceDigest !== action.evidenceDigest) return refuse(work, seal, opened, { present, evidenceDigest });
  await kind.checkApproval(work, opened);
  // What it rests on can have changed since it was proposed, and the policy, too.
  refuseUntrusted(await lowestOriginOf(work, seal, [actionLineage.ref(action.id)]), policy, ['input', 'id']);
  if (policy.fourEyes) requireOtherThanAuthor(frozen, decider);
  await grantApproval(work, action, { outcome: 'APPROVED', reason: 'APPROVED_BY_PERSON', policyVersion: policy.version, inputs: { seen: evidenceDigest } });
  return { kind: 'DONE', id: action.id };
}

/** The record as it was read now; never another record than the one that is frozen. */
function sameRecord(frozen: CrmTarget | undefined, read: CrmTarget | null): CrmTarget | null {
  if (!frozen) return null;
  if (!read) throw new Conflict('The record was not read in the CRM. Approve the action by approveAction, which reads it.', ['input', 'id']);
  const { system, recordKind, externalId, opportunityId } = frozen;
  return { ...read, system, recordKind, externalId, opportunityId };
}

async function refuse(work: Work, seal: Seal, opened: OpenAction, { present, evidenceDigest }: { present: GatheredEvidence; evidenceDigest: string }): Promise<Decided> {
  const { action, policy, frozen, subject, content } = opened;
  const changes = await differencesSince(work, seal, opened, { evidenceDigest, present });
  const trace = { policyVersion: policy.version, inputs: { seen: evidenceDigest, found: present.digest, changed: changes.map(({ field }) => field) } };
  const end = actionKindOf(action.type).endOf(opened, present);
  if (end) {
    await changeAction(work, action, end.to, { ...trace, outcome: end.to === 'STALE' ? 'WENT_STALE' : 'CANCELLED', reason: end.reason, inputs: { ...trace.inputs, ...end.inputs } });
  } else if (subject && content && digestOf(present.evidence, rulesOf(frozen.evidence)) !== action.evidenceDigest) {
    const version = action.evidenceVersion + 1;
    const { wrappedKey, reasoningSealed, ...origin } = frozen;
    await freezeEvidence(work, seal, { ...origin, actionId: action.id, accountId: action.accountId, version, cause: 'CHANGED', gathered: present, subject, content, reasoning: seal.open(wrappedKey, reasoningSealed) ?? '' });
    const lowest = await lowestOriginOf(work, seal, [actionLineage.ref(action.id)]);
    await changeAction(work, action, action.status, { ...trace, outcome: 'EVIDENCE_CHANGED', reason: 'EVIDENCE_CHANGED' }, { evidence: { version, digest: present.digest }, riskLevel: riskWithTrust(action.riskLevel, lowest, policy) });
  }
  return { kind: 'EVIDENCE_CHANGED', id: action.id, changes };
}
