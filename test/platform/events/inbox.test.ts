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

/** The places in the chain of the events that this file makes. */
const places = new Map<string, number>();
const placed = (ids: readonly string[]) => ids.map((id) => ({ id, sequence: places.get(id) ?? 0 }));
const receive = (caller: Caller, consumer: string, ids: readonly string[]): Promise<string[]> =>
  process.database.transact(caller, async (work) => (await firstTime(work, consumer, placed(ids))).map(({ id }) => id).toSorted());
const makeIds = (count: number, every = 1): string[] =>
  Array.from({ length: count }, () => {
    const id = process.newId<'Event'>();
    places.set(id, places.size * every + 1);
    return id;
  });

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
    await firstTime(work, consumer, placed(ids));
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

test('of deliveries at once that are not the same but meet, each event has its effect once', async () => {
  const [ours] = backbone.callers;
  const consumer = fresh('consumer');
  const ids = makeIds(300, 61);
  const parts = Array.from({ length: 12 }, (_, index) => ids.slice(index * 20, index * 20 + 80));
  const taken = await Promise.all(parts.map((part) => receive(ours, consumer, part)));
  expect(taken.flat().toSorted()).toEqual(ids.toSorted());
});

test('a Work that asks twice gets each event once, and several consumers share a Work', async () => {
  const [ours] = backbone.callers;
  const consumers = [fresh('consumer'), fresh('consumer')];
  const ids = makeIds(3);
  const found = await process.database.transact(ours, async (work) => {
    const answers: number[] = [];
    for (const consumer of [...consumers, ...consumers]) answers.push((await firstTime(work, consumer, placed(ids))).length);
    return answers;
  });
  expect(found).toEqual([3, 3, 0, 0]);
});

test('transactions of one consumer and tenant do not wait for each other before their end', async () => {
  const [ours] = backbone.callers;
  const consumer = fresh('consumer');
  const [first = '', second = ''] = makeIds(2);
  await process.database.transact(ours, async (work) => {
    expect(await firstTime(work, consumer, placed([first]))).toHaveLength(1);
    expect(await receive(ours, consumer, [second])).toEqual([second]);
  });
  expect(await receive(ours, consumer, [first, second])).toEqual([]);
});

test('events that were received before there were marks by place are still known', async () => {
  const [ours] = backbone.callers;
  const consumer = fresh('consumer');
  const [before = '', after = ''] = makeIds(2);
  await backbone.admin.query('insert into inbox (tenant_id, consumer, event_id, received_at) values ($1, $2, $3, now())', [ours.tenantId, consumer, before]);
  expect(await receive(ours, consumer, [before, after])).toEqual([after]);
});

test('forgets what was received before an instant, in rows of before and in marks', async () => {
  const [ours] = backbone.callers;
  const consumer = fresh('consumer');
  const [old = '', older = '', young = ''] = makeIds(3, 2_000);
  await backbone.admin.query(`insert into inbox (tenant_id, consumer, event_id, received_at) values ($1, $2, $3, '2026-01-01T00:00:00Z')`, [ours.tenantId, consumer, older]);
  await receive(ours, consumer, [old]);
  await backbone.admin.query(`update inbox_block set marked_at = '2026-01-01T00:00:00Z' where consumer = $1`, [consumer]);
  await receive(ours, consumer, [young]);
  expect(await pruneInbox(process.database, new Date('2026-01-01T00:00:01Z'))).toBe(2);
  expect(await receive(ours, consumer, [old, older, young])).toEqual([old, older].toSorted());
});
