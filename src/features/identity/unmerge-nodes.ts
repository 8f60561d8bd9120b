import { Conflict, NotFound } from '../../platform/errors.ts';
import type { Actor } from '../../platform/events/event.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { countForSurvivors } from './count-for-survivors.ts';
import { lockGroups, type MergeKind } from './lock-groups.ts';
import { checkReason } from './merge-nodes.ts';
import { findMerge, followMerges, storeUndo } from './merge-store.ts';
import { recordMerge } from './record-merge.ts';

/** That a merge no longer holds, as a use case is told it. */
export interface UnmergeDecision {
  readonly kind: MergeKind;
  readonly mergeId: string;
  readonly reason: string | null;
  readonly decidedBy: Actor;
  /** Where faults are placed; `input` when left out. */
  readonly path?: readonly string[];
}

/** The one answer for ids of merges that are malformed, unknown, or another tenant's. */
export function noSuchMerge(path: readonly string[]): NotFound {
  return new NotFound('There is no such merge. Check the id.', path);
}

/**
 * Undoes a merge: the nodes count for what the decisions that still hold say, in whatever order they are undone. What
 * sources said of each of them is its own again. Refuses a merge that is undone already.
 */
export async function unmergeNodes(work: Work, seal: Seal, { kind, mergeId, reason, decidedBy, path = ['input'] }: UnmergeDecision): Promise<void> {
  const why = checkReason(reason, [...path, 'reason']);
  const merge = await findMerge(work, kind, mergeId);
  if (!merge) throw noSuchMerge([...path, 'mergeId']);
  const members = await lockGroups(work, kind, [merge.childId]);
  const rootId = members.get(merge.childId)?.survivorId;
  if (!rootId || !(await storeUndo(work, mergeId, { reason: why, by: decidedBy }))) throw new Conflict('This merge is undone already.', [...path, 'mergeId']);
  await followMerges(work, [...members.keys()]);
  const accountIds = await countForSurvivors(work, seal, { kind, undone: true }, [...members.keys()]);
  recordMerge(work, { kind, mergeId, rootId, childId: merge.childId, accountIds, undone: true });
}
