import type { PersistentContext } from './session-context.ts';

/** Where a value of a persistent context came from, and what became of it in the profile. */
export interface StatedKey {
  /** When it was stated. RFC 3339. */
  readonly at: string;
  /** The step of the session that stated it; null where none did. */
  readonly step: string | null;
  /** The version of the profile field that holds it; null where none does. */
  readonly field?: string | null;
  /** Why it did not become a value of the profile, without repeating it; absent where it was not to. */
  readonly refusal?: string | null;
}

/** What is known of a key; a key may be called as anything is that every object has. */
export function statedOf(stated: PersistentContext['stated'], key: string): StatedKey | undefined {
  return stated && Object.hasOwn(stated, key) ? stated[key] : undefined;
}

/** Keys of a change whose values are new, or were refused by the profile before. */
export function newlyStated(before: PersistentContext, after: PersistentContext, keys: readonly string[]): string[] {
  return keys.filter((key) => Object.hasOwn(after.values, key) && (!isSame(before, after, key) || (statedOf(before.stated, key)?.refusal ?? null) !== null));
}

/** A changed context with where its values came from: those that did not change keep what was known of them. */
export function withStated(before: PersistentContext, after: PersistentContext, stated: ReadonlyMap<string, StatedKey>): PersistentContext {
  const kept = Object.keys(after.values).flatMap((key): [string, StatedKey][] => {
    const known = stated.get(key) ?? (isSame(before, after, key) ? statedOf(before.stated, key) : undefined);
    return known ? [[key, known]] : [];
  });
  return kept.length === 0 ? { values: after.values, cleared: after.cleared } : { ...after, stated: Object.fromEntries(kept) };
}

function isSame(before: PersistentContext, after: PersistentContext, key: string): boolean {
  return Object.hasOwn(before.values, key) && JSON.stringify(before.values[key]) === JSON.stringify(after.values[key]);
}
