/** A partition to fetch from, as kafkajs asks for it. */
export interface FetchPartition {
  readonly partition: number;
  readonly fetchOffset: string;
  readonly maxBytes: number;
}

/** Partitions of one topic. */
export interface FetchTopic<Partition> {
  readonly topic: string;
  readonly partitions: readonly Partition[];
}

/** The part of a fetch request that names the session and what is new in it. */
export interface SessionRequest {
  readonly sessionId: number;
  readonly sessionEpoch: number;
  readonly topics: readonly FetchTopic<FetchPartition>[];
  readonly forgottenTopics: readonly FetchTopic<number>[];
}

const noSession = 0;
const firstEpoch = 0;
const lastEpoch = 2 ** 31 - 1;

/**
 * The client's side of an incremental fetch session (KIP-227). The broker remembers the partitions and offsets of the
 * session, so a request names only those that changed since the last one, and a response only those with news. The first
 * request of a session names all.
 */
export class FetchSession {
  #id = noSession;
  #epoch = firstEpoch;
  #known = new Map<string, ReadonlyMap<number, FetchPartition>>();

  /** Returns the request for these partitions. Its response goes to `accept`; call `reset` if there is none. */
  request(topics: readonly FetchTopic<FetchPartition>[]): SessionRequest {
    const before = this.#id === noSession ? new Map<string, ReadonlyMap<number, FetchPartition>>() : this.#known;
    this.#known = new Map(topics.map(({ topic, partitions }) => [topic, new Map(partitions.map((each) => [each.partition, each]))]));
    return { sessionId: this.#id, sessionEpoch: this.#epoch, topics: changesSince(before, topics), forgottenTopics: missingIn(this.#known, before) };
  }

  /** Moves the session on after a response. A broker without room for the session returns 0 as its id: the next request names all again. */
  accept(sessionId: number): void {
    this.#id = sessionId;
    this.#epoch = sessionId === noSession ? firstEpoch : this.#epoch === lastEpoch ? 1 : this.#epoch + 1;
  }

  /** Forgets the session; the next request starts another one. */
  reset(): void {
    this.#id = noSession;
    this.#epoch = firstEpoch;
  }
}

type Known = ReadonlyMap<string, ReadonlyMap<number, FetchPartition>>;

function changesSince(before: Known, topics: readonly FetchTopic<FetchPartition>[]): FetchTopic<FetchPartition>[] {
  return topics.flatMap(({ topic, partitions }) => {
    const known = before.get(topic);
    const changed = partitions.filter(({ partition, fetchOffset, maxBytes }) => {
      const last = known?.get(partition);
      return last?.fetchOffset !== fetchOffset || last.maxBytes !== maxBytes;
    });
    return changed.length > 0 ? [{ topic, partitions: changed }] : [];
  });
}

function missingIn(now: Known, before: Known): FetchTopic<number>[] {
  return [...before].flatMap(([topic, partitions]) => {
    const present = now.get(topic);
    const missing = [...partitions.keys()].filter((partition) => !present?.has(partition));
    return missing.length > 0 ? [{ topic, partitions: missing }] : [];
  });
}
