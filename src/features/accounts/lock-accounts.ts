import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';

const lock = statement(
  'lock_accounts',
  'select id from node_identity where tenant_id = $1 and id = any($2::uuid[]) order by id for no key update',
);

/**
 * Locks accounts, in one order everywhere, so that the facts of one account are recorded one transaction after the
 * other and two bulk calls cannot wait for each other. The transaction's instant is taken anew: the history of an account
 * is in the order in which it was locked.
 */
export async function lockAccounts(work: Work, ids: readonly Id<'Account'>[]): Promise<void> {
  if (ids.length === 0) return;
  await work.rows(lock, [work.tenantId, [...new Set(ids)]]);
  await work.moveOn();
}
