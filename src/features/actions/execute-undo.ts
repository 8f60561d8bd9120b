import type { Id } from '../../platform/ids.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { approvedWords } from './approved-words.ts';
import { lockActions, noteDecision, type DecisionTrace, type LockedAction } from './change-action.ts';
import { crmOrder, isAsApproved } from './crm-change-action.ts';
import { noCrm, type CrmOrder, type UndoEnding } from './crm-writing.ts';
import type { ExecutionParts } from './execute-action.ts';
import { executeWithin, executionLease, firstPause, later } from './execution-times.ts';
import { outreachPolicy } from './outreach-policy.ts';
import { lockWrite, type WriteRow } from './undo-action.ts';

/** How often an undo is tried before it fails. */
const mostAttempts = 5;

interface Turn {
  readonly tenantId: Id<'Tenant'>;
  readonly order: CrmOrder;
  readonly row: WriteRow;
  readonly until: string;
}

const lease = statement('lease_undo', 'update crm_write set undo_due_at = $3, undo_attempts = $4 where tenant_id = $1 and approval_id = $2');
const finishUndo = statement('finish_undo', 'update crm_write set undo_state = $3, undo_reason = $4, undone_at = $5 where tenant_id = $1 and approval_id = $2');

/**
 * Takes back what an approval wrote, where a person asked for it. Taking back twice does no harm, so an attempt whose outcome
 * nobody knows is repeated. What somebody changed since stays as it is.
 */
export async function executeUndo(parts: ExecutionParts, approvalId: string): Promise<'NOTHING_TO_DO' | UndoEnding['kind'] | 'UNKNOWN'> {
  const signal = AbortSignal.timeout(executeWithin);
  const turn = await parts.transact((work) => begin(work, parts.seal, approvalId));
  if (typeof turn === 'string') return turn;
  const { tenantId, order, row } = turn;
  const written = { kind: row.writtenKind, id: row.writtenId };
  const asked = (parts.crm ?? noCrm).undo(tenantId, order, { approvalId, written, signal });
  const ending = await asked.catch(() => null);
  await parts.transact((work) => finish(work, turn, ending));
  return ending?.kind ?? 'UNKNOWN';
}

async function begin(work: Work, seal: Seal, approvalId: string): Promise<Turn | 'NOTHING_TO_DO' | 'REFUSED'> {
  const [found] = await work.rows(actionOfWrite, [work.tenantId, approvalId]);
  const [action] = found ? await lockActions(work, [found.actionId]) : [];
  const [row] = action ? await work.rows(lockWrite, [work.tenantId, approvalId]) : [];
  if (!action || row?.undoState !== 'DUE' || row.undoDueAt === null || Date.parse(row.undoDueAt) > Date.parse(work.now)) return 'NOTHING_TO_DO';
  const words = await approvedWords(work, seal, action);
  // Without the words nobody can tell what was changed since, and a next step is not set back to a text with holes.
  if (!isAsApproved(seal, { action, ...words })) {
    await fail(work, action, row, 'WORDS_ERASED');
    return 'REFUSED';
  }
  const order = crmOrder(words.content, words.frozen?.evidence.target ?? null);
  const until = later(work, executionLease);
  await work.rows(lease, [work.tenantId, approvalId, until, row.undoAttempts + 1]);
  return { tenantId: work.tenantId, order, row, until };
}

const actionOfWrite = statement<{ actionId: string }>('action_of_crm_write', 'select action_id as "actionId" from crm_write where tenant_id = $1 and approval_id = $2');

async function finish(work: Work, { row: { approvalId, actionId }, until }: Turn, ending: UndoEnding | null): Promise<void> {
  const [action] = await lockActions(work, [actionId]);
  const [row] = await work.rows(lockWrite, [work.tenantId, approvalId]);
  // Another took over when this one's lease was over.
  if (!action || row?.undoState !== 'DUE' || row.undoDueAt === null || Date.parse(row.undoDueAt) !== Date.parse(until)) return;
  if (ending?.kind === 'UNDONE') {
    await noteDecision(work, action, { outcome: 'UNDONE', reason: 'UNDONE', ...(await traceOf(work, row)) });
    await work.rows(finishUndo, [work.tenantId, approvalId, 'UNDONE', null, work.now]);
    return;
  }
  const isRefused = ending?.kind === 'REFUSED';
  if (!isRefused && row.undoAttempts < mostAttempts) {
    const pause = later(work, firstPause * 2 ** (row.undoAttempts - 1));
    const isUntried = ending?.kind === 'NOT_NOW';
    const dueAt = isUntried && ending.retryAt !== null && ending.retryAt > pause ? ending.retryAt : pause;
    await work.rows(lease, [work.tenantId, approvalId, dueAt, isUntried ? row.undoAttempts - 1 : row.undoAttempts]);
    return;
  }
  await fail(work, action, row, isRefused ? ending.reason : 'ATTEMPTS_USED_UP');
}

async function fail(work: Work, action: LockedAction, row: WriteRow, reason: string): Promise<void> {
  await noteDecision(work, action, { outcome: 'UNDO_FAILED', reason, ...(await traceOf(work, row)) });
  await work.rows(finishUndo, [work.tenantId, row.approvalId, 'FAILED', reason, null]);
}

const traceOf = async (work: Work, { approvalId, undoAttempts: attempts, writtenKind, writtenId }: WriteRow): Promise<Pick<DecisionTrace, 'policyVersion' | 'inputs'>> =>
  ({ policyVersion: (await outreachPolicy(work)).version, inputs: { approvalId, attempts, writtenKind, writtenId } });

/** Writes whose undo is due, of every tenant, the longest due first; at most a hundred. For the system role, which sees no more of them. */
export const undoDue = statement<{ tenantId: Id<'Tenant'>; approvalId: string }>(
  'undo_due',
  `select tenant_id as "tenantId", approval_id as "approvalId" from crm_write where undo_state = 'DUE' and undo_due_at <= app_now() order by undo_due_at, approval_id limit 100`,
);
