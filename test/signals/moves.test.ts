import { afterAll, beforeAll, expect, test } from 'vitest';
import { statement } from '../../src/platform/postgres/statement.ts';
import { parseGlobalId } from '../../src/platform/ids.ts';
import { signal } from '../harness/accounts.ts';
import { arrange, crm, type Arranged } from '../accounts/arrange.ts';
import { asProgram } from '../platform/postgres/fixture.ts';

let program: Arranged;
beforeAll(async () => {
  program = await arrange();
});
afterAll(() => program.close());

const uuidOf = (globalId: string | undefined): string => parseGlobalId(globalId ?? '')?.id ?? '';
const move = statement<{ moved: number }>('move', 'select move_signals($1::uuid[], $2) as moved');
const merge = statement('merge', 'update node_identity set survivor_id = $3 where tenant_id = $1 and id = any($2::uuid[])');

/** What a merge or unmerge does to identities and signals. */
async function count(bases: readonly string[], survivor: string): Promise<number> {
  program.clock.advance(60_000);
  return program.database.transact({ tenantId: program.tenant, actor: { kind: 'system', id: 'test' }, requestId: 'test' }, async (work) => {
    await work.rows(merge, [work.tenantId, bases, survivor]);
    const [row] = await work.rows(move, [bases, survivor]);
    return Number(row?.moved);
  });
}

test('signals count for the survivor, and as of an instant for the account of that instant, through merges and back', async () => {
  const [a, b, c] = [uuidOf(await program.account('a')), uuidOf(await program.account('b')), uuidOf(await program.account('c'))];
  const tell = async (account: string, event: string): Promise<string> => {
    program.clock.advance(1_000);
    return uuidOf((await program.ingest([{ account: { externalRef: crm(account) }, type: 'call', source: 'phone', sourceEventId: event }])).results[0]?.signal?.id);
  };
  const states: { at: string; held: Record<string, string> }[] = [];
  const events = new Map<string, string>();
  const look = async (table: string): Promise<Record<string, string>> => {
    const rows = (await program.rows(`select s.id, s.account_id from ${table} s where s.tenant_id = $1`, [program.tenant])) as unknown as { id: string; account_id: string }[];
    const names = new Map([[a, 'a'], [b, 'b'], [c, 'c']]);
    const held = rows.map((row) => [events.get(row.id) ?? '', names.get(row.account_id) ?? '']);
    expect(new Set(held.map(([event]) => event)).size, 'each signal once').toBe(held.length);
    return Object.fromEntries(held.toSorted(([left = ''], [right = '']) => left.localeCompare(right))) as Record<string, string>;
  };
  const note = async (expected: Record<string, string>): Promise<void> => {
    program.clock.advance(1_000);
    const held = await look('signal');
    expect(held).toEqual(expected);
    states.push({ at: program.clock.now().toISOString(), held });
  };

  for (const [account, event] of [['a', 'a1'], ['b', 'b1'], ['c', 'c1']] as const) events.set(await tell(account, event), event);
  await note({ a1: 'a', b1: 'b', c1: 'c' });
  expect(await count([b], a)).toBe(1);
  await note({ a1: 'a', b1: 'a', c1: 'c' });
  // Delivered for the merged account: it counts for the survivor from the start.
  events.set(await tell('b', 'b2'), 'b2');
  await note({ a1: 'a', b1: 'a', b2: 'a', c1: 'c' });
  expect((await program.rows('select account_id, delivered_account_id, moved_at from signal where source_event_id = $1', ['b2']))[0]).toEqual({ account_id: a, delivered_account_id: b, moved_at: null });
  expect(await count([a, b], c)).toBe(3);
  await note({ a1: 'c', b1: 'c', b2: 'c', c1: 'c' });
  // Nothing is delivered for it twice, and nothing moves that is there.
  expect(await count([a, b], c)).toBe(0);
  expect(await count([b], b)).toBe(2);
  await note({ a1: 'c', b1: 'b', b2: 'b', c1: 'c' });
  expect(await count([a], a)).toBe(1);
  await note({ a1: 'a', b1: 'b', b2: 'b', c1: 'c' });
  expect(await program.count('select from signal where delivered_account_id is not null')).toBe(0);

  for (const { at, held } of states) expect(await look(`signal_as_of('${at}')`), at).toEqual(held);
  expect(await look(`signal_as_of('2026-11-21T09:00:00Z')`)).toEqual({});
  // c1 never moved.
  expect(await program.count('select from signal_account_history')).toBe(7);
  expect(await program.count('select from signal where moved_at is null')).toBe(1);
});

test('what is a duplicate does not change with merges', async () => {
  const [left, right] = [uuidOf(await program.account('left')), uuidOf(await program.account('right'))];
  const told = (account: string) => ({ account: { externalRef: crm(account) }, type: 'call', source: 'phone', payload: { same: true }, occurredAt: '2026-11-20T10:00:00Z' });
  const [first] = (await program.ingest([told('right')])).results;
  await count([right], left);
  expect((await program.ingest([told('right')])).results[0]).toMatchObject({ __typename: 'SignalDuplicate', signal: { id: first?.signal?.id, account: { id: expect.stringContaining(left.replaceAll('-', '')) as string } } });
  // Delivered for the survivor, it is another signal, as it was before the merge.
  expect((await program.ingest([told('left')])).accepted).toBe(1);
  await count([right], right);
  expect((await program.ingest([told('right'), told('left')])).duplicates).toBe(2);
});

test('signals of a retired account are taken in: it may be restored', async () => {
  const gone = uuidOf(await program.account('gone'));
  await program.rows('update node_identity set retired_at = now() where id = $1', [gone]);
  await program.rows('delete from account where id = $1', [gone]);
  expect(await signal(program, [{ account: 'gone', event: 'gone' }])).toEqual([expect.objectContaining({ outcome: 'ACCEPTED', accountId: gone })]);
  expect(await program.count('select from account where id = $1', [gone])).toBe(0);
});

test('nothing moves in another tenant, and no column but the account', async () => {
  const before = await program.rows('select * from signal order by id');
  const [{ account_id: account } = {}] = before;
  await asProgram(program.testDatabase.url, program.otherTenant, async (client) => {
    expect((await client.query('select move_signals($1, $2) as moved', [[account], '00000000-0000-7000-8000-000000000000'])).rows).toEqual([{ moved: '0' }]);
  });
  await expect(asProgram(program.testDatabase.url, program.tenant, (client) => client.query('update signal set account_id = account_id'))).rejects.toMatchObject({ code: '42501' });
  expect(await program.rows('select * from signal order by id')).toEqual(before);
});
