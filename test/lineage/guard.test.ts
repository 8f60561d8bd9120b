import { afterAll, beforeAll, expect, test } from 'vitest';
import { datedStatement } from '../../src/platform/postgres/dated-statement.ts';
import { declareLineageKind, recordDerivations, type Derivation, type LineageDescription } from '../../src/features/lineage/index.ts';
import { openFixture, type Fixture } from '../platform/postgres/fixture.ts';

const kindOf = (graphqlType: string) => declareLineageKind({ type: 'DERIVED_VALUE', graphqlType, describe: datedStatement<LineageDescription>(`none_of_${graphqlType}`, 2, () => 'select where false') });
const [signals, actions, things, snapshots, notes] = [kindOf('Signal'), kindOf('Action'), kindOf('Thing'), kindOf('AccountSnapshot'), kindOf('Note')];
let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());

const edge = (to: ReturnType<typeof signals.ref>, from: ReturnType<typeof signals.ref>): Derivation => ({ to, from: [from], relation: 'USED', rule: { name: 'test', version: '1' } });
const record = (derivation: Derivation, whileOpen: () => Promise<unknown> = () => Promise.resolve()): Promise<void> =>
  fixture.database.transact(fixture.ours, async (work) => {
    await recordDerivations(work, [derivation]);
    await whileOpen();
  });

test('who adds edges that cannot close a circle waits for nobody', async () => {
  const add = (): Derivation => edge(actions.ref(fixture.newId()), signals.ref(fixture.newId()));
  await record(add(), () => record(add()));
  expect((await fixture.admin.query('select from lineage_guard')).rowCount).toBe(0);
});

test('a snapshot that is compared with earlier ones waits for nobody; an edge the other way is still looked into', async () => {
  const [earlier, later] = [snapshots.ref(fixture.newId()), snapshots.ref(fixture.newId())];
  await record(edge(later, earlier), () => record(edge(snapshots.ref(fixture.newId()), notes.ref(fixture.newId()))));
  expect((await fixture.admin.query('select from lineage_guard')).rowCount).toBe(0);
  await expect(record(edge(earlier, later))).rejects.toMatchObject({ code: 'CONFLICT' });
});

test('of two that would close a circle together, at once, the second is refused', async () => {
  const [a, b] = [things.ref(fixture.newId()), things.ref(fixture.newId())];
  let second: Promise<unknown> = Promise.resolve();
  await record(edge(b, a), async () => {
    second = record(edge(a, b)).then(() => 'recorded', (error: { code?: string }) => error.code);
    // It waits by now, or will: either way it sees what is committed here.
    await fixture.admin.query('select 1');
  });
  expect(await second).toBe('CONFLICT');
  expect((await fixture.admin.query('select turns from lineage_guard')).rows).toHaveLength(1);
});
