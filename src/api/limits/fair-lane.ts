/** How much time may pass unused and still be used later. Milliseconds. */
const credit = 20;
/** Operations that take more CPU than this, on average, hold up those of others noticeably. Milliseconds. */
const long = 4;

/** What a tenant, or a caller within it, has running, and when it may start more. */
export class Lane {
  running = 0;
  /** When the next operation may start, by `performance.now()`. */
  notBefore = 0;
  /** CPU of a recent operation, on average. Milliseconds. */
  average = 1;

  /** Notes a start beside others: the expected CPU is set off at once, so that operations do not start all together. */
  start(now: number, contended: boolean): { readonly pace: number; readonly expected: number } {
    this.running += 1;
    const pace = contended ? (this.average > long ? 3 : 2) : 0;
    this.notBefore = Math.max(this.notBefore, now - credit) + this.average * pace;
    return { pace, expected: this.average };
  }

  /** Notes an end, and corrects what was expected by what was spent. */
  end(started: { readonly pace: number; readonly expected: number }, spent: number): void {
    this.running -= 1;
    this.notBefore += (spent - started.expected) * started.pace;
    this.average += (spent - this.average) / 5;
  }
}

/** Tells whether anybody else was active within the last second. */
export class Presence {
  #latest = { who: '', at: -Infinity };
  #before = { who: '', at: -Infinity };

  /** Notes that someone is active; returns whether someone else is. */
  othersThan(who: string, now: number): boolean {
    if (this.#latest.who !== who) {
      this.#before = this.#latest;
      this.#latest = { who, at: now };
    } else {
      this.#latest.at = now;
    }
    return this.#before.who !== who && now - this.#before.at < 1_000;
  }
}
