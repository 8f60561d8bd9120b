import type { Id } from '../../platform/ids.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { riseSince } from '../scoring/index.ts';
import { actionsUnderWay, lastEndedAction } from './account-state.ts';
import type { Held } from './consideration-store.ts';
import { closedGate } from './outreach-gates.ts';
import type { OutreachPolicy } from './outreach-policy.ts';
import { dailyLimitReached } from './propose-action.ts';
import { lockPerson, recentEmail } from './recent-email.ts';
import { chooseRecipient, type Recipient } from './recipient.ts';
import { lockProposals } from './standing-proposals.ts';

/** Whether an account that is high has a case for a proposal now: one was approved already, something holds it back, or it is free. */
export type Assessment = { readonly kind: 'APPROVED' } | { readonly kind: 'HELD'; readonly held: Held } | { readonly kind: 'FREE'; readonly recipient: Recipient };

const held = (reason: Held['reason'], details: Held['details'] = {}, more: { readonly retryAt?: string; readonly actionId?: string } = {}): Assessment => ({
  kind: 'HELD',
  held: { reason, details, retryAt: more.retryAt ?? null, ...(more.actionId === undefined ? {} : { actionId: more.actionId }) },
});

/**
 * Looks at everything that can hold a proposal back, what lasts longest first, and nothing that needs a language model.
 * The open proposals that the program made for the account play no part: whether they may stay follows from this.
 * The account must be locked: what this returns stays true until the transaction ends.
 */
export async function assessAccount(work: Work, seal: Seal, accountId: Id<'Account'>, policy: OutreachPolicy): Promise<Assessment> {
  const present = await actionsUnderWay(work, accountId, null);
  if (present.some(({ byProgram, isDecided }) => byProgram && isDecided)) return { kind: 'APPROVED' };
  const gate = await closedGate(work, accountId, policy, { byProgram: true });
  if (gate?.reason === 'ACCOUNT_RETIRED') throw new Error('an account that is gone is not assessed');
  if (gate) return held(gate.reason, gate.details);
  const recipient = await chooseRecipient(work, seal, accountId, null);
  if (typeof recipient === 'string') return held(recipient === 'NO_CONTACT' ? 'NO_RECIPIENT' : 'NO_CONSENT');
  const proposals = await lockProposals(work, accountId);
  const limit = await dailyLimitReached(work, accountId, policy, proposals.map(({ id }) => id));
  if (limit) return held('DAILY_LIMIT', { limit: limit.limit }, { retryAt: limit.resetsAt });
  await lockPerson(work, recipient.subject.id);
  const other = (await actionsUnderWay(work, accountId, recipient.subject.id)).find(({ isDecided, isFirst }) => isDecided || isFirst);
  if (other) return held('OPEN_ACTION', { actionId: other.id, otherAccount: other.accountId !== accountId }, { actionId: other.id });
  const cooling = await coolDown(work, accountId, policy);
  if (cooling) return cooling;
  const recent = await recentEmail(work, recipient.subject.id, policy, { except: null, approved: true });
  if (recent) return held('RECENT_EMAIL', { actionId: recent.actionId, sentAt: recent.at, hoursBetweenEmails: policy.hoursBetweenEmails }, { retryAt: recent.until, actionId: recent.actionId });
  return { kind: 'FREE', recipient };
}

/** After an action ended, the program waits for the cool-down, and then for a signal that the last decision did not know. */
async function coolDown(work: Work, accountId: Id<'Account'>, { coolDownHours }: OutreachPolicy): Promise<Assessment | null> {
  const last = await lastEndedAction(work, accountId);
  if (!last) return null;
  const details = { actionId: last.id, status: last.status, endedAt: new Date(last.at).toISOString() };
  const over = new Date(Date.parse(last.at) + coolDownHours * 3_600_000).toISOString();
  if (Date.parse(over) > Date.parse(work.now)) return held('COOL_DOWN', { ...details, coolDownHours }, { retryAt: over });
  return (await riseSince(work, accountId, details.endedAt)) ? null : held('NO_NEW_SIGNAL', details);
}
