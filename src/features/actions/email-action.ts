import { consentStates } from '../consent/index.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { digestOfContent } from './action-content.ts';
import type { ActionEnd, ActionKind, ApprovedAction, Hindrance } from './action-kind.ts';
import { accountOfAction } from './change-action.ts';
import type { OpenAction } from './decide-action.ts';
import { draftForm, forbiddenIn, ForbiddenWords, toDraft, type Draft } from './draft.ts';
import { gatherEmailEvidence, outreachConsent, type GatheredEvidence } from './evidence.ts';
import { executionLease, later } from './execution-times.ts';
import { closedGate, OutreachBlocked } from './outreach-gates.ts';
import { lockPerson, recentEmail, TooSoon } from './recent-email.ts';
import { contactNow, recipientFault } from './recipient-address.ts';
import { limitReached } from './sent-today.ts';

/** An e-mail to a contact who consents. */
export const emailAction: ActionKind<Draft> = {
  type: 'EMAIL',
  form: draftForm,
  texts: ['subject', 'body'],
  isEditable: true,
  readsRecord: false,
  gather: gatherEmailEvidence,
  endOf,
  checkApproval,
  hindrance,
  async execute({ outreach }, { content, approval }, signal) {
    const draft = toDraft(content);
    return draft ? outreach.send({ ...draft, approval }, signal) : { kind: 'REFUSED', lasting: true, reason: 'ERASED' };
  },
  lookUp: ({ outreach }, { approval }, signal) => outreach.lookUp(approval, signal),
};

/** The consent gone, or the contact at another address or of another account: it is CANCELLED. Intent no longer high: it is STALE. */
function endOf({ action, subject, content }: OpenAction, { evidence: { consent, score }, recipientFault: fault }: GatheredEvidence): ActionEnd | null {
  if (!consent?.granted || !subject || !content) return { to: 'CANCELLED', reason: consent?.standing === 'EXPIRED' ? 'CONSENT_EXPIRED' : 'CONSENT_REVOKED', inputs: { consentId: consent?.consentId ?? null, consentVersion: consent?.version ?? 0 } };
  if (fault) return { to: 'CANCELLED', reason: fault };
  return action.scorePointId !== null && score?.band !== 'HIGH' ? { to: 'STALE', reason: 'INTENT_FELL' } : null;
}

async function checkApproval(work: Work, { action, policy, content }: OpenAction): Promise<void> {
  const gate = await closedGate(work, accountOfAction(action), policy, { byProgram: action.scorePointId !== null });
  if (gate) throw new OutreachBlocked(gate, 'Reject the action, or ask an administrator to change the policy.', ['input', 'id']);
  await lockPerson(work, action.subjectId);
  const recent = await recentEmail(work, action.subjectId, policy, { except: action.id, approved: true });
  if (recent) throw new TooSoon(recent, policy, work.now);
  // The list may have grown since the words were checked.
  const draft = toDraft(content);
  const forbidden = draft ? forbiddenIn(draft, policy) : [];
  if (forbidden.length > 0) throw new ForbiddenWords(forbidden, ['input', 'id'], ' It was changed since this was written: edit the draft, or reject it.');
}

/**
 * Consent is checked again, and held; so is whether the words are the approved ones, whether the contact is still of the account
 * and has that address, and whether the policy in force allows it: its do-not-say list and its gates cancel; its daily limit and
 * its minimum time between e-mails to one person postpone.
 */
async function hindrance(work: Work, seal: Seal, { action, policy, frozen, subject, content }: ApprovedAction): Promise<Hindrance | null> {
  const cancel = (reason: string, inputs: Readonly<Record<string, unknown>> = {}): Hindrance => ({ kind: 'CANCEL', reason, inputs });
  const [consent] = await consentStates(work, { tenantId: work.tenantId, now: work.now, seal }, [{ subjectId: action.subjectId, ...outreachConsent }]);
  const draft = toDraft(content);
  if (!consent?.granted || !subject || !frozen || !draft) return cancel(consent?.standing === 'EXPIRED' ? 'CONSENT_EXPIRED' : 'CONSENT_REVOKED', { consentId: consent?.consentId ?? null, consentVersion: consent?.version ?? 0 });
  // Send only if the digest of the words still matches the approved one.
  if (digestOfContent(seal, subject.key, draft) !== frozen.evidence.draft.digest) return cancel('DRAFT_CHANGED');
  const fault = action.contactId === null ? 'CONTACT_MOVED' : recipientFault(await contactNow(work, seal, action.contactId), { accountId: accountOfAction(action), to: draft.to });
  if (fault) return cancel(fault);
  if (forbiddenIn(draft, policy).length > 0) return cancel('POLICY_CHANGED');
  const gate = await closedGate(work, accountOfAction(action), policy, { byProgram: action.scorePointId !== null });
  if (gate) return cancel(gate.reason, gate.details);
  await lockPerson(work, action.subjectId);
  const recent = await recentEmail(work, action.subjectId, policy, { except: action.id, approved: false });
  if (recent) return { kind: 'WAIT', dueAt: recent.isUnderWay ? later(work, executionLease) : recent.until, reason: 'RECENT_EMAIL', inputs: { ...recent } };
  const reached = await limitReached(work, action, policy);
  return reached && { kind: 'WAIT', dueAt: reached.tomorrow, reason: 'LIMIT_REACHED', inputs: { ...reached } };
}
