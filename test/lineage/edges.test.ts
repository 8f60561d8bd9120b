import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { datedStatement } from '../../src/platform/postgres/dated-statement.ts';
import { declareLineageKind, dependentsOf, recordDerivations, removeDerivations, type LineageDescription, type LineageRef } from '../../src/features/lineage/index.ts';
import { asProgram, openFixture, type Fixture } from '../platform/postgres/fixture.ts';

const kind = declareLineageKind({ type: 'DERIVED_VALUE', graphqlType: 'Thing', describe: datedStatement<LineageDescription>('no_things', 2, () => 'select where false') });
const rule = { name: 'test-rule', version: 3 };
let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());

const things = (count: number): LineageRef[] => Array.from({ length: count }, () => kind.ref(fixture.newId()));
const ids = (refs: readonly LineageRef[]): string[] => refs.map(({ id }) => id);

/** Records edges, each `[to, from]`, in one transaction. */
function record(...edges: readonly (readonly [LineageRef | undefined, LineageRef | undefined])[]): Promise<void> {
  const derivations = edges.map(([to, from]) => {
    if (!to || !from) throw new Error('an end is missing');
    return { to, from: [from], relation: 'USED', rule };
  });
  return fixture.database.transact(fixture.ours, (work) => recordDerivations(work, derivations));
}

test('edges are recorded once, whatever their number in one statement', async () => {
  const [a, b, c] = things(3);
  await record([b, a], [c, a], [c, b]);
  await record([b, a], [c, a]);
  const { rows } = await fixture.admin.query('select to_type, relation, rule_name, rule_version, removed_at from lineage_edge where to_id = any($1)', [ids([b, c] as LineageRef[])]);
  expect(rows).toHaveLength(3);
  expect(rows[0]).toMatchObject({ to_type: 'Thing', relation: 'USED', rule_name: 'test-rule', rule_version: '3', removed_at: null });
});

const insertion = "insert into lineage_edge (tenant_id, to_type, to_id, from_type, from_id, relation, rule_name, rule_version, recorded_at) values ($1, 'Thing', $2, 'Thing', $3, 'USED', 'r', '1', now())";

test('nothing derives from itself', async () => {
  const [a] = things(1);
  await expect(record([a, a])).rejects.toMatchObject({ code: 'CONFLICT' });
  await expect(fixture.admin.query(insertion, [fixture.ours.tenantId, a?.id, a?.id])).rejects.toThrow(/lineage_not_of_itself/);
});

test('a circle is refused, also inside one statement, and also a long one', async () => {
  const [a, b, c, d] = things(4);
  await record([b, a], [c, b], [d, c]);
  await expect(record([a, d])).rejects.toMatchObject({ code: 'CONFLICT' });
  const [e, f] = things(2);
  await expect(record([e, f], [f, e])).rejects.toMatchObject({ code: 'CONFLICT' });
  await record([f, e]);
});

