import type { Id } from '../../platform/ids.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { recordsOfAccounts } from '../sources/index.ts';
import { accountChanged, accountRestored, accountRetired } from './account.events.ts';
import { accountKind } from './account-fields.ts';
import { accountRowOf, stubNameOf, type SmallestRef } from './account-row.ts';
import { lockAccounts, type Standing } from './lock-accounts.ts';
import { projectRecords } from './project-records.ts';
import { accountRecords } from './records.ts';
import { loadStates, type NodeState } from './state-nodes.ts';

const types: Readonly<Record<string, string>> = Object.assign({ is_stub: 'boolean' }, ...[...accountKind.fields.values()].map(({ sql }) => sql));
const names = Object.keys(types);

const upsert = statement<{ id: Id<'Account'>; inserted: boolean }>(
  'project_accounts',
  `with given as (select * from jsonb_to_recordset($2::jsonb) as g(id uuid, occurred_at timestamptz, ${names.map((name) => `${name} ${types[name]}`).join(', ')}))
   insert into account as stored (tenant_id, id, occurred_at, recorded_at, ${names.join(', ')})
   select $1, id, coalesce(occurred_at, $3), $3, ${names.join(', ')} from given order by id
   on conflict (tenant_id, id) do update set occurred_at = excluded.occurred_at, recorded_at = excluded.recorded_at,
     ${names.map((name) => `${name} = excluded.${name}`).join(', ')}
   where (${names.map((name) => `stored.${name}`).join(', ')}) is distinct from (${names.map((name) => `excluded.${name}`).join(', ')})
      or (stored.occurred_at <> excluded.occurred_at and exists (select from given g where g.id = stored.id and g.occurred_at is not null))
   returning new.id, (old.id is null) as inserted`,
);
const remove = statement<{ id: Id<'Account'> }>('remove_accounts', 'delete from account where tenant_id = $1 and id = any($2::uuid[]) returning id');
const retire = statement(
  'mark_accounts_retired',
  `update node_identity i set retired_at = g.at from unnest($2::uuid[], $3::timestamptz[]) g(id, at) where i.tenant_id = $1 and i.id = g.id and i.retired_at is distinct from g.at`,
);
const smallestRefs = statement<SmallestRef>(
  'smallest_external_refs',
  `select distinct on (node_id) node_id as "nodeId", system, external_id as "externalId" from external_ref where tenant_id = $1 and node_id = any($2::uuid[]) order by node_id, system collate "C", external_id collate "C"`,
);

/** Rows that changed, by account. */
export type AccountChanges = ReadonlyMap<string, 'CREATED' | 'UPDATED' | 'REMOVED'>;

/**
 * Writes the rows of accounts as their statements imply, and what follows for their records: an account that was merged
 * away or is retired has no row, and the records of a retired one have none. The accounts must be locked.
 */
export async function projectAccounts(work: Work, seal: Seal, states: ReadonlyMap<string, NodeState>, standings: ReadonlyMap<string, Standing>): Promise<AccountChanges> {
  const all = [...states.values()];
  const inUse = all.filter(({ folded }) => folded.retired === null);
  const ofNobody = new Map(await stubNames(work, inUse.filter(({ folded }) => folded.fields.get('name')?.winner == null)));
  const rows = inUse.map((state) => accountRowOf(state, ofNobody.get(state.rootId) ?? state.rootId));
  const stored = rows.length === 0 ? [] : await work.rows(upsert, [work.tenantId, JSON.stringify(rows), work.now]);
  const kept = new Set(inUse.map(({ rootId }) => rootId));
  const gone = all.flatMap(({ memberIds }) => memberIds).filter((id) => !kept.has(id));
  const removed = gone.length === 0 ? [] : await work.rows(remove, [work.tenantId, gone]);
  const changes = new Map<string, 'CREATED' | 'UPDATED' | 'REMOVED'>();
  for (const { id, inserted } of stored) changes.set(id, inserted ? 'CREATED' : 'UPDATED');
  for (const { id } of removed) changes.set(id, 'REMOVED');
  for (const accountId of changes.keys() as Iterable<Id<'Account'>>) work.record(accountChanged.fact({ accountId, data: { accountId, what: 'account', ids: [accountId] } }));
  await followRetirement(work, seal, all, standings);
  return changes;
}

/** Projects accounts again from what is stored, after a decision changed what their statements come to. */
export async function reprojectAccounts(work: Work, seal: Seal, accountIds: readonly Id<'Account'>[]): Promise<AccountChanges> {
  const standings = await lockAccounts(work, accountIds);
  return projectAccounts(work, seal, await loadStates(work, seal, accountKind, [...new Set([...standings.values()].map(({ survivorId }) => survivorId))]), standings);
}

/** Projects again every record that was said to belong to some accounts, which are named as before merges. */
export async function reprojectRecordsOf(work: Work, seal: Seal, accountIds: readonly string[]): Promise<void> {
  const byType = await recordsOfAccounts(work, accountIds);
  for (const record of accountRecords) {
    const ids = byType.get(record.type);
    if (ids) await projectRecords(work, seal, record, await loadStates(work, seal, record, ids));
  }
}

async function followRetirement(work: Work, seal: Seal, states: readonly NodeState[], standings: ReadonlyMap<string, Standing>): Promise<void> {
  const changed = states.filter(({ rootId, folded }) => (standings.get(rootId)?.retiredAt ?? null) !== (folded.retired?.statement.occurredAt ?? null));
  if (changed.length === 0) return;
  await work.rows(retire, [work.tenantId, changed.map(({ rootId }) => rootId), changed.map(({ folded }) => folded.retired?.statement.occurredAt ?? null)]);
  const turned = changed.filter(({ rootId, folded }) => (standings.get(rootId)?.retiredAt == null) !== (folded.retired === null));
  if (turned.length === 0) return;
  await reprojectRecordsOf(work, seal, turned.flatMap(({ memberIds }) => memberIds));
  for (const { rootId, folded } of turned) {
    const accountId = rootId as Id<'Account'>;
    work.record(folded.retired ? accountRetired.fact({ accountId, data: { accountId } }) : accountRestored.fact({ accountId, data: { accountId } }));
  }
}

/** A stub is called what other systems call it: by the smallest of its references, whichever came first. */
async function stubNames(work: Work, stubs: readonly NodeState[]): Promise<[string, string][]> {
  if (stubs.length === 0) return [];
  const refs = new Map((await work.rows(smallestRefs, [work.tenantId, stubs.flatMap(({ memberIds }) => memberIds)])).map((row) => [row.nodeId, row]));
  return stubs.flatMap((state): [string, string][] => {
    const name = stubNameOf(state, refs);
    return name === null ? [] : [[state.rootId, name]];
  });
}
