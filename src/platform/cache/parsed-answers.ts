import { LRUCache } from 'lru-cache';
import type { z } from 'zod';
import type { CacheKey } from './cache-store.ts';

interface Parsed {
  readonly schema: z.ZodType;
  readonly text: string;
  readonly answer: unknown;
}

/** Characters of the texts whose answers are kept. */
const mostCharacters = 16_000_000;

/**
 * Reads what a store kept back as answers, each text once. The store alone decides what is kept and what is stale: an
 * answer is used again only where the store still holds the very text that it was read from. Many requests share an answer,
 * so it is frozen.
 */
export class ParsedAnswers {
  readonly #parsed = new LRUCache<CacheKey, Parsed>({ maxSize: mostCharacters, sizeCalculation: ({ text }, key) => text.length + key.length });

  /** A kept text as an answer; null where there is none, or none that can be read. */
  read<Answer>(schema: z.ZodType<Answer>, key: CacheKey, text: string | null): { readonly answer: Answer } | null {
    if (text === null) return null;
    const known = this.#parsed.get(key);
    if (known?.text === text && known.schema === schema) return { answer: known.answer as Answer };
    try {
      const parsed = schema.safeParse(JSON.parse(text));
      if (!parsed.success) return null;
      this.#parsed.set(key, { schema, text, answer: deepFreeze(parsed.data) });
      return { answer: parsed.data };
    } catch {
      return null;
    }
  }

  /** Drops the answers of keys that are stale. */
  forget(keys: readonly CacheKey[]): void {
    for (const key of keys) this.#parsed.delete(key);
  }

  clear(): void {
    this.#parsed.clear();
  }
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}
