import { ask } from '../../platform/graphql/call.ts';
import type { NodeReader } from '../../platform/graphql/node.ts';
import { candidateById } from './candidate.queries.ts';
import { CandidateResolver } from './candidate.resolver.ts';
import { MatchingPolicyResolver } from './matching-policy.resolver.ts';
import { ReferenceMutations } from './reference.resolver.ts';

/** What identity adds to the graph. */
export const identityResolvers: readonly (new () => object)[] = [CandidateResolver, MatchingPolicyResolver, ReferenceMutations];

/** How identity's nodes are read by id. */
export const identityNodes: readonly NodeReader[] = [{ type: 'MatchCandidate', read: (call, uuid) => ask(call, candidateById, null, uuid) }];
