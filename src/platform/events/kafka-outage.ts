import { causesOf } from '../outages.ts';

/** Errors of the client that say that no broker was reached, or that one had nothing to tell yet. */
const away = new Set(['KafkaJSConnectionError', 'KafkaJSConnectionClosedError', 'KafkaJSRequestTimeoutError', 'KafkaJSBrokerNotFound', 'KafkaJSNoBrokerAvailableError', 'KafkaJSGroupCoordinatorNotFound', 'KafkaJSMetadataNotLoaded', 'KafkaJSTopicMetadataNotLoaded', 'KafkaJSTimeout', 'KafkaJSLockTimeout']);

/**
 * Whether an error is one of a Kafka that is away or still coming up: no connection, or an answer that Kafka itself calls
 * retriable, such as a coordinator that loads its groups or a partition that has no leader yet.
 */
export function isKafkaOutage(error: unknown): boolean {
  for (const cause of causesOf(error)) {
    // The client's listTopics reads metadata that a starting broker has not sent yet.
    if (away.has(cause.name) || (cause.name === 'TypeError' && cause.message.includes("'topicMetadata'"))) return true;
    if (cause.name === 'KafkaJSProtocolError' && 'retriable' in cause) return cause.retriable === true;
  }
  return false;
}

/** What an error says of Kafka: any other error of the client may be part of an outage, such as a producer that was disconnected. */
export function judgeKafkaError(error: unknown): 'ended' | 'suspect' | null {
  if (isKafkaOutage(error)) return 'ended';
  return [...causesOf(error)].some(({ name }) => name.startsWith('KafkaJS')) ? 'suspect' : null;
}
