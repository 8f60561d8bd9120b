import { connectKafka, type KafkaSettings } from './kafka-connection.ts';

/** Committed places of consumer groups: group, topic, partition, next offset. */
export type ConsumerPlaces = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>;

/** Reads how far the groups have come. */
export async function readConsumerPlaces(settings: KafkaSettings, groups: readonly string[]): Promise<ConsumerPlaces> {
  const connection = connectKafka({ settings, onLog: () => undefined });
  try {
    const places: Record<string, Record<string, Record<string, string>>> = {};
    for (const group of groups) {
      const topics = await connection.ask((admin) => admin.fetchOffsets({ groupId: connection.named(group) }));
      places[group] = Object.fromEntries(
        topics.map(({ topic, partitions }) => [connection.plain(topic), Object.fromEntries(partitions.filter(({ offset }) => Number(offset) >= 0).map(({ partition, offset }) => [String(partition), offset]))]),
      );
    }
    return places;
  } finally {
    await connection.close();
  }
}

/**
 * Moves groups back to places that were read before. Topics that are gone are left out; offsets that a topic no longer
 * has begin at its oldest event. The groups must have no members.
 */
export async function moveConsumers(settings: KafkaSettings, places: ConsumerPlaces): Promise<void> {
  const connection = connectKafka({ settings, onLog: () => undefined });
  try {
    const there = new Set(await connection.ask((admin) => admin.listTopics()));
    for (const [group, topics] of Object.entries(places)) {
      for (const [topic, offsets] of Object.entries(topics)) {
        if (!there.has(connection.named(topic))) continue;
        const ends = await connection.ask((admin) => admin.fetchTopicOffsets(connection.named(topic)));
        const partitions = ends.flatMap(({ partition, low, high }) => {
          const offset = offsets[String(partition)];
          if (offset === undefined) return [];
          // A topic that ends before the place is another one, made anew.
          const next = Number(offset) > Number(high) ? Number(low) : Math.max(Number(offset), Number(low));
          return [{ partition, offset: String(next) }];
        });
        if (partitions.length > 0) await connection.ask((admin) => admin.setOffsets({ groupId: connection.named(group), topic: connection.named(topic), partitions }));
      }
    }
  } finally {
    await connection.close();
  }
}
