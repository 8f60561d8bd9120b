import type { ConsiderationReason } from './consideration.enums.ts';
import { gateSentence } from './outreach-gates.ts';

type Details = Readonly<Record<string, unknown>>;

/** A text or a figure of the details; `otherwise` where rows that are older than the reason have none. */
function told(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? value.toString() : otherwise;
}

const ended: Readonly<Record<string, string>> = { REJECTED: 'was rejected', EXPIRED: 'expired', EXECUTED: 'was sent', FAILED: 'failed' };
const endOf = ({ status, endedAt }: Details): string => `The last action for the account ${ended[told(status, '')] ?? 'ended'}${typeof endedAt === 'string' ? ` at ${endedAt}` : ''}.`;
const next = (retryAt: string | null): string => (retryAt === null ? '' : ` Considered again at ${retryAt}.`);

const sentences: Readonly<Record<ConsiderationReason, (details: Details, retryAt: string | null) => string>> = {
  ACCOUNT_STATUS: (details) => `${gateSentence({ reason: 'ACCOUNT_STATUS', details })} Considered again when the status or the policy changes.`,
  LIFECYCLE: (details) => `${gateSentence({ reason: 'LIFECYCLE', details })} Considered again when the stage or the policy changes.`,
  DO_NOT_CONTACT: (details) => `${gateSentence({ reason: 'DO_NOT_CONTACT', details })} Considered again when the account's flags or the policy change.`,
  CRITICAL_TICKET: (details) => `${gateSentence({ reason: 'CRITICAL_TICKET', details })} Considered again when the account's tickets or the policy change.`,
  NO_RECIPIENT: () => 'No contact of the account has an e-mail address. Considered again when a contact or an address is added.',
  NO_CONSENT: () => 'No contact with an e-mail address consents to outreach by e-mail without an objection to profiling. Considered again when a consent is granted or the contacts change.',
  DAILY_LIMIT: ({ limit }, retryAt) => `The limit of ${told(limit, 'the policy\'s')} e-mails a day for the account is used up.${next(retryAt)}`,
  OPEN_ACTION: ({ otherAccount }) => `${otherAccount === true ? 'An action to the same person for another account' : 'An action that was proposed by hand'} waits for a decision or is about to be sent. Considered again when that action ends.`,
  COOL_DOWN: (details, retryAt) => `${endOf(details)}${typeof details['coolDownHours'] === 'number' ? ` The cool-down is ${details['coolDownHours']} hours.` : ''}${next(retryAt)}`,
  NO_NEW_SIGNAL: (details) => `${endOf(details)} Considered again at the next signal that raises the score.`,
  RECENT_EMAIL: ({ sentAt, hoursBetweenEmails }, retryAt) => `The person to write to got an e-mail at ${told(sentAt, 'an unknown instant')}; the policy wants ${told(hoursBetweenEmails, 'more')} hours between two.${next(retryAt)}`,
  UNTRUSTED_ORIGIN: ({ level, refuseBelow }) => `The proposal would derive from an observation of class ${told(level, 'ANONYMOUS')}; the policy refuses what is below ${told(refuseBelow, 'its floor')}. Considered again when the policy changes.`,
  DRAFT_FAILED: (_details, retryAt) => `No draft passed the do-not-say list and the checks of drafts. Considered again when the policy changes.${next(retryAt)}`,
  RECIPIENT_CHANGED: (_details, retryAt) => `The person to write to changed each time while the draft was written.${next(retryAt)}`,
};

/** A consideration in words, for people. It holds no personal data. */
export function explainConsideration({ reason, details, retryAt }: { readonly reason: ConsiderationReason; readonly details: Details; readonly retryAt: string | null }): string {
  return sentences[reason](details, retryAt).trim();
}
