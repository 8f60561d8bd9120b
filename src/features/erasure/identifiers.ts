import { fold } from '../../platform/fold.ts';
import { normaliseEmail } from '../../platform/postgres/seal.ts';
import { isEastAsian, isWithoutSpaces, nameWords } from '../accounts/index.ts';
import { asName, asWord, capitalsBetween, never, notJoined, ordinary, type Check } from './doubt.ts';
import { fullNamePatterns, lonePattern, partsOf, titledPatterns } from './east-asian.ts';
import { desks, ordinaryWords } from './name-lists.ts';
import { phoneForms } from './phone-forms.ts';
import { shortestName, sortNames } from './sort-names.ts';
import { addressForms, eitherOf, literally } from './written.ts';

/** What a person is called in texts. */
export interface Identifiers {
  readonly emails: Iterable<string>;
  readonly names: Iterable<string>;
  readonly phones: Iterable<string>;
  /** Names that others of the tenant bear, too, as `nameKey` writes them. */
  readonly homonyms: ReadonlySet<string>;
  /** Those that are names of things, likewise. */
  readonly things: ReadonlySet<string>;
  /** Folded words of names of others near the person. */
  readonly sharedWords: ReadonlySet<string>;
  /** Addresses of others that are one of these behind the prefix of an id. */
  readonly otherAddresses: ReadonlySet<string>;
  /** Names of others that contain one of these. */
  readonly longerNames: ReadonlySet<string>;
}

/** A pattern whose occurrences are looked at one by one. */
export interface CheckedPattern {
  readonly pattern: string;
  readonly check: Check;
}

/** Regular expressions over folded texts; null for none. */
export interface NamePatterns {
  /** Addresses, wherever they stand. Accents make other addresses: `exact` holds how they are written with them. */
  readonly addresses: string | null;
  /** The same in ids, where the prefix of an id may stand before them. */
  readonly addressesInIds: string | null;
  readonly exact: ReadonlySet<string>;
  /** Telephone numbers and full names that nobody else bears, wherever they stand. */
  readonly unique: string | null;
  /** Full names that others bear, too, or that are one of several of the person: near the person, and where an address or number or full name does so already. */
  readonly nearby: string | null;
  /** As `nearby`, in free texts only: single words of names, with title or initial too, and names of things. In this order. */
  readonly inFreeTexts: readonly CheckedPattern[];
  /** What a whole member of JSON says beside an address: any word of a name, folded. */
  readonly parts: ReadonlySet<string>;
  /** Names of others, within which nothing is the person's. */
  readonly longer: string | null;
}

const shortestWord = 3;
const betweenWords = String.raw`[\s,;._+\-]{1,4}`;

/**
 * What other systems put before an address to make an id of it. Only looked for in ids: in a text, `ev-ann@…` is an
 * address of somebody else, and in an id it is, where somebody of that address is known.
 */
export const idPrefixes: readonly string[] = ['call', 'cal', 'case', 'contact', 'crm', 'email', 'ev', 'event', 'evt', 'id', 'k', 'key', 'lead', 'mail', 'meeting', 'msg', 'note', 'person', 'ref', 'task', 'ticket', 'user'];

const titles = '(?:herrn?|frau|hr|fr|mrs?|ms|miss|mx|dr|prof|mme|monsieur|madame|sir|sr|sra|senor|senora|don|dona)';

// Where another domain begins: `x@y.example` is not named in `x@y.example.com`, but it is where a sentence follows without a space.
const top = '(?:[a-z]{2}|com|net|org|edu|gov|mil|int|info|biz|dev|app)';
const word = '\\p{L}\\p{N}';
// What is escaped in a quoted text ends in a letter and is not part of a word.
const escaped = String.raw`(?<=\\[bfnrt])`;
const begins = `(?:${escaped}|(?<![${word}]))`;
const ends = `(?![${word}\\p{M}])`;
const folded = (text: string, folding: 'plain' | 'spelled' = 'plain'): string => fold(text, folding).text;

