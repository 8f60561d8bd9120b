import { Arg, Ctx, FieldResolver, ID, Mutation, Resolver, Root } from 'type-graphql';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { toGlobalId } from '../../platform/ids.ts';
import { ScoringModelType } from '../scoring/index.ts';
import { openContent } from './action-content.ts';
import { readsDrafts } from './action.policy.ts';
import { actionById, frozenOf } from './action.queries.ts';
import { actionResult } from './action-result.ts';
import { Action, type ActionRow } from './action.type.ts';
import { parameterChanges } from './promotion.ts';
import { promotedByVersion, publishedByAction } from './promotion.queries.ts';
import { ModelPromotion, PromoteExperimentResult } from './promotion.type.ts';
import { promotedRunOf } from './promotable-run.ts';
import { proposePromotion } from './propose-promotion.ts';

/** Promotions of scoring models: proposed, shown. */
@Resolver(() => Action)
export class PromotionResolver {
  @FieldResolver(() => ModelPromotion, { nullable: true, description: 'The scoring model that it publishes; null for other types of action.' })
  async promotion(@Root() action: ActionRow, @Ctx() call: Call): Promise<ModelPromotion | null> {
    if (action.type !== 'PROMOTE_MODEL') return null;
    const { draftSealed, wrappedKey, evidence: { promotion } } = await frozenOf(action, call);
    if (!promotion) return null;
    const { kind, run, restoredVersion, parameters, production } = promotion;
    const content = readsDrafts(call) ? openContent(call.seal, wrappedKey, draftSealed) : null;
    return {
      kind, restoredVersion,
      experimentId: run && toGlobalId('Experiment', run.experimentId),
      runId: run && toGlobalId('ExperimentRun', run.id),
      runDigest: run?.digest ?? null,
      experimentName: content?.['experiment'] ?? null,
      replacesVersion: production.version,
      publishedVersion: action.executedAt === null ? null : await ask(call, publishedByAction, null, action.uuid),
      changes: parameterChanges(production.parameters, parameters),
    };
  }

  @Mutation(() => PromoteExperimentResult as never, { description: 'Proposes to publish the scoring model of a completed, pinned run. Nothing is published until a person other than the proposer approves the action. Requires the admin role.' })
  promoteExperiment(
    @Ctx() call: Call,
    @Arg('id', () => ID, { description: 'The experiment.' }) id: string,
    @Arg('runId', () => ID, { description: 'Its run. It must be COMPLETED and pinned, and the model it compared with must be in force.' }) runId: string,
    @Arg('reasoning', () => String, { nullable: true, description: 'Why, for the approver; at most 10,000 characters.' }) reasoning?: string | null,
  ): Promise<object> {
    return actionResult(call, async () => {
      const run = promotedRunOf(id, runId);
      return { kind: 'DONE', id: await call.transact((work) => proposePromotion(work, call.seal, { ...run, reasoning: reasoning ?? null }, call)) };
    });
  }
}

/** The action behind a scoring model. */
@Resolver(() => ScoringModelType)
export class PromotedModelResolver {
  @FieldResolver(() => Action, { nullable: true, description: 'The approved promotion that published this version; null where an administrator published it directly.' })
  async promotedBy(@Root() model: ScoringModelType, @Ctx() call: Call): Promise<ActionRow | null> {
    const id = await ask(call, promotedByVersion, null, model.version);
    return id === null ? null : ask(call, actionById, null, id);
  }
}
