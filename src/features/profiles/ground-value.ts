import type { FieldValueType } from './enums.ts';
import { speaksOf, wordsIn, wordsOf, type NamedField } from './field-labels.ts';
import { numbersIn } from './number-readings.ts';
import { daysIn, digitsOf, emailsIn, instantsIn, phonesIn, urlsIn, type Reading } from './readings.ts';
import { folded, placesOf, shown, standsIn } from './shown-text.ts';

/** A value that somebody read out of a document. */
export interface ReadValue {
  readonly value: unknown;
  /** The words of the document that say so. */
  readonly quote: string;
}

/** The field that a value was read for. */
export interface GroundedField extends NamedField {
  readonly valueType: FieldValueType;
}

/*
 * What guards against a document that talks its reader into something is not that we would know such text: no list of
 * words does, in no language. It is that nothing comes of a document but a value of the one field asked for, of its type,
 * within its definition, in words that stand in that document as people see it, kept with its source, its quote and a
 * confidence that the model does not set alone. The model has no tools, and its answer never becomes an instruction, a
 * name of a field, or a decision. A document can so lie about its own subject, as any document can, and nothing else.
 */

/**
 * What speaks against a value that was read out of a document; null when it is grounded there. The words quoted must stand
 * in the document as whole words, and one of the places where they do must say the value in a form of its type. A BOOLEAN
 * has no words of its own: its quote must speak of the field, and deny it or not. Values are held against this after
 * their checks, so in the one form in which they are kept.
 */
export function whyUngrounded(document: string, { value, quote }: ReadValue, field: GroundedField): string | null {
  const text = shown(document);
  const places = placesIn(text, quote);
  if (places.length === 0) return 'The words that it was read from are not in the document.';
  if (places.some((place) => isBesideMarks(text, place)) || hidesWords(document)) return 'It stands beside text that tells its reader what to do; a person has to read the document.';
  return places.some((place) => says({ text, ...place }, value, field)) ? null : 'The document does not say it.';
}

/** Whether words stand in a text, as people see it, and not beside marks of a model's own. */
export function isQuoted(text: string, quote: string): boolean {
  const seen = shown(text);
  const places = placesIn(seen, quote);
  return places.length > 0 && !hidesWords(text) && !places.some((place) => isBesideMarks(seen, place));
}

interface Place {
  readonly from: number;
  readonly to: number;
}

/** A text that repeats its words more often than this is looked at no further. */
const mostPlaces = 100;

function placesIn(text: string, quote: string): Place[] {
  const wanted = folded(shown(quote));
  return placesOf(folded(text), wanted).take(mostPlaces).map((from) => ({ from, to: from + wanted.length })).toArray();
}

/** How far from a quote a text still counts as beside it. Characters. */
const nearby = 300;

/**
 * Marks by which models part their own messages, and the one sentence that has no business in any document: clear cases,
 * which a person should see, and no wall. Ordinary mail that asks for a reply, or revokes an order, must pass.
 */
const marks = /<\/data>|<\|[a-z_]{1,40}\|>|\[\/?inst\]|<<\/?sys>>|\bsystem prompt:|\b(?:ignore|disregard|forget|override) (?:all (?:of )?(?:the |your )?|any |your )(?:previous |prior |above |earlier |other )?(?:instructions|prompts)\b/;

function isBesideMarks(text: string, { from, to }: Place): boolean {
  return marks.test(folded(text.slice(Math.max(0, from - nearby), to + nearby)));
}

/** Tag characters show nothing and spell anything. Only flags of parts of a country have a use for them. */
function hidesWords(text: string): boolean {
  return /[\u{e0000}-\u{e007f}]/u.test(text.replaceAll(/\u{1f3f4}[\u{e0061}-\u{e007a}]{1,6}\u{e007f}/gu, ''));
}

/** How far beyond a quote a reading may reach, by which the quote would cut it. Characters. */
const reach = { before: 100, after: 2_100 };

interface QuotedPlace extends Place {
  readonly text: string;
}

/** What a reader finds that stands wholly in the quote: of `1.2 million`, `1.2` is no reading. */
function among(read: (text: string) => Reading[], { text, from, to }: QuotedPlace, same: (reading: string | number) => boolean): boolean {
  const start = Math.max(0, from - reach.before);
  return read(text.slice(start, to + reach.after)).some((reading) => reading.from + start >= from && reading.to + start <= to && same(reading.value));
}

function says(place: QuotedPlace, value: unknown, field: GroundedField): boolean {
  const quoted = folded(place.text.slice(place.from, place.to));
  switch (field.valueType) {
    case 'EMAIL':
      return among(emailsIn, place, (found) => String(found).toLowerCase() === String(value).toLowerCase());
    case 'URL':
      return among(urlsIn, place, (found) => found === value) || standsIn(quoted, folded(shown(String(value))));
    case 'PHONE':
      return among(phonesIn, place, (found) => digitsOf(String(found)) === digitsOf(String(value)));
    case 'NUMBER':
    case 'INTEGER':
      return among(numbersIn, place, (found) => found === value);
    case 'DATE':
      return among(daysIn, place, (found) => found === value);
    case 'DATETIME':
      return among(instantsIn, place, (found) => new Date(found).getTime() === new Date(String(value)).getTime());
    case 'BOOLEAN':
      return typeof value === 'boolean' && speaksOf(quoted, wordsOf(field)) && denies(quoted) !== value;
    case 'JSON':
      return saysParts(place, quoted, value, field);
    case 'STRING':
    case 'TEXT':
    case 'ENUM':
      return standsIn(quoted, folded(shown(String(value)).replaceAll('_', ' '))) || standsIn(quoted, folded(shown(String(value))));
  }
}

/** Whether words deny something, in the languages that most documents come in. Where they might, nothing is said to be so. */
function denies(quoted: string): boolean {
  return /\b(?:no|not|never|none|neither|nor|without|cannot|false|nein|nicht|kein\w{0,2}|nie|niemals|ohne|non|ne|pas|jamais|sans|nunca|sin|não|nao|nem|sem|niet|geen|nie)\b|n['\u2019]t\b|\bn['\u2019](?=\p{L})/iu.test(quoted);
}

/** Each part of a JSON value is said: texts and numbers by themselves, truths by their member's name. Names are the quote's or the definition's. */
function saysParts(place: QuotedPlace, quoted: string, value: unknown, field: GroundedField): boolean {
  const known = new Set([...wordsIn(quoted), ...wordsOf(field), ...wordsIn(field.collectionPrompt ?? '')]);
  const isName = (key: string): boolean => /^[A-Za-z][\w-]{0,63}$/.test(key) && wordsIn(key).size > 0 && [...wordsIn(key)].every((word) => known.has(word));
  const holds = (part: unknown, about: ReadonlySet<string>): boolean => {
    if (part === null) return true;
    if (typeof part === 'boolean') return speaksOf(quoted, about) && denies(quoted) !== part;
    if (typeof part === 'number') return among(numbersIn, place, (found) => found === part);
    if (typeof part === 'string') return standsIn(quoted, folded(shown(part)));
    if (Array.isArray(part)) return part.every((each) => holds(each, about));
    return Object.entries(part as object).every(([key, each]) => isName(key) && holds(each, wordsIn(key)));
  };
  return leaves(value) > 0 && holds(value, wordsOf(field));
}

/** How many parts of a JSON value say something. */
function leaves(value: unknown): number {
  if (value === null || typeof value !== 'object') return value === null ? 0 : 1;
  return Object.values(value).reduce((sum: number, part) => sum + leaves(part), 0);
}
