import { LimitExceeded } from '../../platform/errors.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { candidatesOfNodes, writeDecision, type Proposal } from './candidate-store.ts';
import { currentNodes } from './choose-survivor.ts';
import { isSettled } from './judge-candidates.ts';
import { survivorsOf } from './load-nodes.ts';
import { matchDecided } from './match.events.ts';
import type { MatchingPolicy } from './matching-policy.ts';
import { mergeConfirmed } from './merge-confirmed.ts';
import { pairKey, pairOf } from './propose-pairs.ts';

/**
 * Confirms pairs that a rule of the policy makes certain, as a recorded decision of the policy, and merges them. A pair
 * stays open for a person if its merge would make one of nodes that a person kept apart, or of more nodes than can be one.
 */
export async function confirmByPolicy(work: Work, seal: Seal, policy: MatchingPolicy, proposals: readonly Proposal[]): Promise<void> {
  const certain = new Set(policy.rules.filter(({ enabled, autoMerge }) => enabled && autoMerge).map(({ rule }) => rule));
  const own = proposals.filter(({ rules }) => rules.some((rule) => certain.has(rule)));
  if (own.length === 0) return;
  const asked = new Set(own.map(({ pair }) => pairKey(pair)));
  const candidates = await candidatesOfNodes(work, own.flatMap(({ pair }) => pair));
  for (const { id, kind, leftId, rightId } of candidates.filter(({ status, leftId: left, rightId: right }) => status === 'OPEN' && asked.has(pairKey([left, right])))) {
    // A merge before this one may have changed which nodes the two count for.
    const survivors = [...new Set((await survivorsOf(work, [leftId, rightId])).values())];
    const [into, from] = await currentNodes(work, survivors);
    if (survivors.length > 1 && (!into || !from || (await areKeptApart(work, into.id, from.id)))) continue;
    try {
      if (into && from) await mergeConfirmed(work, seal, { kind, intoId: into.id, fromId: from.id, reason: `Matching policy, version ${policy.version}`, decidedBy: work.actor });
    } catch (error) {
      // Thrown before anything is written.
      if (!(error instanceof LimitExceeded)) throw error;
      continue;
    }
    await writeDecision(work, id, 'MERGED', policy.version);
    work.record(matchDecided.fact({ accountId: null, data: { candidateId: id, kind, leftId, rightId, decision: 'CONFIRM', policyVersion: policy.version } }));
  }
}

/** Whether a person rejected that two survivors are one, or undid their merge; also of nodes that were merged into them. */
async function areKeptApart(work: Work, one: string, other: string): Promise<boolean> {
  const asked = pairKey(pairOf(one, other));
  return (await candidatesOfNodes(work, [one])).some((candidate) => isSettled(candidate) && pairKey(pairOf(candidate.leftSurvivor, candidate.rightSurvivor)) === asked);
}
