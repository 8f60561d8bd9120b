import { InvalidInput, LimitExceeded } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { lockAccounts } from '../accounts/index.ts';
import type { LineageRef } from '../lineage/index.ts';
import { scorePointLineage } from '../scoring/index.ts';
import { checkReasoning } from './check-reasoning.ts';
import { checkDraft, type Draft } from './draft.ts';
import type { ActionType, DraftOrigin } from './enums.ts';
import { gatherEmailEvidence } from './evidence.ts';
import { closedGate, OutreachBlocked } from './outreach-gates.ts';
import { outreachPolicy, type OutreachPolicy } from './outreach-policy.ts';
import { chooseRecipient, type NoRecipient, type Recipient } from './recipient.ts';
import { checkConfidence, storeProposal } from './store-proposal.ts';

/** What is to be proposed. */
export interface Proposal {
  readonly accountId: Id<'Account'>;
  /** Whom to write to; chosen among those who consent when null. */
  readonly contactId: string | null;
  /** Who was chosen in this transaction already, and is held: then nobody is chosen again. */
  readonly recipient?: Recipient;
  readonly subject: string;
  readonly body: string;
  readonly reasoning: string;
  /** 0..1. */
  readonly confidence: number;
  readonly generatedBy: DraftOrigin;
  readonly model: string | null;
  readonly prompt: string | null;
  /** The crossing that is its ground; null where somebody proposes by hand. */
  readonly scorePointId: Id<'ScorePoint'> | null;
  /** What the draft was made from, beside the score: fields, signals, documents. */
  readonly sources: readonly LineageRef[];
  /** Where in the caller's input this stands. */
  readonly path: readonly string[];
}

/** No more e-mails for this account today. */
export class DailyLimitReached extends LimitExceeded {
  readonly limit: number;
  /** RFC 3339. */
  readonly resetsAt: string;

  constructor(limit: number, resetsAt: string, now: string) {
    super(`At most ${limit} e-mails for one account wait, are on their way, or were sent today. One more from ${resetsAt} on, or once one that waits is rejected.`, Math.ceil((Date.parse(resetsAt) - Date.parse(now)) / 1_000));
    this.limit = limit;
    this.resetsAt = resetsAt;
  }
}

/** Nobody at the account can be written to. */
export class NobodyToAddress extends InvalidInput {
  readonly why: NoRecipient;

  constructor(why: NoRecipient, path: readonly string[]) {
    super(why === 'NO_CONTACT' ? 'The account has no such contact with an e-mail address.' : 'No such contact consents to outreach by e-mail without an objection to profiling.', path);
    this.why = why;
  }
}

const day = 86_400_000;

// What becomes of a message that nobody can tell about counts as sent.
const counted = statement<{ freeAt: string }>(
  'actions_that_count',
  `select case when is_open then expires_at else $5::timestamptz end as "freeAt" from action
   where tenant_id = $1 and account_id = $2 and type = $3 and id <> all($6::uuid[])
     and (is_open or status = 'APPROVED' or executed_at >= $4::timestamptz or status = 'FAILED' and end_reason = 'OUTCOME_UNKNOWN' and recorded_at >= $4::timestamptz)
   order by 1`,
);
/**
 * Refuses what would be one e-mail too many. What waits for a decision or is on its way counts, whenever it was proposed,
 * and what was sent on this UTC day: so no account is sent more than the limit on any day. What came to another end does
 * not. The account is locked by whoever proposes, so that two at once are counted one after the other.
 */
export async function checkDailyLimit(work: Work, accountId: Id<'Account'>, policy: OutreachPolicy): Promise<void> {
  const reached = await dailyLimitReached(work, accountId, policy);
  if (reached) throw reached;
}

/** Why one more e-mail would be too many for the account today, beside some; null when it is not. */
export async function dailyLimitReached(work: Work, accountId: Id<'Account'>, { emailDailyLimit: limit }: OutreachPolicy, beside: readonly string[] = []): Promise<DailyLimitReached | null> {
  const midnight = Math.floor(Date.parse(work.now) / day) * day;
  const [today, tomorrow] = [midnight, midnight + day].map((instant) => new Date(instant).toISOString());
  const places = await work.rows(counted, [work.tenantId, accountId, 'EMAIL' satisfies ActionType, today, tomorrow, beside]);
  if (places.length < limit) return null;
  return new DailyLimitReached(limit, new Date(places[places.length - limit]?.freeAt ?? midnight + day).toISOString(), work.now);
}

/**
 * Proposes an action: chooses whom to write to, checks consent, the day's limit and the do-not-say list, freezes the
 * evidence, and puts it into the queue as PENDING. Answers its id. Throws `NobodyToAddress`, `DailyLimitReached`,
 * `UntrustedOrigin`, or `InvalidInput`.
 */
export async function proposeAction(work: Work, seal: Seal, proposal: Proposal): Promise<Id<'Action'>> {
  const { accountId, path, confidence } = proposal;
  checkConfidence(confidence, path);
  const policy = await outreachPolicy(work);
  const words = checkDraft(proposal, policy, path);
  const reasoning = checkReasoning(proposal);
  const recipient = proposal.recipient ?? await chooseRecipient(work, seal, accountId, proposal.contactId);
  if (typeof recipient === 'string') throw new NobodyToAddress(recipient, [...path, 'contactId']);
  await lockAccounts(work, [accountId]);
  const gate = await closedGate(work, accountId, policy, { byProgram: proposal.scorePointId !== null });
  if (gate) throw new OutreachBlocked(gate, 'Ask an administrator to change the policy if this e-mail is right.', [...path, 'account']);
  await checkDailyLimit(work, accountId, policy);

  const { subject, contactId } = recipient;
  const content: Draft = { to: recipient.email, ...words };
  const gathered = await gatherEmailEvidence(work, seal, { accountId, contactId, subjectId: subject.id, subject, content, target: null });
  const { score, consent } = gathered.evidence;
  // What the score was computed from is reached through the score.
  const scored = score === null ? [] : [scorePointLineage.ref(score.pointId)];
  const sources = [...scored, ...proposal.sources.filter((source) => !scored.some(({ id: known }) => known === source.id))];
  const { scorePointId, generatedBy, model, prompt } = proposal;
  return storeProposal(work, seal, {
    type: 'EMAIL', accountId, contactId, subject, content, reasoning, confidence, gathered, scorePointId, sources, generatedBy, model, prompt, policy, path,
    reason: scorePointId === null ? 'PROPOSED_BY_HAND' : 'INTENT_BECAME_HIGH', inputs: { score, consent, contactId },
  });
}
