/** What two names of people have in common that are one: the words, in whatever order and case. */
export function nameKey(name: string): string {
  return nameWords(name.normalize('NFKC').toLowerCase()).toSorted().join(' ');
}

/** What the name of a thing and that of a contact have in common where they are one; `thing_key` in migration 0012 is the same. */
export function thingKey(name: string): string {
  return name.toLowerCase().replaceAll(/[,.;\s]+/g, ' ').trim().replace(/ (?:inc|incorporated|corp|corporation|co|company|llc|ltd|limited|plc|gmbh|ag|kg|se|sa|sas|bv|ab|oy)$/, '');
}

/** The words of a name. */
export function nameWords(name: string): string[] {
  return name.trim().split(/[\s,;]+/).filter((word) => word !== '');
}
