import { isCurrency } from '../../platform/iso-4217.ts';
import type { FieldValueType } from './enums.ts';
import { isOwnLabel, labelsOf, unitsOf, type NamedField } from './field-labels.ts';
import { writtenNumbers } from './number-readings.ts';
import { clausesOf, daysIn, emailsIn, instantsIn, phonesIn, urlsIn, type Reading } from './readings.ts';
import { shown } from './shown-text.ts';

/** A field as it is looked for in a document. */
export interface WantedField extends NamedField {
  readonly valueType: FieldValueType;
  readonly enumValues: readonly string[];
}

/** What a reader, a model or plain rules, says that a document holds. All null when it holds nothing. */
export interface ValueAnswer {
  readonly value: string | null;
  readonly quote: string | null;
  /** 0..1. */
  readonly confidence: number;
}

/** How sure plain rules are: of a value behind the field's own label, and of one that only stands by its words. */
const labelled = 0.6;
const alone = 0.4;
const nothing: ValueAnswer = { value: null, quote: null, confidence: 0 };
const longestLine = 2_000;

/**
 * Reads a field's value out of a document by plain rules, which understand nothing. So they take a value only where its
 * form leaves no doubt: on a line that begins with the field's label, a colon or equals sign, and then one value and no
 * more; and no value where two lines state different ones. An e-mail, telephone or web address else where the words before
 * it are the field's own, or, for a field that is called nothing but that, where it is the only one of the document; so no
 * address goes to two fields. A number else where the field's own word is its unit: `250 seats` for `seats_wanted`.
 * Everything else is left to somebody who can read.
 */
export function templateValue(document: string, wanted: WantedField): ValueAnswer {
  const labels = labelsOf(wanted);
  const text = shown(document);
  const stated = text.split('\n').flatMap((line): { value: string; quote: string }[] => {
    const said = line.length <= longestLine ? behindLabel(line, labels) : null;
    const value = said ? valueOf(said, wanted) : null;
    return value === null ? [] : [{ value, quote: line }];
  });
  const [first] = stated;
  if (first) return stated.every(({ value }) => value === first.value) ? { ...first, confidence: labelled } : nothing;
  if (wanted.valueType === 'NUMBER' || wanted.valueType === 'INTEGER') return counted(text, wanted);
  const readings = lone[wanted.valueType]?.(text) ?? [];
  const clauses = clausesOf(text, readings);
  const own = clauses.filter(({ label }) => isOwnLabel(label, wanted, clauses.length === 1));
  const [only, ...others] = [...new Map(own.map((clause) => [clause.value, clause])).values()];
  return only && others.length === 0 ? { value: only.value, quote: only.value, confidence: alone } : nothing;
}

/** Before or behind a number, what makes it a part, a bound, a step or a range of what is counted. */
const hedged = /(?:[-\u2013\u2014/~<>\u2264\u2265\u00b1+]|\b(?:to|or|and|than|least|most|about|around|approximately|circa|some|not|no|without|of|each|per|minus|plus|additional|another|extra|every|first|last|up))\s?$/i;

/** The number whose unit is a word of the field's own, where the text has one such number and it is plain. */
function counted(text: string, wanted: WantedField): ValueAnswer {
  const units = unitsOf(wanted);
  if (units.size === 0) return nothing;
  const found = writtenNumbers(text).flatMap(({ values, multiplied, from, to }): { value: string | null; quote: string }[] => {
    const [behind = '', unit = ''] = /^ (\p{L}{3,40})(?![\p{L}\p{N}_-])/u.exec(text.slice(to, to + 50)) ?? [];
    if (!units.has(unit.toLowerCase())) return [];
    const quote = text.slice(from, to) + behind;
    const whole = values.length > 1 && !multiplied ? values.filter((value) => Math.abs(value) >= 1_000) : values;
    const isPlain = whole.length === 1 && !hedged.test(text.slice(Math.max(0, from - 20), from)) && !/^[+\u2212-]/.test(quote);
    return [{ value: isPlain ? String(whole[0]) : null, quote }];
  });
  const [first] = found;
  return first && first.value !== null && found.every(({ value }) => value === first.value) ? { value: first.value, quote: first.quote, confidence: alone } : nothing;
}

