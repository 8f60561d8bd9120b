import { matchingNodes, matchingResolvers } from './matching.graph.ts';

/** What identity adds to the graph. */
export const identityResolvers: readonly (new () => object)[] = [...matchingResolvers];

/** How identity's nodes are read by id. */
export const identityNodes = [...matchingNodes];
