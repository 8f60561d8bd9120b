import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { isOpen } from './action.states.ts';
import { changeAction, lockActions } from './change-action.ts';
import { outreachPolicy } from './outreach-policy.ts';

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
