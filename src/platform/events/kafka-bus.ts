import kafkajs, { Partitioners, type Producer, type TopicMessages } from 'kafkajs';
import { partitionKey, Refused, type Bus } from './bus.ts';
import { createIntake, type IntakeOptions } from './consume.ts';
import { replayTopic } from './dead-letters.ts';
import type { Envelope } from './event.ts';
import { connectKafka, type KafkaConnectionOptions } from './kafka-connection.ts';
import { startKafkaConsumer } from './kafka-consumer.ts';
import { readKafkaTopic } from './kafka-topic.ts';

/** What the bus on Kafka is made of. */
export interface KafkaBusOptions extends IntakeOptions, KafkaConnectionOptions {
  /** The kinds of event there are; their topics are made at the start. */
  readonly kinds: readonly string[];
  /** Events of a partition that may wait in memory while earlier ones are worked on; 2,000 when absent. */
  readonly mostWaiting?: number;
}

/** A broker takes a megabyte of one partition at once; what is sent together stays well below. Characters. */
const mostTogether = 700_000;

/** What a broker says of messages that it will not take, however often they come. */
const refusals = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD', 'INVALID_MESSAGE_SIZE']);

/** A bus on Kafka: a topic per kind of event, keyed by tenant and account. */
export function createKafkaBus(options: KafkaBusOptions): Bus {
  const { kinds, onError, mostWaiting = 2_000 } = options;
  const connection = connectKafka(options);
  const { kafka, named, plain } = connection;
  const topicsOfGroups = new Map<string, Set<string>>();
  let producing: Promise<Producer> | null = null;
  connection.ensure(kinds).catch(onError);

  /** One request in flight: with the broker's own check of sequence numbers, nothing is written twice or out of order by a repeat. */
  const openProducer = async (): Promise<Producer> => {
    const producer = kafka.producer({
      idempotent: true,
      metadataMaxAge: 30_000,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 4 },
    });
    await producer.connect();
    return producer;
  };

  const send = async (producer: Producer, events: readonly Envelope[], texts: readonly string[]): Promise<void> => {
    const messages = events.map((event, index) => ({ topic: named(event.kind), message: messageOf(event, texts[index] ?? '') }));
    const topicMessages: TopicMessages[] = [...Map.groupBy(messages, ({ topic }) => topic)].map(([topic, own]) => ({
      topic,
      messages: own.map(({ message }) => message),
    }));
    await producer.sendBatch({ acks: -1, topicMessages });
  };

  return {
    async publish(events) {
      if (events.length === 0) return;
      await connection.ensure([...new Set(events.map(({ kind }) => kind))]);
      const opened = (producing ??= openProducer());
      try {
        const producer = await opened;
        const texts = events.map((event) => JSON.stringify(event));
        for (const [from, to] of pieces(texts)) await send(producer, events.slice(from, to), texts.slice(from, to));
      } catch (error) {
        // Its sequence numbers may have run ahead of the broker's: the next attempt begins with a producer of its own.
        if (producing === opened) producing = null;
        connection.doubt();
        void opened.then((producer) => producer.disconnect()).catch(() => undefined);
        if (error instanceof kafkajs.KafkaJSProtocolError && refusals.has(error.type)) throw new Refused(error.message, { cause: error });
        throw error;
      }
    },

    async consume(consumer) {
      const intake = createIntake(consumer, options);
      const topics = topicsOfGroups.get(consumer.group) ?? new Set();
      topicsOfGroups.set(consumer.group, topics);
      for (const topic of intake.topics) topics.add(topic);
      return startKafkaConsumer({ connection, consumer, intake, mostWaiting, onError });
    },

    read: (topic, places) => readKafkaTopic(connection, topic, places),

    async lag(group) {
      return connection.ask(async (admin) => {
        const committed = new Map((await admin.fetchOffsets({ groupId: named(group) })).map(({ topic, partitions }) => [topic, partitions]));
        const own = [...(topicsOfGroups.get(group) ?? [])].map(named);
        const topics = [...new Set([...committed.keys(), ...own])].filter((topic) => topic !== named(replayTopic(group)) || committed.has(topic));
        const lags = await Promise.all(
          topics.map(async (topic): Promise<[string, number]> => {
            const done = new Map(committed.get(topic)?.map(({ partition, offset }) => [partition, Number(offset)]));
            const ends = await admin.fetchTopicOffsets(topic);
            return [plain(topic), ends.reduce((sum, { partition, high, low }) => sum + Number(high) - Math.max(done.get(partition) ?? 0, Number(low)), 0)];
          }),
        );
        return new Map(lags);
      });
    },

    /** Kafka drops old events by itself. */
    prune: async () => 0,

    check: () => connection.ask(async (admin) => void (await admin.describeCluster())),

    async close() {
      await producing?.then((producer) => producer.disconnect()).catch(onError);
      producing = null;
      await connection.close();
    },
  };
}

function messageOf(event: Envelope, value: string) {
  return {
    key: partitionKey(event),
    value,
    headers: { 'request-id': event.requestId, 'event-id': event.id, 'event-kind': event.kind, 'event-version': String(event.version) },
  };
}

/** Neighbours that are small enough to be sent together, as ranges. */
function* pieces(texts: readonly string[]): Generator<[number, number]> {
  let from = 0;
  let size = 0;
  for (const [index, { length }] of texts.entries()) {
    if (size + length > mostTogether && index > from) {
      yield [from, index];
      from = index;
      size = 0;
    }
    size += length;
  }
  yield [from, texts.length];
}
