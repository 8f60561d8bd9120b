import { isCurrency } from '../../platform/iso-4217.ts';

/** A figure as a text states it. `amount` is in the kind's own unit; of a length of time, in hours. */
export type Figure = { readonly amount: number; readonly bound: Bound | null } & (
  | { readonly kind: 'PLAIN' }
  | { readonly kind: 'PERCENT' }
  | { readonly kind: 'DURATION' }
  | { readonly kind: 'RATING'; readonly scale: number }
  | { readonly kind: 'MONEY'; readonly currencies: readonly string[] }
  /** A count in thousands, millions or billions, or of something that is named. */
  | { readonly kind: 'COUNT'; readonly noun: string | null }
);

/** What a text says when it gives a bound and not the figure itself. */
export interface Bound {
  readonly side: 'BELOW' | 'ABOVE';
  /** Whether the figure itself is left out. */
  readonly strict: boolean;
}

/** Why a text is no figure that can be read for certain. */
export interface Unreadable {
  readonly unreadable: string;
}

/** The longest text that is read. */
const longest = 100;
const nothing = /^(?:n\/?a|none|null|nil|unknown|not (?:measured|available|applicable)|tb[cd]|[-–—?.]+)$/i;
const bounds: Readonly<Record<string, Bound>> = {
  '<': { side: 'BELOW', strict: true }, '<=': { side: 'BELOW', strict: false }, '≤': { side: 'BELOW', strict: false },
  '>': { side: 'ABOVE', strict: true }, '>=': { side: 'ABOVE', strict: false }, '≥': { side: 'ABOVE', strict: false },
};
const currencySigns: Readonly<Record<string, readonly string[]>> = {
  'US$': ['USD'], $: ['USD', 'CAD', 'AUD', 'NZD', 'SGD', 'HKD', 'MXN'], '€': ['EUR'], '£': ['GBP'], '¥': ['JPY', 'CNY'], '₹': ['INR'],
};
const sign = String.raw`US\$|[$€£¥₹]`;
const start = new RegExp(String.raw`^(<=|>=|[<>≤≥])?\s*([+-])?\s*(?:(${sign})\s*|([A-Z]{3})\s+)?([+-])?(?=[\d.])`);
/*
 * A comma before exactly three digits separates thousands, elsewhere it is a decimal comma; a point is a decimal point
 * unless it comes twice or before a comma. What fits neither is not read.
 */
