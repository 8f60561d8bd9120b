import type { CandidateStatus, Proposal, StoredCandidate } from './candidate-store.ts';
import { groupName, type GroupKey } from './key-store.ts';
import { weigh } from './match-rules.ts';
import type { MatchingPolicy } from './matching-policy.ts';
import { pairKey, pairOf, proposePairs, type Pair } from './propose-pairs.ts';

/** All that decides about the candidates of some nodes. */
export interface Judged {
  readonly policy: MatchingPolicy;
  /** The values that changed hands, with the nodes that have them now, in their order. */
  readonly touched: readonly GroupKey[];
  readonly groups: ReadonlyMap<string, readonly string[]>;
  /** Values that did not change, and that open pairs were proposed by. */
  readonly others: ReadonlyMap<string, readonly string[]>;
  readonly keys: ReadonlyMap<string, readonly GroupKey[]>;
  readonly candidates: readonly StoredCandidate[];
  /** The nodes whose candidates are judged. */
  readonly involved: readonly string[];
}

/** What becomes of them. */
export interface Judgement {
  /** Pairs to open, and open ones whose evidence changed. */
  readonly proposals: readonly Proposal[];
  /** Every pair that the values that changed hands, or were judged again, propose. */
  readonly standing: readonly Proposal[];
  readonly ended: readonly { readonly id: string; readonly status: CandidateStatus }[];
}

/** Decides which pairs are open. Pure: equal nodes, decisions and policies give equal pairs. */
export function judgeCandidates({ policy, touched, groups, others, keys, candidates, involved }: Judged): Judgement {
  const blocked = new Set(candidates.filter(isSettled).map(({ leftSurvivor, rightSurvivor }) => pairKey(pairOf(leftSurvivor, rightSurvivor))));
  const pairsOf = (members: readonly string[]): Pair[] => proposePairs(members, (pair) => blocked.has(pairKey(pair)));
  const kinds = new Map(touched.map((key) => [groupName(key), key.kind]));
  const wanted = new Map<string, Proposal>();
  for (const [name, members] of groups) {
    for (const pair of pairsOf(members)) {
      const kind = kinds.get(name);
      if (kind && !wanted.has(pairKey(pair))) wanted.set(pairKey(pair), { kind, pair, ...weigh(sharedRules(pair, keys), policy.rules) });
    }
  }
  const still = new Set([...wanted.keys(), ...[...others.values()].flatMap(pairsOf).map(pairKey)]);
  const scope = new Set(involved);
  const ended = candidates.filter((each) => scope.has(each.leftSurvivor) || scope.has(each.rightSurvivor)).flatMap((each) => {
    const status = statusOf(each, still);
    return status === each.status ? [] : [{ id: each.id, status }];
  });
  const gone = new Set(ended.map(({ id }) => id));
  // What stays open by a value that did not change may have gained or lost evidence.
  for (const { id, kind, leftId, rightId, status, confidence, rules } of candidates) {
    const pair = pairOf(leftId, rightId);
    if (status !== 'OPEN' || gone.has(id) || wanted.has(pairKey(pair)) || !(scope.has(leftId) || scope.has(rightId))) continue;
    const weighed = weigh(sharedRules(pair, keys), policy.rules);
    if (weighed.confidence !== confidence || weighed.rules.join() !== rules.join()) wanted.set(pairKey(pair), { kind, pair, ...weighed });
  }
  const known = new Map(candidates.map((each) => [pairKey([each.leftId, each.rightId]), each]));
  return { standing: [...wanted.values()], proposals: [...wanted.values()].filter((proposal) => isNews(proposal, known.get(pairKey(proposal.pair)))), ended };
}

/** Whether a pair is not to be proposed: it was rejected, or it was merged and unmerged. */
export const isSettled = ({ status, mergedAt }: StoredCandidate): boolean => status === 'REJECTED' || mergedAt !== null;

function statusOf({ status, leftId, rightId, leftSurvivor, rightSurvivor }: StoredCandidate, still: ReadonlySet<string>): CandidateStatus {
  if (leftSurvivor === rightSurvivor) return 'MERGED';
  if (status === 'MERGED') return 'REJECTED';
  if (status !== 'OPEN') return status;
  const isOfSurvivors = leftId === leftSurvivor && rightId === rightSurvivor;
  return isOfSurvivors && still.has(pairKey(pairOf(leftId, rightId))) ? 'OPEN' : 'WITHDRAWN';
}

function sharedRules([left, right]: Pair, keys: ReadonlyMap<string, readonly GroupKey[]>): ReadonlySet<string> {
  const names = new Set((keys.get(right) ?? []).map(groupName));
  return new Set((keys.get(left) ?? []).filter((key) => names.has(groupName(key))).map(({ rule }) => rule));
}

function isNews({ confidence, rules }: Proposal, known: StoredCandidate | undefined): boolean {
  if (!known || known.status === 'WITHDRAWN') return true;
  return known.status === 'OPEN' && (known.confidence !== confidence || known.rules.join() !== rules.join());
}
