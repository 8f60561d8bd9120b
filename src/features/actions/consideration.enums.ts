import { graphEnum } from '../../platform/graphql/graph-enum.ts';

/** Why the program proposes no action for an account whose intent is high. */
export const ConsiderationReason = graphEnum('ConsiderationReason', 'Why the program proposes no action for an account whose intent is high.', {
  ACCOUNT_STATUS: 'The outreach policy allows no sales outreach to accounts with this status.',
  LIFECYCLE: 'The outreach policy allows no sales outreach to accounts in this lifecycle stage.',
  DO_NOT_CONTACT: 'A manager flag of the account forbids e-mail.',
  CRITICAL_TICKET: 'A critical ticket of the account is open.',
  NO_RECIPIENT: 'No contact of the account has an e-mail address.',
  NO_CONSENT: 'No contact with an e-mail address consents to outreach by e-mail without an objection to profiling.',
  DAILY_LIMIT: 'The daily limit of e-mails for the account is used up.',
  OPEN_ACTION: 'An action that was proposed by hand, or an action to the same person for another account, waits for a decision or is about to be sent.',
  COOL_DOWN: 'The last action for the account was rejected, expired, failed or was sent too short a time ago.',
  NO_NEW_SIGNAL: 'No signal raised the score since the last action for the account ended.',
  RECENT_EMAIL: 'The person to write to got an e-mail too short a time ago.',
  UNTRUSTED_ORIGIN: 'The score, or the person to write to, derives from an observation that the outreach policy does not trust.',
  DRAFT_FAILED: 'No draft passed the do-not-say list and the checks of drafts.',
  RECIPIENT_CHANGED: 'The person to write to changed each time while the draft was written.',
});
export type ConsiderationReason = keyof typeof ConsiderationReason;
