import { LRUCache } from 'lru-cache';

/** The names that sources use repeat, so each is read once. */
const mostNames = 5_000;
const keys = new LRUCache<string, string>({ max: mostNames });
const units = new LRUCache<string, { readonly unit: string | null }>({ max: mostNames });

const bracketed = /\((%|percent|seconds?|secs?|minutes?|mins?|hours?|hrs?|h|days?|d|weeks?|usd|eur|gbp|chf|cad|aud|jpy|inr|[$€£]|out of \d+)\)/gi;
const leading = /^(?:minutes|hours|days|weeks)\b/i;

/** The unit that a parameter's name states for its values: `hours` of `First response time (hours)`, `days` of `Days since last login`; null where it states none. */
export function unitInName(parameter: string): string | null {
  const known = units.get(parameter);
  if (known) return known.unit;
  const [, bracketedUnit] = [...parameter.matchAll(bracketed)].at(-1) ?? [];
  const unit = bracketedUnit ?? leading.exec(parameter.trim())?.[0] ?? null;
  units.set(parameter, { unit });
  return unit;
}

/** What a name is compared by: case, punctuation and a unit in brackets do not tell names apart. */
export function nameKey(name: string): string {
  const known = keys.get(name);
  if (known !== undefined) return known;
  const key = name
    .toLowerCase()
    .replaceAll(bracketed, ' ')
    .replaceAll('(score)', ' ')
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
  keys.set(name, key);
  return key;
}

/** What the name of a category is compared by; what systems add to each, as in `Support KPI`, does not tell them apart. */
export function categoryKey(name: string): string {
  return nameKey(name).replace(/ (?:kpis?|metrics?|scores?)$/, '');
}

const singular = (word: string): string => (word.length > 3 ? word.replace(/s$/, '') : word);

/** Whether what is counted is what a parameter of one of these names counts: `tickets` of `Open tickets`. */
export function isCountedBy(noun: string, names: readonly string[]): boolean {
  const words = nameKey(noun).split(' ').map(singular);
  return names.some((name) => {
    const own = new Set(nameKey(name).split(' ').map(singular));
    return words.every((word) => own.has(word));
  });
}
