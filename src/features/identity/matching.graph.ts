import { ask } from '../../platform/graphql/call.ts';
import type { NodeReader } from '../../platform/graphql/node.ts';
import { candidateById } from './candidate.queries.ts';
import { CandidateResolver } from './candidate.resolver.ts';
import { MatchingPolicyResolver } from './matching-policy.resolver.ts';
import { ReferenceMutations } from './reference.resolver.ts';

/** What references and matching add to the graph. */
export const matchingResolvers: readonly (new () => object)[] = [CandidateResolver, MatchingPolicyResolver, ReferenceMutations];

/** How candidates are read by id. */
export const matchingNodes: readonly NodeReader[] = [{ type: 'MatchCandidate', read: (call, uuid) => ask(call, candidateById, null, uuid) }];
