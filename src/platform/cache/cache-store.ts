import type { Id } from '../ids.ts';

/**
 * Where cached answers are kept: in this process, or in Redis.
 *
 * The race every cache knows: a reader has loaded the old row, the row changes and is forgotten, the reader stores what
 * it loaded. So an answer is stored with the instant at which the snapshot it was read from was opened, and refused
 * when its key was forgotten at or after that instant. An instant told too early only costs an answer that is not kept.
 */
export interface CacheStore {
  readonly kind: 'in-process' | 'redis' | 'redis-cluster';
  /** Looks up keys of one tenant, in one round trip. Throws `Unavailable` when the store is away. */
  lookup(keys: readonly CacheKey[]): Promise<Lookup>;
  /** Makes keys of one tenant unknown, everywhere. Throws `Unavailable` when the store is away. */
  forget(keys: readonly CacheKey[]): Promise<void>;
  /** Told of an answer that came from elsewhere because the store is away. */
  fellBack(error: unknown): void;
  close(): void;
}

/** What was found, and the way to store what was not. */
export interface Lookup {
  /** In the order of the keys; null: not there. */
  readonly texts: readonly (string | null)[];
  /** Keeps answers read from a snapshot opened at `since`, an instant of `performance.now()`. */
  fill(entries: readonly CacheEntry[], since: number): Promise<void>;
}

/** An answer to be kept. */
export interface CacheEntry {
  readonly key: CacheKey;
  readonly text: string;
  readonly seconds: number;
  /** Whether it is a mark that says nothing of any row: what is forgotten beside a key leaves it. */
  readonly isMark?: boolean;
}

/** A key as stores know it: the cache, the tenant in braces, and the key within. */
export type CacheKey = `${string}:{${string}}:${string}`;

/** The key of an entry. The braces make a Redis Cluster keep a tenant's entries of all caches in one slot. */
export function cacheKey(cache: string, tenantId: Id<'Tenant'>, key: string): CacheKey {
  return `${cache}:{${tenantId}}:${key}`;
}

/** A store whose keys begin with a name, so that what another namespace kept is never found; null: as they are. */
export function inNamespace(store: CacheStore, name: string | null): CacheStore {
  if (name === null) return store;
  const named = (key: CacheKey): CacheKey => `${name}:${key}`;
  return {
    ...store,
    async lookup(keys) {
      const { texts, fill } = await store.lookup(keys.map(named));
      return { texts, fill: (entries, since) => fill(entries.map((entry) => ({ ...entry, key: named(entry.key) })), since) };
    },
    forget: (keys) => store.forget(keys.map(named)),
  };
}
