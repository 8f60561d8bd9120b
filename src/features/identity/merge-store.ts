import type { Actor } from '../../platform/events/event.ts';
import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import type { MergeKind } from './lock-groups.ts';

/** A recorded decision that two nodes are one. */
export interface StoredMerge {
  readonly id: Id<'NodeMerge'>;
  readonly kind: MergeKind;
  /** The nodes as they were named. */
  readonly intoId: string;
  readonly fromId: string;
  /** What `from` counted for then; it counts for what `into` counts for. */
  readonly childId: string;
  readonly undoneAt: string | null;
}

const insert = statement(
  'insert_node_merge',
  `insert into node_merge (tenant_id, id, node_type, into_id, from_id, child_id, reason, merged_at, merged_by_kind, merged_by_id) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
);

/** Records a decision. */
export async function storeMerge(work: Work, merge: Omit<StoredMerge, 'undoneAt'> & { readonly reason: string | null; readonly by: Actor }): Promise<void> {
  const { id, kind, intoId, fromId, childId, reason, by } = merge;
  await work.rows(insert, [work.tenantId, id, kind, intoId, fromId, childId, reason, work.now, by.kind, by.id]);
}

const find = statement<StoredMerge>(
  'node_merge_by_id',
  `select id, node_type as kind, into_id as "intoId", from_id as "fromId", child_id as "childId", undone_at as "undoneAt" from node_merge where tenant_id = $1 and node_type = $2 and id = $3`,
);

/** The decision of an id; null where the tenant has none about nodes of the kind. */
export async function findMerge(work: Work, kind: MergeKind, id: string): Promise<StoredMerge | null> {
  return (await work.rows(find, [work.tenantId, kind, id]))[0] ?? null;
}

const undo = statement<{ id: string }>(
  'undo_node_merge',
  `update node_merge set undone_at = $3, undone_by_kind = $4, undone_by_id = $5, undo_reason = $6 where tenant_id = $1 and id = $2 and undone_at is null returning id`,
);

/** Records that a decision no longer holds; false where that was recorded before. */
export async function storeUndo(work: Work, id: string, { reason, by }: { readonly reason: string | null; readonly by: Actor }): Promise<boolean> {
  return (await work.rows(undo, [work.tenantId, id, work.now, by.kind, by.id, reason])).length > 0;
}

const follow = statement<{ id: string; survivorId: string; formerId: string }>(
  'follow_merges',
  `update node_identity i set survivor_id = s.survivor_id from survivors_of($2::uuid[]) s
   where i.tenant_id = $1 and i.id = s.id and i.survivor_id <> s.survivor_id returning new.id, new.survivor_id as "survivorId", old.survivor_id as "formerId"`,
);

/** Makes locked nodes count for what the decisions that hold say; returns those for which that changed. */
export function followMerges(work: Work, ids: readonly string[]): Promise<{ readonly id: string; readonly survivorId: string; readonly formerId: string }[]> {
  return work.rows(follow, [work.tenantId, ids]);
}
