import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Refused, type Bus } from '../../../src/platform/events/bus.ts';
import { outboxGroup } from '../../../src/platform/events/dead-letters.ts';
import type { Envelope } from '../../../src/platform/events/event.ts';
import type { Relay } from '../../../src/platform/events/relay.ts';
import { eventually, openBackbone, relayOf, type Backbone, type Process } from './backbone.ts';

let backbone: Backbone;
let here: Process;
let there: Process;
let relays: Relay[] = [];

/** A bus that keeps what it was handed, and notices when it is handed something by two at once. */
class NotingBus implements Pick<Bus, 'publish'> {
  readonly published: Envelope[] = [];
  readonly batches: number[] = [];
  mostAtOnce = 0;
  refusals = 0;
  /** The fact that it never takes, by its index. */
  unwanted: number | null = null;
  #atOnce = 0;

  async publish(events: readonly Envelope[]): Promise<void> {
    this.#atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#atOnce);
    await here.database.system(async () => undefined);
    this.#atOnce -= 1;
    if (this.refusals > 0) {
      this.refusals -= 1;
      throw new Error('the bus refuses');
    }
    if (events.some(({ data }) => this.unwanted !== null && data['index'] === this.unwanted)) throw new Refused('too large');
    this.batches.push(events.length);
    this.published.push(...events);
  }
}

const start = (process: Process, bus: NotingBus): Relay => {
  const relay = relayOf(process, bus);
  relay.start();
  relays.push(relay);
  return relay;
};

/** States facts of a tenant in one transaction. */
const record = (process: Process, tenant: number, count = 1): Promise<void> =>
  process.database.transact(backbone.callers[tenant] ?? backbone.callers[0], async (work) => {
    for (let index = 0; index < count; index += 1) work.record({ kind: 'thing.happened', version: 1, accountId: work.newId(), data: { index } });
  });

/** The places in its tenant's chain of what was published, by tenant, in the order of publishing. */
const chains = (events: readonly Envelope[]): number[][] =>
  [...Map.groupBy(events, ({ tenantId }) => tenantId).values()].map((own) => own.map(({ sequence }) => sequence));
const ascending = (chain: readonly number[]): number[] => Array.from(chain, (_, index) => (chain[0] ?? 0) + index);
const waiting = async (): Promise<number> => (await backbone.admin.query('select from outbox')).rowCount ?? 0;

beforeAll(async () => {
  backbone = await openBackbone();
  here = await backbone.open();
  there = await backbone.open();
});
afterEach(async () => {
  await Promise.all(relays.map((relay) => relay.stop()));
  relays = [];
});
afterAll(() => backbone.close());

test('facts of concurrent works of three tenants arrive each once, every tenant\'s in the order of its chain', async () => {
  const bus = new NotingBus();
  const relay = start(here, bus);
  await Promise.all(Array.from({ length: 20 }, (_, index) => record(index % 2 === 0 ? here : there, index % 3, 1 + (index % 5))));
  await relay.drain();
  expect(bus.published).toHaveLength(60);
  expect(new Set(bus.published.map(({ id }) => id)).size).toBe(60);
  expect(chains(bus.published)).toHaveLength(3);
  for (const chain of chains(bus.published)) expect(chain).toEqual(ascending(chain));
  expect(await waiting()).toBe(0);
});

test('many facts go in batches of at most a thousand', async () => {
  const bus = new NotingBus();
  await record(here, 0, 2_500);
  await start(here, bus).drain();
  expect(bus.batches).toEqual([1_000, 1_000, 500]);
});

test('a fact whose transaction commits late is not passed over', async () => {
  const bus = new NotingBus();
  const relay = start(here, bus);
  await backbone.admin.query('begin');
  await backbone.admin.query(
    `insert into outbox (tenant_id, event) select $1::uuid, json_build_object('tenantId', $1::text, 'kind', 'late', 'sequence', 1)`,
    [backbone.callers[1].tenantId],
  );
  await record(here, 0);
  await eventually(() => expect(bus.published.map(({ kind }) => kind)).toEqual(['thing.happened']));
  await backbone.admin.query('commit');
  await relay.drain();
  expect(bus.published.map(({ kind }) => kind)).toEqual(['thing.happened', 'late']);
});

test('of two relays one works; when its connection dies the other takes over, and nothing is lost or turned around', async () => {
  const bus = new NotingBus();
  start(here, bus);
  start(there, bus);
  await record(here, 0, 5);
  await eventually(() => expect(bus.published).toHaveLength(5));
  const { rows } = await backbone.admin.query<{ pid: number }>(
    `select pid from pg_locks join pg_stat_activity using (pid) where locktype = 'advisory' and application_name = 'context-graph relay' and datname = current_database()`,
  );
  expect(rows).toHaveLength(1);
  await backbone.admin.query('select pg_terminate_backend($1)', [rows[0]?.pid]);
  const works = Array.from({ length: 10 }, () => record(here, 0, 3));
  await Promise.all(works);
  await eventually(async () => expect(await waiting()).toBe(0));
  // What was under way when the connection died may come twice; the first arrivals are in order.
  const firsts = [...new Set(bus.published.map(({ sequence }) => sequence))];
  expect(firsts).toHaveLength(35);
  expect(firsts).toEqual(ascending(firsts));
});

test('relays of two processes never publish at once', async () => {
  const bus = new NotingBus();
  start(here, bus);
  start(there, bus);
  for (let round = 0; round < 5; round += 1) await Promise.all([record(here, 0), record(there, 1), record(here, 2)]);
  await eventually(() => expect(bus.published).toHaveLength(15));
  expect(bus.mostAtOnce).toBe(1);
});

test('when the bus refuses, the facts stay and go later, in order', async () => {
  const bus = new NotingBus();
  bus.refusals = 3;
  const relay = start(here, bus);
  await record(here, 0, 2);
  await record(here, 0, 2);
  await relay.drain();
  expect(bus.refusals).toBe(0);
  expect(here.errors).toContainEqual(new Error('the bus refuses'));
  const [chain = []] = chains(bus.published);
  expect(chain).toHaveLength(4);
  expect(chain).toEqual(ascending(chain));
});

test('a fact that the bus will never take is put aside; the others go, in order, and it can be handed over again', async () => {
  const bus = new NotingBus();
  bus.unwanted = 7;
  await record(here, 0, 20);
  const relay = start(here, bus);
  const ours = (): unknown[] => bus.published.filter(({ kind }) => kind === 'thing.happened').map(({ data }) => data['index']);
  await eventually(() => expect(ours()).toHaveLength(19));
  expect(ours()).toEqual(Array.from({ length: 20 }, (_, index) => index).filter((index) => index !== 7));
  await eventually(async () => expect(await waiting()).toBe(0));
  const letters = await here.deadLetters.list(outboxGroup);
  expect(letters).toMatchObject([{ error: { name: 'Refused', message: 'too large' }, event: { kind: 'thing.happened', data: { index: 7 } } }]);
  bus.unwanted = null;
  expect(await here.deadLetters.replay(outboxGroup)).toBe(1);
  await relay.drain();
  expect(ours().at(-1)).toBe(7);
  expect(bus.published.at(-1)).toEqual(letters[0]?.event);
});

test('draining a relay that does not run is an error', async () => {
  await expect(relayOf(here, new NotingBus()).drain()).rejects.toThrow('not running');
});
