import type { Id } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Caller, Work } from '../../platform/postgres/work.ts';
import type { RevocationReaction, RevokedConsent } from '../consent/index.ts';
import { isOpen } from './action.states.ts';
import { changeAction, lockActions } from './change-action.ts';
import { outreachConsent } from './evidence.ts';
import { outreachPolicy } from './outreach-policy.ts';

const batch = 200;
const due = statement<{ tenantId: Id<'Tenant'>; id: string; dueAt: string }>(
  'actions_due',
  `select tenant_id as "tenantId", id, least(expires_at, claim_expires_at) as "dueAt" from action
   where is_open and least(expires_at, claim_expires_at) <= app_now() and (least(expires_at, claim_expires_at), id) > ($1::timestamptz, $2::uuid)
   order by least(expires_at, claim_expires_at), id limit ${batch}`,
);

/** Expires every action that nobody decided on in time and ends every claim that ran out, of every tenant. Answers how many; to do it twice does no harm. */
export async function expireActions(database: Pick<Database, 'system' | 'transact'>, caller: Omit<Caller, 'tenantId'>): Promise<number> {
  let ended = 0;
  for (let after: readonly unknown[] = ['-infinity', '00000000-0000-0000-0000-000000000000']; ; ) {
    const from = after;
    const found = await database.system((sql) => sql.rows(due, from));
    for (const [tenantId, own] of Map.groupBy(found, (row) => row.tenantId)) ended += await database.transact({ ...caller, tenantId }, (work) => expire(work, own.map(({ id }) => id)));
    const last = found.at(-1);
    if (!last || found.length < batch) return ended;
    after = [last.dueAt, last.id];
  }
}

async function expire(work: Work, ids: readonly string[]): Promise<number> {
  const policyVersion = (await outreachPolicy(work)).version;
  let ended = 0;
  for (const action of (await lockActions(work, ids)).filter(({ status }) => isOpen(status))) {
    const { expiresAt, claimExpiresAt } = action;
    const over = (instant: string | null): boolean => instant !== null && Date.parse(instant) <= Date.parse(work.now);
    if (over(expiresAt)) {
      await changeAction(work, action, 'EXPIRED', { outcome: 'EXPIRED', reason: 'NOT_DECIDED_IN_TIME', policyVersion, inputs: { expiresAt } });
    } else if (over(claimExpiresAt)) {
      await changeAction(work, action, 'PENDING', { outcome: 'RELEASED', reason: 'CLAIM_RAN_OUT', policyVersion, inputs: { claimExpiresAt } });
    } else continue;
    ended += 1;
  }
  return ended;
}

const ofSubjects = statement<{ id: string }>(
  'actions_of_subjects',
  `select id from action where tenant_id = $1 and subject_id = any($2::uuid[]) and status in ('PENDING', 'CLAIMED', 'APPROVED')`,
);
const stopOutreach = statement<{ actionId: string }>(
  'stop_outreach',
  `update outreach set state = 'CANCELLED', recorded_at = $3 where tenant_id = $1 and action_id = any($2::uuid[]) and state = 'DUE' returning action_id as "actionId"`,
);

/**
 * Consent to outreach by e-mail was revoked → what waits for a decision, or was approved and is not being sent yet, is
 * cancelled in the same transaction. What is on its way out at this moment is not called back: the executor tells how it
 * went, and sends nothing more.
 */
export const cancelOnRevocation: RevocationReaction = {
  name: 'cancel actions',
  async react(work, revoked) {
    const meant = revoked.filter(({ purpose, channel }) => purpose === outreachConsent.purpose && channel === outreachConsent.channel);
    if (meant.length === 0) return;
    const bySubject = new Map<string, RevokedConsent>(meant.map((one) => [one.subjectId, one]));
    const found = await work.rows(ofSubjects, [work.tenantId, [...bySubject.keys()]]);
    const actions = await lockActions(work, found.map(({ id }) => id));
    const approved = actions.filter(({ status }) => status === 'APPROVED').map(({ id }) => id);
    const stopped = new Set((await work.rows(stopOutreach, [work.tenantId, approved, work.now])).map(({ actionId }) => actionId));
    const policyVersion = (await outreachPolicy(work)).version;
    for (const action of actions) {
      const consent = bySubject.get(action.subjectId);
      if (!consent || !(isOpen(action.status) || stopped.has(action.id))) continue;
      const { consentId, version, cause } = consent;
      const reason = cause === 'ERASURE' ? 'PERSON_ERASED' : 'CONSENT_REVOKED';
      await changeAction(work, action, 'CANCELLED', { outcome: 'CANCELLED', reason, policyVersion, inputs: { consentId, consentVersion: version } });
    }
  },
};

const onCrossings = statement<{ id: string }>(
  'actions_on_crossings',
  'select id from action where tenant_id = $1 and account_id = $2 and is_open and score_point_id is not null',
);

/** The account's intent is high no more → what was proposed because it was goes stale. Answers how many. */
export async function staleActions(work: Work, accountId: Id<'Account'>, pointId: string): Promise<number> {
  const found = await work.rows(onCrossings, [work.tenantId, accountId]);
  const open = (await lockActions(work, found.map(({ id }) => id))).filter(({ status }) => isOpen(status));
  const policyVersion = (await outreachPolicy(work)).version;
  for (const action of open) {
    await changeAction(work, action, 'STALE', { outcome: 'WENT_STALE', reason: 'INTENT_FELL', policyVersion, inputs: { pointId } });
  }
  return open.length;
}
