import { pause } from '../pause.ts';
import type { Delivery } from './consume.ts';

/** A partition of one of our topics. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** What lanes work with. */
export interface KafkaLaneOptions {
  readonly batchSize: number;
  /** Deliveries that may wait in one lane; at more its partition is paused. */
  readonly mostWaiting: number;
  /** Takes in deliveries of one partition; answers how many are done with. */
  take(deliveries: readonly Delivery[]): Promise<number>;
  /** Moves offsets of the group: each is the place of the next delivery to read. */
  commit(offsets: readonly (Place & { readonly offset: number })[]): Promise<void>;
  pause(place: Place): void;
  resume(place: Place): void;
  /** A batch was given up half-way: the partitions have to be read again from their offsets. */
  broken(error: unknown): void;
  onError(error: unknown): void;
}

/** One partition's deliveries, taken in one batch after the other. */
interface Lane extends Place {
  readonly name: string;
  waiting: Delivery[];
  paused: boolean;
  working: boolean;
}

/**
 * Offsets are committed this often, however many batches end meanwhile: each commit is a write in the broker's log. After a
 * crash, events behind the last commit come again and are known by their marks in the inbox. Milliseconds.
 */
const commitEvery = 200;
/** How long a stop waits for Kafka to note what is done; it may be away. Milliseconds. */
const longestLastCommit = 3_000;

/** What a group has given to this process: a lane per partition, and the offsets behind what is done. */
export class KafkaLanes {
  readonly #options: KafkaLaneOptions;
  #lanes = new Map<string, Lane>();
  /** Batches in hand by partition, also those from before the group changed: no partition is worked on twice here. */
  readonly #inHand = new Map<string, Promise<void>>();
  #done = new Map<string, Place & { readonly offset: number }>();
  #committing: Promise<void> | null = null;
  #stopped = false;
  readonly #stopping = new AbortController();

  constructor(options: KafkaLaneOptions) {
    this.#options = options;
  }

  /** The group has changed, or was lost: what waits will be read again by whoever has its partition now. */
  begin(): void {
    for (const lane of this.#lanes.values()) lane.waiting = [];
    this.#lanes = new Map();
    this.#done = new Map();
  }

  /** Deliveries of one partition, behind those that were added before. */
  add(deliveries: readonly Delivery[]): void {
    const [first] = deliveries;
    if (!first || this.#stopped) return;
    const { topic, partition } = first;
    const name = `${topic}/${partition}`;
    const lane = this.#lanes.get(name) ?? { name, topic, partition, waiting: [], paused: false, working: false };
    this.#lanes.set(name, lane);
    lane.waiting.push(...deliveries);
    if (!lane.paused && lane.waiting.length > this.#options.mostWaiting) {
      lane.paused = true;
      this.#options.pause(lane);
    }
    if (!lane.working) void this.#work(lane);
  }

  /** Finishes the batches in hand, and commits behind them. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#stopping.abort();
    for (const lane of this.#lanes.values()) lane.waiting = [];
    await Promise.all(this.#inHand.values());
    await Promise.race([this.#committing, pause(longestLastCommit)]);
  }

  async #work(lane: Lane): Promise<void> {
    lane.working = true;
    await this.#inHand.get(lane.name);
    while (lane.waiting.length > 0) {
      const batch = lane.waiting.splice(0, this.#options.batchSize);
      const taken = this.#takeIn(lane, batch);
      this.#inHand.set(lane.name, taken);
      await taken;
      if (this.#inHand.get(lane.name) === taken) this.#inHand.delete(lane.name);
      if (lane.paused && lane.waiting.length <= this.#options.mostWaiting / 2 && this.#present(lane)) {
        lane.paused = false;
        this.#options.resume(lane);
      }
    }
    lane.working = false;
  }

  async #takeIn(lane: Lane, batch: readonly Delivery[]): Promise<void> {
    try {
      const done = await this.#options.take(batch);
      if (done < batch.length) lane.waiting = [];
      const last = batch[done - 1];
      if (last && this.#present(lane)) this.#mark({ topic: lane.topic, partition: lane.partition, offset: last.offset + 1 });
    } catch (error) {
      lane.waiting = [];
      if (this.#present(lane)) this.#options.broken(error);
    }
  }

  #present(lane: Lane): boolean {
    return this.#lanes.get(lane.name) === lane;
  }

  #mark(place: Place & { readonly offset: number }): void {
    this.#done.set(`${place.topic}/${place.partition}`, place);
    this.#committing ??= this.#commit().finally(() => (this.#committing = null));
  }

  /** One commit at a time; what is done until then goes together. */
  async #commit(): Promise<void> {
    while (this.#done.size > 0) {
      // A stop commits once the batches in hand have ended; it aborts this pause before.
      if (!this.#stopped) await pause(commitEvery, this.#stopping.signal);
      const offsets = this.#done;
      const present = this.#lanes;
      // The group changed meanwhile.
      if (offsets.size === 0) return;
      this.#done = new Map();
      try {
        await this.#options.commit([...offsets.values()]);
      } catch (error) {
        this.#options.onError(error);
        // At the worst these events come again, and are known by their marks in the inbox.
        if (this.#stopped) return;
        await pause(100);
        if (present === this.#lanes) this.#done = new Map([...offsets, ...this.#done]);
      }
    }
  }
}
