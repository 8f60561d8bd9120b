import type { Envelope } from './event.ts';

/**
 * The event backbone. Every event kind is a topic; the key is tenant and account, so that one account's events of one
 * kind stay in order. Delivery is at least once: a consumer makes its effect idempotent by the inbox.
 */
export interface Bus {
  /** Appends the events, in order; when it resolves they are durable. Throws `Refused` for what it will never take. Only the outbox relay calls it. */
  publish(events: readonly Envelope[]): Promise<void>;
  /** The kinds of facts that are published although consumers read facts from the log; absent: every fact is published, and consumers read what was published. */
  readonly copies?: readonly string[];
  /** Runs a consumer until it is stopped. Several with one group share the work. */
  consume(consumer: Consumer): Promise<RunningConsumer>;
  /** Events not yet taken in by a group, per topic. */
  lag(group: string): Promise<ReadonlyMap<string, number>>;
  /**
   * The events of a topic that the bus has at this moment, of each partition in order, as they were published; takes
   * nothing away from any group. With `places` it begins where those say and moves them along: so the next reading with
   * the same ones goes on behind this one.
   */
  read(topic: string, places?: ReadPlaces): AsyncGenerator;
  /** Deletes events appended before an instant that every group has taken in, but of topics that are kept. Answers how many; 0 where the bus does it by itself. */
  prune(before: Date): Promise<number>;
  /** Resolves when the bus answers. */
  check(): Promise<void>;
  /** Lets connections go; consumers are stopped before. */
  close(): Promise<void>;
}

/** How far a reader has read a topic: the next offset, by partition. */
export type ReadPlaces = Map<number, number>;

/** The bus will never take these events as they are; trying again is of no use. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/** A reader of topics. */
export interface Consumer {
  /** The consumer group; one name per arrow of the diagram, e.g. `context-engine`. */
  readonly group: string;
  readonly topics: readonly string[];
  /** At most so many events are handed over at once. */
  readonly batchSize: number;
  /** Calls of `handle` under way at once, over all partitions; 4 when absent. */
  readonly atOnce?: number;
  /**
   * On Kafka: how long to let events gather after a fetch, so that the next one brings more of them. An event that comes
   * later than that after the one before waits for nothing. 0 when absent. Milliseconds.
   */
  readonly gather?: number;
  /**
   * Takes in events of one partition, in order; when it resolves the offset moves. When it throws `Unavailable`, the same
   * events come again until it does not. When it throws anything else, the runtime narrows the batch down by halves to
   * the events that fail alone; one that keeps failing goes to the group's dead letters, and the others go on.
   */
  handle(events: readonly Envelope[]): Promise<void>;
}

/** A consumer at work. */
export interface RunningConsumer {
  /** Finishes the batch in hand, moves its offset, and stops. */
  stop(): Promise<void>;
}

/** What keeps one account's events in order: the partition key. */
export function partitionKey(event: Pick<Envelope, 'tenantId' | 'accountId'>): string {
  return `${event.tenantId}:${event.accountId ?? ''}`;
}
