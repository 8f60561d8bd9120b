import type { Competitor } from './context-rules.ts';

/** Scripts that are written without spaces between words: beside them, a name of another script is a whole word. */
const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
/** Particles of Korean follow a name without a space. */
const hangul = /\p{Script=Hangul}/u;
const wordCharacter = /[\p{L}\p{N}\p{M}_]/u;

/** A text as names are looked for in it: compatibility forms are one, and invisible characters are gone. */
export function foldText(text: string): string {
  return text.normalize('NFKC').replaceAll(/\p{Cf}/gu, '');
}

/** Names by their characters: each step leads on by one UTF-16 unit. */
interface Step {
  readonly next: Map<number, Step>;
  /** The competitors whose name or alias ends here. */
  readonly names: string[];
}

/** The names of competitors, ready to be looked for. */
export interface CompetitorIndex {
  /** Names whose capitals must match. */
  readonly exact: Step;
  /** The others, in small letters. */
  readonly folded: Step;
}

const emptyStep = (): Step => ({ next: new Map(), names: [] });

function addWord(start: Step, word: string, name: string): void {
  let step = start;
  for (let at = 0; at < word.length; at += 1) {
    const unit = word.charCodeAt(at);
    const known = step.next.get(unit) ?? emptyStep();
    step.next.set(unit, known);
    step = known;
  }
  if (!step.names.includes(name)) step.names.push(name);
}

/** Prepares names and aliases. */
export function indexCompetitors(competitors: readonly Competitor[]): CompetitorIndex {
  const index = { exact: emptyStep(), folded: emptyStep() };
  for (const { name, aliases, caseSensitive } of competitors) {
    for (const each of [name, ...aliases].map(foldText)) addWord(caseSensitive ? index.exact : index.folded, caseSensitive ? each : each.toLowerCase(), name);
  }
  return index;
}

/**
 * The names of the competitors that a text mentions as whole words, each once: `Gong` is not in `Gongfu`. The time it takes
 * depends on the length of the text and of the longest name, not on how many names there are.
 */
export function mentionedIn(text: string, index: CompetitorIndex): Set<string> {
  const plain = foldText(text);
  const found = new Set<string>();
  findWords(plain, index.exact, found);
  findWords(plain.toLowerCase(), index.folded, found);
  return found;
}

function findWords(text: string, start: Step, found: Set<string>): void {
  if (start.next.size === 0) return;
  for (let from = 0; from < text.length; from += 1) {
    let step = start.next.get(text.charCodeAt(from));
    if (!step || !isBoundary(characterBefore(text, from), characterAt(text, from))) continue;
    for (let end = from + 1; step; end += 1) {
      if (step.names.length > 0 && isBoundary(characterAt(text, end), characterBefore(text, end))) for (const name of step.names) found.add(name);
      step = end < text.length ? step.next.get(text.charCodeAt(end)) : undefined;
    }
  }
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
