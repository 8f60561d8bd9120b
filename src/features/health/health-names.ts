/** What a name is compared by: case, punctuation and a unit in brackets do not tell names apart. */
export function nameKey(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/\((?:%|percent|hours?|hrs?|h|days?|d|usd|eur|\$|€|score|out of \d+)\)/g, ' ')
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
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
