import { connect, type Socket } from 'node:net';
import { Kafka, logLevel, Partitioners, type KafkaMessage } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Bus } from '../../../src/platform/events/bus.ts';
import type { Envelope } from '../../../src/platform/events/event.ts';
import { createKafkaBus } from '../../../src/platform/events/kafka-bus.ts';
import type { KafkaSettings } from '../../../src/platform/events/kafka-connection.ts';
import { metricsText } from '../../../src/platform/metrics.ts';
import { startKafka } from '../../services/kafka.ts';
import { eventually, fresh, makeEvent, openBackbone, relayOf, type Backbone, type Process } from './backbone.ts';
import { busContract } from './bus-contract.ts';

const metric = async (name: string, group: string): Promise<number> => Number(new RegExp(`${name}\\{group="${group}"\\} (\\d+)`).exec(await metricsText())?.[1]);
const service = await startKafka();
afterAll(() => service?.stop());

describe.skipIf(!service)('with a broker', () => {
  const settings: KafkaSettings = { brokers: service?.brokers ?? [], ssl: false, sasl: null, prefix: 'test.', partitions: 8, replication: 1 };

  busContract('the bus on Kafka', async (parts) => {
    const sockets = new Set<Socket>();
    let dead = false;
    const bus = createKafkaBus({
      ...parts,
      kinds: [],
      settings,
      onLog: (message, fields) => process.env['KAFKA_LOG'] && console.log(message, JSON.stringify(fields)),
      sockets: ({ host, port, onConnect }) => {
        const socket = connect({ host, port: dead ? 9 : port }, onConnect);
        sockets.add(socket.once('close', () => sockets.delete(socket)));
        return socket;
      },
    });
    return {
      bus,
      async crash() {
        dead = true;
        for (const socket of sockets) socket.destroy();
      },
      close: () => bus.close(),
    };
  });

  describe('on Kafka alone', () => {
    let backbone: Backbone;
    let process: Process;
    let bus: Bus;

    beforeAll(async () => {
      backbone = await openBackbone();
      process = await backbone.open();
      const { deadLetters, errors } = process;
      bus = createKafkaBus({ deadLetters, settings, kinds: ['made.at_start'], pauses: { first: 5, most: 20 }, mostWaiting: 10, onError: (error) => errors.push(error), onLog: () => undefined });
    });
    afterAll(async () => {
      await bus.close();
      await backbone.close();
    });

    const asked = async <Answer>(question: (kafka: Kafka) => Promise<Answer>): Promise<Answer> =>
      question(new Kafka({ brokers: [...settings.brokers], logLevel: logLevel.NOTHING }));
    const event = (kind: string, fields: Partial<Envelope> = {}): Envelope => makeEvent(process.newId, { kind, tenantId: backbone.callers[0].tenantId, ...fields });

    test('topics of all kinds are there from the start, with the partitions asked for', async () => {
      await eventually(async () => {
        const { topics } = await asked(async (kafka) => {
          const admin = kafka.admin();
          try {
            return await admin.fetchTopicMetadata({ topics: ['test.made.at_start'] });
          } finally {
            await admin.disconnect();
          }
        });
        expect(topics.map(({ name, partitions }) => [name, partitions.length])).toEqual([['test.made.at_start', 8]]);
      });
    });

    test('a message is keyed by tenant and account, and says in its headers what it is', async () => {
      const sent = event('made.at_start');
      await bus.publish([sent]);
      const came = await asked(async (kafka) => {
        const consumer = kafka.consumer({ groupId: fresh('reader'), maxWaitTimeInMs: 100 });
        const found = Promise.withResolvers<KafkaMessage>();
        await consumer.subscribe({ topics: ['test.made.at_start'], fromBeginning: true });
        await consumer.run({ eachMessage: async ({ message }) => found.resolve(message) });
        try {
          return await found.promise;
        } finally {
          await consumer.disconnect();
        }
      });
      expect(came.key?.toString()).toBe(`${sent.tenantId}:${sent.accountId}`);
      expect(Object.fromEntries(Object.entries(came.headers ?? {}).map(([name, value]) => [name, String(value)]))).toEqual({
        'request-id': sent.requestId,
        'event-id': sent.id,
        'event-kind': sent.kind,
        'event-version': '1',
      });
      expect(JSON.parse(came.value?.toString() ?? '')).toEqual(sent);
    });

    test('a consumer that is behind holds few events in memory, and loses none', async () => {
      const kind = fresh('thing.happened');
      const gate = Promise.withResolvers<void>();
      const seen: number[] = [];
      const consumer = await bus.consume({
        group: fresh('slow'),
        topics: [kind],
        batchSize: 5,
        async handle(batch) {
          await gate.promise;
          seen.push(...batch.map(({ sequence }) => sequence));
        },
      });
      const events = Array.from({ length: 3_000 }, (_, sequence) => event(kind, { accountId: null, sequence }));
      for (let from = 0; from < events.length; from += 20) await bus.publish(events.slice(from, from + 20));
      gate.resolve();
      await eventually(() => expect(seen).toHaveLength(events.length));
      expect(seen).toEqual(events.map(({ sequence }) => sequence));
      await consumer.stop();
    });

    test('poison that is larger than it looks stops nobody', async () => {
      const kind = fresh('thing.happened');
      const group = fresh('poisoned');
      const seen: string[] = [];
      const consumer = await bus.consume({ group, topics: [kind], batchSize: 10, handle: async (batch) => void seen.push(...batch.map(({ id }) => id)) });
      const relay = relayOf(process, bus);
      relay.start();
      await asked(async (kafka) => {
        const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, idempotent: true, maxInFlightRequests: 1 });
        await producer.connect();
        // Each character is two when it is written as JSON; and an array of numbers that are longer than they were.
        await producer.send({ topic: `test.${kind}`, messages: [{ value: '"'.repeat(700_000) }, { value: `[${'1e20,'.repeat(150_000)}1]` }] });
        await producer.disconnect();
      });
      // A foreign producer that waits too long on a busy machine may send twice.
      await eventually(async () => expect(new Set((await process.deadLetters.list(group)).map(({ event: sent }) => JSON.stringify(sent).length)).size).toBe(2));
      const letters = await process.deadLetters.list(group);
      await process.database.transact(backbone.callers[0], async (work) => work.record({ kind, version: 1, accountId: null, data: {} }));
      await eventually(() => expect(seen).toHaveLength(1));
      expect(await metric('kafka_consumers_active', group)).toBe(1);
      expect(await process.deadLetters.replay(group)).toBeGreaterThanOrEqual(letters.length);
      await process.database.transact(backbone.callers[0], async (work) => work.record({ kind, version: 1, accountId: null, data: {} }));
      await eventually(() => expect(seen).toHaveLength(2));
      await relay.drain();
      await relay.stop();
      await consumer.stop();
      expect(await metric('kafka_consumers_active', group)).toBe(0);
    }, 60_000);

    test('a topic that somebody deleted is made again', async () => {
      const kind = fresh('thing.happened');
      await bus.publish([event(kind)]);
      await asked(async (kafka) => {
        const admin = kafka.admin();
        await admin.deleteTopics({ topics: [`test.${kind}`] });
        await admin.disconnect();
      });
      // As the relay does: again and again.
      await eventually(() => bus.publish([event(kind)]));
      const seen: Envelope[] = [];
      const consumer = await bus.consume({ group: fresh('again'), topics: [kind], batchSize: 10, handle: async (batch) => void seen.push(...batch) });
      await eventually(() => expect(seen.length).toBeGreaterThan(0));
      await consumer.stop();
    }, 60_000);

    test('letters of a topic that was made anew are not taken for those of the old one', async () => {
      const [group, topic] = [fresh('anew'), fresh('thing.happened')];
      const failure = (event: unknown) => ({ origin: { topic, partition: 0, offset: 3 }, event, attempts: 1, error: { name: 'RangeError', message: 'no' } });
      for (const event of ['old', 'new', 'new', { some: 'object' }]) await process.deadLetters.add(group, [failure(event)]);
      const letters = await process.deadLetters.list(group);
      expect(new Map(letters.map(({ event, attempts }) => [JSON.stringify(event), attempts]))).toEqual(new Map([['"old"', 1], ['"new"', 2], ['{"some":"object"}', 1]]));
      expect(letters).toHaveLength(3);
    });

    test.skipIf(!service?.kill)('a broker that is killed and comes back: facts wait in the outbox, then arrive in order, each once', async () => {
      const kind = fresh('thing.happened');
      const accounts = Array.from({ length: 5 }, () => process.newId<'Account'>());
      const seen: Envelope[] = [];
      const known = new Set<string>();
      const take = async (batch: readonly Envelope[]): Promise<void> => {
        for (const each of batch) if (!known.has(each.id) && known.add(each.id)) seen.push(each);
      };
      const consumer = await bus.consume({ group: fresh('outage'), topics: [kind], batchSize: 50, handle: take });
      const relay = relayOf(process, bus);
      relay.start();
      const record = (index: number): Promise<void> =>
        process.database.transact(backbone.callers[0], async (work) => {
          for (const accountId of accounts) work.record({ kind, version: 1, accountId, data: { index } });
        });
      for (let index = 0; index < 10; index += 1) await record(index);
      await eventually(() => expect(seen).toHaveLength(50));
      await service?.kill?.();
      for (let index = 10; index < 20; index += 1) await record(index);
      await expect(bus.check()).rejects.toThrow();
      await service?.restart?.();
      for (let index = 20; index < 30; index += 1) await record(index);
      await eventually(() => expect(seen).toHaveLength(150));
      for (const lane of Map.groupBy(seen, ({ accountId }) => accountId).values()) {
        expect(lane.map(({ data }) => data['index'])).toEqual(Array.from({ length: 30 }, (_, index) => index));
      }
      await bus.check();
      await relay.stop();
      await consumer.stop();
    }, 60_000);
  });
});
