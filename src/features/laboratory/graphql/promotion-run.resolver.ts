import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { ask, type Call } from '../../../platform/graphql/call.ts';
import { parseGlobalId } from '../../../platform/ids.ts';
import { ModelPromotion } from '../../actions/index.ts';
import { runById } from '../experiment.queries.ts';
import { ExperimentRun, type ExperimentRunRow } from './experiment.type.ts';

/** The run behind a promotion. */
@Resolver(() => ModelPromotion)
export class PromotionRunResolver {
  @FieldResolver(() => ExperimentRun, { nullable: true, description: 'The pinned run with its results, which never change; null for a roll-back.' })
  run(@Root() { runId }: ModelPromotion, @Ctx() call: Call): Promise<ExperimentRunRow | null> | null {
    const parsed = runId === null ? null : parseGlobalId(runId);
    return parsed ? ask(call, runById, null, parsed.id) : null;
  }
}