const numbers: readonly (readonly [RegExp, (text: string) => string])[] = [
  [/^[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?(?![\d.,])/, (text) => text.replaceAll(',', '')],
  [/^[1-9]\d{0,2}(?:[ '’]\d{3})+(?:[.,]\d+)?(?![\d.,])/, (text) => text.replaceAll(/[ '’]/g, '').replace(',', '.')],
  [/^[1-9]\d{0,2}(?:(?:\.\d{3}){2,}(?:,\d+)?|\.\d{3},\d+)(?![\d.,])/, (text) => text.replaceAll('.', '').replace(',', '.')],
  [/^(?:0,\d+|\d+,(?:\d{1,2}|\d{4,}))(?![\d.,])/, (text) => text.replace(',', '.')],
  [/^(?:\d+(?:\.\d+)?|\.\d+)(?![\d.,])/, (text) => text],
];
const magnitudes: Readonly<Record<string, number>> = { k: 1e3, thousand: 1e3, m: 1e6, mn: 1e6, million: 1e6, b: 1e9, bn: 1e9, billion: 1e9 };
const hoursOf: Readonly<Record<string, number>> = {
  ms: 1 / 3_600_000,
  s: 1 / 3_600, sec: 1 / 3_600, secs: 1 / 3_600, second: 1 / 3_600, seconds: 1 / 3_600,
  min: 1 / 60, mins: 1 / 60, minute: 1 / 60, minutes: 1 / 60,
  h: 1, hr: 1, hrs: 1, hour: 1, hours: 1,
  d: 24, day: 24, days: 24,
  w: 168, wk: 168, wks: 168, week: 168, weeks: 168,
};

/**
 * Reads the one figure that a text states: `82 %`, `4.5/5`, `1.2k`, `$1,200.50`, `< 2 h`, `3 days`, `1 h 30 min`, `100+`.
 * What could mean two things, or says more than one figure and its unit, is not read: a guess would be shown as a fact.
 */
export function readFigure(given: string): Figure | Unreadable {
  const text = given.replaceAll(/[\u00a0\u2007\u2009\u202f]/g, ' ').replaceAll('\u2212', '-').trim();
  if (text === '' || nothing.test(text)) return { unreadable: 'nothing was measured' };
  if (text.length > longest) return { unreadable: `it is longer than ${longest} characters` };
  const head = start.exec(text);
  if (!head) return { unreadable: 'it does not begin with a figure' };
  const [matched, comparator, signBefore, currencySign, currencyCode, signBehind] = head;
  if (signBefore && signBehind) return { unreadable: 'it has two signs' };
  const number = takeNumber(text.slice(matched.length));
  if (!number) return { unreadable: 'its figure cannot be read for certain' };
  const plus = /^\s*\+$/.test(number.rest);
  if (plus && comparator) return { unreadable: 'it gives two bounds' };
  const bound = plus ? ({ side: 'ABOVE', strict: false } as const) : comparator ? (bounds[comparator] ?? null) : null;
  const amount = (signBefore ?? signBehind) === '-' ? -number.amount : number.amount;
  const currencies = currencySign ? currencySigns[currencySign] : currencyCode && isCurrency(currencyCode) ? [currencyCode] : undefined;
  if (currencyCode && !currencies) return doubtful(currencyCode);
  const read = readSuffix(amount, plus ? '' : number.rest.trim(), currencies);
  if ('unreadable' in read) return read;
  return Math.abs(read.amount) <= 1e15 ? { ...read, bound } : { unreadable: 'its figure is beyond all measure' };
}

type Bare = Figure extends infer Each ? (Each extends Figure ? Omit<Each, 'bound'> : never) : never;

function takeNumber(text: string): { readonly amount: number; readonly rest: string } | null {
  for (const [form, plain] of numbers) {
    const [found] = form.exec(text) ?? [];
    if (found !== undefined) return { amount: Number(plain(found)), rest: text.slice(found.length) };
  }
  return null;
}

function readSuffix(amount: number, suffix: string, currencies: readonly string[] | undefined): Bare | Unreadable {
  const [, word = '', rest = ''] = /^([a-z]+)\b\s*(.*)$/i.exec(suffix) ?? [];
  const factor = magnitudes[word.toLowerCase()];
  const scaled = factor === undefined ? amount : amount * factor;
  const behind = factor === undefined ? suffix : rest;
  const currency = currencies ?? currencyOf(behind);
  if (currency) return currencies && behind !== '' ? doubtful(behind) : { kind: 'MONEY', amount: scaled, currencies: currency };
  // Millions of a currency they are; else they may be minutes or months.
  if (word === 'm') return { unreadable: 'its m may be millions, minutes or months' };
  if (factor !== undefined) return behind === '' ? { kind: 'COUNT', amount: scaled, noun: null } : nounOf(behind, scaled);
  if (suffix === '') return { kind: 'PLAIN', amount };
  if (/^(?:%|percent|per cent|pct)$/i.test(suffix)) return { kind: 'PERCENT', amount };
  const [, scale] = /^(?:\/|of\b|out of\b)\s*(\d+(?:\.\d+)?)(?:\s+(?:stars|points))?$/i.exec(suffix) ?? [];
  if (scale !== undefined) return { kind: 'RATING', amount, scale: Number(scale) };
  const hours = readDuration(amount, suffix);
  return hours === null ? nounOf(suffix, amount) : { kind: 'DURATION', amount: hours };
}

function currencyOf(text: string): readonly string[] | undefined {
  return currencySigns[text] ?? (isCurrency(text) ? [text] : undefined);
}

function nounOf(text: string, amount: number): Bare | Unreadable {
  return /^[\p{L}][\p{L} -]*$/u.test(text) ? { kind: 'COUNT', amount, noun: text } : doubtful(text);
}

/** Hours of `2 h`, `1 h 30 min`: each unit smaller than the one before. Null where it is no length of time. */
function readDuration(amount: number, suffix: string): number | null {
  const sized = amount < 0 ? -1 : 1;
  let hours = 0;
  let last = Infinity;
  let part = Math.abs(amount);
  let left = suffix;
  for (;;) {
    const [matched, unit = ''] = /^\s*([a-z]+)(?![a-z])\s*(?:,|and\b)?\s*/i.exec(left) ?? [];
    const size = hoursOf[unit.toLowerCase()];
    if (matched === undefined || size === undefined || size >= last) return null;
    hours += part * size;
    last = size;
    left = left.slice(matched.length);
    if (left === '') return sized * hours;
    const next = takeNumber(left);
    if (!next) return null;
    part = next.amount;
    left = next.rest;
  }
}

function doubtful(text: string): Unreadable {
  return { unreadable: `what stands behind its figure, "${text}", cannot be read for certain` };
}
