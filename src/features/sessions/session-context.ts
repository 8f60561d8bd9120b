import { InvalidInput } from '../../platform/errors.ts';
import { isRawNumber, parseExactJson } from '../../platform/exact-json.ts';
import type { StatedKey } from './stated-keys.ts';
import { checkStorable } from '../../platform/storable-text.ts';

type Members = Readonly<Record<string, unknown>>;

/** A persistent context: values by key, and the keys that were cleared, which no copy elsewhere brings back. */
export interface PersistentContext {
  readonly values: Members;
  readonly cleared: readonly string[];
  /** Where the values came from, by key; absent for what was stored before that was kept. */
  readonly stated?: Readonly<Record<string, StatedKey>>;
}

/** A session that knows nothing yet. */
export const emptyContext: PersistentContext = { values: {}, cleared: [] };

/** Bytes of a context as JSON, and how many keys it may have cleared. */
const mostBytes = 256 * 1_024;
const mostCleared = 1_000;

/** The JSON text of an object from outside, without nulls at any level. Throws `InvalidInput` if PostgreSQL cannot store it or it is too large. */
export function objectText(value: unknown, path: readonly string[]): string {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new InvalidInput('This must be a JSON object.', path);
  checkStorable(value, path);
  return sized(JSON.stringify(withoutNulls(value)), path);
}

/** The JSON text of any value from outside, as it is. */
export function jsonText(value: unknown, path: readonly string[]): string {
  checkStorable(value, path);
  return sized(JSON.stringify(value ?? null), path);
}

function sized(text: string, path: readonly string[]): string {
  if (Buffer.byteLength(text) > mostBytes) throw new InvalidInput('This must be at most 256 KiB as JSON.', path);
  return text;
}

/** A value without members that are null, at any level; items of arrays stay. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (value === null || typeof value !== 'object' || isRawNumber(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null).map(([key, member]) => [key, withoutNulls(member)]));
}

/** Reads a stored context. */
export function readContext(text: string | null): PersistentContext {
  if (text === null) return emptyContext;
  const { values, cleared, stated } = parseExactJson(text) as { values: Members; cleared: string[]; stated?: Record<string, StatedKey> };
  return { values, cleared, ...(stated ? { stated } : {}) };
}

/** A context as it is stored. */
export const writeContext = ({ values, cleared, stated }: PersistentContext): string => JSON.stringify({ values, cleared, stated });

/**
 * A context after a holder's change: a key that is absent keeps its value, a value replaces it, null clears it and leaves
 * a tombstone. A value that is stated later takes the tombstone away.
 */
export function changeContext({ values, cleared }: PersistentContext, change: Members, path: readonly string[]): PersistentContext {
  checkStorable(change, path);
  const gone = Object.keys(change).filter((key) => change[key] === null);
  const stated = Object.entries(change).filter(([, value]) => value !== null).map(([key, value]) => [key, withoutNulls(value)] as const);
  const kept = Object.entries(values).filter(([key]) => !gone.includes(key));
  const changed: PersistentContext = {
    values: Object.fromEntries([...kept, ...stated]),
    cleared: [...new Set([...cleared, ...gone])].filter((key) => !stated.some(([name]) => name === key)).toSorted(),
  };
  // Retention may have left more.
  if (changed.cleared.length > Math.max(mostCleared, cleared.length)) throw new InvalidInput(`A context must have at most ${mostCleared} cleared keys.`, path);
  sized(writeContext(changed), path);
  return changed;
}

/** A context with what a copy elsewhere holds beyond it: keys that it has, and those that were cleared, stay as they are. */
export function addFromCopy({ values, cleared }: PersistentContext, copy: Members, path: readonly string[]): PersistentContext {
  checkStorable(copy, path);
  const added = Object.entries(copy).filter(([key, value]) => value !== null && !Object.hasOwn(values, key) && !cleared.includes(key)).map(([key, value]) => [key, withoutNulls(value)] as const);
  const merged = { values: Object.fromEntries([...Object.entries(values), ...added]), cleared };
  sized(writeContext(merged), path);
  return merged;
}
