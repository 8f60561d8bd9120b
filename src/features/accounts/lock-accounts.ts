import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';

/** Which account an account counts for, and whether that is in use. */
export interface Standing {
  readonly survivorId: Id<'Account'>;
  /** Since when the survivor is retired; null while it is in use. */
  readonly retiredAt: string | null;
}

interface Locked extends Standing {
  readonly id: Id<'Account'>;
}

const lock = statement<Locked>(
  'lock_accounts',
  'select id, survivor_id as "survivorId", retired_at as "retiredAt" from node_identity where tenant_id = $1 and id = any($2::uuid[]) order by id for no key update',
);

/**
 * Locks accounts and the accounts that they were merged into, in one order everywhere, so that the facts of one account
 * are recorded one transaction after the other and two bulk calls cannot wait for each other. The transaction's instant is
 * taken again: the history of an account is in the order in which it was locked. Returns what each counts for; an id that
 * is no account's is missing.
 */
export async function lockAccounts(work: Work, ids: readonly Id<'Account'>[]): Promise<ReadonlyMap<Id<'Account'>, Standing>> {
  const locked = new Map<Id<'Account'>, Locked>();
  let wanted = [...new Set(ids)];
  while (wanted.length > 0) {
    for (const row of await work.rows(lock, [work.tenantId, wanted])) locked.set(row.id, row);
    wanted = [...new Set([...locked.values()].map(({ survivorId }) => survivorId))].filter((id) => !locked.has(id));
  }
  if (ids.length > 0) await work.moveOn();
  return new Map([...locked.values()].map(({ id, survivorId }) => [id, { survivorId, retiredAt: locked.get(survivorId)?.retiredAt ?? null }]));
}
