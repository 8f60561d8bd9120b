import type { Competitor } from './context-rules.ts';

/** Scripts that are written without spaces between words: beside them, a name of another script stands by itself. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
/** Particles of Korean follow a name without a space. */
const hangul = /\p{Script=Hangul}/u;
const wordCharacter = /[\p{L}\p{N}\p{M}_]/u;

/** A text as names are looked for in it: compatibility forms are one, and invisible characters are gone. */
export function foldText(text: string): string {
  return text.normalize('NFKC').replaceAll(/\p{Cf}/gu, '');
}

interface Needle {
  readonly competitor: Competitor;
  readonly text: string;
}

/** The names of competitors, ready to be looked for. */
export interface CompetitorIndex {
  readonly exact: readonly Needle[];
  readonly folded: readonly Needle[];
}

/** Prepares names and aliases. */
export function indexCompetitors(competitors: readonly Competitor[]): CompetitorIndex {
  const needles = competitors.flatMap((competitor) => [competitor.name, ...competitor.aliases].map((name) => ({ competitor, text: foldText(name) })));
  return {
    exact: needles.filter(({ competitor }) => competitor.caseSensitive),
    folded: needles.filter(({ competitor }) => !competitor.caseSensitive).map(({ competitor, text }) => ({ competitor, text: text.toLowerCase() })),
  };
}

/** The names of the competitors that a text mentions as whole words, each once: `Gong` is not in `Gongfu`. */
export function mentionedIn(text: string, index: CompetitorIndex): Set<string> {
  const plain = foldText(text);
  const lower = plain.toLowerCase();
  const found = [...index.exact.filter((needle) => hasWord(plain, needle.text)), ...index.folded.filter((needle) => hasWord(lower, needle.text))];
  return new Set(found.map(({ competitor }) => competitor.name));
}

/** Whether a text contains another one between word boundaries. Linear in the text's length for each name. */
export function hasWord(text: string, word: string): boolean {
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1)) {
    if (isBoundary(characterBefore(text, at), word) && isBoundary(characterAt(text, at + word.length), [...word].at(-1) ?? '')) return true;
  }
  return false;
}

/** Whether a name ends where another character follows (or precedes) it. */
function isBoundary(outside: string, inside: string): boolean {
  const edge = [...inside][0] ?? '';
  if (outside === '' || !wordCharacter.test(outside) || !wordCharacter.test(edge)) return true;
  if (unspaced.test(outside) || unspaced.test(edge)) return true;
  return hangul.test(outside) !== hangul.test(edge);
}

function characterAt(text: string, at: number): string {
  const point = text.codePointAt(at);
  return point === undefined ? '' : String.fromCodePoint(point);
}

function characterBefore(text: string, at: number): string {
  if (at === 0) return '';
  const unit = text.charCodeAt(at - 1);
  return unit >= 0xdc00 && unit <= 0xdfff && at > 1 ? text.slice(at - 2, at) : text.charAt(at - 1);
}
