import { ask } from '../../platform/graphql/call.ts';
import type { NodeReader } from '../../platform/graphql/node.ts';
import { IntentLiveResolver, IntentScoreChangeResolver, IntentScoreUpdate } from './intent-live.ts';
import { intentById, scorePointById } from './intent.queries.ts';
import { IntentContributionResolver, IntentOfAccountResolver, IntentScoreResolver, ScorePointResolver, ScoringModelResolver } from './intent.resolver.ts';
import { FirmographicTraitsResolver, traitsById } from './traits.resolver.ts';

export { accountContextLineage, scorePointLineage, scoringLineageOwners, traitsLineage } from './score-lineage.ts';

/** What scoring adds to the graph. */
export const scoringResolvers: readonly (new () => object)[] = [IntentOfAccountResolver, IntentScoreResolver, IntentContributionResolver, ScorePointResolver, ScoringModelResolver, IntentLiveResolver, IntentScoreChangeResolver, FirmographicTraitsResolver];

/** How changes of scores, and what fits were computed from, are read by id. */
export const scoringNodes: readonly NodeReader[] = [
  { type: 'IntentScore', read: intentById },
  { type: 'ScorePoint', read: (call, uuid, asOf) => ask(call, scorePointById, asOf, uuid) },
  { type: 'FirmographicTraits', read: (call, uuid, asOf) => ask(call, traitsById, asOf, uuid) },
];

/** What subscriptions to scores send. */
export const scoringLiveInterfaces = [IntentScoreUpdate];
