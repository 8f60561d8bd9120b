import type { Actor } from '../../platform/events/event.ts';
import type { Id } from '../../platform/ids.ts';
import type { Seal, Subject } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { recordDerivations, type LineageRef } from '../lineage/index.ts';
import { scorePointLineage } from '../scoring/index.ts';
import { sealContent, type ActionContent } from './action-content.ts';
import { actionLineage } from './action-lineage.ts';
import type { DraftOrigin } from './enums.ts';
import { rulesOf, type Evidence, type GatheredEvidence } from './evidence.ts';
import { pinLineage } from './evidence-pins.ts';

/** Evidence that is to be kept as it is. */
export interface Freezing {
  readonly actionId: Id<'Action'>;
  readonly accountId: Id<'Account'> | null;
  readonly version: number;
  readonly cause: 'PROPOSED' | 'EDITED' | 'CHANGED';
  readonly gathered: GatheredEvidence;
  readonly subject: Subject;
  readonly content: ActionContent;
  readonly reasoning: string;
  readonly generatedBy: DraftOrigin;
  readonly model: string | null;
  readonly prompt: string | null;
  /** Whose words these are: who proposed them, or edited them last. */
  readonly author: Actor;
  /** Whether a person wrote other words than were proposed. */
  readonly isEdited: boolean;
  /** When the first draft was written. RFC 3339. */
  readonly draftedAt: string;
}

const insert = statement(
  'freeze_action_evidence',
  `insert into action_evidence (tenant_id, id, account_id, action_id, version, cause, digest, evidence, draft_sealed, reasoning_sealed, generated_by, model, prompt, author_kind, author_id, is_edited, frozen_at, drafted_at)
   values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
);

/** What a version of the evidence rests on. The score that the first version has is told as what the action was proposed from. */
function restingOn({ pins = [], score }: Evidence, version: number): LineageRef[] {
  return [...pins.map(pinLineage), ...(version > 1 && score ? [scorePointLineage.ref(score.pointId)] : [])];
}

/** Freezes a version of an action's evidence, with the draft that it is about. */
export async function freezeEvidence(work: Work, seal: Seal, freezing: Freezing): Promise<void> {
  const { actionId, accountId, version, cause, gathered, subject, content, reasoning, generatedBy, model, prompt, author, isEdited, draftedAt } = freezing;
  const { evidence, digest } = gathered;
  await work.rows(insert, [
    work.tenantId, work.newId<'ActionEvidence'>(), accountId, actionId, version, cause, digest, JSON.stringify(evidence), sealContent(seal, subject, content), seal.seal(subject.key, reasoning), generatedBy, model, prompt,
    author.kind, author.id, isEdited, work.now, draftedAt,
  ]);
  await recordDerivations(work, [{ to: actionLineage.ref(actionId), from: restingOn(evidence, version), relation: 'RESTS_ON', rule: { name: 'freeze-evidence', version: rulesOf(evidence) }, replaces: version > 1 }]);
}
