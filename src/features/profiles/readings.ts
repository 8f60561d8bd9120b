/** Something that a text says, in the form in which a field keeps it, and where it stands. */
export interface Reading {
  readonly value: string | number;
  /** The characters of the text. */
  readonly from: number;
  readonly to: number;
}

// Every pattern here is bounded in each of its repetitions: documents are long, and others write them.
// Whole addresses: one that goes on in letters of another script is not the part of it in Latin ones.
const emailPattern = /(?<![\p{L}\p{N}._%+'-])[A-Za-z0-9._%+'-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\p{L}\p{N}@_-]|\.[\p{L}\p{N}])/gu;
const urlPattern = /\bhttps?:\/\/[^\s<>"'()[\]{}]{1,2000}/gi;
const amountPattern = /^[1-9]\d{0,2}(?:\.\d{3}){1,5}$/;
const phonePattern = /(?<![\w.@/-])\+?\(?\d[\d ()./-]{5,24}\d(?![\w@])/g;
const isoInstantPattern = /\b\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d{2}:\d{2})/g;
const isoDayPattern = /(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)/g;
const dottedDayPattern = /(?<![\d.])(\d{1,2})[./](\d{1,2})[./](\d{4})(?!\d)/g;
const dayMonthPattern = /(?<!\d)(\d{1,2})(?:st|nd|rd|th)?\.? {1,3}([A-Za-z]{3,9})\.?,? {1,3}(\d{4})(?!\d)/g;
const monthDayPattern = /\b([A-Za-z]{3,9})\.? {1,3}(\d{1,2})(?:st|nd|rd|th)?,? {1,3}(\d{4})(?!\d)/g;
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** E-mail addresses, as they are written. */
export function emailsIn(text: string): Reading[] {
  return written(text, emailPattern);
}

/** Web addresses, without the punctuation of the sentence they end. */
export function urlsIn(text: string): Reading[] {
  return written(text, urlPattern).map((reading) => {
    const value = String(reading.value).replace(/[.,;:!?]{1,5}$/, '');
    return { value, from: reading.from, to: reading.from + value.length };
  });
}

/** Telephone numbers, as they are written: 7 to 15 digits, no day, and no amount (`1.200.000`). */
export function phonesIn(text: string): Reading[] {
  return written(text, phonePattern).filter(({ value }) => {
    const digits = digitsOf(String(value)).length;
    return digits >= 7 && digits <= 15 && daysIn(String(value)).length === 0 && !amountPattern.test(String(value));
  });
}

/** The digits of a telephone number, by which two spellings of it are one. */
export function digitsOf(phone: string): string {
  return phone.replaceAll(/\D/g, '');
}

/** Days, each as `2026-11-21`; one that can be read in two ways (`3/4/2026`) is there twice, day first. */
export function daysIn(text: string): Reading[] {
  const found: Reading[] = [];
  const add = (match: RegExpExecArray, year: string | undefined, month: number, day: string | undefined): void => {
    const value = `${year}-${String(month).padStart(2, '0')}-${(day ?? '').padStart(2, '0')}`;
    const at = new Date(`${value}T00:00:00Z`);
    // The 30th of February becomes a day of March.
    if (Number.isNaN(at.getTime()) || at.toISOString().slice(0, 10) !== value) return;
    found.push({ value, from: match.index, to: match.index + match[0].length });
  };
  for (const match of text.matchAll(isoDayPattern)) add(match, match[1], Number(match[2]), match[3]);
  for (const match of text.matchAll(dottedDayPattern)) {
    add(match, match[3], Number(match[2]), match[1]);
    if (match[1] !== match[2]) add(match, match[3], Number(match[1]), match[2]);
  }
  for (const match of text.matchAll(dayMonthPattern)) add(match, match[3], monthOf(match[2]), match[1]);
  for (const match of text.matchAll(monthDayPattern)) add(match, match[3], monthOf(match[1]), match[2]);
  return found.toSorted((one, other) => one.from - other.from);
}

/** Instants with an offset, each in UTC. */
export function instantsIn(text: string): Reading[] {
  return written(text, isoInstantPattern).flatMap((reading) => {
    const at = new Date(String(reading.value).replace(' ', 'T'));
    return Number.isNaN(at.getTime()) ? [] : [{ ...reading, value: at.toISOString() }];
  });
}

/** A reading with the words that say what it is. */
export interface Clause {
  readonly value: string;
  /** The words before it on its line, from the last comma, stop or other reading, and a remark in brackets behind it. */
  readonly label: string;
}

/** How far before a reading its words may stand. Characters. */
const longestLabel = 120;

/** Readings of a text, in order, with the words that say what each is. */
export function clausesOf(text: string, readings: readonly Reading[]): Clause[] {
  return readings.map(({ value, from, to }, place) => {
    const start = Math.max(0, from - longestLabel, readings[place - 1]?.to ?? 0);
    const before = text.slice(start, from).split(/\n|[,;|!?]|(?<!\b(?:tel|ph|fon|mob|no|nr))\.\s/i).at(-1) ?? '';
    const [, remark = ''] = /^[>)]?\s?\(([^()\n]{1,60})\)/.exec(text.slice(to, to + 70)) ?? [];
    return { value: String(value), label: remark === '' ? before : `${before} (${remark})` };
  });
}

function monthOf(name: string | undefined): number {
  return months.indexOf((name ?? '').slice(0, 3).toLowerCase()) + 1;
}

function written(text: string, pattern: RegExp): Reading[] {
  return [...text.matchAll(pattern)].map((match) => ({ value: match[0], from: match.index, to: match.index + match[0].length }));
}
