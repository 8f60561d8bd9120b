import { InvalidInput } from '../../platform/errors.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { requireOtherThanProposer, type Decider } from './action.policy.ts';
import { frozenByDigest, type FrozenEvidence } from './action.queries.ts';
import { grantApproval } from './approval.ts';
import { changeAction } from './change-action.ts';
import { countAction } from './count-actions.ts';
import { openForDecision, type Decided, type OpenAction } from './decide-action.ts';
import { openDraft } from './draft.ts';
import { evidenceDifferences, gatherEvidence, type EvidenceDifference, type GatheredEvidence } from './evidence.ts';
import { freezeEvidence } from './freeze-evidence.ts';

/** An approval as a caller asks for it. */
export interface ApprovalRequest {
  readonly id: string;
  /** The digest of what the approver saw. */
  readonly evidenceDigest: string;
}

/**
 * Approves an action: one person, who did not propose it, on evidence that is still as that person saw it. The evidence is
 * gathered again and its digest compared with the one that the approver brings. When they differ nothing is approved: the
 * consent it rested on gone, it is CANCELLED; intent no longer high, it is STALE; otherwise the present evidence is frozen
 * for the next look. Of two at once one is first, and the other finds it decided.
 */
export async function approveAction(work: Work, seal: Seal, { id, evidenceDigest }: ApprovalRequest, decider: Decider): Promise<Decided> {
  const opened = await openForDecision(work, seal, id, { decider, doing: 'approve actions' });
  if ('kind' in opened) return opened;
  const { action, policy, subject, draft } = opened;
  requireOtherThanProposer(action, decider);
  const present = await gatherEvidence(work, seal, { accountId: action.accountId, subjectId: action.subjectId, subject, draft });
  if (present.digest !== evidenceDigest || evidenceDigest !== action.evidenceDigest) return refuse(work, seal, opened, { present, evidenceDigest });
  await grantApproval(work, action, { outcome: 'APPROVED', reason: 'APPROVED_BY_PERSON', policyVersion: policy.version, inputs: { seen: evidenceDigest } });
  countAction(action.type, action.riskLevel, 'APPROVED');
  return { kind: 'DONE', id: action.id };
}

async function refuse(work: Work, seal: Seal, opened: OpenAction, { present, evidenceDigest }: { present: GatheredEvidence; evidenceDigest: string }): Promise<Decided> {
  const { action, policy, frozen, subject, draft } = opened;
  const seen = evidenceDigest === frozen.digest ? frozen : (await work.rows(frozenByDigest, [work.tenantId, action.id, evidenceDigest]))[0];
  if (!seen) throw new InvalidInput('This digest was never this action\'s. Read the action, look at its evidence, and send the digest that came with it.', ['input', 'evidenceDigest']);
  const changes = [...draftDifferences(seal, seen, opened), ...evidenceDifferences(seen.evidence, present.evidence)];
  const { consent, score } = present.evidence;
  const trace = { policyVersion: policy.version, inputs: { seen: evidenceDigest, found: present.digest, changed: changes.map(({ field }) => field) } };
  if (!consent.granted || !subject || !draft) {
    await changeAction(work, action, 'CANCELLED', { ...trace, outcome: 'CANCELLED', reason: consent.standing === 'EXPIRED' ? 'CONSENT_EXPIRED' : 'CONSENT_REVOKED' });
    countAction(action.type, action.riskLevel, 'CANCELLED');
  } else if (action.scorePointId !== null && score?.band !== 'HIGH') {
    await changeAction(work, action, 'STALE', { ...trace, outcome: 'WENT_STALE', reason: 'INTENT_FELL' });
    countAction(action.type, action.riskLevel, 'STALE');
  } else if (present.digest !== action.evidenceDigest) {
    const version = action.evidenceVersion + 1;
    const { generatedBy, model, prompt, wrappedKey, reasoningSealed } = frozen;
    await freezeEvidence(work, seal, { actionId: action.id, accountId: action.accountId, version, cause: 'CHANGED', gathered: present, subject, draft, reasoning: seal.open(wrappedKey, reasoningSealed) ?? '', generatedBy, model, prompt });
    await changeAction(work, action, action.status, { ...trace, outcome: 'EVIDENCE_CHANGED', reason: 'EVIDENCE_CHANGED' }, { evidence: { version, digest: present.digest } });
  }
  return { kind: 'EVIDENCE_CHANGED', id: action.id, changes };
}

/** Digests tell that a draft changed; whoever decides may read what. */
function draftDifferences(seal: Seal, seen: FrozenEvidence, { draft }: OpenAction): EvidenceDifference[] {
  const old = openDraft(seal, seen.wrappedKey, seen.draftSealed);
  return (['to', 'subject', 'body'] as const).flatMap((name) => {
    const [before, after] = [old?.[name] ?? null, draft?.[name] ?? null];
    return before === after ? [] : [{ field: `draft.${name}`, before, after }];
  });
}

