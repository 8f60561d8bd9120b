import { ask, type Call } from '../../platform/graphql/call.ts';
import { actionKindOf } from './action-kinds.ts';
import { actionById, frozenOf } from './action.queries.ts';
import { requireDecider } from './action.policy.ts';
import { isOpen } from './action.states.ts';
import type { CrmTarget } from './crm-writing.ts';
import { readCrmTarget } from './propose-crm-change.ts';

/**
 * Reads the record that an action is about in its CRM, before the transaction of an approval: what the approver saw is compared with
 * it. Null for types of action that are about no record, and where nothing is to be decided any more.
 */
export async function readDecidedRecord(call: Call, actionId: string): Promise<CrmTarget | null> {
  requireDecider(call, 'approve actions');
  const action = await ask(call, actionById, null, actionId);
  if (!action || !actionKindOf(action.type).readsRecord || !isOpen(action.status)) return null;
  const { evidence: { target } } = await frozenOf(action, call);
  if (!target) return null;
  const { opportunityId, accountId, system, recordKind, externalId } = target;
  return { ...(await readCrmTarget(call.outsideRecords, call.tenantId, { opportunityId, ref: { system, recordKind, externalId } })), accountId };
}
