/** Something to be sent to a subscriber, with its place in the stream. */
export interface Delivery<Result> {
  readonly sequence: number;
  readonly result: Result;
}

/** What became of a result that was to be sent past the iterator. SENDING: the client has not taken all of it yet. */
export type Passed = 'SENT' | 'SENDING' | 'REFUSED';

/** Sends a result past the iterator. After SENDING, `sent` is called once the client has taken it. */
export type Pass<Result> = (result: Result, subscriber: { sent(): void }) => Passed;

/** What a subscriber is made of. */
export interface SubscriberOptions<Result> {
  /** How many deliveries wait at most. */
  readonly most: number;
  /** Where it goes on: what lies at or before this place is not for it. */
  readonly after: number;
  /** The short way to a client that has read everything so far; absent where there is none. */
  readonly pass?: Pass<Result> | undefined;
  /** What it is told when it missed some. */
  lagged(missed: number, resumeAfter: number): Promise<Result>;
  onClose(): void;
}

/**
 * What waits for one subscriber: at most `most` deliveries. When a slow reader lets it fill, what waits is dropped and
 * the reader is told once how many it missed and where to go on; nobody else waits for it.
 *
 * The consumer asks for the next result when the client has taken the last one. While it waits, nothing lies before a new
 * result, so that it may go to the client by `pass`, without the turns of the event loop that an iterator takes; until the
 * client has taken it, later ones wait here as ever.
 */
export class Subscriber<Result> implements AsyncIterableIterator<Result> {
  #waiting: Delivery<Result>[] = [];
  #missed = 0;
  #resumeAfter = 0;
  #wake: ((item: IteratorResult<Result> | Promise<IteratorResult<Result>>) => void) | null = null;
  #sending = false;
  #closed = false;
  readonly #options: SubscriberOptions<Result>;

  constructor(options: SubscriberOptions<Result>) {
    this.#options = options;
  }

  /** Hands something over, or counts it as missed when too much waits already. Returns whether it went past the iterator. */
  push(delivery: Delivery<Result>): boolean {
    if (this.#closed || delivery.sequence <= this.#options.after) return false;
    if (this.#wake && !this.#sending) {
      const passed = this.#options.pass?.(delivery.result, this) ?? 'REFUSED';
      this.#sending = passed === 'SENDING';
      if (passed !== 'REFUSED') return true;
      this.#answer({ value: delivery.result, done: false });
    } else if (this.#missed === 0 && this.#waiting.length < this.#options.most) {
      this.#waiting.push(delivery);
    } else {
      this.#missed += this.#waiting.length + 1;
      this.#waiting = [];
      this.#resumeAfter = delivery.sequence;
    }
    return false;
  }

  /** The client took what was passed: what came meanwhile goes by the iterator. */
  sent(): void {
    this.#sending = false;
    if (this.#wake && (this.#waiting.length > 0 || this.#missed > 0)) this.#answer(this.next());
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

  #answer(item: IteratorResult<Result> | Promise<IteratorResult<Result>>): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.(item);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
