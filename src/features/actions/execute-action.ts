import type { Id } from '../../platform/ids.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import type { ApprovedAction, Ending, ExecutionEdges, ExecutionOrder } from './action-kind.ts';
import { actionKindOf } from './action-kinds.ts';
import { approvedWords } from './approved-words.ts';
import { findApproval, type Approval } from './approval.ts';
import { changeAction, lockActions, lockActionWithConsent, noteDecision, type LockedAction } from './change-action.ts';
import type { ActionType, DecisionOutcome } from './enums.ts';
import { noCrm, type CrmWriting } from './crm-writing.ts';
import { executeWithin, executionLease, firstPause, later } from './execution-times.ts';
import type { Outreach } from './outreach.ts';
import { outreachPolicy } from './outreach-policy.ts';

/** What executing works with. It holds no transaction while the outside is asked. */
export interface ExecutionParts {
  transact<Result>(body: (work: Work) => Promise<Result>): Promise<Result>;
  readonly seal: Seal;
  readonly outreach: Outreach;
  /** Absent: no CRM is reached from this process, and CRM changes wait. */
  readonly crm?: CrmWriting;
}

/** How often the outside may refuse for the time being, before an action fails. */
const mostAttempts = 5;
/** How long the outside is asked what became of a message, before an action fails because nobody can tell. Milliseconds. */
const askFor = 3_600_000;
interface OutreachRow {
  readonly state: 'DUE' | 'SENDING' | 'SENT' | 'FAILED' | 'CANCELLED';
  readonly attempts: number;
  readonly dueAt: string;
  readonly startedAt: string | null;
  /** The policy that the last turn was looked at under; null before the first. */
  readonly policyVersion: number | null;
}

const lock = statement<OutreachRow>(
  'lock_outreach',
  'select state, attempts, due_at as "dueAt", started_at as "startedAt", policy_version as "policyVersion" from outreach where tenant_id = $1 and approval_id = $2 for update',
);
const update = statement(
  'change_outreach',
  `update outreach set state = $3, attempts = $4, due_at = $5, started_at = $6, outside_id = $7, last_outcome = $8, recorded_at = $9, policy_version = $10 where tenant_id = $1 and approval_id = $2`,
);

/** What is to be done outside, decided and written down before. `until`: the lease, which tells this turn from any other. */
interface Turn {
  readonly kind: 'EXECUTE' | 'ASK';
  readonly type: ActionType;
  readonly order: ExecutionOrder;
  readonly until: string;
}

/**
 * Executes an approval, at most once. What is about to be executed is written down and committed before anything is sent; a
 * process that finds that mark, and nobody at work on it, asks outside what became of it instead of sending it again, and sends
 * again only what the outside says it never had. What the program executes itself is done in the transaction that sets the mark. What the type of action checks is checked again in the transaction that sets the
 * mark: it cancels, or postpones; what would have expired by then is cancelled. May be called repeatedly, and by several at once.
 */
export async function executeAction(parts: ExecutionParts, approvalId: string): Promise<'NOTHING_TO_DO' | Ending['kind'] | 'CANCELLED' | 'POSTPONED'> {
  // From before the lease: a process that was stopped in between sends nothing, since another may have the word by then.
  const signal = AbortSignal.timeout(executeWithin);
  const turn = await parts.transact((work) => begin(work, parts.seal, approvalId));
  if (typeof turn === 'string') return turn;
  const ending = await outside({ outreach: parts.outreach, crm: parts.crm ?? noCrm }, turn, signal);
  await parts.transact((work) => finish(work, turn, ending));
  return ending.kind;
}

async function begin(work: Work, seal: Seal, approvalId: string): Promise<Turn | 'NOTHING_TO_DO' | Ending['kind'] | 'CANCELLED' | 'POSTPONED'> {
  const found = await findApproval(work, approvalId);
  const action = found && (await lockActionWithConsent(work, found.actionId, { account: true }));
  // Asked again under the lock: it may have been cancelled or executed in between.
  const approval = action && (await findApproval(work, approvalId));
  const [row] = approval ? await work.rows(lock, [work.tenantId, approval.id]) : [];
  if (!action || !approval || !row || Date.parse(row.dueAt) > Date.parse(work.now)) return 'NOTHING_TO_DO';
  if (row.state !== 'SENDING' && row.state !== 'DUE') return 'NOTHING_TO_DO';
  const { type } = action;
  const until = later(work, executionLease);
  const { frozen, subject, content } = await approvedWords(work, seal, action);
  const order: ExecutionOrder = { tenantId: work.tenantId, approval, content, target: frozen?.evidence.target ?? null };
  if (row.state === 'SENDING') {
    await store(work, approval, { ...row, dueAt: until });
    return { kind: 'ASK', type, order, until };
  }
  const policy = await outreachPolicy(work);
  const checked = { ...row, policyVersion: policy.version };
  const cancel = async (reason: string, inputs: Readonly<Record<string, unknown>> = {}): Promise<'CANCELLED'> => {
    await store(work, approval, { ...checked, state: 'CANCELLED' });
    await end(work, action, 'CANCELLED', { ...checked, outcome: 'CANCELLED', reason, inputs });
    return 'CANCELLED';
  };
  // No executor ran in time. What people approved days ago is not done now.
  if (Date.parse(action.expiresAt) <= Date.parse(work.now)) return cancel('NOT_POSSIBLE_IN_TIME', { expiresAt: action.expiresAt });
  const kind = actionKindOf(type);
  const approved: ApprovedAction = { action, policy, frozen, subject, content };
  const hindrance = await kind.hindrance(work, seal, approved);
  if (hindrance?.kind === 'CANCEL') return cancel(hindrance.reason, hindrance.inputs);
  if (hindrance) {
    const { reason, dueAt, inputs } = hindrance;
    if (Date.parse(dueAt) >= Date.parse(action.expiresAt)) return cancel(reason, { ...inputs, expiresAt: action.expiresAt });
    await store(work, approval, { ...checked, dueAt });
    await noteDecision(work, action, { outcome: 'POSTPONED', reason, policyVersion: policy.version, inputs: { approvalId, ...inputs } });
    return 'POSTPONED';
  }
  await store(work, approval, { ...checked, state: 'SENDING', attempts: row.attempts + 1, dueAt: until, startedAt: work.now });
  const turn: Turn = { kind: 'EXECUTE', type, order, until };
  if (!('perform' in kind)) return turn;
  const ending = await kind.perform(work, approved);
  await finish(work, turn, ending);
  return ending.kind;
}

