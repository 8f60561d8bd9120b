import { randomUUID } from 'node:crypto';
import { accountMerged, accountRestored, accountRetired, accountUnmerged } from '../../src/features/accounts/index.ts';
import { parseGlobalId, type Id } from '../../src/platform/ids.ts';
import type { Work } from '../../src/platform/postgres/work.ts';
import type { Arranged } from './arrange.ts';

/** The tables whose rows tests move with their account. */
const tables = ['signal', 'kpi', 'health_trend'];

/** What merges and retirements do to rows and facts, by the owner's connection: for tests of what follows from them. */
export function accountMoves(program: () => Arranged) {
  const idOf = (globalId: string): Id<'Account'> => (parseGlobalId(globalId)?.id ?? '') as Id<'Account'>;
  const act = <Result>(body: (work: Work) => Promise<Result>): Promise<Result> => program().database.transact({ tenantId: program().tenant, actor: { kind: 'system', id: 'test' }, requestId: 'test' }, body);
  const taken = new Map<string, Readonly<Record<string, unknown>>>();
  const moved = new Map<string, Readonly<Record<string, readonly string[]>>>();

  /** Takes an account's row out of the projection, as retiring and merging do. */
  async function takeRow(id: string): Promise<void> {
    const [row] = await program().rows('delete from account where id = $1 returning to_jsonb(account) - $2::text[] as row', [idOf(id), ['name_key']]);
    taken.set(id, row?.['row'] ?? {});
  }
  async function putRowBack(id: string, change: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const row = { ...taken.get(id), ...change };
    const columns = Object.keys(row).join(', ');
    await program().rows(`insert into account (${columns}) select ${columns} from jsonb_populate_record(null::account, $1)`, [row]);
  }
  /** Records one fact for each of the two. */
  const tellOfMerge = (kind: typeof accountMerged, into: string, from: string): Promise<void> =>
    act(async (work) => {
      const mergeId = randomUUID();
      for (const accountId of [idOf(from), idOf(into)]) work.record(kind.fact({ accountId, data: { accountId, mergeId, intoId: idOf(into), fromId: idOf(from) } }));
    });
  async function merge(into: string, from: string): Promise<void> {
    const own: Record<string, string[]> = {};
    for (const table of tables) own[table] = (await program().rows(`update ${table} set account_id = $1 where account_id = $2 returning id`, [idOf(into), idOf(from)])).map((row) => String(row['id']));
    moved.set(from, own);
    await program().rows('update node_identity set survivor_id = $1 where id = $2', [idOf(into), idOf(from)]);
    await takeRow(from);
    await tellOfMerge(accountMerged, into, from);
  }
  async function unmerge(into: string, from: string): Promise<void> {
    for (const [table, ids] of Object.entries(moved.get(from) ?? {})) await program().rows(`update ${table} set account_id = $1 where id = any($2::uuid[])`, [idOf(from), ids]);
    await program().rows('update node_identity set survivor_id = id where id = $1', [idOf(from)]);
    await putRowBack(from);
    await tellOfMerge(accountUnmerged, into, from);
  }
  async function retire(id: string): Promise<void> {
    await takeRow(id);
    await act(async (work) => work.record(accountRetired.fact({ accountId: idOf(id), data: { accountId: idOf(id) } })));
  }
  async function restore(id: string, change: Readonly<Record<string, unknown>> = {}): Promise<void> {
    await putRowBack(id, change);
    await act(async (work) => work.record(accountRestored.fact({ accountId: idOf(id), data: { accountId: idOf(id) } })));
  }
  return { merge, unmerge, retire, restore, takeRow, putRowBack, tellOfMerge };
}
