import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import type { SelectedAccount } from './account-selector.ts';

/** The account that something was delivered for, and the account that it counts for: another one after a merge. */
export interface DeliveredAccount {
  readonly deliveredId: Id<'Account'>;
  readonly accountId: Id<'Account'>;
}

const find = statement<DeliveredAccount & { key: string }>(
  'delivered_accounts',
  // Each key is made once, and looked up by the index.
  `with asked as materialized (select system, external_id, erased_key(external_id) as erased from unnest($2::text[], $3::text[]) as asked(system, external_id))
   select asked.system || E'\\n' || asked.external_id as key, i.id as "deliveredId", i.survivor_id as "accountId" from asked
   cross join lateral (select node_id from external_ref where tenant_id = $1 and node_type = 'Account' and system = asked.system and external_id in (asked.external_id, asked.erased) offset 0) r
   join node_identity i on i.tenant_id = $1 and i.id = r.node_id
   union all
   select i.id::text, i.id, i.survivor_id from node_identity i where i.tenant_id = $1 and i.id = any($4::uuid[]) and i.node_type = 'Account'`,
);

/** The accounts that selectors name, retired ones included, by `selectorKey`; missing where there is none. One statement. */
export async function findDeliveredAccounts(work: Work, selectors: readonly SelectedAccount[]): Promise<Map<string, DeliveredAccount>> {
  const refs = selectors.flatMap((selector) => ('id' in selector ? [] : [selector.externalRef]));
  const ids = selectors.flatMap((selector) => ('id' in selector ? [selector.id] : []));
  if (selectors.length === 0) return new Map();
  const rows = await work.rows(find, [work.tenantId, refs.map(({ system }) => system), refs.map(({ id }) => id), ids]);
  return new Map(rows.map(({ key, deliveredId, accountId }) => [key, { deliveredId, accountId }]));
}

const lock = statement<DeliveredAccount>(
  'lock_delivered_accounts',
  'select id as "deliveredId", survivor_id as "accountId" from node_identity where tenant_id = $1 and id = any($2::uuid[]) order by id for no key update',
);

/**
 * Locks accounts and the accounts that they count for, as `lockAccounts` does. Returns by delivered account the one that
 * it counts for under the lock: a merge may have been committed since it was looked up.
 */
export async function lockDeliveredAccounts(work: Work, accounts: readonly DeliveredAccount[]): Promise<Map<Id<'Account'>, Id<'Account'>>> {
  const locked = new Map<Id<'Account'>, Id<'Account'>>();
  let missing = new Set(accounts.flatMap(({ deliveredId, accountId }) => [deliveredId, accountId]));
  while (missing.size > 0) {
    for (const { deliveredId, accountId } of await work.rows(lock, [work.tenantId, [...missing]])) locked.set(deliveredId, accountId);
    missing = new Set([...locked.values()].filter((id) => !locked.has(id)));
  }
  if (locked.size > 0) await work.moveOn();
  return locked;
}