/** No transaction is open now. Whatever fails outside, nobody knows what became of it. */
async function outside(edges: ExecutionEdges, { kind, type, order }: Turn, signal: AbortSignal): Promise<Ending> {
  if (signal.aborted) return { kind: 'UNKNOWN' };
  const { promise: late, resolve } = Promise.withResolvers<Ending>();
  signal.addEventListener('abort', () => resolve({ kind: 'UNKNOWN' }), { once: true });
  const declared = actionKindOf(type);
  if ('perform' in declared) throw new Error('an action of this type is executed where it is checked');
  const asked = kind === 'EXECUTE' ? declared.execute(edges, order, signal) : declared.lookUp(edges, order, signal);
  return Promise.race([asked.catch((): Ending => ({ kind: 'UNKNOWN' })), late]);
}

async function finish(work: Work, { type, order, until }: Turn, ending: Ending): Promise<void> {
  const { approval } = order;
  const [action] = await lockActions(work, [approval.actionId]);
  const [row] = await work.rows(lock, [work.tenantId, approval.id]);
  // Another took over when this one's lease was over, and has the word now.
  if (!action || action.status !== 'APPROVED' || row?.state !== 'SENDING' || Date.parse(row.dueAt) !== Date.parse(until)) return;
  const { attempts, startedAt, policyVersion } = row;
  const fail = async (reason: string): Promise<void> => {
    await store(work, approval, { ...row, state: 'FAILED', lastOutcome: reason });
    await end(work, action, 'FAILED', { outcome: 'FAILED', reason, attempts, policyVersion });
  };
  if (ending.kind === 'SENT') {
    await store(work, approval, { ...row, state: 'SENT', outsideId: ending.outsideId, lastOutcome: 'SENT' });
    const kind = actionKindOf(type);
    if ('executed' in kind) await kind.executed?.(work, order, ending);
    return end(work, action, 'EXECUTED', { outcome: 'EXECUTED', reason: 'perform' in kind ? 'PERFORMED' : 'SENT', attempts, policyVersion });
  }
  if (ending.kind === 'CONFLICT') {
    await store(work, approval, { ...row, state: 'CANCELLED', lastOutcome: 'CONFLICT' });
    return end(work, action, 'CANCELLED', { outcome: 'CANCELLED', reason: 'EVIDENCE_CHANGED', attempts, policyVersion });
  }
  if (ending.kind === 'UNKNOWN') {
    if (startedAt !== null && Date.parse(work.now) - Date.parse(startedAt) >= askFor) return fail('OUTCOME_UNKNOWN');
    return store(work, approval, { ...row, dueAt: later(work, firstPause), lastOutcome: 'UNKNOWN' });
  }
  if (ending.kind === 'NOT_NOW') {
    const dueAt = [ending.retryAt ?? '', later(work, firstPause)].toSorted().at(-1) ?? '';
    if (Date.parse(dueAt) >= Date.parse(action.expiresAt)) return fail('NOT_POSSIBLE_IN_TIME');
    return store(work, approval, { ...row, state: 'DUE', attempts: attempts - 1, dueAt, lastOutcome: 'NOT_NOW' });
  }
  if (ending.kind === 'REFUSED' && ending.lasting) return fail('REFUSED_OUTSIDE');
  if (attempts >= mostAttempts) return fail('ATTEMPTS_USED_UP');
  return store(work, approval, { ...row, state: 'DUE', dueAt: later(work, firstPause * 2 ** (attempts - 1)), lastOutcome: ending.kind });
}

interface End {
  readonly outcome: DecisionOutcome;
  readonly reason: string;
  readonly attempts: number;
  /** What it was looked at under, when it was sent or was not. */
  readonly policyVersion: number | null;
  readonly inputs?: Readonly<Record<string, unknown>>;
}

async function end(work: Work, action: LockedAction, to: 'EXECUTED' | 'FAILED' | 'CANCELLED', { outcome, reason, attempts, policyVersion, inputs }: End): Promise<void> {
  await changeAction(work, action, to, { outcome, reason, policyVersion: policyVersion ?? (await outreachPolicy(work)).version, inputs: { approvalId: action.approvalId, attempts, ...inputs } });
}

async function store(work: Work, approval: Approval, row: OutreachRow & { readonly outsideId?: string; readonly lastOutcome?: string }): Promise<void> {
  await work.rows(update, [work.tenantId, approval.id, row.state, row.attempts, row.dueAt, row.startedAt, row.outsideId ?? null, row.lastOutcome ?? null, work.now, row.policyVersion]);
}

/** Approvals whose turn it is, of every tenant, the longest due first; at most a hundred. For the system role, which sees no more of them. */
export const outreachDue = statement<{ tenantId: Id<'Tenant'>; approvalId: string }>(
  'outreach_due',
  `select tenant_id as "tenantId", approval_id as "approvalId" from outreach where state in ('DUE', 'SENDING') and due_at <= app_now() order by due_at, approval_id limit 100`,
);
