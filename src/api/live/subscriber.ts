/** Something to be sent to a subscriber, with its place in the stream. */
export interface Delivery<Result> {
  readonly sequence: number;
  readonly result: Result;
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
  readonly #most: number;
  readonly #lagged: (missed: number, resumeAfter: number) => Promise<Result>;
  readonly #onClose: () => void;

  constructor(options: { most: number; lagged(missed: number, resumeAfter: number): Promise<Result>; onClose(): void }) {
    this.#most = options.most;
    this.#lagged = (missed, resumeAfter) => options.lagged(missed, resumeAfter);
    this.#onClose = () => options.onClose();
  }

  /** Hands something over, or counts it as missed when too much waits already. */
  push(delivery: Delivery<Result>): void {
    if (this.#closed) return;
    if (this.#wake) {
      const wake = this.#wake;
      this.#wake = null;
      wake({ value: delivery.result, done: false });
      return;
    }
    if (this.#missed === 0 && this.#waiting.length < this.#most) {
      this.#waiting.push(delivery);
      return;
    }
    this.#missed += this.#waiting.length + 1;
    this.#waiting = [];
    this.#resumeAfter = delivery.sequence;
  }

  next(): Promise<IteratorResult<Result>> {
    const first = this.#waiting.shift();
    if (first) return Promise.resolve({ value: first.result, done: false });
    if (this.#missed > 0) {
      const [missed, resumeAfter] = [this.#missed, this.#resumeAfter];
      this.#missed = 0;
      return this.#lagged(missed, resumeAfter).then((value) => ({ value, done: false }));
    }
    if (this.#closed) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Ends the stream after what waits was sent. */
  end(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose();
    this.#wake?.({ value: undefined, done: true });
    this.#wake = null;
  }

  return(): Promise<IteratorResult<Result>> {
    this.#waiting = [];
    this.#missed = 0;
    this.end();
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
