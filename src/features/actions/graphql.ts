import { ask } from '../../platform/graphql/call.ts';
import type { NodeReader } from '../../platform/graphql/node.ts';
import { ActionChangeResolver, ActionLiveResolver, ActionUpdate } from './action-live.ts';
import { ActionMutations } from './action-mutations.resolver.ts';
import { actionById, decisionById } from './action.queries.ts';
import { ActionDecisionResolver, ActionResolver, ActionsOfAccountResolver } from './action.resolver.ts';

export { actionLineageKinds, actionLineageOwners } from './action-lineage.ts';

/** What actions add to the graph. */
export const actionResolvers: readonly (new () => object)[] = [ActionResolver, ActionsOfAccountResolver, ActionDecisionResolver, ActionMutations, ActionLiveResolver, ActionChangeResolver];

/** How actions are read by id. */
export const actionNodes: readonly NodeReader[] = [
  { type: 'Action', read: (call, uuid, asOf) => ask(call, actionById, asOf, uuid) },
  { type: 'ActionDecision', read: (call, uuid, asOf) => ask(call, decisionById, asOf, uuid) },
];

/** What subscriptions to actions send. */
export const actionLiveInterfaces = [ActionUpdate];
