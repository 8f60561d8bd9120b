import { InvalidInput } from '../../platform/errors.ts';
import type { Actor } from '../../platform/events/event.ts';
import type { Id } from '../../platform/ids.ts';
import type { Seal, Subject } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { recordDerivations, type LineageRef } from '../lineage/index.ts';
import type { ActionContent } from './action-content.ts';
import { actionLineage, decisionLineage } from './action-lineage.ts';
import { recordActionFact, traceDecision } from './change-action.ts';
import { countAction } from './count-actions.ts';
import type { ActionType, DraftOrigin, RiskLevel } from './enums.ts';
import type { GatheredEvidence } from './evidence.ts';
import { pinLineage } from './evidence-pins.ts';
import { freezeEvidence } from './freeze-evidence.ts';
import type { OutreachPolicy } from './outreach-policy.ts';
import { lowestOriginOf, refuseUntrusted, riskWithTrust } from './trust-floor.ts';

/** From this confidence on an action's risk is MEDIUM. */
const mediumRiskFrom = 0.7;
/** How long an action can be decided on. */
const decideWithin = 72 * 3_600_000;
/** Nobody verifies what a machine says of its own proposal: it counts for no more than a template's words, so its risk is HIGH. */
const surestOfMachine = 0.6;

const insert = statement(
  'insert_action',
  `insert into action (tenant_id, id, account_id, type, status, risk_level, confidence, contact_id, subject_id, score_point_id, evidence_version, evidence_digest,
     proposed_by_kind, proposed_by_id, proposed_at, expires_at, recorded_at)
   values ($1, $2, $3, $4, 'PENDING', $5, $6, $7, $8, $9, 1, $10, $11, $12, $13, $14, $13)`,
);

/** A proposal that its type has checked, with its evidence. */
export interface CheckedProposal {
  /** Its id, where it was needed before; otherwise a new one. */
  readonly id?: Id<'Action'>;
  readonly type: ActionType;
  /** Null for a type that concerns the tenant. */
  readonly accountId: Id<'Account'> | null;
  readonly contactId: string | null;
  readonly subject: Subject;
  readonly content: ActionContent;
  readonly reasoning: string;
  /** 0..1; null: nobody stated one, and its risk is HIGH. */
  readonly confidence: number | null;
  readonly gathered: GatheredEvidence;
  /** The crossing that is its ground; null where somebody proposes by hand. */
  readonly scorePointId: Id<'ScorePoint'> | null;
  /** What it was made from. */
  readonly sources: readonly LineageRef[];
  readonly generatedBy: DraftOrigin;
  readonly model: string | null;
  readonly prompt: string | null;
  readonly policy: OutreachPolicy;
  /** Why it is proposed, as a code. */
  readonly reason: string;
  /** Ids and figures for its trace. */
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly path: readonly string[];
}

/** The risk of an action of a confidence. */
export const riskOf = (confidence: number | null): RiskLevel => (confidence !== null && confidence >= mediumRiskFrom ? 'MEDIUM' : 'HIGH');

/** Throws `InvalidInput` unless a confidence is between 0 and 1. */
export function checkConfidence(confidence: number, path: readonly string[]): void {
  if (!(confidence >= 0 && confidence <= 1)) throw new InvalidInput('confidence must be between 0 and 1.', [...path, 'confidence']);
}

/** How far the stated confidence counts. */
export function confidenceOf(stated: number, { kind }: Actor): number {
  return kind === 'user' || !(stated <= 1) ? stated : Math.min(stated, surestOfMachine);
}

/** Stores a proposal of any type as PENDING, with its evidence, trace, lineage and fact; returns its id. The account, where there is one, is locked. Throws `UntrustedOrigin`. */
export async function storeProposal(work: Work, seal: Seal, proposal: CheckedProposal): Promise<Id<'Action'>> {
  const { type, accountId, contactId, subject, content, reasoning, confidence, gathered, scorePointId, sources, policy, reason, path, generatedBy, model, prompt } = proposal;
  const { digest } = gathered;
  const lowest = await lowestOriginOf(work, seal, [...sources, ...(gathered.evidence.pins ?? []).map(pinLineage)]);
  refuseUntrusted(lowest, policy, path);
  const id = proposal.id ?? work.newId<'Action'>();
  const riskLevel = riskWithTrust(riskOf(confidence), lowest, policy);
  const expiresAt = new Date(Date.parse(work.now) + decideWithin).toISOString();
  await work.rows(insert, [work.tenantId, id, accountId, type, riskLevel, confidence, contactId, subject.id, scorePointId, digest, work.actor.kind, work.actor.id, work.now, expiresAt]);
  await freezeEvidence(work, seal, { actionId: id, accountId, version: 1, cause: 'PROPOSED', gathered, subject, content, reasoning, generatedBy, model, prompt, author: work.actor, isEdited: false, draftedAt: work.now });
  const decisionId = await traceDecision(work, { accountId, actionId: id, scorePointId }, {
    outcome: 'PROPOSED', reason, policyVersion: policy.version,
    inputs: { evidenceVersion: 1, evidenceDigest: digest, ...proposal.inputs, confidence, riskLevel, trust: lowest, generatedBy, model, prompt },
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
