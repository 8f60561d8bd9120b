import { partitionKey } from './bus.ts';
import type { Delivery, Intake } from './consume.ts';
import { envelopeOf, type LogFact } from './log-fact.ts';
import type { LogPosition } from './log-position.ts';
import { partitionOf } from './partition.ts';

/** Lanes of a tenant: facts of one account are in one lane and stay in order; an account that is stuck holds up its lane alone. */
const laneCount = 8;
/** A tail reads no further ahead of what is done than this. Facts. */
const furthestAhead = 10_000;

/** What a tail works with. */
export interface LogTailOptions {
  readonly position: LogPosition;
  readonly batchSize: number;
  readonly kinds: ReadonlySet<string>;
  readonly intake: Pick<Intake, 'take'>;
  /** Called when a batch has ended. */
  readonly onProgress: () => void;
  readonly onError: (error: unknown) => void;
}

interface Lane {
  readonly waiting: Delivery[];
  inHand: readonly Delivery[];
}

/** How a group reads the facts of one tenant. */
export class LogTail {
  readonly tenantId: string;
  /** The end of the tenant's chain, as last seen. */
  head = 0;
  headAt: string;
  /** What the database knows as the position. */
  stored: number;
  /** Whether facts were handed over since the position was stored. */
  touched = false;
  readonly #options: LogTailOptions;
  readonly #lanes = new Map<number, Lane>();
  #read: number;
  #notBefore: string;
  #dropped = false;

  constructor(options: LogTailOptions) {
    const { tenantId, next, notBefore } = options.position;
    this.#options = options;
    this.tenantId = tenantId;
    this.#read = next;
    this.#notBefore = notBefore;
    this.headAt = notBefore;
    this.stored = next;
  }

  /** The next fact to be read. */
  get read(): LogPosition {
    return { tenantId: this.tenantId, next: this.#read, notBefore: this.#notBefore };
  }

  /** Everything before is done. */
  get position(): LogPosition {
    let first: Delivery | null = null;
    for (const { inHand, waiting } of this.#lanes.values()) {
      const undone = inHand[0] ?? waiting[0];
      if (undone && (!first || undone.offset < first.offset)) first = undone;
    }
    return first ? { tenantId: this.tenantId, next: first.offset, notBefore: recordedAtOf(first) } : this.read;
  }

  /** Whether a batch is in hand. */
  get busy(): boolean {
    return [...this.#lanes.values()].some(({ inHand }) => inHand.length > 0);
  }

  /** Whether facts should be read for it now. */
  get hungry(): boolean {
    if (this.#dropped || this.#read > this.head) return false;
    let waiting = 0;
    for (const lane of this.#lanes.values()) waiting += lane.waiting.length;
    return waiting < this.#options.batchSize && this.#read - this.position.next < furthestAhead;
  }

  /** Whether it was dropped and its last batch has ended. */
  get ended(): boolean {
    return this.#dropped && !this.busy;
  }

  /** Whether nothing is left to do and the position is stored: the tail may be forgotten. */
  get settled(): boolean {
    return this.position.next === this.stored && (this.ended || (this.#read > this.head && this.#lanes.size === 0));
  }

  /** Facts that were read, those of other groups among them, up to a place. */
  add(facts: readonly LogFact[], upTo: number): void {
    this.#read = upTo + 1;
    this.#notBefore = upTo >= this.head ? this.headAt : (facts.at(-1)?.recordedAt ?? this.#notBefore);
    for (const fact of facts) {
      if (!this.#options.kinds.has(fact.kind)) continue;
      this.touched = true;
      const event = envelopeOf(fact);
      const partition = partitionOf(partitionKey(event), laneCount);
      const lane = this.#lanes.get(partition) ?? { waiting: [], inHand: [] };
      this.#lanes.set(partition, lane);
      lane.waiting.push({ topic: fact.kind, partition, offset: fact.sequence, value: event, event });
    }
    for (const [number, lane] of this.#lanes) if (lane.inHand.length === 0) void this.#work(number, lane);
  }

  /** Begins no further batch. */
  drop(): void {
    this.#dropped = true;
  }

  async #work(number: number, lane: Lane): Promise<void> {
    const { intake, batchSize, onProgress, onError } = this.#options;
    while (lane.waiting.length > 0 && !this.#dropped) {
      lane.inHand = lane.waiting.splice(0, batchSize);
      const done = await intake.take(lane.inHand).catch((error: unknown) => {
        onError(error);
        return 0;
      });
      if (done < lane.inHand.length) {
        // The next holder of the tenant begins with what is not done.
        this.#dropped = true;
        lane.waiting.unshift(...lane.inHand.slice(done));
      }
      lane.inHand = [];
      if (lane.waiting.length === 0) this.#lanes.delete(number);
      onProgress();
    }
  }
}

function recordedAtOf({ value }: Delivery): string {
  return (value as { readonly recordedAt: string }).recordedAt;
}
