import { useEffect, useState } from 'react';
import type { ActionStatus, ActionType, DealHealthCondition } from '../../generated/operations.ts';

/** A state in a word. */
export const statusWords: Record<ActionStatus, string> = {
  PENDING: 'Waiting',
  CLAIMED: 'Claimed',
  APPROVED: 'Approved',
  REJECTED: 'Rejected',
  EXPIRED: 'Expired',
  CANCELLED: 'Cancelled',
  STALE: 'Stale',
  EXECUTED: 'Sent',
  FAILED: 'Failed',
};

/** Why a deal's health is not GREEN. */
export const healthWords: Record<DealHealthCondition, string> = {
  ACTIVE_BLOCKER: 'A ticket blocks the deal.',
  LAST_CONTACT: 'The last contact was long ago.',
  CLOSE_DATE: 'The close date has passed.',
  STAGE_AGE: 'The deal has been in its stage for long.',
  ACCOUNT_STATUS: 'The status of the account.',
  COMPETITOR: 'A competitor is mentioned.',
  CONTRADICTION: 'Sources disagree about the deal.',
  MANY_CAUTIONS: 'Several conditions need attention at once.',
  TOO_LITTLE_KNOWN: 'No deal is open, or too little is known about it.',
};

/** Whether an action in this state still waits for a decision. */
export function isOpen(status: ActionStatus): boolean {
  return status === 'PENDING' || status === 'CLAIMED';
}

const executedWords: Record<ActionType, string> = { EMAIL: 'Sent', CRM_CHANGE: 'Written', PROMOTE_MODEL: 'Published' };

/** What an action is called in the queue: its account, or what it concerns where it is for none. */
export function cardName({ type, account }: { type: ActionType; account: { name: string | null } | null }): string {
  return account?.name ?? (type === 'PROMOTE_MODEL' ? 'Scoring model' : 'An account without a name');
}

/** A state with who brought it about: `Approved by anna`. */
export function outcomeWords({ type, status, decidedBy, claimedBy }: { type?: ActionType; status: ActionStatus; decidedBy: { id: string } | null; claimedBy: { id: string } | null }, me: string | null): string {
  const by = status === 'CLAIMED' ? claimedBy : decidedBy;
  const named = ['APPROVED', 'REJECTED', 'EXECUTED', 'FAILED', 'CLAIMED'].includes(status) ? by : null;
  const word = status === 'EXECUTED' && type ? executedWords[type] : statusWords[status];
  if (!named) return word;
  const who = named.id === me ? 'you' : named.id;
  return ['EXECUTED', 'FAILED'].includes(status) ? `${word} (approved by ${who})` : `${word} by ${who}`;
}

/** Why an action came to its end, for those who see it end; null for codes that say no more than the state. */
export function endWords(code: string | null): string | null {
  return code === null ? null : (endings[code] ?? null);
}

