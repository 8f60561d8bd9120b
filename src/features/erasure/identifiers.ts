import { normaliseEmail } from '../../platform/postgres/seal.ts';
import { nameKey, nameWords } from '../accounts/index.ts';
import { desks, ordinaryWords } from './name-lists.ts';
import { digitsOf, fewestDigits, phoneForms } from './phone-forms.ts';
import { addressForms, eitherOf, written } from './written.ts';

/** What a person is called in texts. */
export interface Identifiers {
  readonly emails: Iterable<string>;
  readonly names: Iterable<string>;
  readonly phones: Iterable<string>;
  /** Names that others of the tenant bear, too, as `nameKey` writes them. */
  readonly homonyms: ReadonlySet<string>;
  /** Those that are names of things, likewise. */
  readonly things: ReadonlySet<string>;
  /** Words of names of others near the person, in lower case. */
  readonly sharedWords: ReadonlySet<string>;
  /** Addresses of others that are one of these behind the prefix of an id. */
  readonly otherAddresses: ReadonlySet<string>;
}

/** Regular expressions that tell upper from lower case; null for none. */
export interface NamePatterns {
  /** What names the person wherever it stands: addresses, telephone numbers, full names that nobody else bears. */
  readonly anywhere: string | null;
  /** The same in ids, where the prefix of an id may stand before an address. */
  readonly inIds: string | null;
  /** Full names that others bear, too, or that are one of several of the person: they name the person near them, and where an address or number does so already. */
  readonly nearby: string | null;
  /** Single words of names, with title or initial too, and names of things: as `nearby`, and in free texts only. */
  readonly inFreeTexts: string | null;
  /** What a whole member of JSON says that stands beside an address: any word of a name. */
  readonly parts: string | null;
}

/** How a dialect writes a letter or digit, as part of a bracket. */
type WordClass = '[:alnum:]' | '\\p{L}\\p{N}';

/** A name of a single word is only looked for when it is this long: shorter ones are words of the language more often than names. Words of longer names may be shorter. */
const shortestName = 6;
const shortestWord = 3;
const betweenWords = String.raw`(?:[\s\u00a0,;._+-]|%20){1,4}`;

/**
 * What other systems put before an address to make an id of it. Only looked for in ids: in a text, `ev-ann@…` is an
 * address of somebody else, and in an id it is, where somebody of that address is known.
 */
export const idPrefixes: readonly string[] = ['call', 'cal', 'case', 'contact', 'crm', 'email', 'ev', 'event', 'evt', 'id', 'k', 'key', 'lead', 'mail', 'meeting', 'msg', 'note', 'person', 'ref', 'task', 'ticket', 'user'];

const titles = String.raw`(?:[Hh]err[n]?|HERRN?|[Ff]rau|FRAU|[Hh]r|[Ff]r|[Mm]rs?|MRS?|[Mm]s|MS|[Mm]iss|[Mm]x|[Dd]r|DR|[Pp]rof|[Mm]me|[Mm]onsieur|[Mm]adame|[Ss]ir)`;

// Where another domain begins: `x@y.example` is not named in `x@y.example.com`, but it is where a sentence follows without a space.
const top = '(?:[a-z]{2}|[A-Z]{2}|com|net|org|edu|gov|mil|int|info|biz|dev|app|COM|NET|ORG)';

