import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import type { LockedAction } from './change-action.ts';
import type { OutreachPolicy } from './outreach-policy.ts';

const day = 86_400_000;

// What is on its way, and what nobody can tell about, counts as sent.
const others = statement<{ count: number }>(
  'actions_sent_today',
  `select count(*)::int as count from action a
   where tenant_id = $1 and account_id = $2 and type = $3 and id <> $4
     and (executed_at >= $5::timestamptz or status = 'FAILED' and end_reason = 'OUTCOME_UNKNOWN' and recorded_at >= $5::timestamptz
       or status = 'APPROVED' and exists (select from outreach o where o.tenant_id = a.tenant_id and o.action_id = a.id and o.state = 'SENDING'))`,
);

/** Where a limit stands for one more e-mail. */
export interface LimitToday {
  readonly sent: number;
  readonly limit: number;
  /** When the next UTC day begins. */
  readonly tomorrow: string;
}

/**
 * Whether as many e-mails as the policy allows were sent to an action's account on this UTC day, beside the action itself;
 * null when one more may be. The account is locked by whoever sends, so that two at once are counted one after the other.
 */
export async function limitReached(work: Work, { id, accountId, type }: LockedAction, { emailDailyLimit: limit }: OutreachPolicy): Promise<LimitToday | null> {
  const midnight = Math.floor(Date.parse(work.now) / day) * day;
  const [row] = await work.rows(others, [work.tenantId, accountId, type, id, new Date(midnight).toISOString()]);
  const sent = row?.count ?? 0;
  return sent < limit ? null : { sent, limit, tomorrow: new Date(midnight + day).toISOString() };
}
