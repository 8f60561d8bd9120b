/** A copy of a value whose truth is in the database. */
export interface FastCopy {
  readonly key: string;
  /** The number that the true value bears; it only rises. */
  readonly version: number;
  readonly text: string;
  /** Seconds until it expires. */
  readonly seconds: number;
}

/** What a copy holds; it is true only if the true value bears the same version. */
export interface FoundCopy {
  readonly version: number;
  readonly text: string;
}

/** A lock as it is asked for. */
export interface FastLock {
  readonly key: string;
  /** Unique to the attempt. */
  readonly id: string;
  readonly milliseconds: number;
}

/**
 * Copies of values and locks outside of the database. Whoever uses them works the same without: a copy that is missing is
 * read from the database, and the database decides on every lock. Nothing here throws; what fails is logged. All keys of
 * one call carry the same hash tag in braces.
 */
export interface FastCopies {
  /** `none`: there are no copies. */
  readonly kind: 'none' | 'redis' | 'redis-cluster';
  /** Copies in the order of the keys; null where there is none. */
  read(keys: readonly string[]): Promise<readonly (FoundCopy | null)[]>;
  /** Stores a copy, unless one of a higher version is there. */
  write(copies: readonly FastCopy[]): Promise<void>;
  /** Takes a lock if it is free. Returns the id of the attempt that holds it, which is the own id if it was free; null where locks cannot be asked for. */
  lock(lock: FastLock): Promise<string | null>;
  /** Sets a lock, whoever held it: the database decided. */
  take(lock: FastLock): Promise<void>;
  /** Releases a lock if this attempt holds it, and deletes keys of the same hash tag. */
  release(lock: Pick<FastLock, 'key' | 'id'>, keys: readonly string[]): Promise<void>;
  /** Appends to a list. */
  append(list: { readonly key: string; readonly items: readonly string[]; readonly seconds: number }): Promise<void>;
  /** The first two items of a list; none where it is not there, null where it cannot be asked for. */
  firstItems(key: string): Promise<readonly string[] | null>;
  /** Replaces a list by one item, or by nothing, unless it has a number above `upTo`. */
  settle(list: { readonly key: string; readonly upTo: number; readonly item: string | null; readonly seconds: number }): Promise<void>;
  /** Deletes keys. Returns whether they are gone. */
  forget(keys: readonly string[]): Promise<boolean>;
}

/** Where there are no copies. */
export const noFastCopies: FastCopies = {
  kind: 'none',
  read: (keys) => Promise.resolve(keys.map(() => null)),
  write: () => Promise.resolve(),
  lock: () => Promise.resolve(null),
  take: () => Promise.resolve(),
  release: () => Promise.resolve(),
  append: () => Promise.resolve(),
  firstItems: () => Promise.resolve(null),
  settle: () => Promise.resolve(),
  forget: () => Promise.resolve(true),
};
