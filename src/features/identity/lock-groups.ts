import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { lockAccounts } from '../accounts/index.ts';

/** The kinds of nodes that can be merged. */
export type MergeKind = 'Account' | 'Contact';

/** A node with what it counts for. */
export interface Member {
  readonly id: string;
  readonly survivorId: string;
  /** Since when it is retired; null while it is in use. */
  readonly retiredAt: string | null;
}

const members = statement<Member>(
  'members_of_groups',
  `select m.id, m.survivor_id as "survivorId", m.retired_at as "retiredAt" from node_identity m
   where m.tenant_id = $1 and m.node_type = $2 and m.survivor_id in (select survivor_id from node_identity where tenant_id = $1 and node_type = $2 and id = any($3::uuid[])) order by m.id`,
);
// Contacts have an identity since they were first merged.
const identify = statement(
  'identify_contacts',
  `insert into node_identity (tenant_id, id, node_type, survivor_id, recorded_at)
   select tenant_id, id, 'Contact', id, $3 from contact where tenant_id = $1 and id = any($2::uuid[]) order by id on conflict do nothing`,
);
const accountsOf = statement<{ id: Id<'Account'> }>(
  'accounts_of_contacts',
  `select account_id as id from contact where tenant_id = $1 and id = any($2::uuid[])
   union select account_id from source_statement where tenant_id = $1 and node_id = any($2::uuid[]) and account_id is not null`,
);

/** Another merge changed what was about to be locked. The transaction is run again, as after any serialization failure. */
class GroupsChanged extends Error {
  readonly code = '40001';
}

/**
 * Locks nodes with everything that is merged with them, and the accounts that merged contacts belong to. Whoever merges or
 * unmerges any of them waits, so what is read here holds until the transaction ends. An id that is unknown is missing.
 */
export async function lockGroups(work: Work, kind: MergeKind, ids: readonly string[]): Promise<ReadonlyMap<string, Member>> {
  if (kind === 'Contact') await work.rows(identify, [work.tenantId, ids, work.now]);
  const found = await work.rows(members, [work.tenantId, kind, ids]);
  if (kind === 'Contact') await lockAccounts(work, (await work.rows(accountsOf, [work.tenantId, found.map(({ id }) => id)])).map(({ id }) => id));
  await lockAccounts(work, found.map(({ id }) => id as Id<'Account'>));
  const held = await work.rows(members, [work.tenantId, kind, ids]);
  const locked = new Set(found.map(({ id }) => id));
  if (held.some(({ id }) => !locked.has(id))) throw new GroupsChanged('the nodes were merged with others meanwhile');
  return new Map(held.map((member) => [member.id, member]));
}
