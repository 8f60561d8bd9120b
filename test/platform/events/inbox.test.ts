import { afterAll, beforeAll, expect, test } from 'vitest';
import { firstTime, pruneInbox } from '../../../src/platform/events/inbox.ts';
import type { Caller } from '../../../src/platform/postgres/work.ts';
import { fresh, openBackbone, type Backbone, type Process } from './backbone.ts';

let backbone: Backbone;
let process: Process;

beforeAll(async () => {
  backbone = await openBackbone();
  process = await backbone.open();
});
afterAll(() => backbone.close());

const receive = (caller: Caller, consumer: string, ids: readonly string[]): Promise<string[]> =>
  process.database.transact(caller, async (work) => (await firstTime(work, consumer, ids.map((id) => ({ id })))).map(({ id }) => id).toSorted());
const makeIds = (count: number): string[] => Array.from({ length: count }, () => process.newId<'Event'>());

test('answers the events a consumer has not seen, each once', async () => {
  const [ours, theirs] = backbone.callers;
  const consumer = fresh('consumer');
  const [a = '', b = '', c = ''] = makeIds(3);
  expect(await receive(ours, consumer, [a, b, a])).toEqual([a, b]);
  expect(await receive(ours, consumer, [a, b, c])).toEqual([c]);
  expect(await receive(ours, fresh('another'), [a])).toEqual([a]);
  expect(await receive(theirs, consumer, [a])).toEqual([a]);
  expect(await receive(ours, consumer, [])).toEqual([]);
});

test('a transaction that fails leaves no mark', async () => {
  const [ours] = backbone.callers;
  const consumer = fresh('consumer');
  const ids = makeIds(2);
  const failing = process.database.transact(ours, async (work) => {
    await firstTime(work, consumer, ids.map((id) => ({ id })));
    throw new Error('no effect');
  });
  await expect(failing).rejects.toThrow('no effect');
  expect(await receive(ours, consumer, ids)).toEqual(ids.toSorted());
});

test('of deliveries at once, one has the effect', async () => {
  const [ours] = backbone.callers;
  const consumer = fresh('consumer');
  const ids = makeIds(50);
  const taken = await Promise.all([ids, ids.toReversed(), ids].map((order) => receive(ours, consumer, order)));
  expect(taken.flat().toSorted()).toEqual(ids.toSorted());
});

test('forgets what was received before an instant', async () => {
  const [ours] = backbone.callers;
  const consumer = fresh('consumer');
  const [old = '', young = ''] = makeIds(2);
  await receive(ours, consumer, [old, young]);
  await backbone.admin.query("update inbox set received_at = '2026-01-01T00:00:00Z' where event_id = $1", [old]);
  expect(await pruneInbox(process.database, new Date('2026-01-01T00:00:01Z'))).toBe(1);
  expect(await receive(ours, consumer, [old, young])).toEqual([old]);
});
