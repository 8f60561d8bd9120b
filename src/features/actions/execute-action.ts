import type { Id } from '../../platform/ids.ts';
import { subjectsById, type Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { consentStates } from '../consent/index.ts';
import { frozenByVersion } from './action.queries.ts';
import { findApproval, type Approval } from './approval.ts';
import { changeAction, lockActions, lockActionWithConsent, noteDecision, type LockedAction } from './change-action.ts';
import { digestOfDraft, forbiddenIn, openDraft } from './draft.ts';
import type { DecisionOutcome } from './enums.ts';
import { outreachConsent } from './evidence.ts';
import type { LookUpOutcome, Outreach, OutreachMessage, SendOutcome } from './outreach.ts';
import { closedGate } from './outreach-gates.ts';
import { outreachPolicy } from './outreach-policy.ts';
import { lockPerson, recentEmail } from './recent-email.ts';
import { contactNow, recipientFault } from './recipient-address.ts';
import { limitReached } from './sent-today.ts';

/** What executing works with. It holds no transaction while the outside is asked. */
export interface ExecutionParts {
  transact<Result>(body: (work: Work) => Promise<Result>): Promise<Result>;
  readonly seal: Seal;
  readonly outreach: Outreach;
}

/** How often the outside may refuse for the time being, before an action fails. */
const mostAttempts = 5;
/** Who began to send has this long to say how it went; sending itself is given up sooner. Milliseconds. */
const lease = 60_000;
const sendWithin = 30_000;
/** How long the outside is asked what became of a message, before an action fails because nobody can tell. Milliseconds. */
const askFor = 3_600_000;
/** The first pause after a refusal; it doubles. Milliseconds. */
const firstPause = 30_000;

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
type Turn = { readonly kind: 'SEND'; readonly message: OutreachMessage; readonly until: string } | { readonly kind: 'ASK'; readonly approval: Approval; readonly until: string };

/** What came of it. */
type Ending = SendOutcome | LookUpOutcome;

/**
 * Executes an approval: sends its message, at most once. What is about to be sent is written down and committed before
 * anything is sent; whoever finds that mark, and nobody at work on it, asks outside what became of the message instead of
 * sending it again, and sends again only what the outside says it never had. Consent is checked again, and held, in the
 * transaction that sets the mark; so is whether the words are the approved ones, whether the contact is still of the account
 * and has that address, and whether the policy in force allows it: its do-not-say list and its gates cancel; its daily limit and
 * its minimum time between e-mails to one person postpone, or cancel what would have expired by then. May be called again and again, and by several at once.
 */
export async function executeAction(parts: ExecutionParts, approvalId: string): Promise<'NOTHING_TO_DO' | Ending['kind'] | 'CANCELLED' | 'POSTPONED'> {
  const turn = await parts.transact((work) => begin(work, parts.seal, approvalId));
  if (typeof turn === 'string') return turn;
  const ending = await outside(parts.outreach, turn);
  await parts.transact((work) => finish(work, turn, ending));
  return ending.kind;
}

async function begin(work: Work, seal: Seal, approvalId: string): Promise<Turn | 'NOTHING_TO_DO' | 'CANCELLED' | 'POSTPONED'> {
  const found = await findApproval(work, approvalId);
  const action = found && (await lockActionWithConsent(work, found.actionId, { account: true }));
  // Asked again under the lock: it may have been cancelled or executed in between.
  const approval = action && (await findApproval(work, approvalId));
  const [row] = approval ? await work.rows(lock, [work.tenantId, approval.id]) : [];
  if (!action || !approval || !row || Date.parse(row.dueAt) > Date.parse(work.now)) return 'NOTHING_TO_DO';
  const until = later(work, lease);
  if (row.state === 'SENDING') {
    await store(work, approval, { ...row, dueAt: until });
    return { kind: 'ASK', approval, until };
  }
  if (row.state !== 'DUE') return 'NOTHING_TO_DO';
  const [consent] = await consentStates(work, { tenantId: work.tenantId, now: work.now, seal }, [{ subjectId: action.subjectId, ...outreachConsent }]);
  const [frozen] = await work.rows(frozenByVersion, [work.tenantId, action.id, action.evidenceVersion]);
  const subject = (await subjectsById(work, seal, [action.subjectId])).get(action.subjectId);
  const draft = subject && frozen ? openDraft(seal, frozen.wrappedKey, frozen.draftSealed) : null;
  const policy = await outreachPolicy(work);
  const checked = { ...row, policyVersion: policy.version };
  const cancel = async (reason: string, inputs: Readonly<Record<string, unknown>> = {}): Promise<'CANCELLED'> => {
    await store(work, approval, { ...checked, state: 'CANCELLED' });
    await end(work, action, 'CANCELLED', { ...checked, outcome: 'CANCELLED', reason, inputs });
    return 'CANCELLED';
  };
  const wait = async (dueAt: string, reason: 'LIMIT_REACHED' | 'RECENT_EMAIL', inputs: Readonly<Record<string, unknown>>): Promise<'CANCELLED' | 'POSTPONED'> => {
    if (Date.parse(dueAt) >= Date.parse(action.expiresAt)) return cancel(reason, { ...inputs, expiresAt: action.expiresAt });
    await store(work, approval, { ...checked, dueAt });
    await noteDecision(work, action, { outcome: 'POSTPONED', reason, policyVersion: policy.version, inputs: { approvalId, ...inputs } });
    return 'POSTPONED';
  };
  if (!consent?.granted || !subject || !frozen || !draft) return cancel(consent?.standing === 'EXPIRED' ? 'CONSENT_EXPIRED' : 'CONSENT_REVOKED', { consentId: consent?.consentId ?? null, consentVersion: consent?.version ?? 0 });
  // What was approved is told by its digest: other words, however they came there, are nobody's to send.
  if (digestOfDraft(seal, subject.key, draft) !== frozen.evidence.draft.digest) return cancel('DRAFT_CHANGED');
  const fault = recipientFault(await contactNow(work, seal, action.contactId), { accountId: action.accountId, to: draft.to });
  if (fault) return cancel(fault);
  if (forbiddenIn(draft, policy).length > 0) return cancel('POLICY_CHANGED');
  const gate = await closedGate(work, action.accountId, policy, { byProgram: action.scorePointId !== null });
  if (gate) return cancel(gate.reason, gate.details);
  await lockPerson(work, action.subjectId);
  const recent = await recentEmail(work, action.subjectId, policy, { except: action.id, approved: false });
  if (recent) return wait(recent.isUnderWay ? later(work, lease) : recent.until, 'RECENT_EMAIL', { ...recent });
  const reached = await limitReached(work, action, policy);
  if (reached) return wait(reached.tomorrow, 'LIMIT_REACHED', { ...reached });
  await store(work, approval, { ...checked, state: 'SENDING', attempts: row.attempts + 1, dueAt: until, startedAt: work.now });
  return { kind: 'SEND', message: { ...draft, approval }, until };
}

/** Nothing is open now. Whatever goes wrong out there, nobody knows what became of it. */
async function outside(outreach: Outreach, turn: Turn): Promise<Ending> {
  const signal = AbortSignal.timeout(sendWithin);
  const { promise: late, resolve } = Promise.withResolvers<Ending>();
  signal.addEventListener('abort', () => resolve({ kind: 'UNKNOWN' }), { once: true });
  const asked: Promise<Ending> = turn.kind === 'SEND' ? outreach.send(turn.message, signal) : outreach.lookUp(turn.approval, signal);
  return Promise.race([asked.catch((): Ending => ({ kind: 'UNKNOWN' })), late]);
}

async function finish(work: Work, turn: Turn, ending: Ending): Promise<void> {
  const approval = turn.kind === 'SEND' ? turn.message.approval : turn.approval;
  const [action] = await lockActions(work, [approval.actionId]);
  const [row] = await work.rows(lock, [work.tenantId, approval.id]);
  // Another took over when this one's lease was over, and has the word now.
  if (!action || action.status !== 'APPROVED' || row?.state !== 'SENDING' || Date.parse(row.dueAt) !== Date.parse(turn.until)) return;
  const { attempts, startedAt, policyVersion } = row;
  const fail = async (reason: string): Promise<void> => {
    await store(work, approval, { ...row, state: 'FAILED', lastOutcome: reason });
    await end(work, action, 'FAILED', { outcome: 'FAILED', reason, attempts, policyVersion });
  };
  if (ending.kind === 'SENT') {
    await store(work, approval, { ...row, state: 'SENT', outsideId: ending.outsideId, lastOutcome: 'SENT' });
    return end(work, action, 'EXECUTED', { outcome: 'EXECUTED', reason: 'SENT', attempts, policyVersion });
  }
  if (ending.kind === 'UNKNOWN') {
    if (startedAt !== null && Date.parse(work.now) - Date.parse(startedAt) >= askFor) return fail('OUTCOME_UNKNOWN');
    return store(work, approval, { ...row, dueAt: later(work, firstPause), lastOutcome: 'UNKNOWN' });
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

const later = (work: Work, milliseconds: number): string => new Date(Date.parse(work.now) + milliseconds).toISOString();

async function store(work: Work, approval: Approval, row: OutreachRow & { readonly outsideId?: string; readonly lastOutcome?: string }): Promise<void> {
  await work.rows(update, [work.tenantId, approval.id, row.state, row.attempts, row.dueAt, row.startedAt, row.outsideId ?? null, row.lastOutcome ?? null, work.now, row.policyVersion]);
}

/** Approvals whose turn it is, of every tenant, the longest due first; at most a hundred. For the system role, which sees no more of them. */
export const outreachDue = statement<{ tenantId: Id<'Tenant'>; approvalId: string }>(
  'outreach_due',
  `select tenant_id as "tenantId", approval_id as "approvalId" from outreach where state in ('DUE', 'SENDING') and due_at <= app_now() order by due_at, approval_id limit 100`,
);
