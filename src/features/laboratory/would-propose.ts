import { statement, type Sql } from '../../platform/postgres/statement.ts';
import type { Crossing } from './follow-model.ts';

/** Why no action would have been proposed at a crossing. */
export type WhyNot = 'COOL_DOWN' | 'STANDING_PROPOSAL' | 'NO_CONSENT' | 'ACCOUNT_STATUS';

/** What of the outreach policy can be known afterwards for one account; instants in epoch milliseconds. */
export interface OutreachFacts {
  readonly coolDown: number;
  readonly isBlocked: boolean;
  /** When a contact of the account had consented to outreach by e-mail. */
  readonly consents: readonly { readonly from: number; readonly until: number | null }[];
}

/** How long a proposal waits for a decision, and stands in the way of another. */
const standing = 72 * 3_600_000;

interface Policy {
  readonly coolDownHours: number;
  readonly blockedStatuses: readonly string[];
}

const policyAt = statement<Policy>(
  'lab_outreach_policy',
  `select cool_down_hours as "coolDownHours", blocked_statuses as "blockedStatuses" from outreach_policy where tenant_id = $1 order by version desc limit 1`,
);
/** Of a tenant without a policy of its own. */
const defaultPolicy: Policy = { coolDownHours: 72, blockedStatuses: ['CHURN', 'INACTIVE'] };
const statuses = statement<{ accountId: string; status: string }>('lab_account_statuses', 'select id as "accountId", status from account where tenant_id = $1 and id = any($2::uuid[])');
const consents = statement<{ accountId: string; from: number; until: number | null }>(
  'lab_outreach_consents',
  `select p.account_id as "accountId", (extract(epoch from c.granted_at) * 1000)::float8 as "from", (extract(epoch from coalesce(c.revoked_at, c.expires_at)) * 1000)::float8 as until
   from contact p join consent c on c.tenant_id = p.tenant_id and c.subject_id = p.subject_id and c.purpose = 'OUTREACH' and c.channel = 'EMAIL'
   where p.tenant_id = $1 and p.account_id = any($2::uuid[]) and c.granted_at is not null and c.recorded_at <= $3 order by p.account_id, c.granted_at, c.id`,
);

/** What outreach to some accounts was bound by. Three statements. */
export async function outreachFacts(sql: Sql & { readonly tenantId: string }, accountIds: readonly string[], frozenAt: string): Promise<(accountId: string) => OutreachFacts> {
  const policy = (await sql.rows(policyAt, [sql.tenantId]))[0] ?? defaultPolicy;
  const status = new Map((await sql.rows(statuses, [sql.tenantId, accountIds])).map((row) => [row.accountId, row.status]));
  const granted = Map.groupBy(await sql.rows(consents, [sql.tenantId, accountIds, frozenAt]), ({ accountId }) => accountId);
  return (accountId) => ({ coolDown: policy.coolDownHours * 3_600_000, isBlocked: policy.blockedStatuses.includes(status.get(accountId) ?? ''), consents: granted.get(accountId) ?? [] });
}

/** At which crossings of one account, in the order of time, an action would have been proposed: null; else why not. Those downwards propose nothing. */
export function wouldPropose(crossings: readonly Crossing[], { coolDown, isBlocked, consents: granted }: OutreachFacts): readonly (WhyNot | null)[] {
  let proposedAt = -Infinity;
  return crossings.map(({ at, direction }) => {
    if (direction === 'DOWN') return null;
    if (isBlocked) return 'ACCOUNT_STATUS';
    if (!granted.some(({ from, until }) => from <= at && (until === null || at < until))) return 'NO_CONSENT';
    if (at - proposedAt < standing) return 'STANDING_PROPOSAL';
    if (at - proposedAt < standing + coolDown) return 'COOL_DOWN';
    proposedAt = at;
    return null;
  });
}
