import type { FirmographicTraits, RunningScore } from '../scoring/index.ts';

/** That a score reached the threshold from below, or fell below it. */
export interface Crossing {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly direction: 'UP' | 'DOWN';
  readonly score: number;
}

/** A way to score an account that is followed through a window of time. */
export interface Follower {
  /** A signal counts from an instant on. `isNew`: it was not counted before, for this account or another. */
  add(type: string, effectiveAt: number, at: number, isNew: boolean): void;
  remove(type: string, effectiveAt: number): void;
  fitTo(traits: FirmographicTraits | null): void;
  /** The window begins. A score that is above the threshold already reaches it now. */
  begin(at: number): void;
  /** Nothing but time has passed since the last call. */
  moveTo(at: number): void;
  /** What happened at the instant is counted. */
  settle(at: number): void;
  scoreAt(at: number): number | null;
  readonly crossings: readonly Crossing[];
}

/** Follows what a scoring model says. */
export function followModel(score: RunningScore): Follower {
  const crossings: Crossing[] = [];
  const threshold = score.model.highIntentThreshold;
  let isAbove = false;
  let reached: number | null = null;
  const cross = (at: number, direction: Crossing['direction']): void => {
    isAbove = direction === 'UP';
    crossings.push({ at, direction, score: score.at(at) ?? 0 });
  };
  const settle = (at: number): void => {
    const now = score.at(at);
    const isAboveNow = now !== null && now >= threshold;
    if (isAboveNow !== isAbove) cross(at, isAboveNow ? 'UP' : 'DOWN');
  };
  return {
    crossings,
    add: (type, effectiveAt) => score.add(type, effectiveAt),
    remove: (type, effectiveAt) => score.remove(type, effectiveAt),
    fitTo: (traits) => score.fitTo(traits),
    begin(at) {
      reached = at;
      settle(at);
    },
    moveTo(at) {
      if (reached === null) return;
      for (let from = reached; ; ) {
        const next = score.crossingBetween(from, at);
        if (!next) break;
        cross(next.at, next.direction);
        from = next.at;
      }
      reached = at;
    },
    settle,
    scoreAt: (at) => score.at(at),
  };
}

const day = 86_400_000;
/** Days without a signal after which one is a new beginning. */
const quietDays = 30;
/** Days after which the score of recency is half of what it was. */
const halfLifeDays = 14;

/** The simplest rule that looks at signals: any signal after a quiet time flags the account, whatever it says. */
export function followRecency(): Follower {
  const crossings: Crossing[] = [];
  let latest: number | null = null;
  let hasBegun = false;
  return {
    crossings,
    add(_type, _effectiveAt, at, isNew) {
      if (!isNew) return;
      if (hasBegun && (latest === null || at - latest >= quietDays * day)) crossings.push({ at, direction: 'UP', score: 100 });
      latest = Math.max(latest ?? at, at);
    },
    remove: () => undefined,
    fitTo: () => undefined,
    begin: () => void (hasBegun = true),
    moveTo: () => undefined,
    settle: () => undefined,
    scoreAt: (at) => (latest === null ? null : 100 * 2 ** (-(at - latest) / (halfLifeDays * day))),
  };
}
