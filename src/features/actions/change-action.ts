import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Seal, Subject } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { lockAccounts } from '../accounts/index.ts';
import { holdConsent } from '../consent/index.ts';
import { recordDerivations } from '../lineage/index.ts';
import { eventOf } from './action.events.ts';
import { isOpen, mayStep } from './action.states.ts';
import { actionLineage, decisionLineage } from './action-lineage.ts';
import { countAction, countExpiry } from './count-actions.ts';
import type { ActionStatus, ActionType, DecisionOutcome, RiskLevel } from './enums.ts';

/** An action as use cases change it; its row is locked. */
export interface LockedAction {
  readonly id: Id<'Action'>;
  /** Null for a type that concerns the tenant. */
  readonly accountId: Id<'Account'> | null;
  readonly type: ActionType;
  readonly status: ActionStatus;
  readonly riskLevel: RiskLevel;
  readonly contactId: string | null;
  readonly subjectId: Id<'Subject'>;
  readonly scorePointId: Id<'ScorePoint'> | null;
  readonly evidenceVersion: number;
  readonly evidenceDigest: string;
  readonly proposedByKind: string;
  readonly proposedById: string;
  readonly expiresAt: string;
  readonly claimedById: string | null;
  readonly claimExpiresAt: string | null;
  readonly approvalId: Id<'ActionDecision'> | null;
}

const columns = `id, account_id as "accountId", type, status, risk_level as "riskLevel", contact_id as "contactId", subject_id as "subjectId", score_point_id as "scorePointId", evidence_version as "evidenceVersion",
  evidence_digest as "evidenceDigest", proposed_by_kind as "proposedByKind", proposed_by_id as "proposedById", expires_at as "expiresAt", claimed_by_id as "claimedById",
  claim_expires_at as "claimExpiresAt", approval_id as "approvalId"`;
const subjectOf = statement<{ subjectId: Id<'Subject'>; accountId: Id<'Account'> | null }>('subject_of_action', 'select subject_id as "subjectId", account_id as "accountId" from action where tenant_id = $1 and id = $2');
const lock = statement<LockedAction>('lock_actions', `select ${columns} from action where tenant_id = $1 and id = any($2::uuid[]) order by id for update`);

/** Locks actions, in one order everywhere. */
export function lockActions(work: Work, ids: readonly string[]): Promise<LockedAction[]> {
  return work.rows(lock, [work.tenantId, [...new Set(ids)]]);
}

/**
 * Locks an action, and before it the consents of whom it is addressed to: a revocation has either happened by now, and
 * cancelled the action, or waits until this transaction ends. Null where the tenant has none of that id. `account`: its
 * account is locked, too, in between, as it is where actions are proposed.
 */
export async function lockActionWithConsent(work: Work, id: string, { account = false } = {}): Promise<LockedAction | null> {
  const [found] = await work.rows(subjectOf, [work.tenantId, id]);
  if (!found) return null;
  await holdConsent(work, [found.subjectId]);
  if (account && found.accountId !== null) await lockAccounts(work, [found.accountId]);
  return (await lockActions(work, [id]))[0] ?? null;
}

/** Why something was decided, for its trace. */
export interface DecisionTrace {
  readonly outcome: DecisionOutcome;
  /** A code of the program's own. */
  readonly reason: string;
  readonly policyVersion: number;
  /** Ids and figures that it was decided on. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** What a person gave as reason, in their words: sealed under the addressee's key. */
  readonly remark?: { readonly text: string; readonly subject: Subject; readonly seal: Seal } | null;
}

const insertDecision = statement(
  'insert_action_decision',
  `insert into action_decision (tenant_id, id, account_id, action_id, score_point_id, outcome, reason, remark_sealed, subject_id, policy_version, inputs, actor_kind, actor_id, request_id, decided_at)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::jsonb, $12, $13, $14, $15)`,
);
const insertSkips = statement(
  'insert_skipped_decisions',
  `insert into action_decision (tenant_id, id, account_id, score_point_id, outcome, reason, policy_version, inputs, actor_kind, actor_id, request_id, decided_at)
   select $1, id, account_id, score_point_id, 'SKIPPED', reason, policy_version, inputs, $8, $9, request_id, $10
   from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::int[], $7::jsonb[], $11::text[]) as g(id, account_id, score_point_id, reason, policy_version, inputs, request_id)`,
);

