import type { Id } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Caller, Work } from '../../platform/postgres/work.ts';
import { holdConsent } from '../consent/index.ts';
import { isOpen } from './action.states.ts';
import { cancelUnsent } from './cancel-actions.ts';
import { changeAction, lockActions } from './change-action.ts';
import { countExpiry } from './count-actions.ts';
import { outreachPolicy } from './outreach-policy.ts';

interface Found {
  readonly tenantId: Id<'Tenant'>;
  readonly id: string;
  readonly subjectId: Id<'Subject'>;
  readonly dueAt: string;
}

const batch = 200;
const due = statement<Found>(
  'actions_due',
  `select tenant_id as "tenantId", id, subject_id as "subjectId", least(expires_at, claim_expires_at) as "dueAt" from action
   where is_open and least(expires_at, claim_expires_at) <= app_now() and (least(expires_at, claim_expires_at), id) > ($1::timestamptz, $2::uuid)
   order by least(expires_at, claim_expires_at), id limit ${batch}`,
);
const restingOnExpired = `from action a join consent c on c.tenant_id = a.tenant_id and c.subject_id = a.subject_id
   where c.purpose = 'OUTREACH' and c.channel = 'EMAIL' and c.granted and c.expires_at <= app_now() and a.status in ('PENDING', 'CLAIMED', 'APPROVED')`;
const unconsented = statement<Found>(
  'actions_whose_consent_ran_out',
  `select a.tenant_id as "tenantId", a.id, a.subject_id as "subjectId", c.expires_at as "dueAt" ${restingOnExpired}
   and (c.expires_at, a.id) > ($1::timestamptz, $2::uuid) order by c.expires_at, a.id limit ${batch}`,
);

type Way = (work: Work, found: readonly Found[]) => Promise<number>;

/**
 * Expires every action that nobody decided on in time, ends every claim that ran out, and cancels what rests on a consent
 * that ran out, of every tenant. Answers how many; to do it twice does no harm.
 */
export async function expireActions(database: Pick<Database, 'system' | 'transact'>, caller: Omit<Caller, 'tenantId'>): Promise<number> {
  const each = async (look: typeof due, way: Way): Promise<number> => {
    let ended = 0;
    for (let after: readonly unknown[] = ['-infinity', '00000000-0000-0000-0000-000000000000']; ; ) {
      const from = after;
      const found = await database.system((sql) => sql.rows(look, from));
      for (const [tenantId, own] of Map.groupBy(found, (row) => row.tenantId)) ended += await database.transact({ ...caller, tenantId }, (work) => way(work, own));
      const last = found.at(-1);
      if (!last || found.length < batch) return ended;
      after = [last.dueAt, last.id];
    }
  };
  return (await each(unconsented, cancel)) + (await each(due, expire));
}

const expire: Way = async (work, found) => {
  const policyVersion = (await outreachPolicy(work)).version;
  let ended = 0;
  for (const action of (await lockActions(work, found.map(({ id }) => id))).filter(({ status }) => isOpen(status))) {
    const { expiresAt, claimExpiresAt } = action;
    const over = (instant: string | null): boolean => instant !== null && Date.parse(instant) <= Date.parse(work.now);
    if (over(expiresAt)) {
      await changeAction(work, action, 'EXPIRED', { outcome: 'EXPIRED', reason: 'NOT_DECIDED_IN_TIME', policyVersion, inputs: { expiresAt } });
    } else if (over(claimExpiresAt)) {
      await changeAction(work, action, 'PENDING', { outcome: 'RELEASED', reason: 'CLAIM_RAN_OUT', policyVersion, inputs: { claimExpiresAt } });
      countExpiry(work, 'claim');
    } else continue;
    ended += 1;
  }
  return ended;
};

const stillExpired = statement<{ id: string; consentId: string; version: number; expiresAt: string }>(
  'actions_still_without_consent',
  `select a.id, c.id as "consentId", c.version, c.expires_at as "expiresAt" ${restingOnExpired} and a.tenant_id = $1 and a.id = any($2::uuid[])`,
);

/** Consents are held, and looked at again: one may have been given anew since it was found. */
const cancel: Way = async (work, found) => {
  await holdConsent(work, found.map(({ subjectId }) => subjectId));
  const actions = await lockActions(work, found.map(({ id }) => id));
  const consents = new Map((await work.rows(stillExpired, [work.tenantId, actions.map(({ id }) => id)])).map(({ id, ...consent }) => [id, consent]));
  return cancelUnsent(work, actions, ({ id }) => {
    const consent = consents.get(id);
    return consent ? { reason: 'CONSENT_EXPIRED', inputs: { consentId: consent.consentId, consentVersion: consent.version, expiresAt: consent.expiresAt } } : null;
  });
};
