import { isHangul, isHanOrKana, nameParts, splitName } from '../accounts/index.ts';
import { asWord, type Check } from './doubt.ts';
import { literally } from './written.ts';

const between = String.raw`[\s・·,、]{0,2}`;
const apart = String.raw`[\s・·,、]{1,2}`;
const titles = '(?:さん|さま|様|ちゃん|くん|君|氏|殿|先生|女士|小姐|太太|老师|老師|教授|经理|經理|总|總|董事|主任|博士|部長|課長|社長|部长)';
const koreanTitles = String.raw`(?:\s?(?:님|씨|군|양|선생|대표|팀장|부장|과장|차장|사장|이사|교수|박사))`;
const koreanParticles = '(?:님|씨|은|는|이|가|을|를|의|에게|에|께|과|와|도|만|으로|로|랑|이랑|하고|한테|군|양|입니다|이다|선생)';

const letters = (word: string): string => [...word].map(literally).join('');
const begins = (word: string): string => (isHangul(word) ? String.raw`(?<!\p{Script=Hangul})` : /^\p{Script=Katakana}/u.test(word) ? String.raw`(?<![\p{Script=Katakana}ー])` : '');
const ends = (word: string): string => (/\p{Script=Katakana}ー?$/u.test(word) ? String.raw`(?![\p{Script=Katakana}ー])` : '');
const size = (words: readonly string[]): number => words.reduce((sum, word) => sum + [...word].length, 0);

/** Whether the words are a full name that can be told wherever it stands: family and given name, three characters or more. */
export function isFullName(words: readonly string[]): boolean {
  return size(words) >= 3 && (words.length > 1 || splitName(words[0] ?? '') !== null);
}

/** Patterns for a full name: with and without a space, and with the given name first. */
export function fullNamePatterns(words: readonly string[]): string[] {
  const [only = ''] = words;
  if (words.length > 1) {
    const turned = [...words.slice(1), only];
    return [words, turned].map((each) => `${begins(each[0] ?? '')}${each.map(letters).join(between)}${ends(each.at(-1) ?? '')}`);
  }
  const [family = '', given = ''] = splitName(only) ?? [];
  return [`${begins(only)}${[...only].map(literally).join(String.raw`[\s・·]?`)}${ends(only)}`, `${begins(given)}${letters(given)}${apart}${letters(family)}`];
}

/** Patterns for a part of a name before a title: the title stays. */
export function titledPatterns(parts: readonly string[]): string[] {
  return parts.map((part) => (isHangul(part) ? `${begins(part)}${letters(part)}(?=${koreanTitles})` : `${[...part].length > 1 ? begins(part) : String.raw`(?<!\p{Script=Han})`}${letters(part)}(?=${String.raw`\s?`}${titles})`));
}

/** A pattern for a part that stands alone, and how it is told from a part of a word; null where it is too short. */
export function lonePattern(part: string): { readonly pattern: string; readonly check: Check } | null {
  if ([...part].length < 2) return null;
  if (isHangul(part)) return { pattern: `${begins(part)}${letters(part)}(?:(?!\\p{Script=Hangul})|(?=${koreanParticles}(?!\\p{Script=Hangul}{2})))`, check: () => null };
  const pattern = `${begins(part)}${[...part].map(literally).join(String.raw`[\s・·]?`)}${ends(part)}`;
  return { pattern, check: isHanOrKana(part) && !/\p{Script=Katakana}/u.test(part) ? asWord : () => null };
}

/** The words of a name and, where it is one word, family and given name. */
export function partsOf(words: readonly string[]): string[] {
  return [...new Set(words.flatMap(nameParts))];
}
