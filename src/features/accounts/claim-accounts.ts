import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { accountChanged } from './account.events.ts';
import type { ExternalRefInput } from './account-selector.ts';
import { claimExternalRefs } from './external-refs.ts';

const identify = statement<{ id: Id<'Account'> }>(
  'identify_accounts',
  `insert into node_identity (tenant_id, id, node_type, survivor_id, recorded_at) select $1, id, 'Account', id, $3 from unnest($2::uuid[]) a(id) order by id on conflict do nothing returning id`,
);
const stubs = statement(
  'insert_stub_accounts',
  'insert into account (tenant_id, id, name, is_stub, occurred_at, recorded_at) select $1, id, name, true, $4, $4 from unnest($2::uuid[], $3::text[]) as s(id, name) order by id',
);

/** Accounts that references name, before merges. */
export interface ClaimedAccounts {
  /** In the order of the references. */
  readonly ids: readonly Id<'Account'>[];
  /** Those that were never heard of before. They have an identity and no row yet. */
  readonly fresh: ReadonlySet<Id<'Account'>>;
}

/** The accounts that references name; one never heard of gets an identity. */
export async function claimAccounts(work: Work, refs: readonly ExternalRefInput[]): Promise<ClaimedAccounts> {
  if (refs.length === 0) return { ids: [], fresh: new Set() };
  const ids = await claimExternalRefs<'Account'>(work, 'Account', refs);
  const fresh = new Set((await work.rows(identify, [work.tenantId, [...new Set(ids)], work.now])).map(({ id }) => id));
  return { ids, fresh };
}

/** The accounts that references name, before merges; one never heard of becomes a stub that carries its external id as a name. */
export async function accountsOrStubs(work: Work, refs: readonly ExternalRefInput[]): Promise<readonly Id<'Account'>[]> {
  const { ids, fresh } = await claimAccounts(work, refs);
  if (fresh.size === 0) return ids;
  const names = new Map(ids.map((id, index) => [id, refs[index]?.id ?? id]));
  await work.rows(stubs, [work.tenantId, [...fresh], [...fresh].map((id) => names.get(id)), work.now]);
  for (const id of fresh) work.record(accountChanged.fact({ accountId: id, data: { accountId: id, what: 'account', ids: [id] } }));
  return ids;
}
