import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { changeAction, type DecisionTrace, type LockedAction } from './change-action.ts';

declare const approved: unique symbol;

/**
 * That a person approved an action. Whatever sends something asks for one, and only this file makes one: where it is
 * granted, and where the database says that it was. Its id is the idempotency key outside.
 */
export interface Approval {
  readonly id: Id<'ActionDecision'>;
  readonly actionId: Id<'Action'>;
  /** When the person approved it. RFC 3339. */
  readonly approvedAt: string;
  readonly [approved]: true;
}

const order = statement('order_outreach', `insert into outreach (tenant_id, approval_id, action_id, state, due_at, recorded_at) values ($1, $2, $3, 'DUE', $4, $4)`);

/** Approves a locked action and orders what is to be sent, in one transaction. Only `approveAction` calls it. */
export async function grantApproval(work: Work, action: LockedAction, trace: DecisionTrace & { readonly outcome: 'APPROVED' }): Promise<Approval> {
  const id = await changeAction(work, action, 'APPROVED', trace);
  await work.rows(order, [work.tenantId, id, action.id, work.now]);
  return { id, actionId: action.id, approvedAt: work.now } as Approval;
}

const find = statement<{ actionId: Id<'Action'>; approvedAt: string }>(
  'find_approval',
  `select d.action_id as "actionId", d.decided_at as "approvedAt" from action_decision d join action a on a.tenant_id = d.tenant_id and a.id = d.action_id and a.approval_id = d.id
   where d.tenant_id = $1 and d.id = $2 and d.outcome = 'APPROVED' and d.actor_kind = 'user' and a.status = 'APPROVED'`,
);

/** The approval of an id, if a person made it and its action still waits to be executed; null otherwise. */
export async function findApproval(work: Work, id: string): Promise<Approval | null> {
  const [found] = await work.rows(find, [work.tenantId, id]);
  return found ? ({ id, ...found } as Approval) : null;
}