/** Patterns for a person's names, in all the ways in which they are written: see `written`. */
export function namePatterns(identifiers: Identifiers, word: WordClass): NamePatterns {
  const { emails, names, phones, homonyms, things, sharedWords, otherAddresses } = identifiers;
  const begins = `(?<![${word}])`;
  const ends = `(?![${word}\\u0300-\\u036f])`;
  // What is escaped in an address of the web, or in a quoted text, ends in letters and digits and is not part of a word; unless it is a letter, or a sign that an address may hold.
  const escaped = String.raw`(?<=%(?:[01][0-9A-Fa-f]|2[0-46-9ACFacf]|3[A-Fa-f]|40|5[B-Eb-e]|60|7[B-Eb-e])|\\[bfnrt]|\\u00[0-3][0-9A-Fa-f])`;
  const after = `${ends}(?!-[a-z0-9-]*\\.[a-z]{2})(?!\\.(?:[a-z0-9-]+\\.)?${top}(?![${word}]))`;
  // Whatever may stand in the local part of an address makes another address of it: `jo-lena@`, `jo.lena@` and `o'lena@` are not lena@; `_lena@` and `…lena@` are.
  const local = `[_+%'’-]*\\.?[_+%'’-]*`;
  const alone = `(?<![${word}]${local})`;
  const behind = (email: string): string => {
    const prefixes = idPrefixes.flatMap((prefix) => ['-', '_'].filter((sign) => !otherAddresses.has(normaliseEmail(`${prefix}${sign}${email}`))).map((sign) => `${written(prefix)}${sign}`));
    return prefixes.length === 0 ? alone : `(?:${alone}|(?<=(?:^|[^${word}._+%'’-])(?:${prefixes.join('|')})))`;
  };
  const addresses = [...new Set([...emails].flatMap((email) => addressForms(email.trim())))];
  const name = (words: readonly string[]): string => `(?:${escaped}|${begins})${words.map(written).join(betweenWords)}${ends}`;
  // A single word in an address of somebody else is a part of that.
  const one = (each: string): string => `(?<!@[${word}.-]*)${name([each])}(?![${word}._+%'’-]*(?:@|＠|%40|&#64;))`;
  const numbers = [...phones].flatMap(phoneForms);
  const { whole, near, inTexts, single } = sortNames({ names, homonyms, things });
  const orders = (words: readonly string[]): string[] => [name(words), name([...words.slice(-1), ...words.slice(0, -1)])];
  const unique = [...numbers, ...whole.flatMap(orders)];
  const words = [...new Set([...whole, ...near].flat().map((each) => each.normalize('NFC')))].filter((each) => /\p{L}/u.test(each));
  const own = words.filter((each) => !sharedWords.has(each.toLowerCase()));
  const alike = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();
  const titled = own.filter((each) => [...each].length > 1).map((each) => `${begins}${titles}\\.?[ \\u00a0]+(?:${titles}\\.?[ \\u00a0]+)*${written(each)}${ends}`);
  const initialled = [...whole, ...near].flatMap((each) => each.flatMap((last) => (own.includes(last.normalize('NFC')) && [...last].length >= shortestWord
    ? each.flatMap((first) => (alike(first, last) || !/^\p{L}/u.test(first) ? [] : [`${begins}${written([...first][0] ?? '')}\\.?[ \\u00a0]?${written(last)}${ends}`, `${begins}${written(last)},?[ \\u00a0]${written([...first][0] ?? '')}(?:\\.|${ends})`]))
    : [])));
  const lone = own.filter((each) => [...each].length >= shortestWord && !desks.has(each.toLowerCase()) && !ordinaryWords.has(each.toLowerCase())).map(one);
  return {
    anywhere: eitherOf([...addresses.map((email) => `(?:${escaped}|${alone})${written(email)}${after}`), ...unique]),
    inIds: eitherOf([...addresses.map((email) => `(?:${escaped}|${behind(email)})${written(email)}${after}`), ...unique]),
    nearby: eitherOf(near.flatMap(orders)),
    inFreeTexts: eitherOf([...inTexts.flatMap(orders), ...single.map(one), ...titled, ...initialled, ...lone]),
    parts: words.length + single.length === 0 ? null : `^\\s*(?:${[...words, ...single].map(written).join('|')})\\s*$`,
  };
}

/** The addresses alone, for what stands beside them. */
export function addressPattern(identifiers: Identifiers): string | null {
  return namePatterns({ ...identifiers, names: [], phones: [] }, '[:alnum:]').anywhere;
}

/** Which of the words of a person's names name nobody alone: others near them bear them, or the language does. */
export function keptWords({ names, homonyms, things, sharedWords }: Pick<Identifiers, 'names' | 'homonyms' | 'things' | 'sharedWords'>): string[] {
  const { whole, near } = sortNames({ names, homonyms, things });
  const kept = (word: string): boolean => sharedWords.has(word) || desks.has(word) || ordinaryWords.has(word) || [...word].length < shortestWord;
  return [...new Set([...whole, ...near].flat().map((word) => word.normalize('NFC').toLowerCase()))].filter((word) => /\p{L}/u.test(word) && kept(word)).toSorted();
}

