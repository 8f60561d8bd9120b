import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import type { RevocationReaction, RevokedConsent } from '../consent/index.ts';
import { isOpen } from './action.states.ts';
import { changeAction, lockActions, type LockedAction } from './change-action.ts';
import { outreachConsent } from './evidence.ts';
import { outreachPolicy } from './outreach-policy.ts';

const stopOutreach = statement<{ actionId: string }>(
  'stop_outreach',
  `update outreach set state = 'CANCELLED', recorded_at = $3 where tenant_id = $1 and action_id = any($2::uuid[]) and state = 'DUE' returning action_id as "actionId"`,
);

/** Why an action is cancelled, for its trace. */
export interface CancelReason {
  readonly reason: 'CONSENT_REVOKED' | 'CONSENT_EXPIRED' | 'PERSON_ERASED' | 'NAMES_ERASED_PERSON' | 'ACCOUNT_RETIRED' | 'ACCOUNT_MERGED';
  readonly inputs: Readonly<Record<string, unknown>>;
}

/**
 * Cancels those of some locked actions that wait for a decision, or were approved and are not being sent yet; `why` says
 * null for one that stays. What is on its way out at this moment is not called back: the executor tells how it went, and
 * sends nothing more. Answers how many.
 */
export async function cancelUnsent(work: Work, actions: readonly LockedAction[], why: (action: LockedAction) => CancelReason | null): Promise<number> {
  const meant = actions.flatMap((action) => {
    const trace = isOpen(action.status) || action.status === 'APPROVED' ? why(action) : null;
    return trace ? [{ action, trace }] : [];
  });
  if (meant.length === 0) return 0;
  const approved = meant.filter(({ action }) => action.status === 'APPROVED').map(({ action }) => action.id);
  const stopped = new Set(approved.length === 0 ? [] : (await work.rows(stopOutreach, [work.tenantId, approved, work.now])).map(({ actionId }) => actionId));
  const policyVersion = (await outreachPolicy(work)).version;
  const unsent = meant.filter(({ action }) => isOpen(action.status) || stopped.has(action.id));
  for (const { action, trace } of unsent) await changeAction(work, action, 'CANCELLED', { outcome: 'CANCELLED', policyVersion, ...trace });
  return unsent.length;
}

const ofPeople = statement<{ id: string; subjectId: string | null }>(
  'actions_of_people',
  `select a.id, c.subject_id as "subjectId" from action a left join contact c on c.tenant_id = a.tenant_id and c.id = a.contact_id and c.subject_id = any($2::uuid[])
   where a.tenant_id = $1 and a.status in ('PENDING', 'CLAIMED', 'APPROVED')
     and (a.subject_id = any($2::uuid[]) or a.contact_id in (select id from contact where tenant_id = $1 and subject_id = any($2::uuid[])))`,
);

/**
 * Consent to outreach by e-mail was revoked, or the person objected to profiling → what is addressed to the person is cancelled in the same transaction: by the
 * address it was written to, and by the one that the contact has by now.
 */
export const cancelOnRevocation: RevocationReaction = {
  name: 'cancel actions',
  async react(work, revoked) {
    const meant = revoked.filter(({ purpose, channel }) => purpose === 'PROFILING' || (purpose === outreachConsent.purpose && channel === outreachConsent.channel));
    if (meant.length === 0) return;
    const bySubject = new Map<string, RevokedConsent>(meant.map((one) => [one.subjectId, one]));
    const found = new Map((await work.rows(ofPeople, [work.tenantId, [...bySubject.keys()]])).map(({ id, subjectId }) => [id, subjectId]));
    await cancelUnsent(work, await lockActions(work, [...found.keys()]), (action) => {
      const consent = bySubject.get(action.subjectId) ?? bySubject.get(found.get(action.id) ?? '');
      if (!consent) return null;
      const { consentId, version, cause } = consent;
      return { reason: cause === 'ERASURE' ? 'PERSON_ERASED' : 'CONSENT_REVOKED', inputs: { consentId, consentVersion: version } };
    });
  },
};
