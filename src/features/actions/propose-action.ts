import { InvalidInput, LimitExceeded } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { checkText, lockAccounts } from '../accounts/index.ts';
import { recordDerivations, type LineageRef } from '../lineage/index.ts';
import { scorePointLineage } from '../scoring/index.ts';
import { actionLineage, decisionLineage } from './action-lineage.ts';
import { countAction } from './count-actions.ts';
import { recordActionFact, traceDecision } from './change-action.ts';
import { checkDraft } from './draft.ts';
import type { ActionType, DraftOrigin, RiskLevel } from './enums.ts';
import { gatherEvidence } from './evidence.ts';
import { freezeEvidence } from './freeze-evidence.ts';
import { hiddenCharacter } from './hidden-characters.ts';
import { leadsOut } from './leads-out.ts';
import { pinLineage } from './evidence-pins.ts';
import { lowestOriginOf, refuseUntrusted, riskWithTrust } from './trust-floor.ts';
import { closedGate, OutreachBlocked } from './outreach-gates.ts';
import { outreachPolicy, type OutreachPolicy } from './outreach-policy.ts';
import { chooseRecipient, type NoRecipient, type Recipient } from './recipient.ts';

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

/** From this confidence on an action's risk is MEDIUM. */
const mediumRiskFrom = 0.7;
/** How long an action can be decided on. */
const decideWithin = 72 * 3_600_000;
const day = 86_400_000;

// What becomes of a message that nobody can tell about counts as sent.
const counted = statement<{ freeAt: string }>(
  'actions_that_count',
  `select case when is_open then expires_at else $5::timestamptz end as "freeAt" from action
   where tenant_id = $1 and account_id = $2 and type = $3 and id <> all($6::uuid[])
     and (is_open or status = 'APPROVED' or executed_at >= $4::timestamptz or status = 'FAILED' and end_reason = 'OUTCOME_UNKNOWN' and recorded_at >= $4::timestamptz)
   order by 1`,
);
const insert = statement(
  'insert_action',
  `insert into action (tenant_id, id, account_id, type, status, risk_level, confidence, contact_id, subject_id, score_point_id, evidence_version, evidence_digest,
     proposed_by_kind, proposed_by_id, proposed_at, expires_at, recorded_at)
   values ($1, $2, $3, $4, 'PENDING', $5, $6, $7, $8, $9, 1, $10, $11, $12, $13, $14, $13)`,
);

/** The risk of an action of a confidence. */
export const riskOf = (confidence: number): RiskLevel => (confidence >= mediumRiskFrom ? 'MEDIUM' : 'HIGH');

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
  if (!(confidence >= 0 && confidence <= 1)) throw new InvalidInput('confidence must be between 0 and 1.', [...path, 'confidence']);
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
  const draft = { to: recipient.email, ...words };
  const gathered = await gatherEvidence(work, seal, { accountId, contactId, subjectId: subject.id, subject, draft });
  const { digest } = gathered;
  // What the score was computed from is reached through the score.
  const scored = gathered.evidence.score === null ? [] : [scorePointLineage.ref(gathered.evidence.score.pointId)];
  const sources = [...scored, ...proposal.sources.filter((source) => !scored.some(({ id: known }) => known === source.id))];
  const lowest = await lowestOriginOf(work, seal, [...sources, ...(gathered.evidence.pins ?? []).map(pinLineage)]);
  refuseUntrusted(lowest, policy, path);
  const id = work.newId<'Action'>();
  const type: ActionType = 'EMAIL';
  const riskLevel = riskWithTrust(riskOf(confidence), lowest, policy);
  const expiresAt = new Date(Date.parse(work.now) + decideWithin).toISOString();
  await work.rows(insert, [
    work.tenantId, id, accountId, type, riskLevel, confidence, contactId, subject.id, proposal.scorePointId, digest, work.actor.kind, work.actor.id, work.now, expiresAt,
  ]);
  await freezeEvidence(work, seal, { actionId: id, accountId, version: 1, cause: 'PROPOSED', gathered, subject, draft, reasoning, ...originOf(proposal), author: work.actor, isEdited: false, draftedAt: work.now });
  const reason = proposal.scorePointId === null ? 'PROPOSED_BY_HAND' : 'INTENT_BECAME_HIGH';
  const { score, consent } = gathered.evidence;
  const decisionId = await traceDecision(work, { accountId, actionId: id, scorePointId: proposal.scorePointId }, {
    outcome: 'PROPOSED', reason, policyVersion: policy.version,
    inputs: { evidenceVersion: 1, evidenceDigest: digest, score, consent, confidence, riskLevel, trust: lowest, generatedBy: proposal.generatedBy, model: proposal.model, prompt: proposal.prompt, contactId },
  });
  const rule = { name: 'propose-action', version: policy.version };
  await recordDerivations(work, [
    { to: actionLineage.ref(id), from: sources, relation: 'PROPOSED_FROM', rule },
    { to: decisionLineage.ref(decisionId), from: [actionLineage.ref(id)], relation: 'DECIDED_ON', rule },
  ]);
  recordActionFact(work, { id, accountId }, { outcome: 'PROPOSED', reason, decisionId, approvalId: null, previousStatus: null, status: 'PENDING', evidenceDigest: digest });
  countAction(work, { type, riskLevel }, 'PENDING');
  return id;
}

/** Whoever decides reads the reasoning, and must not be led elsewhere by it; a machine's is held to more than a person's. */
function checkReasoning({ reasoning, path, generatedBy }: Proposal): string {
  const place = [...path, 'reasoning'];
  const text = checkText(reasoning, place, 10_000).trim();
  if (text === '') throw new InvalidInput('Say why it is right to send it.', place);
  const hidden = hiddenCharacter(text, { lines: true });
  if (hidden !== null) throw new InvalidInput(`The reasoning holds ${hidden}, a character that nobody sees and that can make it read otherwise than it looks. Take it out.`, place);
  const outward = generatedBy === 'MACHINE' ? leadsOut(text) : null;
  // Figures look like telephone numbers, and reasons have figures.
  if (outward !== null && outward !== 'a telephone number') throw new InvalidInput(`The reasoning holds ${outward}. A machine gives reasons in words, and leads whoever decides nowhere else.`, place);
  return text;
}

const originOf = ({ generatedBy, model, prompt }: Proposal) => ({ generatedBy, model, prompt });
