import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';

/** An e-mail that waits for a decision, or was approved and not sent yet. */
export interface ActionUnderWay {
  readonly id: string;
  readonly accountId: string;
  /** Whether the program proposed it because intent became high. */
  readonly byProgram: boolean;
  /** Whether nothing takes it back but its consent: a person proposed or approved it. */
  readonly isDecided: boolean;
  /** Of another account's proposal: whether that account has the person before the account that was asked for. */
  readonly isFirst: boolean;
}

/**
 * SQL: what decides between accounts that would write to one person, so that it does not depend on which of them was heard
 * of first: the smallest of their external references.
 */
const firstReference = (account: string): string =>
  `(select min(r.system || ' ' || r.external_id collate "C") from node_identity i join external_ref r on r.tenant_id = i.tenant_id and r.node_id = i.id where i.tenant_id = $1 and i.survivor_id = ${account})`;

const underWay = statement<ActionUnderWay>(
  'actions_under_way',
  `select id, account_id as "accountId", score_point_id is not null as "byProgram", score_point_id is null or status = 'APPROVED' as "isDecided",
     account_id <> $2 and ${firstReference('action.account_id')} < ${firstReference('$2')} as "isFirst"
   from action where tenant_id = $1 and (account_id = $2 or subject_id = $3) and type = 'EMAIL' and status in ('PENDING', 'CLAIMED', 'APPROVED')
   order by (score_point_id is null or status = 'APPROVED') desc, account_id <> $2, proposed_at, id`,
);

/** The e-mails under way for an account, or to a person for any account; the account must be locked. */
export function actionsUnderWay(work: Work, accountId: string, subjectId: string | null): Promise<ActionUnderWay[]> {
  return work.rows(underWay, [work.tenantId, accountId, subjectId]);
}

const lastEnd = statement<{ id: string; status: 'REJECTED' | 'EXPIRED' | 'EXECUTED' | 'FAILED'; at: string }>(
  'last_ended_action',
  `select id, status, recorded_at as at from action
   where tenant_id = $1 and account_id = $2 and type = 'EMAIL' and status in ('REJECTED', 'EXPIRED', 'EXECUTED', 'FAILED') order by recorded_at desc, id desc limit 1`,
);

/** The e-mail of an account that was last rejected, expired, sent or failed; null if there is none. What was cancelled or went stale needs no cool-down. */
export async function lastEndedAction(work: Work, accountId: string) {
  return (await work.rows(lastEnd, [work.tenantId, accountId]))[0] ?? null;
}
