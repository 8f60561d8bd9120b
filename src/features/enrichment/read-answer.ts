import { isCurrency } from '../../platform/iso-4217.ts';
import { isStorableText } from '../../platform/storable-text.ts';
import type { RefusedValueCode } from './enums.ts';

/** A value that was not taken: the field, and why. */
export type RefusedValue = readonly [field: string, code: RefusedValueCode];

/** Values of an answer that were checked, and those that were refused. */
export interface CheckedValues {
  readonly values: Readonly<Record<string, unknown>>;
  readonly refused: readonly RefusedValue[];
}

type Check = (value: unknown) => { readonly value: unknown } | RefusedValueCode;

/** One line of visible characters without an address: what names an industry, a region or a title. */
const line = (most: number): Check => (value) => {
  if (typeof value !== 'string') return 'WRONG_TYPE';
  const text = value.normalize('NFC').trim();
  if (text === '') return 'WRONG_TYPE';
  if (text.length > most) return 'TOO_LONG';
  return isStorableText(text) && !/[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}@<>{}]/u.test(text) ? { value: text } : 'UNSAFE_TEXT';
};

const website: Check = (value) => {
  if (typeof value !== 'string') return 'WRONG_TYPE';
  const text = value.trim();
  if (text.length > 300) return 'TOO_LONG';
  const full = /^[a-z][a-z0-9+.-]*:/i.test(text) ? text : `https://${text}`;
  if (!URL.canParse(full)) return 'WRONG_TYPE';
  const { protocol, hostname, username } = new URL(full);
  // The address alone: a path or a query could hold anything.
  return (protocol === 'https:' || protocol === 'http:') && username === '' && /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(hostname) ? { value: `https://${hostname}` } : 'UNSAFE_TEXT';
};

const employees: Check = (value) => {
  if (typeof value !== 'number' || !Number.isInteger(value)) return 'WRONG_TYPE';
  return value >= 0 && value <= 10_000_000 ? { value } : 'OUT_OF_RANGE';
};

const money: Check = (value) => {
  if (typeof value !== 'object' || value === null || !('amountMinor' in value) || !('currency' in value)) return 'WRONG_TYPE';
  const { amountMinor, currency } = value;
  if (typeof amountMinor !== 'number' || typeof currency !== 'string' || !isCurrency(currency)) return 'WRONG_TYPE';
  return Number.isSafeInteger(amountMinor) && amountMinor >= 0 ? { value: { amountMinor, currency } } : 'OUT_OF_RANGE';
};

/** The fields of accounts that providers fill. */
const accountChecks: Readonly<Record<string, Check>> = { industry: line(100), employeeCount: employees, region: line(60), website, revenue: money };
/** The fields of contacts that providers fill; never a name or an address. */
const contactChecks: Readonly<Record<string, Check>> = { title: line(100), role: line(60) };

/** Checks what a provider says about an account. What no field is meant for is left out. */
export const checkAccountValues = (given: Readonly<Record<string, unknown>>): CheckedValues => checkAll(accountChecks, given, '');

/** Checks what a provider says about a contact. */
export const checkContactValues = (given: Readonly<Record<string, unknown>>): CheckedValues => checkAll(contactChecks, given, 'contact.');

function checkAll(checks: Readonly<Record<string, Check>>, given: Readonly<Record<string, unknown>>, prefix: string): CheckedValues {
  const values: Record<string, unknown> = {};
  const refused: RefusedValue[] = [];
  for (const [field, check] of Object.entries(checks)) {
    if (!Object.hasOwn(given, field) || given[field] === undefined || given[field] === null) continue;
    const checked = check(given[field]);
    if (typeof checked === 'string') refused.push([`${prefix}${field}`, checked]);
    else values[field] = checked.value;
  }
  return { values, refused };
}
