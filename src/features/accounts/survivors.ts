import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';

const survivors = statement<{ id: Id<'Account'>; survivorId: Id<'Account'> }>(
  'survivors_of_accounts',
  'select id, survivor_id as "survivorId" from node_identity where tenant_id = $1 and id = any($2::uuid[])',
);

/** The accounts that accounts count for, by account: its own id where it was not merged into another. */
export async function survivorsOf(work: Work, ids: readonly Id<'Account'>[]): Promise<Map<Id<'Account'>, Id<'Account'>>> {
  if (ids.length === 0) return new Map();
  return new Map((await work.rows(survivors, [work.tenantId, ids])).map(({ id, survivorId }) => [id, survivorId]));
}
