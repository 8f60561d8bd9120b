import type { FieldValueType } from './enums.ts';
import { daysIn, digitsOf, emailsIn, instantsIn, numbersIn, phonesIn, urlsIn, type Reading } from './readings.ts';

/** A value that somebody read out of a document. */
export interface ReadValue {
  readonly value: unknown;
  /** The words of the document that say so. */
  readonly quote: string;
}

/**
 * What speaks against a value that was read out of a document; null when it is grounded there. The words quoted must stand
 * in the document, and must say the value in a form of its type; and they must not stand beside text that tells whoever
 * reads what to do: then what was read may be what somebody wanted read. Values are held against this after their checks,
 * so in the one form in which they are kept. A BOOLEAN has no words of its own: there the quote alone must stand.
 */
export function whyUngrounded(document: string, { value, quote }: ReadValue, type: FieldValueType): string | null {
  const quoted = plain(quote);
  const place = placeOf(plain(document), quoted);
  if (place === 'nowhere') return 'The words that it was read from are not in the document.';
  if (place === 'beside orders') return 'It stands beside text that tells its reader what to do; a person has to read the document.';
  return says(quote, quoted, value, type) ? null : 'The document does not say it.';
}

/** Whether words stand in a text, and not beside text that tells its reader what to do. */
export function isQuoted(text: string, quote: string): boolean {
  return placeOf(plain(text), plain(quote)) === 'there';
}

function placeOf(text: string, quoted: string): 'there' | 'nowhere' | 'beside orders' {
  const at = quoted === '' ? -1 : text.indexOf(quoted);
  if (at < 0) return 'nowhere';
  return orders.test(text.slice(Math.max(0, at - nearby), at + quoted.length + nearby)) ? 'beside orders' : 'there';
}

/** How far from a quote a text still counts as beside it. Characters. */
const nearby = 300;

/** Text that speaks to a model rather than to people; it may be harmless, and then a person states the value. */
const orders =
  /\b(?:ignore|disregard|forget|override)\b.{0,60}\b(?:instructions?|prompts?|rules|above|previous|everything)\b|\bsystem prompts?\b|\b(?:you are|act as|pretend to be) (?:now )?(?:an? )?(?:ai|assistant|language model|llm|dan|admin)|\b(?:new|updated) instructions?\b|\b(?:respond|reply|answer|output) (?:only )?(?:with|in)\b|\b(?:set|return|write|report)\b.{0,30}\b(?:confidence|field|json)\b|<\/?(?:data|system|user|assistant|instructions?)>|\[\/?inst\]|<\|/;

function says(quote: string, quoted: string, value: unknown, type: FieldValueType): boolean {
  const among = (readings: readonly Reading[], same: (reading: string | number) => boolean): boolean => readings.some((reading) => same(reading.value));
  switch (type) {
    case 'EMAIL':
      return among(emailsIn(quote), (found) => String(found).toLowerCase() === String(value).toLowerCase());
    case 'URL':
      return among(urlsIn(quote), (found) => found === value) || standsIn(quoted, String(value));
    case 'PHONE':
      return among(phonesIn(quote), (found) => digitsOf(String(found)) === digitsOf(String(value)));
    case 'NUMBER':
    case 'INTEGER':
      return among(numbersIn(quote), (found) => found === value);
    case 'DATE':
      return among(daysIn(quote), (found) => found === value);
    case 'DATETIME':
      return among(instantsIn(quote), (found) => new Date(found).getTime() === new Date(String(value)).getTime());
    case 'BOOLEAN':
      return typeof value === 'boolean';
    case 'JSON':
      return leavesOf(value).every((leaf) => (typeof leaf === 'number' ? among(numbersIn(quote), (found) => found === leaf) : typeof leaf !== 'string' || standsIn(quoted, leaf)));
    case 'STRING':
    case 'TEXT':
    case 'ENUM':
      return standsIn(quoted, String(value).replaceAll('_', ' ')) || standsIn(quoted, String(value));
  }
}

/** Whether words stand in a text as whole words. */
function standsIn(text: string, words: string): boolean {
  const wanted = plain(words);
  if (wanted === '') return false;
  const isWord = (character: string | undefined): boolean => character !== undefined && /[\p{L}\p{N}]/u.test(character);
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
    if (!isWord(text[at - 1]) && !isWord(text[at + wanted.length])) return true;
  }
  return false;
}

/** Letters alike in form, case and spacing; characters that show nothing are nothing. */
function plain(text: string): string {
  return text.normalize('NFKC').toLowerCase().replaceAll(/[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, '').replaceAll(/\s+/g, ' ').trim();
}

/** What a JSON value says. Names of members say nothing, where they have the form of names. */
function leavesOf(value: unknown): unknown[] {
  if (value === null || typeof value !== 'object') return [value];
  const named = Array.isArray(value) ? [] : Object.keys(value).filter((key) => !/^[A-Za-z][\w-]{0,63}$/.test(key));
  return [...named, ...Object.values(value).flatMap(leavesOf)];
}
