import type { AccountEvent, SignalEvent } from './timeline.ts';
import type { Follower } from './follow-model.ts';

/** The window of a replay, in epoch milliseconds. */
export interface ReplayWindow {
  readonly from: number;
  readonly to: number;
}

/** The scores at one of the instants at which all are compared with what became of the account, in the order of the followers. */
export interface Sample {
  readonly at: number;
  readonly scores: readonly (number | null)[];
}

const week = 7 * 86_400_000;

/**
 * One account on its way through a window, by several ways to score it at once. Everything must come in the order of time;
 * what has one millisecond in common happens at once, as it does in production within a transaction. Memory does not grow
 * with the number of signals.
 */
export class AccountReplay {
  readonly samples: Sample[] = [];
  /** Signals that came within the window. */
  signals = 0;
  readonly #followers: readonly Follower[];
  readonly #window: ReplayWindow;
  #accounts: readonly AccountEvent[];
  #exists: boolean;
  #at = -Infinity;
  #hasBegun = false;
  #nextSample: number;

  /** `alwaysExisted`: of an account that is known now its past is replayed, also before it was known. */
  constructor(window: ReplayWindow, followers: readonly Follower[], accounts: readonly AccountEvent[], alwaysExisted: boolean) {
    this.#window = window;
    this.#followers = followers;
    this.#nextSample = window.from;
    const [first] = accounts;
    this.#exists = alwaysExisted && first !== undefined;
    this.#accounts = alwaysExisted ? accounts.slice(1) : accounts;
    for (const follower of followers) follower.fitTo(this.#exists && first ? first.traits : null);
  }

  /** Whether there is such an account, as of the last instant. */
  get exists(): boolean {
    return this.#exists;
  }

  /** The next signal, which comes after all before it. */
  take({ type, effectiveAt, at, counts, isNew }: SignalEvent): void {
    const instant = Math.floor(at);
    this.#changeAccount(instant);
    this.#moveTo(instant);
    if (counts && isNew && instant > this.#window.from) this.signals += 1;
    for (const follower of this.#followers) {
      if (counts) follower.add(type, effectiveAt, instant, isNew);
      else follower.remove(type, effectiveAt);
    }
  }

  /** The window ends: nothing more comes. */
  end(): void {
    this.#changeAccount(this.#window.to);
    this.#moveTo(this.#window.to);
    for (const follower of this.#followers) follower.settle(this.#window.to);
  }

  /** What the account became up to an instant; it comes before what signals say at the same one. */
  #changeAccount(until: number): void {
    for (let [next] = this.#accounts; next && Math.floor(next.at) <= until; [next] = this.#accounts) {
      this.#moveTo(Math.floor(next.at));
      this.#exists = next.traits !== null;
      for (const follower of this.#followers) follower.fitTo(next.traits);
      this.#accounts = this.#accounts.slice(1);
    }
  }

  #moveTo(instant: number): void {
    if (instant <= this.#at) return;
    const { from } = this.#window;
    if (this.#hasBegun) for (const follower of this.#followers) follower.settle(this.#at);
    if (!this.#hasBegun && instant > from) {
      this.#hasBegun = true;
      for (const follower of this.#followers) follower.begin(from);
    }
    if (this.#hasBegun) {
      this.#sampleUntil(instant);
      for (const follower of this.#followers) follower.moveTo(instant);
    }
    this.#at = instant;
  }

  #sampleUntil(instant: number): void {
    for (; this.#nextSample < instant; this.#nextSample += week) {
      if (!this.#exists) continue;
      const at = this.#nextSample;
      this.samples.push({ at, scores: this.#followers.map((follower) => follower.scoreAt(at)) });
    }
  }
}
