import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { candidatesOfNodes, writeDecision, type Proposal } from './candidate-store.ts';
import { currentNodes } from './choose-survivor.ts';
import { survivorsOf } from './load-nodes.ts';
import { matchDecided } from './match.events.ts';
import type { MatchingPolicy } from './matching-policy.ts';
import { mergeConfirmed } from './merge-confirmed.ts';
import { pairKey } from './propose-pairs.ts';

/** Confirms pairs that a rule of the policy makes certain, as a recorded decision of the policy, and merges them. */
export async function confirmByPolicy(work: Work, seal: Seal, policy: MatchingPolicy, proposals: readonly Proposal[]): Promise<void> {
  const certain = new Set(policy.rules.filter(({ enabled, autoMerge }) => enabled && autoMerge).map(({ rule }) => rule));
  const own = proposals.filter(({ rules }) => rules.some((rule) => certain.has(rule)));
  if (own.length === 0) return;
  const asked = new Set(own.map(({ pair }) => pairKey(pair)));
  const candidates = await candidatesOfNodes(work, own.flatMap(({ pair }) => pair));
  for (const { id, kind, leftId, rightId } of candidates.filter(({ status, leftId: left, rightId: right }) => status === 'OPEN' && asked.has(pairKey([left, right])))) {
    await writeDecision(work, id, mergeConfirmed ? 'MERGED' : 'CONFIRMED', policy.version);
    work.record(matchDecided.fact({ accountId: null, data: { candidateId: id, kind, leftId, rightId, decision: 'CONFIRM', policyVersion: policy.version } }));
    if (!mergeConfirmed) continue;
    // A merge before this one may have changed which nodes the two count for.
    const [into, from] = await currentNodes(work, [...new Set((await survivorsOf(work, [leftId, rightId])).values())]);
    if (into && from) await mergeConfirmed(work, seal, { kind, intoId: into.id, fromId: from.id, reason: `Matching policy, version ${policy.version}`, decidedBy: work.actor });
  }
}
