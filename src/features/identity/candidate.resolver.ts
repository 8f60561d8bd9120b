import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { ask, type Call } from '../../platform/graphql/call.ts';
import { PageArgs, type OrderBy, type Page } from '../../platform/graphql/connection.ts';
import { Node, type NodeRow } from '../../platform/graphql/node.ts';
import { typedResult } from '../../platform/graphql/user-error.ts';
import { accountById, contacts } from '../accounts/index.ts';
import { candidateById, candidatesOfTenant } from './candidate.queries.ts';
import { DecideMatchCandidateInput, DecideMatchCandidateResult, MatchCandidate, MatchCandidateConnection, MatchCandidateFilter, MatchCandidateOrder, MatchEvidence, type CandidateRow } from './candidate.type.ts';
import { decideCandidate } from './decide-candidate.ts';
import { evidenceOfCandidates } from './evidence.ts';
import { requireDecider } from './matching.policy.ts';

/** The review queue of duplicates. */
@Resolver(() => MatchCandidate)
export class CandidateResolver {
  @Query(() => MatchCandidateConnection, { description: 'Pairs of accounts and of contacts that may be one. Groups of many nodes with one value are proposed pair by pair: each node with the first one that it was not rejected with, for the first 101 nodes.' })
  matchCandidates(
    @Ctx() call: Call,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => MatchCandidateFilter, { nullable: true, description: 'Which ones; conditions are joined by AND.' }) filter?: MatchCandidateFilter | null,
    @Arg('orderBy', () => MatchCandidateOrder, { nullable: true, description: 'In which order; the latest first by default.' }) orderBy?: OrderBy | null,
  ): Promise<Page<CandidateRow>> {
    return candidatesOfTenant(call, { ...page, filter: filter ?? null, orderBy: orderBy ?? null });
  }

  @FieldResolver(() => [MatchEvidence], { description: 'Why the two may be one, as both are now. Addresses are masked for roles that do not see them.' })
  evidence(@Root() candidate: CandidateRow, @Ctx() call: Call): Promise<readonly MatchEvidence[]> {
    return ask(call, evidenceOfCandidates, null, candidate);
  }

  @FieldResolver(() => Node, { nullable: true, description: 'One of the two; null once it is erased.' })
  left(@Root() candidate: CandidateRow, @Ctx() call: Call): Promise<NodeRow | null> {
    return nodeOf(call, candidate, candidate.leftId);
  }

  @FieldResolver(() => Node, { nullable: true, description: 'The other; null once it is erased.' })
  right(@Root() candidate: CandidateRow, @Ctx() call: Call): Promise<NodeRow | null> {
    return nodeOf(call, candidate, candidate.rightId);
  }

  @Mutation(() => DecideMatchCandidateResult as never, { description: 'Confirms that the two nodes of a candidate are one, or rejects it. Only people decide. Requires the analyst or admin role.' })
  decideMatchCandidate(@Ctx() call: Call, @Arg('input', () => DecideMatchCandidateInput, { description: 'The candidate and the decision.' }) input: DecideMatchCandidateInput): Promise<object | null> {
    return typedResult(async () => {
      requireDecider(call);
      return ask(call, candidateById, null, await call.transact((work) => decideCandidate(work, call.seal, input)));
    });
  }
}

function nodeOf(call: Call, { kind }: CandidateRow, id: string): Promise<NodeRow | null> {
  return kind === 'ACCOUNT' ? ask(call, accountById, null, id) : ask(call, contacts.byId, null, id);
}
