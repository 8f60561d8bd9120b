import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Unavailable } from '../../../src/platform/errors.ts';
import type { Bus, Consumer, RunningConsumer } from '../../../src/platform/events/bus.ts';
import { deadLetterTopic } from '../../../src/platform/events/dead-letters.ts';
import type { Envelope } from '../../../src/platform/events/event.ts';
import { firstTime } from '../../../src/platform/events/inbox.ts';
import { factContract } from './fact-contract.ts';
import { eventually, fresh, leaveEffects, makeEvent, openBackbone, relayOf, type Backbone, type BusParts, type Process } from './backbone.ts';

/** A bus as one process has it. */
export interface BusUnderTest {
  readonly bus: Bus;
  /** Cuts the connections of this process's consumers, as its death would. */
  crash(): Promise<void>;
  close(): Promise<void>;
}

/** Makes a bus for one process. */
export type MakeBus = (parts: BusParts, backbone: Backbone) => Promise<BusUnderTest>;

/** A process with its bus. */
export type ProcessWithBus = Process & BusUnderTest;

/** What every bus must do. */
export function busContract(name: string, make: MakeBus): void {
  describe(name, () => {
    let backbone: Backbone;
    let here: ProcessWithBus;
    let there: ProcessWithBus;
    let running: RunningConsumer[] = [];
    const processes: ProcessWithBus[] = [];

    const openProcess = async (): Promise<ProcessWithBus> => {
      const process = await backbone.open();
      const { database, deadLetters, errors } = process;
      const made = await make({ database, deadLetters, pauses: { first: 5, most: 20 }, onError: (error) => errors.push(error) }, backbone);
      processes.push({ ...process, ...made });
      return { ...process, ...made };
    };
    const consume = async (process: BusUnderTest, consumer: Partial<Consumer> & Pick<Consumer, 'topics' | 'handle'>): Promise<RunningConsumer> => {
      const started = await process.bus.consume({ group: fresh('group'), batchSize: 100, ...consumer });
      running.push(started);
      return started;
    };
    const event = (kind: string, fields: Partial<Envelope> = {}): Envelope => makeEvent(here.newId, { kind, tenantId: backbone.callers[0].tenantId, ...fields });
    /** Events of one partition, numbered from 0. */
    const inOneLane = (kind: string, count: number): Envelope[] => Array.from({ length: count }, (_, sequence) => event(kind, { accountId: null, sequence }));
    const numbers = (events: readonly Envelope[]): number[] => events.map(({ sequence }) => sequence);
    const ids = (events: readonly Envelope[]): string[] => events.map(({ id }) => id).toSorted();

    beforeAll(async () => {
      backbone = await openBackbone();
      here = await openProcess();
      there = await openProcess();
    });
    afterEach(async () => {
      await Promise.all(running.map((consumer) => consumer.stop()));
      running = [];
    });
    afterAll(async () => {
      for (const process of processes) await process.close();
      await backbone.close();
    });

    test('events of one account arrive in order, each once, however many works record them at once', async () => {
      const kind = fresh('thing.happened');
      const accounts = Array.from({ length: 7 }, () => here.newId<'Account'>());
      const seen: Envelope[] = [];
      const group = fresh('order');
      for (const process of [here, there]) await consume(process, { group, topics: [kind], batchSize: 10, handle: async (events) => void seen.push(...events) });
      const relay = relayOf(here, here.bus);
      relay.start();
      const works = Array.from({ length: 60 }, (_, index) =>
        (index % 2 === 0 ? here : there).database.transact(backbone.callers[index % 3] ?? backbone.callers[0], async (work) => {
          for (const accountId of accounts) work.record({ kind, version: 1, accountId, data: { index } });
        }),
      );
      await Promise.all(works);
      await eventually(() => expect(seen).toHaveLength(60 * 7));
      await relay.stop();
      expect(new Set(ids(seen)).size).toBe(60 * 7);
      for (const lane of Map.groupBy(seen, ({ tenantId, accountId }) => `${tenantId} ${accountId}`).values()) {
        expect(numbers(lane)).toEqual(numbers(lane).toSorted((a, b) => a - b));
      }
    });

    test('a batch whose consumer died after the effect and before the offset comes again, and has its effect once', async () => {
      const kind = fresh('thing.happened');
      const group = fresh('crash');
      const events = inOneLane(kind, 5);
      const delivered = { dying: 0, there: 0 };
      const takeIn = ({ database }: Process, batch: readonly Envelope[]): Promise<void> =>
        database.transact(backbone.callers[0], async (work) => {
          const unseen = await firstTime(work, group, batch);
          await work.rows(leaveEffects, [work.tenantId, unseen.map(({ id }) => id)]);
        });
      const dying = await openProcess();
      const died = Promise.withResolvers<void>();
      const doomed = await dying.bus.consume({
        group,
        topics: [kind],
        batchSize: 100,
        async handle(batch) {
          await takeIn(dying, batch);
          delivered.dying += batch.length;
          await dying.crash();
          died.resolve();
        },
      });
      await here.bus.publish(events);
      await died.promise;
      await doomed.stop();
      await consume(there, {
        group,
        topics: [kind],
        async handle(batch) {
          await takeIn(there, batch);
          delivered.there += batch.length;
        },
      });
      await eventually(() => expect(delivered).toEqual({ dying: 5, there: 5 }));
      const { rows } = await backbone.admin.query<{ id: string }>('select event_id as id from effect where event_id = any($1::uuid[]) order by 1', [ids(events)]);
      expect(rows.map(({ id }) => id)).toEqual(ids(events));
    });

    test('a topic can be read as it stands, each partition in order, without taking anything from a group', async () => {
      const kind = fresh('thing.happened');
      const read = async () => {
        const found: Envelope[] = [];
        for await (const one of there.bus.read(kind)) found.push(one as Envelope);
        return found;
      };
      expect(await read()).toEqual([]);
      const lane = inOneLane(kind, 1_200);
      const others = Array.from({ length: 40 }, () => event(kind, { accountId: here.newId<'Account'>() }));
      await here.bus.publish([...lane, ...others]);
      const found = await read();
      expect(ids(found)).toEqual(ids([...lane, ...others]));
      expect(numbers(found.filter(({ accountId }) => accountId === null))).toEqual(numbers(lane));
      const seen: Envelope[] = [];
      await consume(here, { group: fresh('reader'), topics: [kind], handle: async (events) => void seen.push(...events) });
      await eventually(() => expect(seen).toHaveLength(1_240));
      expect(await read()).toHaveLength(1_240);
    });

    test('consumers of one group share the events, and take over when one stops', async () => {
      const kind = fresh('thing.happened');
      const group = fresh('share');
      const seen = { here: new Set<string>(), there: new Set<string>() };
      const note = (set: Set<string>) => async (batch: readonly Envelope[]) => batch.forEach(({ id }) => set.add(id));
      const first = await consume(here, { group, topics: [kind], handle: note(seen.here) });
      await consume(there, { group, topics: [kind], handle: note(seen.there) });
      // Rounds go on until both have had some; the first may come before the group has settled.
      await eventually(async () => {
        await here.bus.publish(Array.from({ length: 20 }, () => event(kind)));
        expect(Math.min(seen.here.size, seen.there.size)).toBeGreaterThan(0);
      });
      await eventually(async () => expect((await here.bus.lag(group)).get(kind)).toBe(0));
      await first.stop();
      const had = seen.here.size;
      const rest = Array.from({ length: 50 }, () => event(kind));
      await here.bus.publish(rest);
      await eventually(() => expect(rest.filter(({ id }) => seen.there.has(id))).toHaveLength(50));
      expect(seen.here.size).toBe(had);
    });

    test('groups each get every event', async () => {
      const kind = fresh('thing.happened');
      const seen: Envelope[][] = [[], []];
      for (const list of seen) await consume(here, { topics: [kind], handle: async (batch) => void list.push(...batch) });
      const events = Array.from({ length: 10 }, () => event(kind));
      await here.bus.publish(events);
      for (const list of seen) await eventually(() => expect(ids(list)).toEqual(ids(events)));
    });

    test('a group that comes late begins with the oldest event; batches are no larger than asked for', async () => {
      const kind = fresh('thing.happened');
      await here.bus.publish(inOneLane(kind, 10));
      const batches: number[][] = [];
      await consume(there, { topics: [kind], batchSize: 3, handle: async (batch) => void batches.push(numbers(batch)) });
      await eventually(() => expect(batches.flat()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
      expect(Math.max(...batches.map((batch) => batch.length))).toBeLessThanOrEqual(3);
    });

    test('a poisonous event goes to the dead letters after five attempts; the others go on, in order', async () => {
      const kind = fresh('thing.happened');
      const group = fresh('poison');
      const announced: Envelope[] = [];
      const elsewhere: Envelope[] = [];
      const seen: number[] = [];
      let attempts = 0;
      let poisonous = true;
      const relay = relayOf(here, here.bus);
      relay.start();
      await consume(there, { topics: [deadLetterTopic(group)], handle: async (batch) => void announced.push(...batch) });
      await consume(there, { topics: [kind], handle: async (batch) => void elsewhere.push(...batch) });
      await consume(here, {
        group,
        topics: [kind],
        async handle(batch) {
          const poison = batch.find(({ sequence }) => sequence === 6);
          if (poison && batch.length === 1) attempts += 1;
          if (poison && poisonous) throw new RangeError('six is too much');
          seen.push(...numbers(batch));
        },
      });
      const events = inOneLane(kind, 10);
      await here.bus.publish(events);
      await eventually(() => expect(seen).toEqual([0, 1, 2, 3, 4, 5, 7, 8, 9]));
      expect(attempts).toBe(5);

      const [letter, ...others] = await here.deadLetters.list(group);
      expect(others).toEqual([]);
      expect(letter).toMatchObject({ group, event: events[6], error: { name: 'RangeError', message: 'six is too much' }, attempts: 5 });
      expect(letter?.origin).toEqual({ topic: kind, partition: expect.any(Number), offset: expect.any(Number) });
      await eventually(() => expect(announced).toHaveLength(1));
      expect(announced[0]).toMatchObject({
        tenantId: backbone.callers[0].tenantId,
        requestId: 'request-1',
        data: { ...letter?.origin, id: letter?.id, event: events[6], errorName: 'RangeError', errorMessage: 'six is too much', attempts: 5 },
      });

      // Not mended yet: the same letter is opened again.
      expect(await here.deadLetters.replay(group)).toBe(1);
      await eventually(async () => expect(await here.deadLetters.list(group)).toMatchObject([{ id: letter?.id, attempts: 10 }]));

      poisonous = false;
      const asked = [here.deadLetters.replay(group, letter ? [letter.id] : []), there.deadLetters.replay(group), here.deadLetters.replay(group)];
      expect((await Promise.all(asked)).toSorted((a, b) => a - b)).toEqual([0, 0, 1]);
      await eventually(() => expect(seen).toEqual([0, 1, 2, 3, 4, 5, 7, 8, 9, 6]));
      expect(await here.deadLetters.list(group)).toEqual([]);
      expect(ids(elsewhere)).toEqual(ids(events));
      await relay.stop();
    });

    test('what is no envelope goes to the dead letters at once, and stops nobody', async () => {
      const kind = fresh('thing.happened');
      const group = fresh('unreadable');
      const seen: Envelope[] = [];
      await consume(here, { group, topics: [kind], handle: async (batch) => void seen.push(...batch) });
      const good = event(kind, { accountId: null });
      const bad = { ...good, id: 'not a UUID', sequence: 1.5, requestId: 'half a pair \ud800 and a \0' };
      await here.bus.publish([bad, good]);
      await eventually(() => expect(seen).toEqual([good]));
      expect(await here.deadLetters.list(group)).toMatchObject([{ attempts: 1, error: { name: 'UnreadableEnvelope' }, event: { id: 'not a UUID' } }]);
    });

    test('while a part is away, events come again until it is back; nothing is put aside', async () => {
      const kind = fresh('thing.happened');
      const group = fresh('transient');
      const seen: number[] = [];
      let away = 12;
      await consume(here, {
        group,
        topics: [kind],
        async handle(batch) {
          away -= 1;
          if (away >= 0) throw new Unavailable('not now');
          seen.push(...numbers(batch));
        },
      });
      await here.bus.publish(inOneLane(kind, 3));
      await eventually(() => expect(seen).toEqual([0, 1, 2]));
      expect(await here.deadLetters.list(group)).toEqual([]);
    });

    test('an account that is stuck holds up nobody outside its partition', async () => {
      const kind = fresh('thing.happened');
      const stuck = here.newId<'Account'>();
      const seen = new Set<string | null>();
      await consume(here, {
        topics: [kind],
        async handle(batch) {
          if (batch.some(({ accountId }) => accountId === stuck)) throw new Unavailable('not for this one');
          for (const { accountId } of batch) seen.add(accountId);
        },
      });
      await here.bus.publish([event(kind, { accountId: stuck })]);
      // Of so many accounts, most are of other partitions.
      await here.bus.publish(Array.from({ length: 64 }, () => event(kind)));
      await eventually(() => expect(seen.size).toBeGreaterThan(20));
      expect(seen.has(stuck)).toBe(false);
    });

    test('lag counts what a group has not taken in', async () => {
      const kind = fresh('thing.happened');
      const group = fresh('lag');
      const seen: Envelope[] = [];
      const joined = await consume(here, { group, topics: [kind], handle: async (batch) => void seen.push(...batch) });
      await here.bus.publish([event(kind)]);
      await eventually(async () => expect([seen.length, (await here.bus.lag(group)).get(kind)]).toEqual([1, 0]));
      await joined.stop();
      await here.bus.publish(Array.from({ length: 30 }, () => event(kind)));
      expect((await there.bus.lag(group)).get(kind)).toBe(30);
      await consume(there, { group, topics: [kind], handle: async () => undefined });
      await eventually(async () => expect((await here.bus.lag(group)).get(kind)).toBe(0));
    });

    factContract({ backbone: () => backbone, here: () => here, there: () => there, openProcess, consume });

    test('stopping finishes the batch in hand and moves its offset', async () => {
      const kind = fresh('thing.happened');
      const group = fresh('stop');
      const began = Promise.withResolvers<void>();
      const gate = Promise.withResolvers<void>();
      const finished: number[] = [];
      const stopping = await consume(here, {
        group,
        topics: [kind],
        batchSize: 2,
        async handle(batch) {
          began.resolve();
          await gate.promise;
          finished.push(...numbers(batch));
        },
      });
      await here.bus.publish(inOneLane(kind, 4));
      await began.promise;
      const stop = stopping.stop().then(() => [...finished]);
      expect(finished).toEqual([]);
      gate.resolve();
      const done = await stop;
      expect(done.length).toBeGreaterThan(0);
      const rest: number[] = [];
      await consume(there, { group, topics: [kind], handle: async (batch) => void rest.push(...numbers(batch)) });
      await eventually(() => expect([...done, ...rest]).toEqual([0, 1, 2, 3]));
    });
  });
}
