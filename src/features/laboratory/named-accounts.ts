import type { Id } from '../../platform/ids.ts';
import type { LabWork } from '../../platform/postgres/lab-work.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { accountsInUse, selectorKey, type SelectedAccount } from '../accounts/index.ts';

// As the references are written: the laboratory does not read under which names erased people were known.
const byRefs = statement<{ system: string; externalId: string; id: Id<'Account'> }>(
  'lab_accounts_by_refs',
  `select r.system, r.external_id as "externalId", r.node_id as id from unnest($2::text[], $3::text[]) as asked(system, external_id)
   join external_ref r on r.tenant_id = $1 and r.node_type = 'Account' and r.system = asked.system and r.external_id = asked.external_id`,
);
const byIds = statement<{ id: Id<'Account'> }>('lab_accounts_by_ids', `select id from node_identity where tenant_id = $1 and id = any($2::uuid[]) and node_type = 'Account'`);

/** The accounts in use that are named, by `selectorKey`: of one that was merged the survivor; missing where there is none. */
export async function namedAccounts(work: LabWork, selectors: readonly SelectedAccount[]): Promise<ReadonlyMap<string, Id<'Account'>>> {
  const refs = selectors.flatMap((selector) => ('id' in selector ? [] : [selector.externalRef]));
  const ids = selectors.flatMap((selector) => ('id' in selector ? [selector.id] : []));
  const found = new Map<string, Id<'Account'>>();
  if (refs.length > 0) for (const { system, externalId, id } of await work.rows(byRefs, [work.tenantId, refs.map(({ system }) => system), refs.map(({ id }) => id)])) found.set(selectorKey({ externalRef: { system, id: externalId } }), id);
  if (ids.length > 0) for (const { id } of await work.rows(byIds, [work.tenantId, ids])) found.set(id, id);
  return accountsInUse(work, work.tenantId, found);
}
