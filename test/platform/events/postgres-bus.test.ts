import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { RunningConsumer } from '../../../src/platform/events/bus.ts';
import type { Envelope } from '../../../src/platform/events/event.ts';
import { createPostgresBus, type PostgresBus, type PostgresBusOptions } from '../../../src/platform/events/postgres-bus.ts';
import { eventually, fresh, makeEvent, openBackbone, relayOf, type Backbone, type Process } from './backbone.ts';
import { busContract } from './bus-contract.ts';

busContract('the bus on Postgres', async (parts, backbone) => {
  const bus = createPostgresBus({ ...parts, lookEvery: 50 });
  const groups = new Set<string>();
  return {
    bus: {
      ...bus,
      consume(consumer) {
        groups.add(consumer.group);
        return bus.consume(consumer);
      },
    },
    async crash() {
      for (const group of groups) await backbone.cut(`context-graph ${group}`);
    },
    close: async () => undefined,
  };
});

describe('on Postgres alone', () => {
  let backbone: Backbone;
  let process: Process;
  let bus: PostgresBus;
  let running: RunningConsumer[] = [];
  const busOf = ({ database, deadLetters, errors }: Process, options: Partial<PostgresBusOptions> = {}): PostgresBus =>
    createPostgresBus({ database, deadLetters, lookEvery: 50, onError: (error) => errors.push(error), ...options });
  const events = (kind: string, count: number, fields: Partial<Envelope> = {}): Envelope[] =>
    Array.from({ length: count }, (_, sequence) => makeEvent(process.newId, { kind, tenantId: backbone.callers[0].tenantId, sequence, ...fields }));
  const consume = async (group: string, kind: string, handle: (batch: readonly Envelope[]) => Promise<void>, batchSize = 100): Promise<RunningConsumer> => {
    const consumer = await bus.consume({ group, topics: [kind], batchSize, handle });
    running.push(consumer);
    return consumer;
  };
  /** How many partitions each session of a group holds. */
  const holdings = async (group: string): Promise<number[]> => {
    const { rows } = await backbone.admin.query<{ held: number }>(
      `select count(*) filter (where mode = 'ExclusiveLock')::int as held from pg_locks join pg_stat_activity using (pid)
       where locktype = 'advisory' and application_name = $1 and datname = current_database() group by pid order by held`,
      [`context-graph ${group}`],
    );
    return rows.map(({ held }) => held);
  };

  beforeAll(async () => {
    backbone = await openBackbone();
    process = await backbone.open();
    bus = busOf(process);
  });
  afterEach(async () => {
    await Promise.all(running.map((consumer) => consumer.stop()));
    running = [];
  });
  afterAll(() => backbone.close());

  test('offsets have no gap, and become visible in order, under publishers at once', async () => {
    const kinds = [fresh('a'), fresh('b'), fresh('c')];
    const state = { publishing: true };
    const publishers = Promise.all(
      Array.from({ length: 20 }, (_, index) => bus.publish(kinds.flatMap((_kind, turn) => events(kinds[(turn + index) % 3] ?? '', 20)))),
    ).finally(() => (state.publishing = false));
    const gaps = `select topic, partition from bus_event where topic = any($1) group by topic, partition having max("offset") <> count(*) - 1`;
    while (state.publishing) expect((await backbone.admin.query(gaps, [kinds])).rows).toEqual([]);
    await publishers;
    const { rows } = await backbone.admin.query('select sum(next_offset)::int as claimed, (select count(*)::int from bus_event where topic = any($1)) as there from bus_partition where topic = any($1)', [kinds]);
    expect(rows).toEqual([{ claimed: 1_200, there: 1_200 }]);
  });

  test('members of a group hold nearly as much as one another, and all there is', async () => {
    const kind = fresh('thing.happened');
    const group = fresh('fair');
    for (let members = 1; members <= 3; members += 1) await consume(group, kind, async () => undefined);
    // Of each of the two topics, the group's own and that of its replays, one has 2 of the 8 partitions and two have 3.
    await eventually(async () => {
      const held = await holdings(group);
      expect([held.length, held.reduce((sum, count) => sum + count, 0), Math.max(...held) <= 6]).toEqual([3, 16, true]);
    });
    await running.pop()?.stop();
    await eventually(async () => expect(await holdings(group)).toEqual([8, 8]));
  });

  test('a consumer whose connection is cut comes back by itself', async () => {
    const kind = fresh('thing.happened');
    const group = fresh('cut');
    const seen: number[] = [];
    await consume(group, kind, async (batch) => void seen.push(...batch.map(({ sequence }) => sequence)));
    await bus.publish(events(kind, 3, { accountId: null }));
    await eventually(() => expect(seen).toEqual([0, 1, 2]));
    await eventually(async () => expect((await bus.lag(group)).get(kind)).toBe(0));
    expect(await backbone.cut(`context-graph ${group}`)).toBe(1);
    await bus.publish(events(kind, 2, { accountId: null }));
    await eventually(() => expect(seen).toEqual([0, 1, 2, 0, 1]));
  });

  test('a killed process loses the relay and its partitions to another; what it had in hand comes again', async () => {
    const kind = fresh('thing.happened');
    const group = fresh('killed');
    const record = (count: number): Promise<void> =>
      process.database.transact(backbone.callers[0], async (work) => {
        for (let index = 0; index < count; index += 1) work.record({ kind, version: 1, accountId: null, data: { index } });
      });
    const doomed = spawn(globalThis.process.execPath, ['--import', 'tsx', new URL('doomed-process.ts', import.meta.url).pathname, backbone.url, group, kind], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void doomed.kill('SIGKILL'));
    await record(3);
    await once(doomed.stdout, 'data');
    const seen: unknown[] = [];
    await consume(group, kind, async (batch) => void seen.push(...batch.map(({ data }) => data['index'])));
    const relay = relayOf(process, bus);
    relay.start();
    doomed.kill('SIGKILL');
    await eventually(() => expect(seen).toEqual([0, 1, 2]));
    await record(2);
    await eventually(() => expect(seen).toEqual([0, 1, 2, 0, 1]));
    await relay.stop();
  });

  test('partitions that a publisher with more of them makes are read too', async () => {
    const kind = fresh('thing.happened');
    const seen: Envelope[] = [];
    await consume(fresh('grown'), kind, async (batch) => void seen.push(...batch));
    await busOf(process, { partitions: 32 }).publish(events(kind, 100));
    await eventually(() => expect(seen).toHaveLength(100));
  });

  test('topics that are kept are left alone by pruning, and read on from where a reading ended', async () => {
    const [kept, other] = [fresh('thing.kept'), fresh('thing.happened')];
    const keeper = busOf(process, { kept: [kept] });
    await keeper.publish([...events(kept, 5, { accountId: null }), ...events(other, 5, { accountId: null })]);
    const places = new Map<number, number>();
    const readOn = async (from = places): Promise<number> => {
      let found = 0;
      for await (const event of keeper.read(kept, from)) found += event ? 1 : 0;
      return found;
    };
    expect([await readOn(), await readOn()]).toEqual([5, 0]);
    await keeper.prune(new Date(Date.parse(events(kept, 1)[0]?.recordedAt ?? '') + 3_600_000));
    const left = async (topic: string) => (await backbone.admin.query('select from bus_event where topic = $1', [topic])).rowCount;
    expect([await left(kept), await left(other)]).toEqual([5, 0]);
    await keeper.publish(events(kept, 3));
    expect([await readOn(), await readOn(new Map())]).toEqual([3, 8]);
  });

  test('pruning takes what is old and read by every group, and nothing else', async () => {
    const kind = fresh('thing.happened');
    const [swift, slow] = [fresh('swift'), fresh('slow')];
    const gate = Promise.withResolvers<void>();
    const seen: Envelope[] = [];
    await bus.publish(events(kind, 5, { accountId: null }));
    const hour = 3_600_000;
    const past = new Date(Date.parse(events(kind, 1)[0]?.recordedAt ?? '') - hour);
    const soon = new Date(past.getTime() + 2 * hour);
    const left = async (): Promise<number> => (await backbone.admin.query('select from bus_event where topic = $1', [kind])).rowCount ?? 0;
    await consume(swift, kind, async (batch) => void seen.push(...batch));
    const sluggard = await consume(slow, kind, () => gate.promise, 2);
    await eventually(() => expect(seen).toHaveLength(5));
    await bus.prune(soon);
    expect(await left()).toBe(5);
    const stopped = sluggard.stop();
    gate.resolve();
    await stopped;
    await bus.prune(past);
    expect(await left()).toBe(5);
    await bus.prune(soon);
    expect(await left()).toBe(3);
    await bus.forget(slow);
    await eventually(async () => expect((await bus.lag(swift)).get(kind)).toBe(0));
    await bus.prune(soon);
    expect(await left()).toBe(0);
    // A late group begins where something is left, without lag.
    await consume(fresh('late'), kind, async () => undefined);
    expect([...(await bus.lag(swift)).values()]).toEqual([0, 0]);
  });
});
