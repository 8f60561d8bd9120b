import { Conflict } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { requireDecider, type Decider } from './action.policy.ts';
import { lockActions, noteDecision, type LockedAction } from './change-action.ts';
import { approvedWords } from './approved-words.ts';
import { isAsApproved } from './crm-change-action.ts';
import { noSuchAction, type Decided } from './decide-action.ts';
import { outreachPolicy } from './outreach-policy.ts';
import { proposeRollBack } from './propose-promotion.ts';

/** What an executed CRM change wrote, as it is locked. */
export interface WriteRow {
  readonly approvalId: string;
  readonly actionId: string;
  readonly system: string;
  readonly writtenKind: string;
  readonly writtenId: string;
  readonly undoState: 'DUE' | 'UNDONE' | 'FAILED' | null;
  readonly undoDueAt: string | null;
  readonly undoAttempts: number;
}

const writeColumns = `approval_id as "approvalId", action_id as "actionId", system, written_kind as "writtenKind", written_id as "writtenId", undo_state as "undoState", undo_due_at as "undoDueAt", undo_attempts as "undoAttempts"`;
const ofAction = statement<WriteRow>('lock_crm_write_of_action', `select ${writeColumns} from crm_write where tenant_id = $1 and action_id = $2 for update`);
/** What an approval wrote, locked. */
export const lockWrite = statement<WriteRow>('lock_crm_write', `select ${writeColumns} from crm_write where tenant_id = $1 and approval_id = $2 for update`);
const request = statement(
  'request_undo',
  `update crm_write set undo_state = 'DUE', undo_by_kind = $3, undo_by_id = $4, undo_requested_at = $5, undo_due_at = $5, undo_attempts = 0, undo_reason = null where tenant_id = $1 and approval_id = $2`,
);

const published = statement<{ version: number }>('model_of_action', 'select version from scoring_model where tenant_id = $1 and action_id = $2');

/** Proposes to restore the model that a promotion replaced: one more promotion, which another person approves. Returns the id of that action. */
async function rollBack(work: Work, seal: Seal, action: LockedAction): Promise<Id<'Action'>> {
  const [model] = await work.rows(published, [work.tenantId, action.id]);
  const { frozen } = await approvedWords(work, seal, action);
  if (action.status !== 'EXECUTED' || !model || !frozen?.evidence.promotion) throw new Conflict(`Only an executed action is undone; this one is ${action.status}.`, ['id']);
  return proposeRollBack(work, seal, frozen.evidence.promotion, model.version);
}

/**
 * Asks the executor to take back what an executed CRM change wrote; of a promotion, proposes one more that restores the earlier model, and
 * returns that action. For people with a deciding role; what failed can be asked for again.
 */
export async function undoAction(work: Work, seal: Seal, id: string, decider: Decider): Promise<Decided> {
  requireDecider(decider, 'undo actions');
  const path = ['id'];
  const [action] = await lockActions(work, [id]);
  if (!action) throw noSuchAction(path);
  if (action.type === 'PROMOTE_MODEL') return { kind: 'DONE', id: await rollBack(work, seal, action) };
  if (action.type !== 'CRM_CHANGE') throw new Conflict('An action of this type cannot be undone. Only CRM changes and promotions of scoring models can.', path);
  const [row] = action.status === 'EXECUTED' ? await work.rows(ofAction, [work.tenantId, id]) : [];
  if (!row) throw new Conflict(`Only an executed action is undone; this one is ${action.status}.`, path);
  if (row.undoState === 'UNDONE') throw new Conflict('The action is already undone.', path);
  // Asked for twice, it is undone once.
  if (row.undoState === 'DUE') return { kind: 'DONE', id: action.id };
  if (!isAsApproved(seal, { action, ...(await approvedWords(work, seal, action)) })) throw new Conflict('Words of this change were erased, so later changes in the CRM cannot be detected. Undo it in the CRM.', path);
  const policy = await outreachPolicy(work);
  const { approvalId, writtenKind, writtenId } = row;
  await noteDecision(work, action, { outcome: 'UNDO_REQUESTED', reason: 'REQUESTED_BY_PERSON', policyVersion: policy.version, inputs: { approvalId, writtenKind, writtenId } });
  await work.rows(request, [work.tenantId, approvalId, decider.actor.kind, decider.actor.id, work.now]);
  return { kind: 'DONE', id: action.id };
}
