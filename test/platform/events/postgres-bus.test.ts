import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { RunningConsumer } from '../../../src/platform/events/bus.ts';
import type { Envelope } from '../../../src/platform/events/event.ts';
import { createPostgresBus, type PostgresBus, type PostgresBusOptions } from '../../../src/platform/events/postgres-bus.ts';
import { readerName } from '../../../src/platform/events/group-reader.ts';
import { statement } from '../../../src/platform/postgres/statement.ts';
import { eventually, fresh, makeEvent, openBackbone, relayOf, type Backbone, type Process } from './backbone.ts';
import { busContract } from './bus-contract.ts';

busContract('the bus on Postgres', async (parts, backbone) => {
  const bus = createPostgresBus({ ...parts, lookEvery: 50 });
  return {
    bus,
    crash: async () => void (await backbone.cut(readerName)),
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
  /** How many slots each session that reads holds. */
  const holdings = async (): Promise<number[]> => {
    const { rows } = await backbone.admin.query<{ held: number }>(
      `select count(*) filter (where mode = 'ExclusiveLock')::int as held from pg_locks join pg_stat_activity using (pid)
       where locktype = 'advisory' and application_name = $1 and datname = current_database() group by pid order by held`,
      [readerName],
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
    await eventually(async () => expect(await holdings()).toEqual([2, 3, 3]));
    await running.pop()?.stop();
    await eventually(async () => expect(await holdings()).toEqual([4, 4]));
  });

  test('a consumer whose connection is cut comes back by itself', async () => {
    const kind = fresh('thing.happened');
    const group = fresh('cut');
    const seen: number[] = [];
    await consume(group, kind, async (batch) => void seen.push(...batch.map(({ sequence }) => sequence)));
    await bus.publish(events(kind, 3, { accountId: null }));
    await eventually(() => expect(seen).toEqual([0, 1, 2]));
    await eventually(async () => expect((await bus.lag(group)).get(kind)).toBe(0));
    expect(await backbone.cut(readerName)).toBe(1);
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
    expect([...(await bus.lag(swift)).values()]).toEqual([0]);
  });

  const record = (kind: string, indexes: readonly number[], tenant = 0): Promise<void> =>
    process.database.transact(backbone.callers[tenant] ?? backbone.callers[0], async (work) => {
      for (const index of indexes) work.record({ kind, version: 1, accountId: null, data: { index } });
    });
  const indexesOf = (batch: readonly Envelope[]): number[] => batch.map(({ data }) => Number(data['index']));

  test('facts are read from the log without a copy; the relay publishes those of kinds that are kept', async () => {
    const [kept, other] = [fresh('thing.kept'), fresh('thing.happened')];
    const keeper = busOf(process, { kept: [kept] });
    const seen: number[] = [];
    running.push(await keeper.consume({ group: fresh('log'), topics: [kept, other], batchSize: 100, handle: async (batch) => void seen.push(...indexesOf(batch)) }));
    await record(other, [0, 1]);
    await record(kept, [2]);
    const relay = relayOf(process, keeper);
    relay.start();
    await relay.drain();
    await eventually(() => expect(seen.toSorted((a, b) => a - b)).toEqual([0, 1, 2]));
    await relay.stop();
    const { rows } = await backbone.admin.query('select topic, event -> $2 as data from bus_event where topic = any($1)', [[kept, other], 'data']);
    expect(rows).toEqual([{ topic: kept, data: { index: 2 } }]);
  });

  test('what was published before facts were read from the log comes first, then what is in the outbox in its form of then, then the log', async () => {
    const kind = fresh('thing.happened');
    const group = fresh('upgraded');
    const gate = Promise.withResolvers<void>();
    const seen: number[] = [];
    const old = (index: number): Envelope[] => events(kind, 1, { accountId: null, data: { index } });
    await bus.publish([...old(0), ...old(1)]);
    await backbone.admin.query('insert into outbox (tenant_id, event) select $1, e from json_array_elements($2::json) e', [backbone.callers[0].tenantId, JSON.stringify(old(2))]);
    await record(kind, [3, 4]);
    await consume(group, kind, async (batch) => {
      await gate.promise;
      seen.push(...indexesOf(batch));
    }, 1);
    const relay = relayOf(process, bus);
    relay.start();
    gate.resolve();
    await eventually(() => expect(seen).toEqual([0, 1, 2, 3, 4]));
    await relay.stop();
  });

  test('a group that comes late begins with the oldest fact that is retained, and behind what went over Kafka', async () => {
    const kind = fresh('thing.happened');
    const [first, late, afterKafka] = [fresh('first'), fresh('late'), fresh('after-kafka')];
    const seen = new Map<string, number[]>([first, late, afterKafka].map((group) => [group, []]));
    const join = (group: string) => consume(group, kind, async (batch) => void seen.get(group)?.push(...indexesOf(batch)));
    const caughtUp = (group: string) => eventually(async () => expect((await bus.lag(group)).get(kind)).toBe(0));
    await record(kind, [0, 1]);
    await join(first);
    await eventually(() => expect(seen.get(first)).toEqual([0, 1]));
    await caughtUp(first);
    // Groups of other tests have read none of it, and hold it.
    for (const { consumer_group: group } of (await backbone.admin.query<{ consumer_group: string }>('select consumer_group from log_group where consumer_group <> $1', [first])).rows) await bus.forget(group);
    await bus.prune(new Date(Date.now() + 1));
    await record(kind, [2]);
    await join(late);
    await eventually(() => expect([seen.get(first), seen.get(late)]).toEqual([[0, 1, 2], [2]]));
    for (const group of [first, late]) await caughtUp(group);
    await Promise.all(running.map((consumer) => consumer.stop()));
    await record(kind, [3]);
    const kafka = relayOf(process, { publish: async () => undefined });
    kafka.start();
    await kafka.drain();
    await kafka.stop();
    await record(kind, [4]);
    await join(afterKafka);
    await eventually(() => expect(seen.get(afterKafka)).toEqual([4]));
  });

  test('what groups have not read goes to Kafka when the installation goes over to it, each tenant in order', async () => {
    const kind = fresh('thing.happened');
    const seen: number[] = [];
    await process.database.system((sql) => sql.rows(statement('test_forget_groups', 'delete from log_group')));
    const consumer = await consume(fresh('before-kafka'), kind, async (batch) => void seen.push(...indexesOf(batch)));
    await record(kind, [0, 1]);
    await eventually(() => expect(seen).toEqual([0, 1]));
    await consumer.stop();
    await record(kind, [2, 3]);
    await record(kind, [4]);
    const published: Envelope[] = [];
    const kafka = relayOf(process, { publish: async (batch) => void published.push(...batch) });
    kafka.start();
    await kafka.drain();
    await record(kind, [5]);
    await kafka.drain();
    await kafka.stop();
    expect(indexesOf(published.filter((event) => event.kind === kind))).toEqual([2, 3, 4, 5]);
    await consume(fresh('after-kafka'), kind, async (batch) => void seen.push(...indexesOf(batch)));
    await record(kind, [6]);
    await eventually(() => expect(seen).toEqual([0, 1, 6]));
  });

  test('dead letters that were handed over again, and not read yet, go to Kafka, too', async () => {
    const kind = fresh('thing.happened');
    const group = fresh('replayed');
    const refusing = await consume(group, kind, async () => Promise.reject(new Error('not today')));
    await record(kind, [7]);
    await eventually(async () => expect(await process.deadLetters.list(group)).toHaveLength(1));
    await refusing.stop();
    expect(await process.deadLetters.replay(group)).toBe(1);
    const relay = relayOf(process, bus);
    relay.start();
    await relay.drain();
    await relay.stop();
    const published: Envelope[] = [];
    const replays = (): Envelope[] => published.filter((event) => event.kind === `replay.${group}`);
    const goOver = async (): Promise<void> => {
      const kafka = relayOf(process, { publish: async (batch) => void published.push(...batch) });
      kafka.start();
      await record(kind, [8]);
      await kafka.drain();
      await kafka.stop();
    };
    await goOver();
    await eventually(() => expect(replays()).toHaveLength(1));
    await goOver();
    expect(replays()).toHaveLength(1);
  });

  test('a group reads on where it stopped, over the boundaries of months and of what one statement reads', async () => {
    const kind = fresh('thing.happened');
    const group = fresh('months');
    const seen: number[] = [];
    const note = async (batch: readonly Envelope[]): Promise<void> => void seen.push(...indexesOf(batch));
    const many = Array.from({ length: 2_500 }, (_, index) => index);
    await record(kind, many);
    const consumer = await consume(group, kind, note);
    await eventually(() => expect(seen).toEqual(many));
    await consumer.stop();
    const positions = statement<{ next: number; stored: boolean }>('test_positions', 'select c.next_sequence as next, c.next_sequence = h.sequence + 1 as stored from log_cursor c join audit_head h using (tenant_id) where c.consumer_group = $1 and tenant_id = $2');
    expect(await process.database.system((sql) => sql.rows(positions, [group, backbone.callers[0].tenantId]))).toMatchObject([{ stored: true }]);
    await record(kind, [2_500]);
    await consume(group, kind, note);
    await eventually(() => expect(seen).toEqual([...many, 2_500]));
  });
});
