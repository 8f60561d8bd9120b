/** What a person is called in texts. */
export interface Identifiers {
  readonly emails: Iterable<string>;
  readonly names: Iterable<string>;
  readonly phones: Iterable<string>;
}

/** Regular expressions, null for none: what names the person wherever it stands, and what does so only near them. */
export interface NamePatterns {
  readonly anywhere: string | null;
  readonly nearby: string | null;
}

/** How a dialect writes a letter or digit, as part of a bracket. */
type WordClass = '[:alnum:]' | '\\p{L}\\p{N}';

/** A single word is only looked for when it is this long: shorter ones are words of the language more often than names. */
const shortestWord = 6;
const fewestDigits = 7;

/**
 * Patterns for a person's names; case is to be ignored. An address and a telephone number name one person anywhere. A name
 * does so among those who know them, if it has two words or one of six letters and more. `inJson`: as JSON writes them.
 */
export function namePatterns({ emails, names, phones }: Identifiers, word: WordClass, inJson = false): NamePatterns {
  const written = (text: string): string => literally(inJson ? JSON.stringify(text).slice(1, -1) : text);
  const anywhere = [
    ...[...emails].map((email) => `(?<![${word}._%+-])${written(email.trim())}(?![${word}-]|\\.[${word}])`),
    ...[...phones].map((phone) => phone.replaceAll(/\D/g, '')).filter((digits) => digits.length >= fewestDigits).map((digits) => `(?<![0-9])${[...digits].join('[ ()./-]*')}(?![0-9])`),
  ];
  const nearby = [...names].map((name) => name.trim()).filter((name) => /\s/.test(name) || [...name].length >= shortestWord)
    .map((name) => `(?<![${word}])${name.split(/\s+/).map(written).join('\\s+')}(?![${word}])`);
  return { anywhere: joined(anywhere), nearby: joined(nearby) };
}

/** What every text holds that one of the patterns matches, in some case: words, also as JSON writes them, and digits. */
export function needlesOf({ emails, names, phones }: Identifiers): { readonly words: readonly string[]; readonly digits: readonly string[] } {
  const longest = (name: string): string => name.trim().split(/\s+/).reduce((kept, word) => (word.length > kept.length ? word : kept), '');
  const words = [...[...emails].map((email) => email.trim()), ...[...names].map(longest)].filter((word) => word !== '');
  return { words: [...new Set(words.flatMap((word) => [word, JSON.stringify(word).slice(1, -1)]))], digits: [...phones].map((phone) => phone.replaceAll(/\D/g, '')).filter((digits) => digits.length >= fewestDigits) };
}

const joined = (patterns: readonly string[]): string | null => (patterns.length === 0 ? null : [...new Set(patterns)].toSorted((a, b) => b.length - a.length || (a < b ? -1 : 1)).join('|'));

/** Both dialects take a backslash before these as the character itself. */
function literally(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}

/** Looks for the patterns in texts of this process. */
export function nameMatcher(identifiers: Identifiers): { isNamedIn(text: string, near: boolean): boolean; without(text: string, near: boolean): string } {
  const { anywhere, nearby } = namePatterns(identifiers, '\\p{L}\\p{N}');
  const always = anywhere === null ? [] : [expression(anywhere)];
  const sometimes = nearby === null ? [] : [expression(nearby)];
  const using = (near: boolean): RegExp[] => (near ? [...always, ...sometimes] : always);
  return {
    isNamedIn: (text, near) => using(near).some((pattern) => text.search(pattern) >= 0),
    without: (text, near) => using(near).reduce((left, pattern) => left.replaceAll(pattern, '[erased]'), text),
  };
}

const expression = (pattern: string): RegExp => new RegExp(pattern, 'giu');