/** That no action was proposed after a crossing, and why. */
export interface Skip {
  readonly accountId: Id<'Account'>;
  readonly pointId: Id<'ScorePoint'>;
  readonly policyVersion: number;
  readonly reason: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly requestId: string;
}

/** Writes the traces of skipped crossings, in one statement; returns their ids, in order. */
export async function traceSkips(work: Work, skips: readonly Skip[]): Promise<Id<'ActionDecision'>[]> {
  const ids = skips.map(() => work.newId<'ActionDecision'>());
  const column = <Value>(pick: (skip: Skip) => Value): Value[] => skips.map(pick);
  await work.rows(insertSkips, [
    work.tenantId, ids, column(({ accountId }) => accountId), column(({ pointId }) => pointId), column(({ reason }) => reason), column(({ policyVersion }) => policyVersion),
    column(({ inputs }) => JSON.stringify(inputs)), work.actor.kind, work.actor.id, work.now, column(({ requestId }) => requestId),
  ]);
  return ids;
}

/** Writes the trace of a decision; answers its id. `scorePointId`: the crossing it decides on, which can be decided on once. */
export async function traceDecision(
  work: Work,
  about: { readonly accountId: Id<'Account'> | null; readonly actionId: Id<'Action'> | null; readonly scorePointId?: Id<'ScorePoint'> | null },
  { outcome, reason, policyVersion, inputs, remark }: DecisionTrace,
): Promise<Id<'ActionDecision'>> {
  const id = work.newId<'ActionDecision'>();
  await work.rows(insertDecision, [
    work.tenantId, id, about.accountId, about.actionId, about.scorePointId ?? null, outcome, reason, remark ? remark.seal.seal(remark.subject.key, remark.text) : null,
    remark ? remark.subject.id : null, policyVersion, JSON.stringify(inputs), work.actor.kind, work.actor.id, work.requestId, work.now,
  ]);
  return id;
}

/** The account that an action is for. Types that concern the tenant never ask. */
export function accountOfAction({ accountId }: Pick<LockedAction, 'accountId'>): Id<'Account'> {
  if (accountId === null) throw new Error('an action of this type is for an account');
  return accountId;
}

/** What a change does to the row, beside its status. Absent: as it is. */
export interface ActionColumns {
  readonly claimedBy?: { readonly kind: string; readonly id: string; readonly until: string } | null;
  readonly evidence?: { readonly version: number; readonly digest: string };
  /** Nobody has weighed the words that now stand there: no confidence, and the higher risk. */
  readonly unweighed?: true;
  /** The risk by what it rests on now. */
  readonly riskLevel?: RiskLevel;
}

const update = statement(
  'change_action',
  `update action set status = $3, evidence_version = $4, evidence_digest = $5, claimed_by_kind = $6, claimed_by_id = $7, claim_expires_at = $8,
     approval_id = coalesce($9, approval_id), decided_by_kind = coalesce($10, decided_by_kind), decided_by_id = coalesce($11, decided_by_id), decided_at = coalesce($12, decided_at),
     end_reason = $13, executed_at = $14, recorded_at = $15, confidence = case when $16 then null else confidence end, risk_level = case when $16 then 'HIGH' else coalesce($17, risk_level) end
   where tenant_id = $1 and id = $2`,
);

const ends: ReadonlySet<ActionStatus> = new Set(['REJECTED', 'EXPIRED', 'CANCELLED', 'STALE', 'FAILED']);

/**
 * Every change of an action goes this way: the step is checked, the row changed, the decision traced, its lineage and
 * its fact recorded, in one transaction or not at all; then it is counted. The row must be locked. Answers the decision's id.
 */
