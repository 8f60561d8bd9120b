import { LimitExceeded } from '../../platform/errors.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import type { OutreachPolicy } from './outreach-policy.ts';

const lock = statement('lock_outreach_to_person', `select pg_advisory_xact_lock(hashtextextended('outreach_to ' || $1 || ' ' || $2, 0))`);

/**
 * Lets nobody else decide about, or send, an e-mail to this person until the transaction ends, whatever account it is
 * about. Taken last: after the person's consent, the account, and rows of actions.
 */
export async function lockPerson(work: Work, subjectId: string): Promise<void> {
  await work.rows(lock, [work.tenantId, subjectId]);
}

// An approved e-mail that is not sent yet, one that is being sent, and one with an unknown outcome count as sent.
const latest = statement<{ actionId: string; at: string; isUnderWay: boolean }>(
  'latest_email_to_person',
  `select a.id as "actionId", coalesce(a.executed_at, a.recorded_at) as at, a.status = 'APPROVED' as "isUnderWay" from action a
   where a.tenant_id = $1 and a.subject_id = $2 and a.type = 'EMAIL' and a.id is distinct from $3
     and (a.executed_at > $4::timestamptz or a.status = 'FAILED' and a.end_reason = 'OUTCOME_UNKNOWN' and a.recorded_at > $4::timestamptz
       or a.status = 'APPROVED' and ($5 or exists (select from outreach o where o.tenant_id = a.tenant_id and o.action_id = a.id and o.state = 'SENDING')))
   order by at desc limit 1`,
);

/** An e-mail that one person got, or is about to get, too short a time ago. */
export interface RecentEmail {
  readonly actionId: string;
  /** When it was sent, or approved. RFC 3339. */
  readonly at: string;
  /** From when on another e-mail to the person is allowed; counted from now for one that is under way. RFC 3339. */
  readonly until: string;
  /** Whether it is approved or being sent, and not sent yet. */
  readonly isUnderWay: boolean;
}

/**
 * The latest e-mail to a person within the policy's minimum time, beside one action; null if there is none. `approved`:
 * whether an approved e-mail that nobody sends yet counts. Call it under `lockPerson`.
 */
export async function recentEmail(work: Work, subjectId: string, { hoursBetweenEmails }: OutreachPolicy, { except, approved }: { readonly except: string | null; readonly approved: boolean }): Promise<RecentEmail | null> {
  if (hoursBetweenEmails === 0) return null;
  const pause = hoursBetweenEmails * 3_600_000;
  const from = new Date(Date.parse(work.now) - pause).toISOString();
  const [found] = await work.rows(latest, [work.tenantId, subjectId, except, from, approved]);
  if (!found) return null;
  const begin = found.isUnderWay ? work.now : found.at;
  return { actionId: found.actionId, at: new Date(found.at).toISOString(), until: new Date(Date.parse(begin) + pause).toISOString(), isUnderWay: found.isUnderWay };
}

/** The person got an e-mail, or is about to get one, too short a time ago. */
export class TooSoon extends LimitExceeded {
  readonly recent: RecentEmail;

  constructor(recent: RecentEmail, { hoursBetweenEmails }: OutreachPolicy, now: string) {
    super(`The outreach policy wants ${hoursBetweenEmails} hours between two e-mails to one person, and the last one was sent or approved at ${recent.at}. Approve this from ${recent.until} on, or reject it.`, Math.ceil((Date.parse(recent.until) - Date.parse(now)) / 1_000));
    this.recent = recent;
  }
}
