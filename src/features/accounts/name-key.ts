/** What two names of people have in common that are one: the words, in whatever order and case. */
export function nameKey(name: string): string {
  return nameWords(name.normalize('NFKC').toLowerCase()).toSorted().join(' ');
}

/** The words of a name. */
export function nameWords(name: string): string[] {
  return name.trim().split(/[\s,;]+/).filter((word) => word !== '');
}
