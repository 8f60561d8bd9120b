import { isIPv6 } from 'node:net';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../platform/clock.ts';
import { LimitExceeded } from '../../platform/errors.ts';
import type { RatePolicy } from './policy.ts';

/**
 * Token buckets by key. In one process they live in memory; where several must share them, an implementation on Redis
 * keeps this contract: taking is atomic, and an unknown key is a full bucket.
 */
export interface RateLimiter {
  /**
   * Takes `cost` from the key's bucket. Null: taken. A number: nothing was taken, and it can be after so many whole
   * seconds. More than the bucket holds counts as a full bucket; 0 takes nothing and asks whether 1 could be taken.
   */
  take(key: string, cost: number): Promise<number | null>;
}

interface Bucket {
  level: number;
  /** Milliseconds of the clock at which the level was right. */
  at: number;
}

const mostKeys = 50_000;

/** Buckets in this process. Beyond 50,000 keys the one used least recently is forgotten, and so is full again. */
export function createRateLimiter({ burst, perSecond }: RatePolicy, clock: Clock): RateLimiter {
  const buckets = new LRUCache<string, Bucket>({ max: mostKeys });
  return {
    async take(key, cost) {
      const now = clock.now().getTime();
      let bucket = buckets.get(key);
      if (!bucket) buckets.set(key, (bucket = { level: burst, at: now }));
      bucket.level = Math.min(burst, bucket.level + (Math.max(0, now - bucket.at) / 1_000) * perSecond);
      bucket.at = now;
      const wanted = Math.min(burst, Math.max(0, cost));
      const needed = wanted === 0 ? Math.min(burst, 1) : wanted;
      if (bucket.level < needed) return Math.max(1, Math.ceil((needed - bucket.level) / perSecond));
      bucket.level -= wanted;
      return null;
    },
  };
}

/** Takes from a bucket, or throws `LimitExceeded` with the time after which it makes sense to try again. */
export async function takeOrRefuse(limiter: RateLimiter, key: string, cost: number): Promise<void> {
  const seconds = await limiter.take(key, cost);
  if (seconds !== null) throw new LimitExceeded(`Too much was asked in a short time. Try again in ${seconds} s.`, seconds);
}

/** The key of an address: one household is one caller, so of IPv6 only the network (/64) counts. */
export function addressKey(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped) return mapped;
  const plain = address.split('%')[0] ?? '';
  if (!isIPv6(plain)) return address;
  const [head = '', tail] = new URL(`http://[${plain}]/`).hostname.slice(1, -1).split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail ? tail.split(':').length : 0;
  const left = tail === undefined ? 0 : 8 - groups.length - after;
  groups.push(...Array<string>(left).fill('0'));
  return `${groups.slice(0, 4).join(':')}::/64`;
}
