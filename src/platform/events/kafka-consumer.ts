import type { Consumer as KafkaClient, EachBatchPayload } from 'kafkajs';
import { growingPause, pause } from '../pause.ts';
import type { Consumer, RunningConsumer } from './bus.ts';
import type { Delivery, Intake } from './consume.ts';
import { consumersActive } from './event-metrics.ts';
import type { KafkaConnection } from './kafka-connection.ts';
import { KafkaLanes, type Place } from './kafka-lanes.ts';

/** What a consumer of the bus on Kafka is made of. */
export interface KafkaConsumerOptions {
  readonly connection: KafkaConnection;
  readonly consumer: Consumer;
  readonly intake: Intake;
  readonly mostWaiting: number;
  readonly onError: (error: unknown) => void;
}

/** A dead process's partitions are another's after this. Kafka's own lower bound is six seconds. Milliseconds. */
const sessionTimeout = 6_000;
const betweenFailures = { first: 100, most: 5_000 };
/** How long letting go of a broken connection may take. Milliseconds. */
const longestGoodbye = 3_000;

/**
 * Joins the group, and reads until it is stopped. Resolves when it has joined for the first time, or could not: then it
 * goes on trying, and so it does whenever the connection or the group is lost.
 *
 * The library hands batches over and goes on at once, so heart beats and fetches never wait for our work. What is handed
 * over waits in a lane per partition; a lane that is full pauses its partition. Offsets are committed behind the effect.
 */
export async function startKafkaConsumer(options: KafkaConsumerOptions): Promise<RunningConsumer> {
  const { connection, consumer, intake, mostWaiting, onError } = options;
  const { group, batchSize, gather = 0 } = consumer;
  const topics = intake.topics.map(connection.named);
  const stopping = new AbortController();
  const stopAsked = new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve()));
  const settled = Promise.withResolvers<void>();
  let client: KafkaClient | null = null;
  let crash: (error: unknown) => void = onError;

  const lanes = new KafkaLanes({
    batchSize,
    mostWaiting,
    onError,
    take: (deliveries) => intake.take(deliveries),
    commit: async (places) => {
      await client?.commitOffsets(places.map(({ topic, partition, offset }) => ({ topic: connection.named(topic), partition, offset: String(offset) })));
    },
    pause: (place) => client?.pause([partitionOf(place)]),
    resume: (place) => client?.resume([partitionOf(place)]),
    broken: (error) => crash(error),
  });
  const partitionOf = ({ topic, partition }: Place) => ({ topic: connection.named(topic), partitions: [partition] });

  let member = false;
  const setMember = (is: boolean): void => {
    if (is !== member) consumersActive.inc({ group }, is ? 1 : -1);
    member = is;
  };

  /** Reads until the group is lost, with an error, or until told to stop. */
  const read = async (present: KafkaClient): Promise<void> => {
    const crashed = Promise.withResolvers<never>();
    crashed.promise.catch(() => undefined);
    crash = crashed.reject;
    present.on(present.events.CRASH, ({ payload }) => crash(payload.error));
    present.on(present.events.GROUP_JOIN, ({ payload }) => {
      lanes.begin();
      const assigned = Object.entries(payload.memberAssignment).map(([topic, partitions]) => ({ topic, partitions }));
      if (assigned.length > 0) present.resume(assigned);
      settled.resolve();
      setMember(true);
    });
    await connection.ensure(intake.topics);
    const { topics: known } = await connection.ask((admin) => admin.fetchTopicMetadata({ topics }));
    await present.connect();
    await present.subscribe({ topics, fromBeginning: true });
    await present.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      // As many as a fetch may have: each batch is handed on at once, and none is still queued when the group changes.
      partitionsConsumedConcurrently: known.reduce((sum, { partitions }) => sum + partitions.length, 0),
      eachBatch: async (payload) => {
        lanes.add(deliveriesOf(payload, connection));
        // The library fetches again once all batches of this fetch have returned.
        if (gather > 0) await pause(gather, stopping.signal);
      },
    });
    await Promise.race([crashed.promise, stopAsked]);
  };

  const run = async (): Promise<void> => {
    for (let failures = 0; !stopping.signal.aborted; ) {
      const present = connection.kafka.consumer({
        groupId: connection.named(group),
        sessionTimeout,
        heartbeatInterval: 1_500,
        rebalanceTimeout: 10_000,
        // A partition that is resumed while a fetch waits for others is asked for with the next one.
        maxWaitTimeInMs: 1_000,
        // Partitions that a topic has been given are read soon.
        metadataMaxAge: 30_000,
        maxBytesPerPartition: 512 * 1_024,
        allowAutoTopicCreation: false,
        retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 4, restartOnFailure: async () => false },
      });
      client = present;
      const began = performance.now();
      try {
        await read(present);
      } catch (error) {
        if (stopping.signal.aborted) break;
        onError(error);
        setMember(false);
        connection.doubt();
        settled.resolve();
        failures = performance.now() - began > 10_000 ? 1 : failures + 1;
        lanes.begin();
        await leave(present);
        await pause(growingPause(failures, betweenFailures), stopping.signal);
      }
    }
  };

  const leave = (present: KafkaClient): Promise<unknown> => Promise.race([present.disconnect().catch(onError), pause(longestGoodbye)]);

  const running = run();
  await settled.promise;
  let stopped: Promise<void> | null = null;
  const stop = async (): Promise<void> => {
    intake.stop();
    stopping.abort();
    await lanes.stop();
    if (client) await leave(client);
    await running;
    setMember(false);
  };
  return { stop: () => (stopped ??= stop()) };
}

function deliveriesOf({ batch, resolveOffset }: EachBatchPayload, { plain }: KafkaConnection): Delivery[] {
  const topic = plain(batch.topic);
  // For the library the batch is done: the next fetch goes on behind it.
  resolveOffset(batch.lastOffset());
  return batch.messages.map(({ offset, value }) => ({ topic, partition: batch.partition, offset: Number(offset), value: parsed(value) }));
}

/** What is not JSON stays text: no envelope, and told as such. */
function parsed(value: Buffer | null): unknown {
  const text = value?.toString() ?? null;
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return text;
  }
}
