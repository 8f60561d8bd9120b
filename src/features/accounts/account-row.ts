import { accountKind } from './account-fields.ts';
import type { NodeState } from './state-nodes.ts';
import { toWritten } from './stated-kind.ts';

/** The reference of a node that is smallest by system and id. */
export interface SmallestRef {
  readonly nodeId: string;
  readonly system: string;
  readonly externalId: string;
}

/** What a stub is called, by the smallest references of its members; null without any. */
export function stubNameOf({ memberIds }: Pick<NodeState, 'memberIds'>, refs: ReadonlyMap<string, SmallestRef>): string | null {
  const own = memberIds.flatMap((id) => refs.get(id) ?? []).toSorted((one, other) => (`${one.system}\n${one.externalId}` < `${other.system}\n${other.externalId}` ? -1 : 1));
  const [smallest] = own;
  // A reference that named a person who was erased is a digest now.
  return smallest?.externalId.startsWith('erased:') ? '[erased]' : (smallest?.externalId ?? null);
}

/** The row of an account that its state implies. */
export function accountRowOf({ rootId, folded }: Pick<NodeState, 'rootId' | 'folded'>, stubName: string): Record<string, unknown> {
  const row: Record<string, unknown> = { id: rootId, occurred_at: folded.occurredAt };
  for (const [name, column] of accountKind.fields) Object.assign(row, toWritten(column, folded.fields.get(name)?.winner?.value));
  row['is_stub'] = row['name'] === null;
  row['name'] ??= stubName;
  row['status'] ??= 'ACTIVE';
  return row;
}
