import { nameKey, nameWords } from '../accounts/index.ts';
import { eitherOf, written } from './written.ts';

/** What a person is called in texts. */
export interface Identifiers {
  readonly emails: Iterable<string>;
  readonly names: Iterable<string>;
  readonly phones: Iterable<string>;
  /** Names that others of the tenant bear, too, as `nameKey` writes them. */
  readonly homonyms: ReadonlySet<string>;
}

/** Regular expressions that tell upper from lower case; null for none. */
export interface NamePatterns {
  /** What names the person wherever it stands: addresses, telephone numbers, full names that nobody else bears. */
  readonly anywhere: string | null;
  /** The same in ids, where anything but a letter or digit may stand before an address. */
  readonly inIds: string | null;
  /** Full names that others bear, too: they name the person near them, and where an address or number does so already. */
  readonly nearby: string | null;
  /** Single words: as `nearby`, and in free texts only. */
  readonly inFreeTexts: string | null;
}

/** How a dialect writes a letter or digit, as part of a bracket. */
type WordClass = '[:alnum:]' | '\\p{L}\\p{N}';

/** A single word is only looked for when it is this long: shorter ones are words of the language more often than names. */
const shortestWord = 6;
const fewestDigits = 7;
const betweenDigits = String.raw`[ \u00a0()./\u2010-\u2013-]*`;
const betweenWords = String.raw`(?:[\s\u00a0,;._+-]|%20){1,4}`;

/** A contact that is called so is a mailbox or a desk, and nobody; its name is looked for in no text. */
const desks = new Set(('account accounting accounts admin administration administrator billing business care center centre contact customer customers department desk development engineering executive finance ' +
  'group head help helpdesk human info information invoice invoices legal mail mailbox management manager marketing office operations order orders partner partners payable payroll press procurement product ' +
  'purchasing receivable reception relations resources sales secretary security service services success support team technical technology unknown user vendor').split(' '));

// Where another domain begins: `x@y.example` is not named in `x@y.example.com`, but it is where a sentence follows without a space.
const top = '(?:[a-z]{2}|[A-Z]{2}|com|net|org|edu|gov|mil|int|info|biz|dev|app|COM|NET|ORG)';

/** Patterns for a person's names, in all the ways in which they are written: see `written`. */
export function namePatterns({ emails, names, phones, homonyms }: Identifiers, word: WordClass): NamePatterns {
  const begins = `(?<![${word}])`;
  const ends = `(?![${word}\\u0300-\\u036f])`;
  // What is escaped in an address of the web, or in a quoted text, ends in letters and digits and is not part of a word.
  const escaped = String.raw`(?<=%[0-9A-Fa-f]{2}|\\[bfnrt]|\\u[0-9A-Fa-f]{4})`;
  const after = `${ends}(?!-[a-z0-9-]*\\.[a-z]{2})(?!\\.(?:[a-z0-9-]+\\.)?${top}(?![${word}]))`;
  const address = (before: string) => (email: string): string => `(?:${escaped}|${before})${written(email.trim())}${after}`;
  const name = (words: readonly string[]): string => `(?:${escaped}|${begins})${words.map(written).join(betweenWords)}${ends}`;
  const numbers = [...phones].map(digitsOf).filter((digits) => digits.length >= fewestDigits).map((digits) => `(?<![0-9])${[...digits].join(betweenDigits)}(?![0-9])`);
  const told = [...new Set(names)].map((each) => ({ words: nameWords(each), key: nameKey(each) })).filter(({ words }) => !words.every((each) => desks.has(each.toLowerCase())));
  const full = told.filter(({ words }) => words.length > 1);
  const orders = (words: readonly string[]): string[] => [name(words), name([...words.slice(-1), ...words.slice(0, -1)])];
  const unique = [...numbers, ...full.filter(({ key }) => !homonyms.has(key)).flatMap(({ words }) => orders(words))];
  // `anna-lena@` and `jo.lena@` are not lena@; `ev-lena@` and `_lena@` are.
  const own = address(`${begins}(?<![${word}][.+%])(?<![a-z]{3}[_-])`);
  return {
    anywhere: eitherOf([...[...emails].map(own), ...unique]),
    inIds: eitherOf([...[...emails].map(address(begins)), ...unique]),
    nearby: eitherOf(full.filter(({ key }) => homonyms.has(key)).flatMap(({ words }) => orders(words))),
    inFreeTexts: eitherOf(told.filter(({ words: [only = '', ...more] }) => more.length === 0 && [...only].length >= shortestWord).map(({ words }) => name(words))),
  };
}

/**
 * What every text holds that one of the patterns matches: words in lower case, and digits. Of each name its longest run of
 * unaccented letters and digits, which is written in one way only.
 */
export function needlesOf({ emails, names, phones }: Identifiers): { readonly words: readonly string[]; readonly digits: readonly string[] } {
  const needle = (text: string): string[] => {
    const run = (text.toLowerCase().match(/[a-z0-9]+/g) ?? []).reduce((kept, each) => (each.length > kept.length ? each : kept), '');
    return run.length > 1 ? [run] : nameWords(text).slice(0, 1).flatMap((first) => [first.normalize('NFC').toLowerCase(), first.normalize('NFD').toLowerCase()]);
  };
  const local = (email: string): string => (/[a-z0-9]{2}/i.test(email.replace(/@.*/s, '')) ? email.replace(/@.*/s, '') : email.replace(/.*@/s, ''));
  const words = [...[...emails].map((email) => local(email.trim())), ...names].flatMap(needle).filter((word) => word !== '');
  return { words: [...new Set(words)], digits: [...phones].map(digitsOf).filter((digits) => digits.length >= fewestDigits) };
}

const digitsOf = (phone: string): string => phone.replaceAll(/\D/g, '');

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

