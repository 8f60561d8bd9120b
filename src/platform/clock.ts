/** The one source of time. Everything that needs the present instant is handed a clock. */
export interface Clock {
  /** The present instant, UTC. */
  now(): Date;
}

/** The machine's clock. Only `app` composes it in; nothing else reads the wall clock. */
export const systemClock: Clock = { now: () => new Date() };

/** A clock that stands still until it is told to move; for tests and replays. */
export class FrozenClock implements Clock {
  #instant: number;

  constructor(start: string) {
    this.#instant = Date.parse(start);
  }

  now(): Date {
    return new Date(this.#instant);
  }

  /** Moves the clock forward by `milliseconds`. */
  advance(milliseconds: number): void {
    this.#instant += milliseconds;
  }
}
