import { isEastAsian, nameKey, nameWords } from '../accounts/index.ts';
import { isFullName } from './east-asian.ts';
import { desks } from './name-lists.ts';
import type { Identifiers } from './identifiers.ts';

/** From this length on, a single word in a script with spaces is told from a word of the language. */
export const shortestName = 6;

/** The names of a person by where they are looked for. */
export interface SortedNames {
  /** Full names that nobody else bears: anywhere. */
  readonly whole: readonly (readonly string[])[];
  /** Full names that others bear, or one of several of the person: near the person. */
  readonly near: readonly (readonly string[])[];
  /** Full names that are a thing's: near the person, in free texts. */
  readonly inTexts: readonly (readonly string[])[];
  /** Names of one word: near the person, in free texts. */
  readonly single: readonly string[];
  /** Names of one word that are a thing's: never. */
  readonly singleThings: readonly string[];
}

/** Sorts them. A contact that is called like a desk is nobody. */
export function sortNames({ names, homonyms, things }: Pick<Identifiers, 'names' | 'homonyms' | 'things'>): SortedNames {
  const told = [...new Set([...names].flatMap(byScript))].map((words) => ({ words, key: nameKey(words.join(' ')) })).filter(({ words }) => words.length > 0 && !words.every((each) => desks.has(each.toLowerCase())));
  const isFull = ({ words }: { readonly words: readonly string[] }): boolean => (words.every(isEastAsian) ? isFullName(words) : words.length > 1);
  const people = told.filter((each) => isFull(each) && !things.has(each.key));
  // `Ann Lee` and `Ann Lee 2` are one name; `Ann Lee` and `Renewals` of one mailbox may be two people, or none. So may the same in two scripts, which says nothing about either.
  const letters = told.map(({ key }) => ({ eastAsian: isEastAsian(key), words: new Set(key.split(' ').filter((each) => /\p{L}/u.test(each))) }));
  const several = letters.some((one) => letters.some((other) => one.eastAsian === other.eastAsian && !one.words.isSubsetOf(other.words) && !other.words.isSubsetOf(one.words)));
  const isNear = ({ key }: { readonly key: string }): boolean => several || homonyms.has(key);
  const wordsOf = (some: typeof told): string[][] => some.map(({ words }) => words);
  const rest = told.filter((each) => !isFull(each));
  return {
    whole: wordsOf(people.filter((each) => !isNear(each))),
    near: wordsOf(people.filter(isNear)),
    inTexts: wordsOf(told.filter((each) => isFull(each) && things.has(each.key))),
    single: rest.filter(({ key }) => !things.has(key)).map(({ words }) => words.join('')),
    singleThings: rest.filter(({ key }) => things.has(key)).map(({ words }) => words.join('')),
  };
}

/** `王小明 (David Wang)` are two names. */
function byScript(name: string): string[][] {
  const words = nameWords(name.normalize('NFC'));
  const bare = words.map((word) => word.replaceAll(/^[(（「]+|[)）」]+$/g, ''));
  if (!bare.some(isEastAsian)) return [words];
  const honorifics = /^(?:様|さま|さん|氏|殿|先生|女士|小姐|님|씨)$/;
  return [bare.filter((word) => isEastAsian(word) && !honorifics.test(word)), bare.filter((word) => !isEastAsian(word) && /\p{L}/u.test(word))].filter((some) => some.length > 0);
}
