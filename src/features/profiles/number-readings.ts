import { daysIn, type Reading } from './readings.ts';

/** A number as a text has it, with everything that it may mean. */
export interface WrittenNumber {
  /** What it may mean, each once: `1.200` is 1200 and 1.2. */
  readonly values: readonly number[];
  /** Whether a word or letter multiplies it: `2 million`. */
  readonly multiplied: boolean;
  readonly from: number;
  readonly to: number;
}

/** Powers of ten by the words and letters for them, in lower case. */
const powers: Readonly<Record<string, number>> = {
  hundred: 2, k: 3, thousand: 3, tsd: 3, tausend: 3, lakh: 5, lac: 5, m: 6, mn: 6, mln: 6, mio: 6, million: 6, millions: 6, millionen: 6, crore: 7,
  b: 9, bn: 9, mrd: 9, billion: 9, billions: 9, milliarde: 9, milliarden: 9, tn: 12, trillion: 12, trillions: 12,
};
const power = Object.keys(powers).toSorted((one, other) => other.length - one.length).join('|');
const space = '[ \\u00a0\\u2009\\u202f]';
/*
 * A number is taken whole or not at all: groups parted by spaces where nothing numeric follows, or else all digits with
 * the points, commas and apostrophes among them. Every repetition is bounded: documents are long, and others write them.
 */
const grouped = `\\d{1,3}(?:${space}\\d{3}){1,5}(?:[.,]\\d{1,10})?(?!${space}\\d)`;
const solid = `\\d(?:[\\d.,'\\u2019\\u02bc]{0,38}\\d)?`;
const written = new RegExp(`(?<![\\p{L}\\p{N}_]|[\\p{N}][.,:'\\u2019\\u02bc]|\\.)(?<sign>(?<![\\p{L}\\p{N})])[+\\u2212-])?(?<body>${grouped}|${solid})(?!\\d|[.,:'\\u2019\\u02bc]\\d)(?:${space}?(?<unit>${power})(?![\\p{L}\\p{N}]))?`, 'giu');

/** The numbers of a text. Days, times of day, and years that only say of when a number is (`2026: 5`) are none. */
export function writtenNumbers(text: string): WrittenNumber[] {
  const days = daysIn(text);
  return [...text.matchAll(written)].flatMap((match): WrittenNumber[] => {
    const { sign = '', body = '', unit = '' } = match.groups ?? {};
    const [from, to] = [match.index, match.index + match[0].length];
    if (days.some((day) => day.from < to && from < day.to)) return [];
    if (/^(?:19|20)\d{2}$/.test(body) && /^\s?\)?\s?[:=]/.test(text.slice(to, to + 4))) return [];
    const exponent = powers[unit.toLowerCase()] ?? 0;
    const negative = sign === '-' || sign === '\u2212';
    // Through the decimal text, or 1.1 million would be 1100000.0000000001.
    const values = plainForms(body).map((plain) => Number(`${negative ? '-' : ''}${plain}e${exponent}`));
    // So do books write what is owed. It may also only stand in brackets.
    const bracketed = sign === '' && text[from - 1] === '(' && text[to] === ')' ? values.map((value) => -value) : [];
    return [{ values: [...new Set([...values, ...bracketed])], multiplied: unit !== '', from, to }];
  });
}

/** What each number of a text may mean; one that can be read in several ways is there as often. */
export function numbersIn(text: string): Reading[] {
  return writtenNumbers(text).flatMap(({ values, from, to }) => values.map((value) => ({ value, from, to })));
}

/** A number's digits in the forms they may have without separators: `1.200` is `1200` and `1.200`. */
function plainForms(body: string): string[] {
  const even = body.replaceAll(/['\u2019\u02bc \u00a0\u2009\u202f]/g, '\'');
  const forms = [/^\d+$/.test(even) ? even : null, groups(even), fraction(even)];
  return [...new Set(forms.filter((form) => form !== null && /^\d{1,15}(?:\.\d{1,30})?$/.test(form)))] as string[];
}

/** Groups of three, or as India groups; all by one separator. */
function groups(body: string): string | null {
  const isGrouped = /^[1-9]\d{0,2}(?:([.,'])\d{3})(?:\1\d{3})*$/.test(body) || /^[1-9]\d?(?:,\d{2})+,\d{3}$/.test(body);
  return isGrouped ? body.replaceAll(/\D/g, '') : null;
}

/** A last point or comma before the decimals; what stands before it is plain or grouped by another separator. */
function fraction(body: string): string | null {
  const [, whole = '', mark = '', decimals = ''] = /^(.*\d)([.,])(\d+)$/.exec(body) ?? [];
  if (mark === '' || whole.includes(mark)) return null;
  const digits = /^\d+$/.test(whole) ? whole : groups(whole);
  return digits === null ? null : `${digits}.${decimals}`;
}
