import { Conflict, Unavailable } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import { subjectsOf, type Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { requireRole } from '../access/index.ts';
import { holdScoringModels, mayPublishScoringModels, scoringModelParameters, storedModel } from '../scoring/index.ts';
import type { Decider } from './action.policy.ts';
import { checkReasoning } from './check-reasoning.ts';
import { outreachPolicy } from './outreach-policy.ts';
import { requirePromotableRun } from './promotable-run.ts';
import { promoteModelAction, promotionUnderWay } from './promote-model-action.ts';
import { sameParameters, type Promotion } from './promotion.ts';
import { storeProposal } from './store-proposal.ts';

/** A promotion that an administrator proposes. */
export interface PromotionProposal {
  readonly experimentId: string;
  readonly runId: string;
  /** Why, in the proposer's words; null: the results of the run speak for themselves. */
  readonly reasoning: string | null;
}

/** Proposes to publish the model of a pinned run. It waits in the queue until a person other than its proposer approves it. Returns its id. */
export async function proposePromotion(work: Work, seal: Seal, { experimentId, runId, reasoning }: PromotionProposal, { roles }: Pick<Decider, 'roles'>): Promise<Id<'Action'>> {
  requireRole({ roles }, mayPublishScoringModels, 'propose the promotion of a scoring model');
  const { digest, baseVersion, name, parameters: stored } = await requirePromotableRun(work, { experimentId, runId });
  await holdScoringModels(work);
  const production = await storedModel(work, null);
  if (production.version !== baseVersion) throw new Conflict(`The run compared its model with version ${baseVersion}; version ${production.version} is in force now. Run the experiment again, pin that run, and promote it.`, ['runId']);
  const parameters = scoringModelParameters.parse(stored);
  if (sameParameters(production.parameters, parameters)) throw new Conflict('The model of this run says the same as the model in force, so there is nothing to publish.', ['runId']);
  const promotion: Promotion = { kind: 'RUN', run: { id: runId, experimentId, digest }, restoredVersion: null, parameters, production };
  return store(work, seal, promotion, { experiment: name, reasoning: reasoning ?? 'Proposed on the results of the run.' });
}

/** Proposes to restore the model that an executed promotion replaced. */
export async function proposeRollBack(work: Work, seal: Seal, { kind, production: replaced }: Promotion, published: number): Promise<Id<'Action'>> {
  await holdScoringModels(work);
  const production = await storedModel(work, null);
  if (production.version !== published) throw new Conflict(`Version ${published}, which this action published, is no longer in force: version ${production.version} is. Undo the action that published that one, or publish the model you want with publishScoringModel.`, ['id']);
  const promotion: Promotion = { kind: 'ROLL_BACK', run: null, restoredVersion: replaced.version, parameters: replaced.parameters, production };
  const what = kind === 'ROLL_BACK' ? 'roll-back' : 'promotion';
  return store(work, seal, promotion, { experiment: null, reasoning: `Undoes the ${what} that published version ${published}: restores the parameters of version ${replaced.version}.` });
}

async function store(work: Work, seal: Seal, promotion: Promotion, { experiment, reasoning }: { readonly experiment: string | null; readonly reasoning: string }): Promise<Id<'Action'>> {
  const path = promotion.run ? ['runId'] : ['id'];
  const { run, restoredVersion, production } = promotion;
  const [open] = await work.rows(promotionUnderWay, [work.tenantId, run?.id ?? null, restoredVersion]);
  if (open) throw new Conflict('This promotion is already proposed: it waits for a decision, or is about to be executed.', path);
  const generatedBy = work.actor.kind === 'user' ? 'PERSON' : 'MACHINE';
  const words = checkReasoning({ reasoning, path: [], generatedBy });
  const id = work.newId<'Action'>();
  // Sealed under a key of its own: it is addressed to nobody whose key it could have.
  const [subject] = await subjectsOf(work, seal, [{ system: 'action', id }]);
  if (!subject) throw new Unavailable('The key of the action could not be made. Try again.');
  const content = { experiment };
  const gathered = await promoteModelAction.gather(work, seal, { accountId: null, contactId: null, subjectId: subject.id, subject, content, target: null, promotion });
  return storeProposal(work, seal, {
    id, type: 'PROMOTE_MODEL', accountId: null, contactId: null, subject, content, reasoning: words, confidence: null, gathered, scorePointId: null, sources: [], generatedBy, model: null, prompt: null,
    policy: await outreachPolicy(work), path, reason: 'PROPOSED_BY_HAND', inputs: { runId: run?.id ?? null, runDigest: run?.digest ?? null, restoredVersion, replacesVersion: production.version },
  });
}
