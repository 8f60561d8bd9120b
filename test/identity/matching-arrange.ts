import type { ProgramOptions } from '../../src/app/compose.ts';
import { arrange, type Arranged } from '../accounts/arrange.ts';
import { until } from '../harness/program.ts';
import { takenIn } from '../harness/facts.ts';

/** A candidate as tests look at it: names instead of ids. */
export interface SeenCandidate {
  readonly id: string;
  readonly kind: string;
  readonly status: string;
  readonly confidence: number;
  readonly evidence: readonly { readonly rule: string; readonly left: string | null; readonly right: string | null }[];
  readonly left: { readonly __typename: string; readonly id: string } | null;
  readonly right: { readonly __typename: string; readonly id: string } | null;
}

/** The fields of a candidate. */
export const candidateFields = 'id kind status confidence evidence { rule left right } left { __typename id } right { __typename id } proposedAt decidedBy { id kind } policyVersion';

/** A program with words for matching. */
export interface Matching extends Arranged {
  /** Waits until matching has taken in every fact. */
  matched(): Promise<void>;
  /** Waits until the latest policy is applied to all nodes. */
  policyApplied(): Promise<void>;
  candidates(statuses?: readonly string[] | null, options?: { token?: string }): Promise<readonly SeenCandidate[]>;
  decide(id: string, decision: string, options?: { role?: 'analyst' | 'viewer' | 'agent'; token?: string }): Promise<Record<string, unknown>>;
}

const watched = ['account.changed', 'account.merged', 'account.unmerged', 'account.retired', 'account.restored', 'reference.linked', 'reference.unlinked'];

/** Starts a program for tests of matching. */
export async function arrangeMatching(options: Partial<ProgramOptions> = {}): Promise<Matching> {
  const program = await arrange(options);
  return {
    ...program,
    async matched() {
      await until('every fact is matched', async () => (await program.count(
        `select from audit_logs a where kind = any($1) and (kind <> 'account.changed' or data ->> 'what' in ('account', 'contact'))
           and not ${takenIn('matching')}`, [watched])) === 0);
    },
    async policyApplied() {
      await until('the policy is applied', async () => (await program.count(
        `select from audit_logs a where kind = 'matching-policy.published' and not ${takenIn('matching')}`)) === 0);
    },
    async candidates(statuses = ['OPEN'], { token } = {}) {
      const answer = await program.query<{ matchCandidates: { edges: { node: SeenCandidate }[] } }, Record<string, unknown>>(
        `query($filter: MatchCandidateFilter) { matchCandidates(first: 100, filter: $filter, orderBy: { field: PROPOSED_AT, direction: ASC }) { edges { node { ${candidateFields} } } } }`, { filter: statuses && { statuses } }, token ? { token } : { role: 'analyst' });
      if (!answer.data) throw new Error(JSON.stringify(answer.errors));
      return answer.data.matchCandidates.edges.map(({ node }) => node);
    },
    async decide(id, decision, options = { role: 'analyst' }) {
      const answer = await program.query<{ r: Record<string, unknown> }, Record<string, unknown>>(`mutation($id: ID!, $decision: MatchDecision!) { r: decideMatchCandidate(input: { id: $id, decision: $decision }) { __typename ... on MatchCandidate { ${candidateFields} } ... on UserError { message code path } } }`, { id, decision }, options);
      if (!answer.data) throw new Error(JSON.stringify(answer.errors));
      return answer.data.r;
    },
  };
}
