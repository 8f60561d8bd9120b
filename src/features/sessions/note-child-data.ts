import { hasChildMembers, type HoldsChildData } from '../../platform/child-data.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { childKeysOf } from '../profiles/index.ts';
import { statedOf } from './stated-keys.ts';
import type { PersistentContext } from './session-context.ts';

const note = statement('note_child_data_of_session', 'update agent_session set child_data_since = $3 where tenant_id = $1 and id = $2 and child_data_since is distinct from $3::timestamptz');

/** Whether a key of a context, or a member below it, holds data of children. */
export const isOfChild = (holds: HoldsChildData, key: string, value: unknown): boolean => holds(key) || hasChildMembers(value, holds);

/** Notes since when the persistent context of a session holds data of children. */
export async function noteChildData(work: Work, sessionId: string, { values, stated }: PersistentContext): Promise<void> {
  const holds = await childKeysOf(work, work.tenantId);
  const since = Object.entries(values).flatMap(([key, value]) => (isOfChild(holds, key, value) ? [statedOf(stated, key)?.at ?? work.now] : [])).toSorted()[0] ?? null;
  await work.rows(note, [work.tenantId, sessionId, since]);
}
