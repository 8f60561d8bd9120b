import { Conflict, NotFound } from '../../platform/errors.ts';
import { parseGlobalId } from '../../platform/ids.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { candidateOf, lockMatching, writeDecision, type StoredCandidate } from './candidate-store.ts';
import { currentNodes } from './choose-survivor.ts';
import { matchDecided } from './match.events.ts';
import { matchNodes } from './match-nodes.ts';
import { mergeConfirmed } from './merge-confirmed.ts';

/** A person's decision about a candidate. */
export interface CandidateDecision {
  readonly id: string;
  readonly decision: 'CONFIRM' | 'REJECT';
}

/**
 * Decides a candidate and returns its key. A confirmed pair is merged at once. A rejected one is not proposed again, and the
 * next pair that its nodes may belong to is. The same decision again changes nothing.
 */
export async function decideCandidate(work: Work, seal: Seal, { id: globalId, decision }: CandidateDecision): Promise<string> {
  const path = ['input', 'id'];
  const named = parseGlobalId(globalId, path);
  await lockMatching(work);
  const candidate = named?.type === 'MatchCandidate' ? await candidateOf(work, named.id) : undefined;
  if (!candidate) throw new NotFound('There is no match candidate with this id. Check the id.', path);
  const { id, kind, leftId, rightId, status } = candidate;
  if (status === 'MERGED' || candidate.leftSurvivor === candidate.rightSurvivor) throw new Conflict(`The two are merged already. To part them, use unmerge${kind === 'ACCOUNT' ? 'Accounts' : 'Contacts'}.`, path);
  if (status === (decision === 'REJECT' ? 'REJECTED' : 'CONFIRMED')) return id;
  if (decision === 'CONFIRM') await confirm(work, seal, candidate);
  else await writeDecision(work, id, 'REJECTED', null);
  work.record(matchDecided.fact({ accountId: null, data: { candidateId: id, kind, leftId, rightId, decision, policyVersion: null } }));
  const nodes = [leftId, rightId];
  await matchNodes(work, seal, { accounts: kind === 'ACCOUNT' ? nodes : [], contacts: kind === 'CONTACT' ? nodes : [], everything: true });
  return id;
}

async function confirm(work: Work, seal: Seal, { id, kind, status, leftSurvivor, rightSurvivor }: StoredCandidate): Promise<void> {
  if (status === 'WITHDRAWN') throw new Conflict(`The evidence for this candidate is gone. If the two are the same, use merge${kind === 'ACCOUNT' ? 'Accounts' : 'Contacts'}.`, ['input', 'id']);
  const [into, from] = await currentNodes(work, [leftSurvivor, rightSurvivor]);
  if (!into || !from) throw new Conflict('One of the two is retired or erased, so they cannot be merged.', ['input', 'id']);
  await writeDecision(work, id, mergeConfirmed ? 'MERGED' : 'CONFIRMED', null);
  await mergeConfirmed?.(work, seal, { kind, intoId: into.id, fromId: from.id, reason: 'Match candidate confirmed', decidedBy: work.actor });
}