export async function changeAction(work: Work, action: LockedAction, to: ActionStatus, trace: DecisionTrace, more: ActionColumns = {}): Promise<Id<'ActionDecision'>> {
  const { outcome, reason } = trace;
  if (to !== action.status && !mayStep(action.status, to)) throw new Error(`an action does not go from ${action.status} to ${to}`);
  const evidence = more.evidence ?? { version: action.evidenceVersion, digest: action.evidenceDigest };
  const inputs = { previousStatus: action.status, evidenceVersion: evidence.version, evidenceDigest: evidence.digest, ...trace.inputs };
  const decisionId = await traceDecision(work, { accountId: action.accountId, actionId: action.id }, { ...trace, inputs });
  const claim = more.claimedBy ?? null;
  const kept = to === 'CLAIMED' && claim === null ? await claimOf(work, action.id) : claim;
  const decided = to === 'APPROVED' || to === 'REJECTED';
  const approvalId = to === 'APPROVED' ? decisionId : action.approvalId;
  await work.rows(update, [
    work.tenantId, action.id, to, evidence.version, evidence.digest, kept?.kind ?? null, kept?.id ?? null, kept?.until ?? null,
    approvalId, decided ? work.actor.kind : null, decided ? work.actor.id : null, decided ? work.now : null,
    ends.has(to) ? reason : null, to === 'EXECUTED' ? work.now : null, work.now, more.unweighed ?? false, more.riskLevel ?? null,
  ]);
  await recordDerivations(work, [{ to: decisionLineage.ref(decisionId), from: [actionLineage.ref(action.id)], relation: 'DECIDED_ON', rule: { name: 'outreach-policy', version: trace.policyVersion } }]);
  recordActionFact(work, action, { outcome, reason, decisionId, approvalId, previousStatus: action.status, status: to, evidenceDigest: evidence.digest });
  // A claim, and its end, is no new action in the queue.
  if (!isOpen(to)) countAction(work, action, to);
  if (to === 'EXPIRED') countExpiry(work, 'decision');
  if (reason === 'CONSENT_EXPIRED') countExpiry(work, 'consent');
  return decisionId;
}

/** Traces a decision that leaves the action's row as it is, with its lineage and its fact. */
export async function noteDecision(work: Work, action: LockedAction, trace: DecisionTrace): Promise<void> {
  const { outcome, reason, policyVersion } = trace;
  const { id, accountId, approvalId, status, evidenceDigest } = action;
  const decisionId = await traceDecision(work, { accountId, actionId: id }, trace);
  await recordDerivations(work, [{ to: decisionLineage.ref(decisionId), from: [actionLineage.ref(id)], relation: 'DECIDED_ON', rule: { name: 'outreach-policy', version: policyVersion } }]);
  recordActionFact(work, action, { outcome, reason, decisionId, approvalId, previousStatus: status, status, evidenceDigest });
}

const claim = statement<{ kind: string; id: string; until: string }>(
  'claim_of_action',
  'select claimed_by_kind as kind, claimed_by_id as id, claim_expires_at as until from action where tenant_id = $1 and id = $2 and claimed_by_id is not null',
);
const claimOf = async (work: Work, id: string) => (await work.rows(claim, [work.tenantId, id]))[0] ?? null;

const outcomesBehindApproval: ReadonlySet<DecisionOutcome> = new Set(['APPROVED', 'POSTPONED', 'EXECUTED', 'FAILED', 'UNDO_REQUESTED', 'UNDONE', 'UNDO_FAILED']);

/** States the fact of a change. */
export function recordActionFact(
  work: Work,
  action: { readonly id: Id<'Action'>; readonly accountId: Id<'Account'> | null },
  change: { outcome: DecisionOutcome; reason: string; decisionId: string; approvalId: string | null; previousStatus: ActionStatus | null; status: ActionStatus; evidenceDigest: string },
): void {
  const { outcome, approvalId, ...rest } = change;
  if (outcome === 'SKIPPED') throw new Error('what was not proposed does not change');
  const behindApproval = outcomesBehindApproval.has(outcome);
  const data = { actionId: action.id, ...rest, ...(behindApproval ? { approvalId } : {}) };
  work.record(eventOf[outcome].fact({ accountId: action.accountId, data: data as never }));
}
