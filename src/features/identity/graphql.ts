import { ask } from '../../platform/graphql/call.ts';
import type { NodeReader } from '../../platform/graphql/node.ts';
import { mayReadMerges } from './identity.policy.ts';
import { matchingNodes, matchingResolvers } from './matching.graph.ts';
import { mergesById, MergedAccountsResolver, MergedContactsResolver, MergeMutations, MergeQueries, namedNodeResolvers } from './merge.resolver.ts';

/** What identity adds to the graph. */
export const identityResolvers: readonly (new () => object)[] = [MergeMutations, MergeQueries, MergedAccountsResolver, MergedContactsResolver, ...namedNodeResolvers, ...matchingResolvers];

/** How decisions about identity are read by id: by those who may list them. */
export const identityNodes: readonly NodeReader[] = [...matchingNodes, ...(['Account', 'Contact'] as const).map((kind): NodeReader => ({
  type: `${kind}Merge`,
  read: async (call, uuid, asOf) => (mayReadMerges.some((role) => call.roles.has(role)) ? ask(call, mergesById[kind], asOf, uuid) : null),
}))];
