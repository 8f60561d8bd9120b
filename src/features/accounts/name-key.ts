import { fold } from '../../platform/fold.ts';
import { isEastAsian, splitName } from './name-scripts.ts';

/** What two names of people have in common that are one: the folded words, in whatever order; without spaces where names are written so. */
export function nameKey(name: string): string {
  return keyOf(nameWords(fold(name).text));
}

const keyOf = (words: readonly string[]): string => (words.length > 0 && words.every(isEastAsian) ? words.join('') : words.toSorted().join(' '));

/** The keys under which a name may also be written: with umlauts spelled out, and in East Asian names with the given name first. */
export function nameKeys(name: string): string[] {
  const words = nameWords(fold(name).text);
  const [only = ''] = words;
  const turned = words.length > 1 ? [...words.slice(1), only] : words.length === 1 && isEastAsian(only) ? [...(splitName(only) ?? [])].toReversed() : words;
  return [...new Set([keyOf(words), keyOf(nameWords(fold(name, 'spelled').text)), ...(words.every(isEastAsian) && turned.length > 0 ? [keyOf(turned)] : [])])];
}

/** What the name of a thing and that of a contact have in common where they are one; `thing_key` in migration 0012 is the same. */
export function thingKey(name: string): string {
  return name.toLowerCase().replaceAll(/[,.;\s]+/g, ' ').trim().replace(/ (?:inc|incorporated|corp|corporation|co|company|llc|ltd|limited|plc|gmbh|ag|kg|se|sa|sas|bv|ab|oy)$/, '');
}

/** The words of a name. */
export function nameWords(name: string): string[] {
  return name.trim().split(/[\s,;・·]+/).filter((word) => word !== '');
}

/** The folded words of a name, and of East Asian names that are one word family and given name. */
export function nameParts(name: string): string[] {
  return nameWords(fold(name).text).flatMap((word) => (isEastAsian(word) ? [word, ...(splitName(word) ?? [])] : [word]));
}

const particles = new Set(['al', 'ben', 'bin', 'da', 'de', 'del', 'den', 'der', 'di', 'do', 'dos', 'du', 'e', 'el', 'ibn', 'la', 'le', 'ten', 'ter', 'van', 'von', 'y', 'zu']);

/** Whether a name is another, longer one that contains this: `Ann Lee Smith` and `Ann Lee`, `김민수` and `김민`. `Assistant of Ann Lee` is none. */
export function isLongerName(longer: string, name: string): boolean {
  const [words, own] = [nameWords(fold(longer).text), nameWords(fold(name).text)];
  const key = keyOf(own);
  if (own.length > 0 && own.every(isEastAsian)) return words.every(isEastAsian) && keyOf(words) !== key && keyOf(words).includes(key);
  if (own.length === 0 || words.length <= own.length || words.length > own.length + 3) return false;
  if (!nameWords(longer).every((word) => particles.has(word.toLowerCase()) || /^[\p{Lu}\p{Lo}][\p{L}\p{M}'’.-]*$/u.test(word))) return false;
  return words.some((_, at) => own.every((word, turn) => words[at + turn] === word));
}
