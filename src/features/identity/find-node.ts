import { Conflict, NotFound } from '../../platform/errors.ts';
import { parseGlobalId, type Id } from '../../platform/ids.ts';
import { statement, type Statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { accountRecords, lockAccounts } from '../accounts/index.ts';

/** A node that has external references: an account or a record of one. */
export interface ReferencedNode {
  readonly type: string;
  /** The survivor, where the node was merged into another. */
  readonly id: string;
  readonly accountId: Id<'Account'>;
  /** The node and those that were merged into it. */
  readonly members: readonly string[];
}

const survivors = statement<{ id: string; retired: boolean; members: string[] }>(
  'survivor_of_node',
  `select s.id, coalesce(i.retired_at is not null, false) as retired,
     array(select s.id union select m.id from node_identity m where m.tenant_id = $1 and m.survivor_id = s.id and m.survivor_id <> m.id) as members
   from (select coalesce((select survivor_id from node_identity where tenant_id = $1 and id = $2), $2) as id) s
   left join node_identity i on i.tenant_id = $1 and i.id = s.id`,
);
const accountOf = statement<{ accountId: Id<'Account'> }>('account_to_reference', 'select id as "accountId" from account where tenant_id = $1 and id = $2');
const recordTables = new Map(accountRecords.map(({ type, table }): [string, Statement<{ accountId: Id<'Account'> }>] =>
  [type, statement(`account_of_${table}`, `select account_id as "accountId" from ${table} where tenant_id = $1 and id = $2`)]));

const noSuchNode = (path: readonly string[]): NotFound => new NotFound('There is no account or record with this id. Check the id.', path);

/** Finds the node of a global id and locks its account. One answer for ids that are malformed, unknown, another tenant's or of types without references. */
export async function findNode(work: Work, globalId: string, path: readonly string[]): Promise<ReferencedNode> {
  const named = parseGlobalId(globalId, path);
  const owner = named?.type === 'Account' ? accountOf : recordTables.get(named?.type ?? '');
  if (!named || !owner) throw noSuchNode(path);
  const [before] = await work.rows(survivors, [work.tenantId, named.id]);
  const [row] = await work.rows(owner, [work.tenantId, before?.id]);
  if (before?.retired) throw new Conflict('This account is retired. Restore it first.', path);
  if (!row) throw noSuchNode(path);
  await lockAccounts(work, [row.accountId]);
  // Whoever held the lock may have merged or deleted it.
  const [found] = await work.rows(survivors, [work.tenantId, named.id]);
  const [current] = await work.rows(owner, [work.tenantId, found?.id]);
  if (!found || current?.accountId !== row.accountId) throw new Conflict('This node was changed at this moment. Send the request again.', path);
  return { type: named.type, id: found.id, accountId: row.accountId, members: found.members };
}
