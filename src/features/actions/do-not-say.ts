import { LRUCache } from 'lru-cache';
import { spellingsOf } from './lookalikes.ts';

/**
 * The entries of a do-not-say list that some texts hold: as words of their own, however they are spelled. Case, accents,
 * characters that nobody sees, letters that look alike, punctuation or blanks between the letters, and plain English endings
 * do not hide one. In scripts without blanks between words an entry is found anywhere.
 */
export function forbiddenWords(texts: readonly string[], doNotSay: readonly string[]): string[] {
  const spelled = texts.flatMap(spellingsOf).map((text) => ({ text: withGaps(text), bare: text.replaceAll(signs, '') }));
  return doNotSay.filter((phrase) => searchesFor(phrase).some(({ roots, search }) => spelled.some(({ text, bare }) => roots.every((root) => bare.includes(root)) && search.test(text))));
}

interface Search {
  /** What a text must hold, blanks and signs aside, to be worth a closer look. */
  readonly roots: readonly string[];
  readonly search: RegExp;
}

/** What is no part of a word becomes a blank or a dash before it is searched: 500 searches by Unicode classes take seconds. */
const signs = /[^\p{L}\p{M}\p{N}%]/gu;
const withGaps = (text: string): string => text.replaceAll(/(?<=\p{N})\s+%/gu, '%').replaceAll(signs, (sign) => (/\s/u.test(sign) ? ' ' : '-'));
const between = '[ -]';
/** Scripts in which no blank tells where a word ends. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

const known = new LRUCache<string, readonly Search[]>({ max: 5_000 });

function searchesFor(phrase: string): readonly Search[] {
  const held = known.get(phrase);
  if (held) return held;
  const searches = [...new Set(spellingsOf(phrase))].flatMap((spelled) => {
    const words = withGaps(spelled).match(/[^ -]+/gu) ?? [];
    const letters = words.flatMap((word) => [...word]);
    if (letters.length === 0) return [];
    const [start, end] = [unspaced.test(letters[0] ?? '') ? '' : '(?<![^ -])', unspaced.test(letters.at(-1) ?? '') ? '' : '(?![^ -])'];
    const whole = words.map(formsOf).join(`${between}*`);
    const spaced = letters.length > 2 ? `|${letters.join(`${between}+`)}` : '';
    return [{ roots: words.map(rootOf), search: new RegExp(`${start}(?:${whole}${spaced})${end}`, 'u') }];
  });
  known.set(phrase, searches);
  return searches;
}

const inflects = /^[a-z]{3,}$/u;

/** What all forms of a word begin with. */
const rootOf = (word: string): string => (inflects.test(word) && /[ey]$/u.test(word) ? word.slice(0, -1) : word);

/**
 * A word with its plain English endings. Signs may stand between its letters, at most three; in a word of six letters or more
 * also blanks, since no two words make such a one by chance.
 */
function formsOf(word: string): string {
  const letters = [...word];
  const gap = letters.length >= 6 ? `${between}{0,3}` : '-{0,3}';
  const split = letters.join(gap);
  if (!inflects.test(word)) return split;
  const stem = letters.slice(0, -1).join(gap);
  const last = letters.at(-1) ?? '';
  const ends = '(?:-?s|es|d|ed|r|er|ers|ing|ings|ly)?';
  if (last === 'e') return `(?:${split}${ends}|${stem}(?:ing|ings|able))`;
  if (last === 'y') return `(?:${split}${ends}|${stem}(?:ies|ied|ier|iest|ily))`;
  return `${split}(?:${ends}|${last}(?:ed|er|ers|ing|ings))`;
}
