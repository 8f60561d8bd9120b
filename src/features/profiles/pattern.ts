import { LRUCache } from 'lru-cache';
import { RE2JS, RE2JSException } from 're2js';
import { InvalidInput } from '../../platform/errors.ts';

/** The longest pattern that a tenant may give. */
export const longestPattern = 500;
/** The longest text that any pattern is held against. */
const longestMatched = 10_000;
/** Instructions of a compiled pattern: each character of a text costs at most so many steps. */
const largestProgram = 2_000;
/** The most steps of one match. Most patterns take a hundredth of them; the worst take all, some tenths of a second. */
const mostSteps = 1_000_000;

const compiled = new LRUCache<string, RE2JS>({ max: 1_000 });

/**
 * Compiles a tenant's pattern for an engine whose time grows with the text's length and never with its shape (RE2), so
 * that no pattern can stall the process. It knows no look-around and no back-references: such a pattern is refused.
 */
export function compilePattern(pattern: string, path: readonly string[] = []): RE2JS {
  const known = compiled.get(pattern);
  if (known) return known;
  if (pattern.length > longestPattern) throw new InvalidInput(`This pattern is longer than ${longestPattern} characters.`, path);
  const made = compile(pattern, path);
  if (made.programSize() > largestProgram) throw new InvalidInput('This pattern repeats too much. Give fewer or smaller counts in braces.', path);
  compiled.set(pattern, made);
  return made;
}

function compile(pattern: string, path: readonly string[]): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    const reason = error.message.replace(/^error parsing regexp: /, '');
    throw new InvalidInput(`This pattern cannot be used: ${reason}. It must be of RE2's syntax, which has no look-ahead, look-behind or back-reference.`, path);
  }
}

/** Whether a text contains a match of the pattern; anchor it by ^ and $ to mean the whole text. */
export function matchesPattern(pattern: string, text: string): boolean {
  return compilePattern(pattern).test(text);
}

/** The longest text that a pattern is held against: the larger the pattern, the shorter the text. */
export function longestFor(pattern: string): number {
  return Math.min(longestMatched, Math.floor(mostSteps / compilePattern(pattern).programSize()));
}

/** The most steps that a match may take: instructions of the pattern by characters of the text. */
export function stepsOf(pattern: string, text: string): number {
  return text.length > longestFor(pattern) ? 0 : text.length * compilePattern(pattern).programSize();
}
