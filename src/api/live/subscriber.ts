/** Something to be sent to a subscriber, with its place in the stream. */
export interface Delivery<Result> {
  readonly sequence: number;
  readonly result: Result;
}

/** What a subscriber is made of. */
export interface SubscriberOptions<Result> {
  /** How many deliveries wait at most. */
  readonly most: number;
  /** Where it goes on: what lies at or before this place is not for it. */
  readonly after: number;
  /** What it is told when it missed some. */
  lagged(missed: number, resumeAfter: number): Promise<Result>;
  onClose(): void;
}

/**
 * What waits for one subscriber: at most `most` deliveries. When a slow reader lets it fill, what waits is dropped and
 * the reader is told once how many it missed and where to go on; nobody else waits for it.
 */
export class Subscriber<Result> implements AsyncIterableIterator<Result> {
  #waiting: Delivery<Result>[] = [];
  #missed = 0;
  #resumeAfter = 0;
  #wake: ((item: IteratorResult<Result>) => void) | null = null;
  #closed = false;
  readonly #options: SubscriberOptions<Result>;

  constructor(options: SubscriberOptions<Result>) {
    this.#options = options;
  }

  /** Hands something over, or counts it as missed when too much waits already. */
  push(delivery: Delivery<Result>): void {
    if (this.#closed || delivery.sequence <= this.#options.after) return;
    if (this.#wake) {
      this.#answer({ value: delivery.result, done: false });
    } else if (this.#missed === 0 && this.#waiting.length < this.#options.most) {
      this.#waiting.push(delivery);
    } else {
      this.#missed += this.#waiting.length + 1;
      this.#waiting = [];
      this.#resumeAfter = delivery.sequence;
    }
  }

  next(): Promise<IteratorResult<Result>> {
    const first = this.#waiting.shift();
    if (first) return Promise.resolve({ value: first.result, done: false });
    if (this.#missed > 0) {
      const [missed, resumeAfter] = [this.#missed, this.#resumeAfter];
      this.#missed = 0;
      return this.#options.lagged(missed, resumeAfter).then((value) => ({ value, done: false }));
    }
    if (this.#closed) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Ends the stream; what waits is dropped. */
  return(): Promise<IteratorResult<Result>> {
    if (!this.#closed) {
      this.#closed = true;
      this.#waiting = [];
      this.#missed = 0;
      this.#options.onClose();
      if (this.#wake) this.#answer({ value: undefined, done: true });
    }
    return Promise.resolve({ value: undefined, done: true });
  }

  #answer(item: IteratorResult<Result>): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.(item);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