/** What is known for what it is without a label; of telephone numbers only the international form. */
const lone: Partial<Record<FieldValueType, (text: string) => Reading[]>> = {
  EMAIL: emailsIn,
  URL: urlsIn,
  PHONE: (text) => {
    const phones = phonesIn(text);
    return phones.every(({ value }) => String(value).startsWith('+')) ? phones : [];
  },
};

interface Said {
  /** What stands behind the sign. */
  readonly text: string;
  readonly label: string;
}

/** A label at the line's beginning, perhaps behind a bullet, with a remark in brackets that is no year or amount; then the sign. */
function behindLabel(line: string, labels: readonly string[]): Said | null {
  const [, start = ''] = /^([\s>*\u2022\u00b7|-]{0,20})/.exec(line) ?? [];
  const said = line.slice(start.length);
  for (const label of labels) {
    if (!said.toLowerCase().startsWith(label)) continue;
    const [, text] = /^\**\s{0,9}(?:\([^()\d]{0,40}\))?\s{0,9}[:=]\**\s*(.*)$/.exec(said.slice(label.length)) ?? [];
    if (text !== undefined) return { text: text.trim(), label };
  }
  return null;
}

/** What people write where they know nothing. */
const blank = /^(?:[-\u2013\u2014_.?\s]*|n\/?a|t\.?b\.?[adc]\.?|none|nil|null|open|pending|unknown|missing|(?:not|to be)\b.*|\[.*\]|<.*>)$/i;

function valueOf({ text, label }: Said, { valueType, enumValues }: WantedField): string | null {
  if (text === '' || blank.test(text)) return null;
  const word = text.replace(/[.;,]+$/, '').toLowerCase();
  switch (valueType) {
    case 'EMAIL':
      return leading(emailsIn, text.replace(/^(?:<|mailto:)/i, ''));
    case 'PHONE':
      return leading(phonesIn, text);
    case 'URL':
      return leading(urlsIn, text.replace(/^</, ''));
    case 'NUMBER':
    case 'INTEGER':
      return wholeNumber(text, label, valueType);
    case 'DATE':
      return leading(daysIn, text);
    case 'DATETIME':
      return leading(instantsIn, text);
    case 'BOOLEAN':
      return word === 'yes' || word === 'true' ? 'true' : word === 'no' || word === 'false' ? 'false' : null;
    case 'ENUM':
      return enumValues.find((value) => [value, value.replaceAll('_', ' ')].some((each) => word === each.toLowerCase())) ?? null;
    case 'STRING':
    case 'TEXT':
      return text;
    case 'JSON':
      return null;
  }
}

/** The value with which a text begins, when it can be read in one way and the sentence does not go on with it. */
function leading(read: (text: string) => Reading[], text: string): string | null {
  const [first, ...others] = read(text).filter(({ from }) => from === 0);
  return first && others.length === 0 && /^\s*(?:$|[.,;(>])/.test(text.slice(first.to)) ? String(first.value) : null;
}

/**
 * The number that a text is, as a whole: one number that can be read in one way, with a currency, or with the label's own
 * word as its unit (`Seats: 40 seats`). `1,200` may be 1.2, unless a whole number is wanted: that has no decimals.
 */
function wholeNumber(text: string, label: string, type: 'NUMBER' | 'INTEGER'): string | null {
  const [found, ...others] = writtenNumbers(text);
  if (!found || others.length > 0) return null;
  const [before, written, behind] = [text.slice(0, found.from).trim(), text.slice(found.from, found.to), text.slice(found.to).replace(/[.;,]$/, '').trim()];
  const isMoney = (unit: string): boolean => /^\p{Sc}$/u.test(unit) || isCurrency(unit);
  const isUnit = (unit: string): boolean => isMoney(unit) || label.split(' ').some((word) => word.length > 2 && [word, `${word}s`, word.replace(/s$/, '')].includes(unit.toLowerCase()));
  if ((before !== '' && !isMoney(before)) || (behind !== '' && !isUnit(behind)) || /^[+\u2212-]?0\d/.test(written)) return null;
  const values = type === 'INTEGER' && !found.multiplied && found.values.length > 1 ? found.values.filter((value) => Math.abs(value) >= 1_000) : found.values;
  return values.length === 1 ? String(values[0]) : null;
}
