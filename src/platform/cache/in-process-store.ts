import { LRUCache } from 'lru-cache';
import type { Doorbell } from '../postgres/doorbell.ts';
import type { CacheKey, CacheStore } from './cache-store.ts';

interface Kept {
  readonly text: string;
  readonly since: number;
}

/** Keys are forgotten by so many groups. One more channel of the doorbell each; fewer forget more beside what was meant. */
const groups = 256;

/** What the store is made of. */
export interface InProcessStoreOptions {
  /** Carries word of what is to be forgotten to the other processes on the same database. */
  readonly doorbell: Pick<Doorbell, 'ring' | 'listen' | 'connected'>;
  /** The most characters kept; 32 million when absent. */
  readonly mostCharacters?: number;
}

/**
 * A store for installations without Redis. Each process keeps its own answers, the least recently asked for go first.
 * A key is forgotten by ringing for its group: in this process at once, in the others when the ring arrives. While the
 * doorbell's connection is down rings could be missed, so nothing is answered from here; when it is back the doorbell
 * rings for every group, which forgets everything.
 */
export function createInProcessStore({ doorbell, mostCharacters = 32_000_000 }: InProcessStoreOptions): CacheStore {
  const kept = new LRUCache<CacheKey, Kept>({ max: 50_000, maxSize: mostCharacters, sizeCalculation: ({ text }, key) => text.length + key.length });
  const forgottenAt = new Float64Array(groups).fill(-Infinity);
  const channel = (group: number): string => `cache:${group}`;
  const stops = Array.from({ length: groups }, (_, group) => doorbell.listen(channel(group), () => void (forgottenAt[group] = performance.now())));
  const isFresh = (key: CacheKey, since: number): boolean => since > (forgottenAt[groupOf(key)] ?? Infinity);

  return {
    kind: 'in-process',
    async lookup(keys) {
      const usable = doorbell.connected;
      const texts = keys.map((key) => {
        const entry = usable ? kept.get(key) : undefined;
        return entry && isFresh(key, entry.since) ? entry.text : null;
      });
      return {
        texts,
        async fill(entries, since) {
          for (const { key, text, seconds, isMark = false } of entries) if (isMark || isFresh(key, since)) kept.set(key, { text, since: isMark ? Infinity : since }, { ttl: seconds * 1_000 });
        },
      };
    },
    async forget(keys) {
      for (const group of new Set(keys.map(groupOf))) doorbell.ring(channel(group));
    },
    fellBack: () => undefined,
    close() {
      for (const stop of stops) stop();
      kept.clear();
    },
  };
}

/** FNV-1a: the same in every process. */
function groupOf(key: CacheKey): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at += 1) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return (hash >>> 0) % groups;
}