/** Patterns for a person's names. Texts are folded before, in both ways. */
export function namePatterns(identifiers: Identifiers): NamePatterns {
  const { emails, phones, sharedWords, otherAddresses, longerNames } = identifiers;
  const after = `${ends}(?!-[a-z0-9-]*\\.[a-z]{2})(?!\\.(?:[a-z0-9-]+\\.)?${top}(?![${word}]))`;
  // Whatever may stand in the local part of an address makes another address of it: `jo-lena@`, `jo.lena@` and `o'lena@` are not lena@; `_lena@` and `…lena@` are.
  const alone = `(?<![${word}][_+%'-]*\\.?[_+%'-]*)`;
  const behind = (email: string): string => {
    const prefixes = idPrefixes.flatMap((prefix) => ['-', '_'].filter((sign) => !otherAddresses.has(normaliseEmail(`${prefix}${sign}${email}`))).map((sign) => `${prefix}${literally(sign)}`));
    return prefixes.length === 0 ? alone : `(?:${alone}|(?<=(?:^|[^${word}._+%'-])(?:${prefixes.join('|')})))`;
  };
  const addresses = [...new Set([...emails].flatMap((email) => addressForms(email.trim())))];
  const address = (email: string, before: string): string[] => bothWays(email).map((each) => `(?:${escaped}|${before})${literally(each)}${after}`);
  const sorted = sortNames(identifiers);
  const { whole, near, inTexts, single } = sorted;
  const isShared = (each: string): boolean => sharedWords.has(folded(each)) || sharedWords.has(folded(each, 'spelled'));
  return {
    addresses: eitherOf(addresses.flatMap((email) => address(email, alone))),
    addressesInIds: eitherOf(addresses.flatMap((email) => address(email, behind(email)))),
    exact: new Set(addresses.map((email) => fold(email, 'marked').text)),
    unique: eitherOf([...[...phones].flatMap(phoneForms), ...whole.flatMap(fullName)]),
    nearby: eitherOf(near.flatMap(fullName)),
    inFreeTexts: [...inTexts.map((words) => sure(fullName(words))), ...[...whole, ...near].flatMap((words) => aboutFull(words, isShared)), ...single.flatMap((each) => aboutSingle(each, isShared)), ...sorted.singleThings.map((each) => ({ pattern: one(each), check: never('NAME_OF_A_THING') }))],
    parts: new Set([...whole, ...near].flatMap((words) => partsOf(words)).concat(single).flatMap(bothWays).filter((each) => /\p{L}/u.test(each))),
    longer: eitherOf([...longerNames].flatMap((name) => fullName(nameWords(name)))),
  };
}

const bothWays = (text: string): string[] => [...new Set([folded(text), folded(text, 'spelled')])];
const sure = (patterns: readonly string[]): CheckedPattern => ({ pattern: eitherOf(patterns) ?? '(?!)', check: () => null });
// `Brien` is no word of `O'Brien`.
const name = (words: readonly string[]): string[] => bothWays(words.join(' ')).map((each) => `${begins}(?<!(?<![${word}])o')${nameWords(each).map(literally).join(betweenWords)}${ends}`);
// A single word in an address of somebody else is a part of that.
const one = (each: string): string => (isWithoutSpaces(each) ? literally(folded(each)) : `(?<!@[${word}.-]*)(?:${name([each]).join('|')})(?![${word}._+%'-]*(?:@|＠))`);

/** A full name, with the family name before or behind. */
function fullName(words: readonly string[]): string[] {
  if (words.every(isEastAsian)) return fullNamePatterns(words.map((each) => folded(each)));
  if (words.some(isWithoutSpaces)) return [words.map((each) => literally(folded(each))).join(String.raw`\s{0,3}`)];
  return [...name(words), ...name([...words.slice(-1), ...words.slice(0, -1)])];
}

