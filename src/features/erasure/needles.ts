import { fold } from '../../platform/fold.ts';
import { isEastAsian } from '../accounts/index.ts';
import { partsOf } from './east-asian.ts';
import type { Identifiers } from './identifiers.ts';
import { desks } from './name-lists.ts';
import { digitsOf, fewestDigits } from './phone-forms.ts';
import { sortNames } from './sort-names.ts';
import { literally } from './written.ts';

/** What the database looks for before the patterns are tried: every text that one of them matches holds one of these, folded as `seen` of migration 0023 does. */
export interface Needles {
  /** Words, wherever they stand. */
  readonly strong: readonly string[];
  /** Words so short that they stand in many texts, and the expression by which those are told apart. */
  readonly short: readonly string[];
  readonly shortPattern: string | null;
  /** Words of names, looked for in the person's accounts only. */
  readonly weak: readonly string[];
  /** The last digits of numbers. */
  readonly digits: readonly string[];
}

const longEnough = 4;
const gap = '([^[:alnum:]]|%20){1,6}';
const plain = (text: string): string => fold(text).text;

/** The longest run of a word that is written alike with and without its accents. */
function longestRun(word: string): string {
  const runs = plain(word).split(/[^a-z0-9]+|(?<=[a-z])(?=(?:ae|oe|ue|aa))|(?<=ae|oe|ue|aa)/).filter((run) => run !== '' && !/^(?:ae|oe|ue|aa)$/.test(run));
  return runs.reduce((longest, each) => (each.length > longest.length ? each : longest), '');
}

/** For a word without Latin letters: as it is folded. */
const needleOf = (word: string): string => longestRun(word) || plain(word);

interface Found {
  readonly strong: string[];
  readonly short: string[];
  readonly patterns: string[];
}

function ofAddress(email: string, { strong, short, patterns }: Found): void {
  const at = email.lastIndexOf('@');
  const local = needleOf(email.slice(0, at));
  if (local.length >= longEnough || !/^[a-z0-9]/.test(local)) return void strong.push(local);
  short.push(local);
  const end = /[a-z0-9]*$/.exec(plain(email.slice(0, at)))?.[0] ?? '';
  patterns.push(`${literally(end)}[^[:alnum:]]{0,4}(@|%(25)*40)`);
}

function ofFullName(words: readonly string[], { strong, short, patterns }: Found): void {
  if (words.every(isEastAsian)) {
    const parts = words.length > 1 ? words.map(plain) : [plain(words.join(''))];
    const letters = [...parts.join('')].map(literally);
    const turned = words.length > 1 ? [[...parts.slice(1), parts[0] ?? '']] : partsOf(words).length > 2 ? [partsOf(words).slice(1).toReversed()] : [];
    short.push([...parts.join('')].at(-1) ?? '');
    return void patterns.push(...[letters, ...turned.map((each) => [...each.join('')].map(literally))].map((each) => each.join('[[:space:]・·,、]{0,2}')));
  }
  const needles = words.map(needleOf).filter((each) => each !== '');
  const longest = needles.reduce((best, each) => (each.length > best.length ? each : best), '');
  if (longest.length >= longEnough) return void strong.push(longest);
  short.push(longest);
  const both = [words, [...words.slice(-1), ...words.slice(0, -1)]];
  patterns.push(...both.map((each) => each.map((word) => literally(plain(word))).join(gap)));
}

/** Makes them. */
export function needlesOf(identifiers: Identifiers): Needles {
  const found: Found = { strong: [], short: [], patterns: [] };
  for (const email of identifiers.emails) ofAddress(email.trim(), found);
  const { whole, near, inTexts, single } = sortNames(identifiers);
  for (const words of whole) ofFullName(words, found);
  const words = [...whole, ...near, ...inTexts].flatMap((each) => [...each, ...partsOf(each)]).concat(single, single.flatMap((each) => partsOf([each])));
  const weak = words.filter((word) => !desks.has(word.toLowerCase())).map(needleOf);
  return {
    strong: [...new Set(found.strong)],
    short: [...new Set(found.short)],
    shortPattern: found.patterns.length === 0 ? null : [...new Set(found.patterns)].join('|'),
    weak: [...new Set(weak)].filter((each) => each !== ''),
    digits: [...new Set([...identifiers.phones].flatMap((phone) => digitsOf(phone).slice(-fewestDigits)))].filter((digits) => digits.length === fewestDigits),
  };
}

