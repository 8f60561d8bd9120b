import { RateLimiterMemory, RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible';

/** So many points in each window of so many seconds. */
export interface RateRule {
  readonly points: number;
  readonly seconds: number;
}

/** What is left of a key's window. */
export interface RateState {
  /** Whether the points were taken within the rule. */
  readonly allowed: boolean;
  readonly remaining: number;
  /** Milliseconds until the window ends and all points are there again. */
  readonly resetsIn: number;
}

/** Counts points by key over fixed windows. */
export interface RateLimiter {
  readonly rule: RateRule;
  /** Takes points, also beyond the rule: then `allowed` is false until the window ends. */
  take(key: string, points: number): Promise<RateState>;
  /** Milliseconds for which this process knows the key to be used up; 0 when it does not. Asks nothing. */
  refusedFor(key: string): number;
}

/** Keys known to be used up, at most. */
const mostRefused = 50_000;

/** Wraps a limiter of the library; `name` sets its keys apart. */
export function rateLimiterOver(limiter: RateLimiterAbstract, rule: RateRule): RateLimiter {
  // Insertion order is the order of forgetting: a key is added anew each time its end is learnt.
  const refused = new Map<string, number>();
  const learn = (key: string, { remaining, resetsIn }: RateState): void => {
    refused.delete(key);
    if (remaining > 0) return;
    if (refused.size >= mostRefused) for (const oldest of refused.keys()) { refused.delete(oldest); break; }
    refused.set(key, performance.now() + resetsIn);
  };
  return {
    rule,
    async take(key, points) {
      const state = await limiter.consume(key, Math.max(0, Math.ceil(points))).then((left) => stateOf(left, true), refusalOf);
      learn(key, state);
      return state;
    },
    refusedFor(key) {
      const until = refused.get(key);
      if (until === undefined) return 0;
      const left = until - performance.now();
      if (left <= 0) refused.delete(key);
      return Math.max(0, left);
    },
  };
}

function stateOf({ remainingPoints, msBeforeNext }: RateLimiterRes, allowed: boolean): RateState {
  return { allowed, remaining: Math.max(0, remainingPoints), resetsIn: Math.max(0, msBeforeNext) };
}

function refusalOf(refused: unknown): RateState {
  if (refused instanceof RateLimiterRes) return stateOf(refused, false);
  throw refused;
}

/** Counts in the memory of this process. */
export function createMemoryRateLimiter(name: string, rule: RateRule): RateLimiter {
  return rateLimiterOver(new RateLimiterMemory({ keyPrefix: name, points: rule.points, duration: rule.seconds }), rule);
}