test('edges in any order and any batches are refused exactly when they close a circle', async () => {
  const size = 6;
  const batches = fc.array(fc.array(fc.tuple(fc.nat(size - 1), fc.nat(size - 1)).filter(([a, b]) => a !== b), { minLength: 1, maxLength: 4 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(batches, async (given) => {
      const refs = things(size);
      let stored: (readonly [number, number])[] = [];
      for (const batch of given) {
        const together = [...stored, ...batch];
        const outcome = await record(...batch.map(([to, from]) => [refs[to], refs[from]] as const)).then(() => 'stored', (error: { code?: string }) => error.code);
        expect(outcome).toBe(hasCircle(together) ? 'CONFLICT' : 'stored');
        if (outcome === 'stored') stored = together;
      }
    }),
    { numRuns: 40 },
  );
});

/** Whether edges `[to, from]` close a circle: nodes without sources are taken away until none is left to take. */
function hasCircle(edges: readonly (readonly [number, number])[]): boolean {
  const left = edges.filter(([, from]) => edges.some(([to]) => to === from));
  return left.length === edges.length ? edges.length > 0 : hasCircle(left);
}

test.each(['x derives from y while y is made to derive from x', 'two halves that meet through edges known before'])('of two transactions that would close a circle together, one is refused: %s', async (name) => {
  const [a, b, c, d] = things(4);
  const long = name.startsWith('two');
  if (long) await record([b, a], [d, c]);
  const halves = long ? [[c, b], [a, d]] as const : [[a, b], [b, a]] as const;
  let arrived = 0;
  let open = (): void => undefined;
  const both = new Promise<void>((resolve) => (open = resolve));
  const outcomes = await Promise.allSettled(
    halves.map(([to, from]) =>
      fixture.database.transact(fixture.ours, async (work) => {
        // Both transactions are open before either writes.
        if (++arrived === 2) open();
        await both;
        await recordDerivations(work, [{ to: to as LineageRef, from: [from as LineageRef], relation: 'USED', rule }]);
      }),
    ),
  );
  expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  expect(outcomes.find((each) => each.status === 'rejected')?.reason).toMatchObject({ code: 'CONFLICT' });
});

test('dependents, and the removal of a node', async () => {
  const [a, b, c, d] = things(4) as [LineageRef, LineageRef, LineageRef, LineageRef];
  await record([c, a], [c, b], [d, a]);
  await fixture.database.transact(fixture.ours, async (work) => {
    expect(ids(await dependentsOf(work, [a]))).toEqual(ids([c, d]));
  });
  fixture.clock.advance(1_000);
  await fixture.database.transact(fixture.ours, (work) => removeDerivations(work, [a]));
  await fixture.database.transact(fixture.ours, async (work) => {
    expect(await dependentsOf(work, [a])).toEqual([]);
    expect(ids(await dependentsOf(work, [b]))).toEqual(ids([c]));
    // Made and unmade at one instant: never current, so nothing is kept; and it can be made again.
    for (let round = 0; round < 2; round += 1) {
      await recordDerivations(work, [{ to: d, from: [b], relation: 'USED', rule }]);
      await removeDerivations(work, [d]);
    }
  });
  expect((await fixture.admin.query('select from lineage_edge where to_id = $1', [d.id])).rowCount).toBe(1);
});

test('replacing ends the earlier sources of the same relation and no others', async () => {
  const [a, b, c, to] = things(4) as [LineageRef, LineageRef, LineageRef, LineageRef];
  await fixture.database.transact(fixture.ours, (work) => recordDerivations(work, [{ to, from: [a, b], relation: 'STANDS', rule }, { to, from: [a], relation: 'USED', rule }]));
  fixture.clock.advance(1_000);
  await fixture.database.transact(fixture.ours, (work) => recordDerivations(work, [{ to, from: [b, c], relation: 'STANDS', rule, replaces: true }]));
  const { rows } = await fixture.admin.query('select from_id, relation from lineage_edge where to_id = $1 and removed_at is null order by relation, from_id', [to.id]);
  expect(rows).toEqual([{ from_id: b.id, relation: 'STANDS' }, { from_id: c.id, relation: 'STANDS' }, { from_id: a.id, relation: 'USED' }]);
});

test('a transaction that looks at a snapshot older than the latest edges adds none', async () => {
  const [a, b] = things(2) as [LineageRef, LineageRef];
  await asProgram(fixture.url, fixture.ours.tenantId, async (client) => {
    await client.query('commit; begin isolation level repeatable read');
    await client.query("select set_config('app.tenant', $1, true)", [fixture.ours.tenantId]);
    await client.query('select from lineage_edge limit 1');
    await record([b, a]);
    await expect(client.query(insertion, [fixture.ours.tenantId, a.id, b.id])).rejects.toMatchObject({ code: '40001' });
  });
});

test('an end is final, and nothing is written into the past', async () => {
  const [a, b, c] = things(3) as [LineageRef, LineageRef, LineageRef];
  await record([b, a]);
  fixture.clock.advance(1_000);
  await fixture.database.transact(fixture.ours, (work) => removeDerivations(work, [a]));
  await record([a, b]);
  await asProgram(fixture.url, fixture.ours.tenantId, async (client) => {
    for (const at of ['null', 'now()']) expect((await client.query(`update lineage_edge set removed_at = ${at} where to_id = $1`, [b.id])).rowCount).toBe(0);
    await expect(client.query(insertion.replace('now()', "now() - interval '1 day'"), [fixture.ours.tenantId, c.id, b.id])).rejects.toThrow(/row-level security/);
  });
});

test('the program may not rewrite or delete what was known', async () => {
  const [a, b] = things(2);
  await record([b, a]);
  fixture.clock.advance(1_000);
  await asProgram(fixture.url, fixture.ours.tenantId, async (client) => {
    expect((await client.query('delete from lineage_edge')).rowCount).toBe(0);
    await expect(client.query("update lineage_edge set relation = 'OTHER'")).rejects.toThrow(/permission denied/);
  });
  await asProgram(fixture.url, fixture.theirs.tenantId, async (client) => expect((await client.query('select from lineage_edge')).rowCount).toBe(0));
});
