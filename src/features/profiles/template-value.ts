import type { FieldValueType } from './enums.ts';
import { daysIn, emailsIn, instantsIn, numbersIn, phonesIn, urlsIn, type Reading } from './readings.ts';

/** A field as it is looked for in a document. */
export interface WantedField {
  readonly name: string;
  readonly displayName: string;
  readonly valueType: FieldValueType;
  readonly enumValues: readonly string[];
  /** What to look for; null when nobody said. */
  readonly collectionPrompt: string | null;
}

/** What a reader, a model or plain rules, says that a document holds. All null when it holds nothing. */
export interface ValueAnswer {
  readonly value: string | null;
  readonly quote: string | null;
  /** 0..1. */
  readonly confidence: number;
}

/** How sure plain rules are: of a value beside the field's own label, and of the only one of its kind. */
const beside = 0.6;
const alone = 0.4;
const nothing: ValueAnswer = { value: null, quote: null, confidence: 0 };

/**
 * Reads a field's value out of a document by plain rules: a value of its type on a line that names the field, first after
 * its label; for e-mail, telephone and web addresses else the only one in the document. What needs understanding it does
 * not find.
 */
export function templateValue(document: string, wanted: WantedField): ValueAnswer {
  const labels = labelsOf(wanted);
  for (const line of document.split(/\r?\n/)) {
    const label = line.length <= longestLine ? labelIn(line, labels) : null;
    if (!label) continue;
    const value = valueAfter(line.slice(label.to), wanted);
    if (value !== null) return { value, quote: line.trim(), confidence: beside };
  }
  const readers: Partial<Record<FieldValueType, (text: string) => Reading[]>> = { EMAIL: emailsIn, PHONE: phonesIn, URL: urlsIn };
  const found = [...new Set((readers[wanted.valueType]?.(document) ?? []).map(({ value }) => String(value)))];
  const [only] = found;
  return only !== undefined && found.length === 1 ? { value: only, quote: only, confidence: alone } : nothing;
}

const longestLine = 2_000;

/** What the field may be called in a document, in lower case, the longest first. */
function labelsOf({ name, displayName, collectionPrompt }: WantedField): string[] {
  // "What is your e-mail address?" asks for the e-mail address.
  const [, asked = ''] = /\b(?:your|the|their|its)\s+([\p{L}\p{N} '-]{2,60}?)\s*\?/u.exec(collectionPrompt ?? '') ?? [];
  const labels = [displayName, name.replaceAll('_', ' '), name, asked].map((label) => label.trim().toLowerCase());
  return [...new Set(labels)].filter((label) => label.length > 1).toSorted((one, other) => other.length - one.length);
}

function labelIn(line: string, labels: readonly string[]): { readonly to: number } | null {
  const lower = line.toLowerCase();
  for (const label of labels) {
    const at = lower.indexOf(label);
    const [before, after] = [lower[at - 1], lower[at + label.length]];
    if (at >= 0 && !/[\p{L}\p{N}]/u.test(before ?? '') && !/[\p{L}\p{N}]/u.test(after ?? '')) return { to: at + label.length };
  }
  return null;
}

function valueAfter(rest: string, { valueType, enumValues }: WantedField): string | null {
  const first = (readings: readonly Reading[]): string | null => (readings[0] ? String(readings[0].value) : null);
  const [, labelled = ''] = /^\s*(?:\([^)]{0,40}\))?\s*(?:[:=\u2013-]|is\b)\s*(.*)$/i.exec(rest) ?? [];
  const stated = labelled.trim();
  switch (valueType) {
    case 'EMAIL':
      return first(emailsIn(rest));
    case 'PHONE':
      return first(phonesIn(rest));
    case 'URL':
      return first(urlsIn(rest));
    case 'NUMBER':
    case 'INTEGER':
      return first(numbersIn(rest));
    case 'DATE': {
      // One that can be read in two ways is not read.
      const days = daysIn(rest);
      return days.filter(({ from }) => from === days[0]?.from).length === 1 ? first(days) : null;
    }
    case 'DATETIME':
      return first(instantsIn(rest));
    case 'BOOLEAN':
      return /^(?:yes|true)\b/i.test(stated) ? 'true' : /^(?:no|false)\b/i.test(stated) ? 'false' : null;
    case 'ENUM':
      return enumValues.find((value) => [value, value.replaceAll('_', ' ')].some((word) => stated.toLowerCase().replace(/[.;,]+$/, '') === word.toLowerCase())) ?? null;
    case 'STRING':
    case 'TEXT':
      return stated === '' ? null : stated;
    case 'JSON':
      return null;
  }
}
