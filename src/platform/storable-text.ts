import { InvalidInput } from './errors.ts';
import { withinStack } from './exact-json.ts';

/** What is said of a text that PostgreSQL cannot store. */
export const unstorableText = 'A text must not contain a NUL character (U+0000) or half a surrogate pair.';

/** Whether PostgreSQL can store a text: it takes every character but NUL, and no half surrogate pair. */
export const isStorableText = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

/** A text of another system as PostgreSQL can store it: without NUL characters, and with U+FFFD in place of half surrogate pairs. */
export const storableText = (text: string): string => text.replaceAll('\0', '').toWellFormed();

/** Refuses a value from outside that has such a text anywhere, keys included; the error names its place. */
export function checkStorable(value: unknown, path: readonly string[]): void {
  withinStack(() => checkValue(value, path));
}

function checkValue(value: unknown, path: readonly string[]): void {
  if (typeof value === 'string') {
    if (!isStorableText(value)) throw new InvalidInput(unstorableText, path);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) {
      if (!isStorableText(key)) throw new InvalidInput(unstorableText, path);
      checkValue(member, [...path, key]);
    }
  }
}
