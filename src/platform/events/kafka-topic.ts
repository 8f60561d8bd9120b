import { randomUUID } from 'node:crypto';
import kafkajs from 'kafkajs';
import { pause } from '../pause.ts';
import type { ReadPlaces } from './bus.ts';
import type { KafkaConnection } from './kafka-connection.ts';

/** Reading what is there already takes no longer than this, or the cluster is not well. Milliseconds. */
const longestRead = 60_000;
const mostTries = 20;

/**
 * What a topic has at this moment, partition by partition. The library reads in a group only: it is one of this reading's
 * own, commits nothing, and is deleted afterwards.
 */
export async function* readKafkaTopic(connection: KafkaConnection, topic: string, places: ReadPlaces = new Map()): AsyncGenerator {
  for (let tries = 1; ; tries += 1) {
    try {
      yield* await readOnce(connection, topic, places);
      return;
    } catch (error) {
      // A cluster that has just come up does not know its groups yet.
      if (tries === mostTries || !(error instanceof kafkajs.KafkaJSError) || !error.retriable) throw error;
      await pause(500);
    }
  }
}

async function readOnce({ kafka, named, ask }: KafkaConnection, topic: string, places: ReadPlaces): Promise<unknown[]> {
  const known = await ask((admin) => admin.listTopics());
  if (!known.includes(named(topic))) return [];
  const ends = await ask((admin) => admin.fetchTopicOffsets(named(topic)));
  // A topic that ends before what was read of it is another one, made anew.
  const begun = new Map(ends.map(({ partition, high }) => [partition, (places.get(partition) ?? 0) > Number(high) ? 0 : (places.get(partition) ?? 0)]));
  const wanted = new Map(ends.filter(({ partition, high, low }) => Number(high) > Math.max(Number(low), begun.get(partition) ?? 0)).map(({ partition, high }) => [partition, Number(high)]));
  const reached = new Map([...begun, ...wanted]);
  if (wanted.size === 0) return [];
  const groupId = named(`read.${randomUUID()}`);
  const consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false, retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 4 } });
  const found = new Map<number, unknown[]>();
  const done = Promise.withResolvers<void>();
  const late = setTimeout(() => done.reject(new Error(`The topic ${topic} could not be read to its end in ${longestRead / 1_000} s.`)), longestRead);
  try {
    await consumer.connect();
    await consumer.subscribe({ topic: named(topic), fromBeginning: true });
    consumer.on(consumer.events.CRASH, ({ payload }) => payload.restart || done.reject(payload.error));
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        const { partition, messages } = batch;
        const high = wanted.get(partition) ?? 0;
        const own = messages.filter(({ offset }) => Number(offset) < high && Number(offset) >= (begun.get(partition) ?? 0));
        found.set(partition, [...(found.get(partition) ?? []), ...own.map(({ value }) => parse(value))]);
        if (Number(batch.lastOffset()) >= high - 1) wanted.delete(partition);
        if (wanted.size === 0) done.resolve();
      },
    });
    for (const partition of wanted.keys()) if (begun.get(partition)) consumer.seek({ topic: named(topic), partition, offset: String(begun.get(partition)) });
    await done.promise;
  } finally {
    clearTimeout(late);
    await consumer.disconnect();
    // A group without members and offsets is forgotten by the cluster in any case.
    await ask((admin) => admin.deleteGroups([groupId])).catch(() => undefined);
  }
  // Only once all was read: a reading that failed is done again from where it began.
  for (const [partition, offset] of reached) places.set(partition, offset);
  return [...found].sort(([one], [other]) => one - other).flatMap(([, events]) => events);
}

function parse(value: Buffer | null): unknown {
  try {
    return JSON.parse(value?.toString('utf8') ?? '');
  } catch {
    return null;
  }
}
