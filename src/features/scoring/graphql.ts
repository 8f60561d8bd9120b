import { ask } from '../../platform/graphql/call.ts';
import type { NodeReader } from '../../platform/graphql/node.ts';
import { IntentLiveResolver, IntentScoreChangeResolver, IntentScoreUpdate } from './intent-live.ts';
import { scorePointById } from './intent.queries.ts';
import { IntentContributionResolver, IntentOfAccountResolver, IntentScoreResolver, ScorePointResolver, ScoringModelResolver } from './intent.resolver.ts';

export { accountContextLineage, scorePointLineage, scoringLineageOwners } from './score-lineage.ts';

/** What scoring adds to the graph. */
export const scoringResolvers: readonly (new () => object)[] = [IntentOfAccountResolver, IntentScoreResolver, IntentContributionResolver, ScorePointResolver, ScoringModelResolver, IntentLiveResolver, IntentScoreChangeResolver];

/** How changes of scores are read by id. */
export const scoringNodes: readonly NodeReader[] = [{ type: 'ScorePoint', read: (call, uuid, asOf) => ask(call, scorePointById, asOf, uuid) }];

/** What subscriptions to scores send. */
export const scoringLiveInterfaces = [IntentScoreUpdate];