/** What else names somebody of a full name, near them. */
function aboutFull(words: readonly string[], isShared: (word: string) => boolean): CheckedPattern[] {
  if (words.every(isEastAsian)) return aboutEastAsian(partsOf(words), isShared);
  const [first, last] = [words[0] ?? '', words.at(-1) ?? ''];
  const own = [...new Set(words)].filter((each) => /\p{L}/u.test(each));
  const free = own.filter((each) => !isShared(each));
  const isWord = (each: string): boolean => [...each].length >= shortestWord && !desks.has(each.toLowerCase()) && !ordinaryWords.has(each.toLowerCase());
  const middle = bothWays(first).flatMap((one) => bothWays(last).map((other) => `${begins}${literally(one)}(?:\\s+\\p{L}[\\p{L}\\p{M}.'-]*){1,2}\\s+${literally(other)}${ends}`));
  const titled = free.filter((each) => [...each].length > 1).flatMap((each) => bothWays(each).map((one) => `${begins}${titles}\\.?[ ]+(?:${titles}\\.?[ ]+)*${literally(one)}${ends}`));
  const initialled = free.filter((each) => [...each].length >= shortestWord).flatMap((last) => own.flatMap((first) => (folded(first) === folded(last) || !/^\p{L}/u.test(first) ? [] : bothWays(last).flatMap((each) => {
    const initial = literally([...folded(first)][0] ?? '');
    return [`${begins}${initial}\\.?[ ]?${literally(each)}${ends}`, `${begins}${literally(each)},?[ ]${initial}(?:\\.|${ends}(?!'))`];
  }))));
  return [
    ...(words.length > 1 ? [{ pattern: middle.join('|'), check: capitalsBetween }] : []),
    ...(words.length > 2 ? [sure(name([first, last]))] : []),
    ...(titled.length + initialled.length > 0 ? [sure([...titled, ...initialled])] : []),
    ...free.filter(isWord).map((each) => ({ pattern: one(each), check: notJoined })),
    ...own.filter((each) => !free.includes(each) || !isWord(each)).flatMap((each) => lessSure(each, isShared(each))),
  ];
}

function lessSure(each: string, shared: boolean): CheckedPattern[] {
  if ([...each].length < 2 || desks.has(each.toLowerCase())) return [];
  if (shared) return [{ pattern: one(each), check: never('SHARED_NAME') }];
  return [{ pattern: one(each), check: ordinaryWords.has(each.toLowerCase()) ? ordinary : asName }];
}

function aboutSingle(each: string, isShared: (word: string) => boolean): CheckedPattern[] {
  if (isEastAsian(each)) return aboutEastAsian([each, ...partsOf([each])], isShared);
  if (isWithoutSpaces(each)) return [{ pattern: one(each), check: isShared(each) ? never('SHARED_NAME') : asWord }];
  if ([...each].length >= shortestName && !ordinaryWords.has(each.toLowerCase())) return [{ pattern: one(each), check: () => null }];
  return lessSure(each, isShared(each));
}

function aboutEastAsian(parts: readonly string[], isShared: (word: string) => boolean): CheckedPattern[] {
  const free = parts.filter((part) => !isShared(part));
  const titled = titledPatterns(free);
  const lone = [...new Set(parts)].toSorted((a, b) => b.length - a.length).flatMap((part) => {
    const found = lonePattern(part);
    return found === null ? [] : [{ pattern: found.pattern, check: isShared(part) ? never('SHARED_NAME') : found.check }];
  });
  return [...(titled.length > 0 ? [sure(titled)] : []), ...lone];
}

/** Which of the words of a person's names name nobody alone: others near them bear them, or the language does. */
export function keptWords(identifiers: Pick<Identifiers, 'names' | 'homonyms' | 'things' | 'sharedWords'>): string[] {
  const { whole, near, single } = sortNames(identifiers);
  const kept = (each: string): boolean => identifiers.sharedWords.has(folded(each)) || desks.has(each) || ordinaryWords.has(each) || [...each].length < 2;
  return [...new Set([...whole, ...near, single].flat().map((each) => each.normalize('NFC').toLowerCase()))].filter((each) => /\p{L}/u.test(each) && kept(each)).toSorted();
}

/** What is not looked for in texts of accounts where the person is not known, and why; one sentence each. */
export function notSearched(identifiers: Pick<Identifiers, 'names' | 'homonyms' | 'things'>): string[] {
  const { near, inTexts, single, singleThings } = sortNames(identifiers);
  const say = (names: readonly string[], why: string): string[] => [...new Set(names)].map((each) => `"${each}": ${why}`);
  return [
    ...say(single, 'a name of one word; searched only in the accounts of this person and in texts that also hold their address, number or full name.'),
    ...say(near.map((words) => words.join(' ')), 'a name of other people too, or one of several names of this mailbox; searched only in the accounts of this person and in texts that also hold their address or number.'),
    ...say(inTexts.map((words) => words.join(' ')), 'also the name of an account, product or scenario; searched only in free texts of the accounts of this person.'),
    ...say(singleThings, 'also the name of an account, product or scenario; not erased where it stands alone.'),
  ];
}
