import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { isOpen } from './action.states.ts';
import { cancelUnsent } from './cancel-actions.ts';
import { changeAction, lockActions, type LockedAction } from './change-action.ts';
import type { ConsiderationReason } from './consideration.enums.ts';
import { outreachPolicy } from './outreach-policy.ts';

const ofProgram = statement<{ id: string }>(
  'proposals_of_program',
  `select id from action where tenant_id = $1 and account_id = $2 and is_open and score_point_id is not null order by proposed_at, id`,
);

/** Locks the open actions of an account that the program proposed. The account must be locked. */
export async function lockProposals(work: Work, accountId: string): Promise<LockedAction[]> {
  const ids = (await work.rows(ofProgram, [work.tenantId, accountId])).map(({ id }) => id);
  if (ids.length === 0) return [];
  // One that was claimed or expired in between is looked at as it is now.
  const locked = new Map<string, LockedAction>((await lockActions(work, ids)).map((action) => [action.id, action]));
  return ids.flatMap((id) => locked.get(id) ?? []).filter(({ status }) => isOpen(status));
}

/** Why an open action that the program proposed no longer follows from what is known. */
export type StaleReason = 'INTENT_FELL' | 'ACCOUNT_RETIRED' | 'ACCOUNT_MERGED' | 'BETTER_RECIPIENT' | 'SECOND_PROPOSAL' | ConsiderationReason;

/** Ends some locked open actions as STALE. */
export async function endAsStale(work: Work, actions: readonly LockedAction[], reason: StaleReason, inputs: Readonly<Record<string, unknown>> = {}): Promise<void> {
  if (actions.length === 0) return;
  const policyVersion = (await outreachPolicy(work)).version;
  for (const action of actions) await changeAction(work, action, 'STALE', { outcome: 'WENT_STALE', reason, policyVersion, inputs });
}

/**
 * Of the open proposals of an account the one that is the proposal that would be made now: to the same person at the same
 * address. Somebody may be looking at one of two: that one stays. The others end as STALE.
 */
export async function keepFitting(work: Work, proposals: readonly LockedAction[], { contactId, subjectId }: { readonly contactId: string; readonly subjectId: string }): Promise<LockedAction | null> {
  const fits = (action: LockedAction): boolean => action.contactId === contactId && action.subjectId === subjectId;
  const fitting = proposals.filter(fits);
  const kept = fitting.find(({ status }) => status === 'CLAIMED') ?? fitting[0] ?? null;
  await endAsStale(work, proposals.filter((action) => !fits(action)), 'BETTER_RECIPIENT', { contactId });
  await endAsStale(work, fitting.filter((action) => action !== kept), 'SECOND_PROPOSAL', kept ? { keptId: kept.id } : {});
  return kept;
}

const unended = statement<{ id: string }>('unended_actions', `select id from action where tenant_id = $1 and account_id = $2 and status in ('PENDING', 'CLAIMED', 'APPROVED')`);

/** Ends everything under way for an account that is no longer among the accounts: what is open as STALE, what was approved and is not being sent as CANCELLED. */
export async function endForGoneAccount(work: Work, accountId: Id<'Account'>, reason: 'ACCOUNT_RETIRED' | 'ACCOUNT_MERGED'): Promise<void> {
  const locked = await lockActions(work, (await work.rows(unended, [work.tenantId, accountId])).map(({ id }) => id));
  await endAsStale(work, locked.filter(({ status }) => isOpen(status)), reason);
  await cancelUnsent(work, locked.filter(({ status }) => status === 'APPROVED'), () => ({ reason, inputs: {} }));
}