/** Where a name is looked for: anywhere, only near the person, there in free texts only, or, of a single word, likewise. */
function sortNames({ names, homonyms, things }: Pick<Identifiers, 'names' | 'homonyms' | 'things'>) {
  const told = [...new Set(names)].map((each) => ({ words: nameWords(each), key: nameKey(each) })).filter(({ words }) => !words.every((each) => desks.has(each.toLowerCase())));
  const people = told.filter(({ key, words }) => words.length > 1 && !things.has(key));
  // `Ann Lee` and `Ann Lee 2` are one name; `Ann Lee` and `Renewals` of one mailbox may be two people, or none.
  const letters = told.map(({ key }) => new Set(key.split(' ').filter((each) => /\p{L}/u.test(each))));
  const several = letters.some((one) => letters.some((other) => !one.isSubsetOf(other) && !other.isSubsetOf(one)));
  const isNear = ({ key }: { readonly key: string }): boolean => several || homonyms.has(key);
  const wordsOf = (some: typeof told): string[][] => some.map(({ words }) => words);
  return {
    whole: wordsOf(people.filter((each) => !isNear(each))),
    near: wordsOf(people.filter(isNear)),
    inTexts: wordsOf(told.filter(({ key, words }) => words.length > 1 && things.has(key))),
    single: told.flatMap(({ words: [only = '', ...more], key }) => (more.length === 0 && [...only].length >= shortestName && !things.has(key) && !ordinaryWords.has(only.toLowerCase()) ? [only] : [])),
  };
}

/**
 * What every text holds that one of the patterns matches: words in lower case, and digits. Of each word its longest run of
 * unaccented letters and digits, which is written in one way only.
 */
export function needlesOf({ emails, names, phones }: Identifiers): { readonly words: readonly string[]; readonly digits: readonly string[] } {
  const needle = (text: string): string[] => {
    const run = (text.toLowerCase().match(/[a-z0-9]+/g) ?? []).reduce((kept, each) => (each.length > kept.length ? each : kept), '');
    return run.length > 1 ? [run] : nameWords(text).slice(0, 1).flatMap((first) => [first.normalize('NFC').toLowerCase(), first.normalize('NFD').toLowerCase()]);
  };
  const local = (email: string): string => (/[a-z0-9]{2}/i.test(email.replace(/@.*/s, '')) ? email.replace(/@.*/s, '') : email.replace(/.*@/s, ''));
  // Each word of a name that is looked for alone; of others the longest.
  const ofName = (name: string): string[] => [name, ...nameWords(name).filter((word) => [...word].length >= shortestWord)];
  const words = [...[...emails].map((email) => local(email.trim())), ...[...names].flatMap(ofName)].flatMap(needle).filter((word) => word !== '');
  return { words: [...new Set(words)], digits: [...new Set([...phones].flatMap((phone) => digitsOf(phone).slice(-fewestDigits)))].filter((digits) => digits.length === fewestDigits) };
}

/** Looks for the patterns in free texts of this process; `near`: where the person is known. */
export function nameMatcher(identifiers: Identifiers): { isNamedIn(text: string, near: boolean): boolean; without(text: string, near: boolean): string } {
  const { anywhere, nearby, inFreeTexts } = namePatterns(identifiers, '\\p{L}\\p{N}');
  const expressions = (patterns: readonly (string | null)[]): RegExp[] => patterns.flatMap((pattern) => (pattern === null ? [] : [new RegExp(pattern, 'gu')]));
  const [always, sometimes] = [expressions([anywhere]), expressions([nearby, inFreeTexts])];
  const erase = (text: string, patterns: readonly RegExp[]): string => patterns.reduce((left, pattern) => left.replaceAll(pattern, '[erased]'), text);
  const without = (text: string, near: boolean): string => {
    const left = erase(text, always);
    return near || left !== text ? erase(left, sometimes) : left;
  };
  return { without, isNamedIn: (text, near) => without(text, near) !== text };
}

