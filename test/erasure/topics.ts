import { Kafka, logLevel } from 'kafkajs';

/** Everything that the topics of a prefix hold, keys and headers included, as text. */
export async function inTopics(brokers: readonly string[], prefix: string): Promise<string[]> {
  const kafka = new Kafka({ clientId: 'sweep', brokers: [...brokers], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(prefix));
  const ends = new Map<string, number>();
  for (const topic of topics) for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) if (Number(high) > Number(low)) ends.set(`${topic} ${partition}`, Number(high) - 1);
  await admin.disconnect();
  if (ends.size === 0) return [];
  const texts: string[] = [];
  const consumer = kafka.consumer({ groupId: `sweep-${process.hrtime.bigint()}` });
  await consumer.connect();
  await consumer.subscribe({ topics, fromBeginning: true });
  await new Promise<void>((done, fail) => {
    consumer.run({
      eachMessage: async ({ topic, partition, message }) => {
        texts.push([topic, message.key?.toString(), message.value?.toString(), JSON.stringify(message.headers)].join(' '));
        if (Number(message.offset) >= (ends.get(`${topic} ${partition}`) ?? Infinity)) ends.delete(`${topic} ${partition}`);
        if (ends.size === 0) done();
      },
    }).catch(fail);
  });
  await consumer.disconnect();
  return texts;
}
