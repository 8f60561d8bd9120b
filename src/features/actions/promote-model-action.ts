import type { Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { promoteScoringModel, storedModel } from '../scoring/index.ts';
import { digestOfContent } from './action-content.ts';
import type { ActionAbout, ActionEnd, ActionKind, ApprovedAction, Ending, Hindrance } from './action-kind.ts';
import type { OpenAction } from './decide-action.ts';
import { digestOf, draftDigest, type Evidence, type GatheredEvidence } from './evidence.ts';
import { runOf } from './promotable-run.ts';
import { promotionContentForm, promotionForm, type Promotion, type PromotionContent } from './promotion.ts';

/**
 * The publication of a scoring model: a pinned run's, or an earlier version's. It concerns the tenant and no account, is addressed
 * to no person, and is performed by the program itself, in the transaction that marks it as done.
 */
export const promoteModelAction: ActionKind<PromotionContent> = {
  type: 'PROMOTE_MODEL',
  form: promotionContentForm,
  texts: ['experiment'],
  isEditable: false,
  readsRecord: false,
  gather,
  endOf,
  checkApproval: () => Promise.resolve(),
  hindrance,
  perform,
};

/** The digest covers the run's digest, the parameters that are published, and the version in force with its parameters. */
async function gather(work: Work, seal: Seal, about: ActionAbout): Promise<GatheredEvidence> {
  if (!about.promotion) throw new Error('a promotion says what it publishes');
  const present = await presentPromotion(work, about.promotion);
  const evidence: Evidence = { rules: 3, draft: draftDigest(seal, about), recipient: null, consent: null, score: null, context: null, promotion: present };
  return { evidence, digest: digestOf(evidence), address: null, recipientFault: null };
}

/** The promotion as it is now: the run as it stands, and the model in force now. */
async function presentPromotion(work: Work, { run, ...promotion }: Promotion): Promise<Promotion> {
  const found = run && (await runOf(work, run.id));
  const digest = found?.status === 'COMPLETED' && found.pinnedAt !== null ? found.digest : null;
  return promotionForm.parse({ ...promotion, run: run && { ...run, digest: digest ?? gone }, production: await storedModel(work, null) });
}

const gone = 'gone';

/** A run is a comparison with the version it ran against: once another version is in force, it says nothing of what would change. */
function endOf({ subject, content, frozen }: OpenAction, { evidence: { promotion } }: GatheredEvidence): ActionEnd | null {
  if (!subject || !content) return { to: 'CANCELLED', reason: 'PERSON_ERASED' };
  if (!promotion || promotion.run?.digest === gone) return { to: 'CANCELLED', reason: 'RUN_GONE' };
  const [seen, inForce] = [frozen.evidence.promotion?.production.version, promotion.production.version];
  return seen === inForce ? null : { to: 'STALE', reason: 'MODEL_CHANGED', inputs: { seen, inForce } };
}

async function hindrance(work: Work, seal: Seal, { action, frozen, subject, content }: ApprovedAction): Promise<Hindrance | null> {
  const promotion = frozen?.evidence.promotion;
  if (!subject || !content || !frozen || !promotion) return { kind: 'CANCEL', reason: 'PERSON_ERASED' };
  if (digestOfContent(seal, subject.key, content) !== frozen.evidence.draft.digest) return { kind: 'CANCEL', reason: 'DRAFT_CHANGED' };
  if (digestOf(frozen.evidence) !== action.evidenceDigest) return { kind: 'CANCEL', reason: 'EVIDENCE_CHANGED' };
  const present = await presentPromotion(work, promotion);
  if (present.run?.digest === gone) return { kind: 'CANCEL', reason: 'RUN_GONE' };
  const { production: { version: inForce } } = present;
  return inForce === promotion.production.version ? null : { kind: 'CANCEL', reason: 'MODEL_CHANGED', inputs: { seen: promotion.production.version, inForce } };
}

/** Publishes the model, unless another version came into force by now. */
async function perform(work: Work, { action, frozen }: ApprovedAction): Promise<Ending> {
  if (!frozen?.evidence.promotion) throw new Error('a promotion says what it publishes');
  const { run, restoredVersion, parameters, production } = frozen.evidence.promotion;
  const version = await promoteScoringModel(work, { parameters, replaces: production.version, actionId: action.id, runId: run?.id ?? null, restoredVersion });
  return version === null ? { kind: 'CONFLICT' } : { kind: 'SENT', outsideId: `scoring-model:${version}` };
}

/** Whether a run's promotion waits for a decision or is about to be executed. */
export const promotionUnderWay = statement<{ id: string }>(
  'promotion_under_way',
  `select a.id from action a join action_evidence e on e.tenant_id = a.tenant_id and e.action_id = a.id and e.version = a.evidence_version
   where a.tenant_id = $1 and a.type = 'PROMOTE_MODEL' and a.status in ('PENDING', 'CLAIMED', 'APPROVED')
     and e.evidence #>> '{promotion,run,id}' is not distinct from $2 and (e.evidence #>> '{promotion,restoredVersion}')::int is not distinct from $3 limit 1`,
);
