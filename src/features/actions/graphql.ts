import { ask } from '../../platform/graphql/call.ts';
import type { NodeReader } from '../../platform/graphql/node.ts';
import { ActionChangeResolver, ActionLiveResolver, ActionUpdate } from './action-live.ts';
import { ActionMutations } from './action-mutations.resolver.ts';
import { actionById, decisionById } from './action.queries.ts';
import { considerationById } from './consideration.queries.ts';
import { CrmChangeResolver } from './crm-change.resolver.ts';
import { ConsiderationOfAccountResolver, ConsiderationResolver } from './consideration.resolver.ts';
import { OutreachPolicyResolver, outreachPolicyById } from './outreach-policy.resolver.ts';
import { PromotedModelResolver, PromotionResolver } from './promotion.resolver.ts';
import { OpenActionsResolver } from './open-actions.resolver.ts';
import { ActionDecisionResolver, ActionResolver, ActionsOfAccountResolver } from './action.resolver.ts';

export { actionLineageKinds, actionLineageOwners } from './action-lineage.ts';

/** What actions add to the graph. */
export const actionResolvers: readonly (new () => object)[] = [ActionResolver, ActionsOfAccountResolver, ActionDecisionResolver, ActionMutations, ActionLiveResolver, ActionChangeResolver, ConsiderationResolver, ConsiderationOfAccountResolver, OutreachPolicyResolver, OpenActionsResolver, CrmChangeResolver, PromotionResolver, PromotedModelResolver];

/** How actions are read by id. */
export const actionNodes: readonly NodeReader[] = [
  { type: 'Action', read: (call, uuid, asOf) => ask(call, actionById, asOf, uuid) },
  { type: 'ActionDecision', read: (call, uuid, asOf) => ask(call, decisionById, asOf, uuid) },
  { type: 'Consideration', read: (call, uuid, asOf) => ask(call, considerationById, asOf, uuid) },
  { type: 'OutreachPolicy', read: (call, uuid, asOf) => ask(call, outreachPolicyById, asOf, uuid) },
];

/** What subscriptions to actions send. */
export const actionLiveInterfaces = [ActionUpdate];
