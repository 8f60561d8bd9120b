import { InvalidInput } from '../../platform/errors.ts';
import { isDay, parseInstant } from '../../platform/graphql/scalars.ts';
import type { FieldValueType, ValidationMode, ValidationState } from './enums.ts';
import { longestFor, matchesPattern } from './pattern.ts';

/** What a value is held against. */
export interface ValueRule {
  readonly valueType: FieldValueType;
  readonly enumValues: readonly string[];
  readonly validationRegex: string | null;
}

/** A checked value: in the form in which it is kept, and what is wrong with it. Errors never repeat the value. */
export interface CheckedValue {
  readonly value: unknown;
  readonly errors: readonly string[];
}

/** The largest value of any kind, in bytes of JSON. */
export const largestValue = 65_536;
const deepest = 32;

type Check = (value: unknown, rule: ValueRule) => { value: unknown } | string;

const text = (longest: number, what: string, holds: (text: string) => boolean = () => true): Check => (value) => {
  if (typeof value !== 'string') return 'It must be a text.';
  const trimmed = value.trim();
  if (trimmed.replaceAll(/[\p{Cf}\p{Zs}]/gu, '') === '') return 'It must not be empty.';
  // A character is a code point: at most two units of the text.
  if (trimmed.length > longest && (trimmed.length > 2 * longest || [...trimmed].length > longest)) return `It must have at most ${longest} characters.`;
  return holds(trimmed) ? { value: trimmed } : what;
};

const number = (value: unknown): number | null => {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'string' || !/^\s*[+-]?\d{1,30}(\.\d{1,30})?([eE][+-]?\d{1,3})?\s*$/.test(value)) return null;
  // More digits than a double holds would be rounded without a word.
  const digits = value.replace(/[eE].*/, '').replaceAll(/\D/g, '').replace(/^0+/, '').length;
  const read = Number(value);
  return digits <= 15 && Number.isFinite(read) ? read : null;
};

const wholeNumber = (value: unknown): number | null => {
  const read = number(value);
  return read !== null && Number.isInteger(read) && Math.abs(read) < 1e15 ? read + 0 : null;
};

const local = /^[\p{L}\p{N}\p{M}.!#$%&'*+/=?^_`{|}~-]{1,64}$/u;
const label = /^[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}-]{0,61}[\p{L}\p{N}\p{M}])?$/u;

function isEmail(address: string): boolean {
  const at = address.lastIndexOf('@');
  const [name, host] = [address.slice(0, Math.max(at, 0)), address.slice(at + 1)];
  if (!local.test(name) || name.startsWith('.') || name.endsWith('.') || name.includes('..') || name.includes('@')) return false;
  const labels = host.split('.');
  return labels.length > 1 && labels.every((part) => label.test(part));
}

function isPhone(given: string): boolean {
  // Groups of digits, each perhaps in a pair of parentheses, with a short separator between them.
  if (!/^\+? ?(?:\(\d(?: ?\d){0,7}\)|\d)(?:[ ./-]{0,3}(?:\(\d(?: ?\d){0,7}\)|\d))*$/.test(given)) return false;
  const digits = given.replaceAll(/\D/g, '').length;
  return digits >= 7 && digits <= 15;
}

function isWebAddress(given: string): boolean {
  const url = /^https?:\/\/[^\s\p{C}]+$/iu.test(given) ? URL.parse(given) : null;
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:') && url.hostname !== '';
}

/** The built-in check of each type: the value in its one form, or what is wrong with it. */
const checks: Readonly<Record<FieldValueType, Check>> = {
  STRING: text(1_000, 'It must be one line.', (given) => !/[\r\n\u2028\u2029]/.test(given)),
  TEXT: text(10_000, ''),
  EMAIL: text(254, 'It must be an e-mail address.', isEmail),
  PHONE: text(40, 'It must be a telephone number of 7 to 15 digits.', isPhone),
  URL: text(2_048, 'It must be an http or https address.', isWebAddress),
  NUMBER: (value) => wrap(number(value), 'It must be a finite number, as a text of at most 15 digits.'),
  INTEGER: (value) => wrap(wholeNumber(value), 'It must be a whole number of at most 15 digits.'),
  BOOLEAN(value) {
    const word = typeof value === 'string' ? value.trim().toLowerCase() : value;
    return word === true || word === 'true' ? { value: true } : word === false || word === 'false' ? { value: false } : 'It must be true or false.';
  },
  DATE: (value) => (typeof value === 'string' && isDay(value.trim()) ? { value: value.trim() } : 'It must be a calendar day like 2001-02-03.'),
  DATETIME: (value) => wrap(typeof value === 'string' ? parseInstant(value.trim()) : null, 'It must be an instant like 2001-02-03T04:05:06Z.'),
  ENUM: (value, { enumValues }) => (typeof value === 'string' && enumValues.includes(value) ? { value } : 'It must be one of the values that the definition lists.'),
  JSON: (value) => ({ value }),
};

