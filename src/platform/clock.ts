/** The one source of time. Everything that needs the present instant is handed a clock. */
export interface Clock {
  /** The present instant, UTC. */
  now(): Date;
}

/** The machine's clock. Only `app` composes it in; nothing else reads the wall clock. */
export const systemClock: Clock = { now: () => new Date() };

/**
 * A clock whose instants never run backwards. While the clock below it, set back, lies behind what was told already, time
 * goes on at half its pace; so what is recorded meanwhile keeps its order, and the two meet again.
 */
export function neverBack(clock: Clock): Clock {
  let latest = -Infinity;
  let toldAt = 0;
  return {
    now() {
      const at = performance.now();
      const instant = clock.now().getTime();
      latest = instant >= latest ? instant : latest + (at - toldAt) / 2;
      toldAt = at;
      return new Date(latest);
    },
  };
}

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
