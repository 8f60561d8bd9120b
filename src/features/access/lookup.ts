import { LRUCache } from 'lru-cache';
import type { Clock } from '../../platform/clock.ts';

/** What a look-up remembers, and for how long. */
export interface LookupOptions<Found extends object> {
  readonly clock: Clock;
  /** Milliseconds for which an answer is given again. */
  readonly memory: number;
  /** Answers kept at most; those asked for least recently go first. */
  readonly most: number;
  find(key: string): Promise<Found | undefined>;
}

/**
 * Asks once for many who want the same at the same time, and remembers what was found. What was not found is not
 * remembered: guesses must not push real entries out, and what is made a moment later is found at once.
 */
export function createLookup<Found extends object>(options: LookupOptions<Found>): (key: string) => Promise<Found | undefined> {
  const answers = new LRUCache<string, Found>({
    max: options.most,
    ttl: options.memory,
    ttlResolution: 0,
    perf: { now: () => options.clock.now().getTime() },
    ignoreFetchAbort: true,
    fetchMethod: (key) => options.find(key),
  });
  return (key) => answers.fetch(key);
}