function wrap<Value>(value: Value | null, fault: string): { value: Value } | string {
  return value === null ? fault : { value };
}

/** Checks a value: by its type first, then by the tenant's pattern. Pure; one value costs microseconds. */
export function checkValue(value: unknown, rule: ValueRule): CheckedValue {
  const checked = checks[rule.valueType](value, rule);
  if (typeof checked === 'string') return { value, errors: [checked] };
  if (rule.validationRegex === null) return { ...checked, errors: [] };
  const matched = typeof checked.value === 'string' ? checked.value : JSON.stringify(checked.value);
  const longest = longestFor(rule.validationRegex);
  if (matched.length > longest) return { ...checked, errors: [`It is longer than the ${longest} characters that the definition's pattern is held against.`] };
  return { ...checked, errors: matchesPattern(rule.validationRegex, matched) ? [] : ['It does not match the definition\'s pattern.'] };
}

/** The e-mail address of a person; null where none is stated. Throws `InvalidInput` at `path` for what is no address. */
export function checkAddress(given: string | null | undefined, path: readonly string[]): string | null {
  if (!given?.trim()) return null;
  const { value, errors } = checkValue(given, { valueType: 'EMAIL', enumValues: [], validationRegex: null });
  if (errors.length > 0 || typeof value !== 'string') throw new InvalidInput(errors.join(' '), path);
  return value;
}

/** A value as it is to be stored. */
export interface ValidatedValue extends CheckedValue {
  readonly state: ValidationState;
}

/** Checks a value in a mode. STRICT throws `InvalidInput` at `path`; no rule means that nobody has defined the field. */
export function validateValue(value: unknown, rule: ValueRule | null, mode: ValidationMode, path: readonly string[]): ValidatedValue {
  refuseUnstorable(value, path);
  if (rule === null || mode === 'DISABLED') return { value, errors: [], state: 'UNCHECKED' };
  const checked = checkValue(value, rule);
  if (checked.errors.length === 0) return { ...checked, state: 'VALID' };
  if (mode === 'STRICT') throw new InvalidInput(`This value is refused. ${checked.errors.join(' ')}`, path);
  return { ...checked, state: 'INVALID' };
}

/** What is stored in no mode: no value, too large a one, one too deep, one that is no text. */
function refuseUnstorable(value: unknown, path: readonly string[]): void {
  if (value === null || value === undefined) throw new InvalidInput('A field has a value. To take one back, delete the field.', path);
  if (depthOf(value) > deepest) throw new InvalidInput(`This value is deeper than ${deepest} levels.`, path);
  const json = JSON.stringify(value);
  if (json === undefined) throw new InvalidInput('This value is nothing that JSON can say.', path);
  if (Buffer.byteLength(json) > largestValue) throw new InvalidInput(`This value is larger than ${largestValue} bytes.`, path);
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) throw new InvalidInput('A whole number beyond 2^53 loses digits as a JSON number. Send it as a text.', path);
  if (!isStorable(value)) throw new InvalidInput('This value contains characters that cannot be stored (NUL or half a surrogate pair).', path);
}

/** PostgreSQL and other readers take no NUL, and half a surrogate pair is no text. */
function isStorable(value: unknown): boolean {
  if (typeof value === 'string') return !value.includes('\0') && value.isWellFormed();
  if (value === null || typeof value !== 'object') return true;
  return Object.entries(value).every(([key, member]) => isStorable(key) && isStorable(member));
}

/** How deep a value is, counted no further than just beyond the limit. */
function depthOf(value: unknown, depth = 0): number {
  if (value === null || typeof value !== 'object' || depth > deepest) return depth;
  return Object.values(value).reduce((most: number, member) => Math.max(most, depthOf(member, depth + 1)), depth + 1);
}