const endings: Readonly<Record<string, string>> = {
  CONSENT_REVOKED: 'the consent it rested on was withdrawn',
  CONSENT_EXPIRED: 'the consent it rested on ran out',
  PERSON_ERASED: 'the person it was addressed to was erased',
  ADDRESS_CHANGED: 'the contact has another address',
  UNTRUSTED_ORIGIN: 'it rested on an observation that the policy does not trust',
  CONTACT_MOVED: 'the contact is no longer of this account',
  DRAFT_CHANGED: 'its words are no longer those that were approved',
  POLICY_CHANGED: 'the do-not-say list forbids its words by now',
  RECENT_EMAIL: 'the person got another e-mail too short a time ago',
  ACCOUNT_STATUS: 'the policy allows no outreach to accounts with this status',
  LIFECYCLE: 'the policy allows no outreach to accounts in this lifecycle stage',
  DO_NOT_CONTACT: 'a manager flag forbids e-mail to the account',
  CRITICAL_TICKET: 'a critical ticket of the account is open',
  LIMIT_REACHED: 'as many e-mails as are allowed were sent to the account',
  INTENT_FELL: 'the account\'s intent is no longer high',
  BETTER_RECIPIENT: 'another contact of the account is to be written to',
  SECOND_PROPOSAL: 'another proposal for the account stays',
  OPEN_ACTION: 'another action to the account or the person is under way',
  NO_RECIPIENT: 'no contact of the account has an e-mail address',
  NO_CONSENT: 'no contact of the account consents to outreach by e-mail',
  DAILY_LIMIT: 'as many e-mails as are allowed are under way or were sent to the account',
  COOL_DOWN: 'an action for the account ended a short time ago',
  NO_NEW_SIGNAL: 'nothing raised the score since the last action for the account ended',
  MODEL_CHANGED: 'another scoring model is in force by now: run the experiment again and promote that run',
  RUN_GONE: 'the run it rested on is gone',
  ACCOUNT_RETIRED: 'the account is retired',
  ACCOUNT_MERGED: 'the account was merged into another',
  NOT_DECIDED_IN_TIME: 'nobody decided in time',
  OUTCOME_UNKNOWN: 'nobody can tell whether it was sent',
  EVIDENCE_CHANGED: 'the record changed before it was written, so nothing was written',
  RECORD_GONE: 'the opportunity is no longer there',
  RECORD_MOVED: 'the opportunity is of another account now',
  NOT_POSSIBLE_IN_TIME: 'the CRM took no calls until it expired',
  REFUSED_OUTSIDE: 'the outside refused it',
};

/** Whether consent no longer holds, as the end of an action tells it: what was frozen before still says that it did. */
export function consentEnded({ status, endReason }: { status: ActionStatus; endReason: string | null }): boolean {
  return status === 'CANCELLED' && endReason !== null && ['CONSENT_REVOKED', 'CONSENT_EXPIRED', 'PERSON_ERASED'].includes(endReason);
}

/** A code as words: `CONSENT_REVOKED` is `consent revoked`. */
export function plain(code: string): string {
  return code.toLowerCase().replaceAll('_', ' ');
}

/** A share of one as a whole percentage. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** A score with one digit after the point. */
export function score(value: number): string {
  return value.toFixed(1);
}

/** An instant as the reader's own calendar and clock say it. */
export function moment(instant: string): string {
  return new Date(instant).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

/** When some instants were: one, or from the first to the last; null for none. */
export function period(instants: readonly string[]): string | null {
  const sorted = instants.toSorted();
  const [first, last] = [sorted[0], sorted.at(-1)].map((instant) => (instant === undefined ? null : moment(instant)));
  if (!first || !last) return null;
  return first === last ? first : `${first} to ${last}`;
}

/** How long between two instants, in its one or two largest units: `2 d 3 h`, `5 min`. */
export function span(from: number, to: number): string {
  const minutes = Math.max(0, Math.floor((to - from) / 60_000));
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** How long until an instant, or that it is past. */
export function until(instant: string, now: number): string {
  const end = Date.parse(instant);
  return end <= now ? 'time is over' : span(now, end);
}

/** Currencies whose minor unit by ISO 4217 is not a hundredth. A page imports nothing of the server; a test holds the two lists together. */
const withoutDigits = /^(?:BIF|BYR|CLP|DJF|GNF|ISK|JPY|KMF|KRW|PYG|RWF|UGX|UYI|VND|VUV|XAF|XOF|XPF)$/;
const withThree = /^(?:BHD|IQD|JOD|KWD|LYD|OMR|TND)$/;
const withFour = /^(?:CLF|UYW)$/;

function fractionDigits(currency: string): number {
  if (withoutDigits.test(currency)) return 0;
  if (withThree.test(currency)) return 3;
  return withFour.test(currency) ? 4 : 2;
}

/** Minor units of a currency as money. */
export function money(amountMinor: number | null, currency: string | null): string | null {
  if (amountMinor === null || currency === null) return null;
  try {
    const format = new Intl.NumberFormat(undefined, { style: 'currency', currency, maximumFractionDigits: 0 });
    return format.format(amountMinor / 10 ** fractionDigits(currency));
  } catch {
    return `${amountMinor} ${currency} (minor units)`;
  }
}

/** The reader's clock, looked at twice a minute. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
