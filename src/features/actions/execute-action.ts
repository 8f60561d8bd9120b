import type { Id } from '../../platform/ids.ts';
import { subjectsById, type Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { consentStates } from '../consent/index.ts';
import { frozenByVersion } from './action.queries.ts';
import { findApproval, type Approval } from './approval.ts';
import { changeAction, lockActions, lockActionWithConsent, type LockedAction } from './change-action.ts';
import { openDraft } from './draft.ts';
import type { DecisionOutcome } from './enums.ts';
import { outreachConsent } from './evidence.ts';
import type { LookUpOutcome, Outreach, OutreachMessage, SendOutcome } from './outreach.ts';
import { outreachPolicy } from './outreach-policy.ts';
import { isSameAddress, recipientAddress } from './recipient-address.ts';

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
}

const lock = statement<OutreachRow>(
  'lock_outreach',
  'select state, attempts, due_at as "dueAt", started_at as "startedAt" from outreach where tenant_id = $1 and approval_id = $2 for update',
);
const update = statement(
  'change_outreach',
  `update outreach set state = $3, attempts = $4, due_at = $5, started_at = $6, outside_id = $7, last_outcome = $8, recorded_at = $9 where tenant_id = $1 and approval_id = $2`,
);

/** What is to be done outside, decided and written down before. `until`: the lease, which tells this turn from any other. */
type Turn = { readonly kind: 'SEND'; readonly message: OutreachMessage; readonly until: string } | { readonly kind: 'ASK'; readonly approval: Approval; readonly until: string };

/** What came of it. */
type Ending = SendOutcome | LookUpOutcome;

/**
 * Executes an approval: sends its message, at most once. What is about to be sent is written down and committed before
 * anything is sent; whoever finds that mark, and nobody at work on it, asks outside what became of the message instead of
 * sending it again, and sends again only what the outside says it never had. Consent is checked again, and held, in the
 * transaction that sets the mark; so is whether the address is still the contact's. May be called again and again, and by several at once.
 */
export async function executeAction(parts: ExecutionParts, approvalId: string): Promise<'NOTHING_TO_DO' | Ending['kind'] | 'CANCELLED'> {
  const turn = await parts.transact((work) => begin(work, parts.seal, approvalId));
  if (typeof turn === 'string') return turn;
  const ending = await outside(parts.outreach, turn);
  await parts.transact((work) => finish(work, turn, ending));
  return ending.kind;
}

async function begin(work: Work, seal: Seal, approvalId: string): Promise<Turn | 'NOTHING_TO_DO' | 'CANCELLED'> {
  const found = await findApproval(work, approvalId);
  const action = found && (await lockActionWithConsent(work, found.actionId));
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
  const cancel = async (reason: string): Promise<'CANCELLED'> => {
    await store(work, approval, { ...row, state: 'CANCELLED' });
    await end(work, action, 'CANCELLED', { outcome: 'CANCELLED', reason, attempts: row.attempts });
    return 'CANCELLED';
  };
  if (!consent?.granted || !draft) return cancel(consent?.standing === 'EXPIRED' ? 'CONSENT_EXPIRED' : 'CONSENT_REVOKED');
  // An erasure cancels what it takes words out of; should one ever get this far, it is not sent.
  if ([draft.subject, draft.body].some((text) => text.includes('[erased]'))) return cancel('NAMES_ERASED_PERSON');
  if (!isSameAddress(await recipientAddress(work, seal, action.contactId), draft.to)) return cancel('ADDRESS_CHANGED');
  await store(work, approval, { state: 'SENDING', attempts: row.attempts + 1, dueAt: until, startedAt: work.now });
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
  const { attempts, startedAt } = row;
  const fail = async (reason: string): Promise<void> => {
    await store(work, approval, { ...row, state: 'FAILED', lastOutcome: reason });
    await end(work, action, 'FAILED', { outcome: 'FAILED', reason, attempts });
  };
  if (ending.kind === 'SENT') {
    await store(work, approval, { ...row, state: 'SENT', outsideId: ending.outsideId, lastOutcome: 'SENT' });
    return end(work, action, 'EXECUTED', { outcome: 'EXECUTED', reason: 'SENT', attempts });
  }
  if (ending.kind === 'UNKNOWN') {
    if (startedAt !== null && Date.parse(work.now) - Date.parse(startedAt) >= askFor) return fail('OUTCOME_UNKNOWN');
    return store(work, approval, { ...row, dueAt: later(work, firstPause), lastOutcome: 'UNKNOWN' });
  }
  if (ending.kind === 'REFUSED' && ending.lasting) return fail('REFUSED_OUTSIDE');
  if (attempts >= mostAttempts) return fail('ATTEMPTS_USED_UP');
  return store(work, approval, { ...row, state: 'DUE', dueAt: later(work, firstPause * 2 ** (attempts - 1)), lastOutcome: ending.kind });
}

async function end(work: Work, action: LockedAction, to: 'EXECUTED' | 'FAILED' | 'CANCELLED', { outcome, reason, attempts }: { outcome: DecisionOutcome; reason: string; attempts: number }): Promise<void> {
  const { version } = await outreachPolicy(work);
  await changeAction(work, action, to, { outcome, reason, policyVersion: version, inputs: { approvalId: action.approvalId, attempts } });
}

const later = (work: Work, milliseconds: number): string => new Date(Date.parse(work.now) + milliseconds).toISOString();

async function store(work: Work, approval: Approval, row: OutreachRow & { readonly outsideId?: string; readonly lastOutcome?: string }): Promise<void> {
  await work.rows(update, [work.tenantId, approval.id, row.state, row.attempts, row.dueAt, row.startedAt, row.outsideId ?? null, row.lastOutcome ?? null, work.now]);
}

/** Approvals whose turn it is, of every tenant, the longest due first; at most a hundred. For the system role, which sees no more of them. */
export const outreachDue = statement<{ tenantId: Id<'Tenant'>; approvalId: string }>(
  'outreach_due',
  `select tenant_id as "tenantId", approval_id as "approvalId" from outreach where state in ('DUE', 'SENDING') and due_at <= app_now() order by due_at, approval_id limit 100`,
);
