import { fold, type Folded, type Folding } from '../../platform/fold.ts';
import type { Check, StayReason } from './doubt.ts';
import { namePatterns, type Identifiers } from './identifiers.ts';

/** An occurrence that stays, as it is written. */
export interface Staying {
  readonly found: string;
  readonly reason: StayReason;
}

/** How a text is looked at. */
export interface Looking {
  /** Whether the person is known there. */
  readonly near: boolean;
  /** Whether sentences or names of people stand there: only then single words are looked for. */
  readonly free?: boolean;
  /** Whether it is what other systems call something. */
  readonly ids?: boolean;
  /** Whether what is not sure is taken out, too, because a person decided so. */
  readonly all?: boolean;
}

/** What a text becomes. */
export interface Scanned {
  readonly left: string;
  /** What may name the person and stays. */
  readonly stays: readonly Staying[];
}

/** Looks for a person in texts. */
export interface NameMatcher {
  scan(text: string, looking: Looking): Scanned;
  /** Whether it names them wherever it stands. */
  isNamedAnywhere(text: string, ids?: boolean): boolean;
  /** What a whole member of JSON beside an address of theirs says, folded. */
  readonly parts: ReadonlySet<string>;
}

interface Rule {
  readonly expression: RegExp;
  /** Exclusive of addresses: those are no part of a longer name. */
  readonly isName: boolean;
  readonly check: Check;
}

const erased = '[erased]';
const umlauts = /[äöüåøÄÖÜÅØ]|[aouAOU]\u0308|%[cC]3|\\u00[cdefCDEF]|&#/u;

/** Makes a matcher. Patterns are compiled once. */
export function nameMatcher(identifiers: Identifiers): NameMatcher {
  const patterns = namePatterns(identifiers);
  const rule = (pattern: string | null, check: Check = () => null, isName = true): Rule[] => (pattern === null ? [] : [{ expression: new RegExp(pattern, 'gu'), check, isName }]);
  // An accent makes another address of it.
  const isExact: Check = ({ folded, start, end, marked }) => (patterns.exact.has(marked ?? folded.slice(start, end)) ? null : 'WORD');
  const [unique, nearby] = [rule(patterns.unique), rule(patterns.nearby)];
  const always = [...rule(patterns.addresses, isExact, false), ...unique];
  const inIds = [...rule(patterns.addressesInIds, isExact, false), ...unique];
  const free = patterns.inFreeTexts.flatMap(({ pattern, check }) => rule(pattern, check));
  const longer = patterns.longer === null ? null : new RegExp(patterns.longer, 'gu');
  const foldOnce = foldingOnce();
  const run = (text: string, rules: readonly Rule[], all: boolean, stays: Staying[]): string => rules.reduce((left, each) => {
    const plain = apply(left, 'plain', each, { longer, all, stays, foldOnce });
    return umlauts.test(plain) ? apply(plain, 'spelled', each, { longer, all, stays: [], foldOnce }) : plain;
  }, text);
  return {
    parts: patterns.parts,
    isNamedAnywhere: (text, ids = false) => run(text, ids ? inIds : always, false, []) !== text,
    scan(text, { near, free: isFree = true, ids = false, all = false }) {
      const stays: Staying[] = [];
      const first = run(text, ids ? inIds : always, false, stays);
      if (!near && first === text) return { left: text, stays: [] };
      const second = run(first, nearby, false, stays);
      const left = isFree ? run(second, free, all, stays) : second;
      // What a later rule was sure of is gone.
      const open = new Map(stays.filter(({ found }) => left.includes(found)).map((each) => [`${each.reason} ${each.found}`, each]));
      return { left, stays: [...open.values()] };
    },
  };
}

type FoldOnce = (text: string, folding: Folding) => Folded;

interface Applying {
  readonly foldOnce: FoldOnce;
  readonly longer: RegExp | null;
  readonly all: boolean;
  readonly stays: Staying[];
}

/** Rules are tried one after another on what is mostly the same text. Of a matcher, and gone with it: no text of a person outlives their erasure here. */
function foldingOnce(): FoldOnce {
  const lastFolded = new Map<Folding, { readonly text: string; readonly folded: Folded }>();
  return (text, folding) => {
    const last = lastFolded.get(folding);
    if (last?.text === text) return last.folded;
    const folded = fold(text, folding);
    lastFolded.set(folding, { text, folded });
    return folded;
  };
}

function apply(text: string, folding: Folding, { expression, check, isName }: Rule, { longer, all, stays, foldOnce }: Applying): string {
  const folded = foldOnce(text, folding);
  const matches = [...folded.text.matchAll(expression)].filter(({ 0: match }) => match !== '');
  if (matches.length === 0) return text;
  const others = longer !== null && isName ? [...folded.text.matchAll(longer)].map(({ 0: match, index }) => [index, index + match.length] as const) : [];
  let [out, done] = ['', 0];
  for (const { 0: match, index } of matches) {
    const end = index + match.length;
    const [from, to] = folded.original(index, end);
    if (from < done) continue;
    const inOther = others.some(([start, stop]) => start <= index && end <= stop && stop - start > match.length);
    const reason = inOther ? 'WORD' : check({ folded: folded.text, start: index, end, letter: (at) => letterAt(text, folded, at), marked: isName ? null : fold(text.slice(from, to), 'marked').text });
    if (reason !== null && (reason === 'WORD' || !all)) {
      if (reason !== 'WORD') stays.push({ found: text.slice(from, to), reason });
      continue;
    }
    out += `${text.slice(done, from)}${erased}`;
    done = to;
  }
  return out + text.slice(done);
}

function letterAt(text: string, folded: Folded, at: number): string {
  const [from, to] = folded.original(at, at + 1);
  return text.slice(from, to).normalize('NFKC');
}
