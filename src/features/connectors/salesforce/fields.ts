import { z } from 'zod';
import { isRawNumber } from '../../../platform/exact-json.ts';
import { minorUnits } from '../minor-units.ts';
import { readInstant } from '../vendor-values.ts';

/** A number with the digits that were received. */
type Digits = number | { readonly rawJSON: string };

/** A number as it was received. */
export const number = z.custom<Digits>((value) => typeof value === 'number' || isRawNumber(value), 'must be a number');
/** True, false or nothing. */
export const flag = z.boolean('must be true or false').nullish();
/** A text or nothing. */
export const text = z.string('must be a text').nullish();
/** The id of a record. */
export const recordId = z.string('must be a text').min(1, 'must not be empty').max(64, 'must have at most 64 characters');
const instant = z.string('must be an instant such as 2026-11-21T09:30:00.000Z').nullish();
/** When a record was changed. */
export const changeTimes = { LastModifiedDate: instant, SystemModstamp: instant };

/** What Salesforce calls a thing. */
export const ref = (id: string): { system: string; id: string } => ({ system: 'salesforce', id });

/** The digits of a number. */
export const digitsOf = (value: Digits): string => (typeof value === 'number' ? String(value) : value.rawJSON);

/** When a record was changed, and which of its fields says so; null where none does. */
export function changedAt({ SystemModstamp, LastModifiedDate }: { readonly SystemModstamp?: string | null | undefined; readonly LastModifiedDate?: string | null | undefined }): { readonly occurredAt: string | null; readonly field: string } {
  return { occurredAt: readInstant(SystemModstamp, ['SystemModstamp']) ?? readInstant(LastModifiedDate, ['LastModifiedDate']), field: typeof SystemModstamp === 'string' ? 'SystemModstamp' : 'LastModifiedDate' };
}

/** An amount means nothing without its currency, which Salesforce sends where an organisation has several, and the settings say where it has one; without either nothing is said of the amount. */
export function moneyOf(amount: Digits | null | undefined, currency: string | null | undefined, field: string): { amountMinor: number; currency: string } | null | undefined {
  if (amount === undefined || amount === null) return amount;
  if (currency === undefined || currency === null) return undefined;
  return { amountMinor: minorUnits(digitsOf(amount), currency, [field]), currency };
}

/** What is stated, without what is not. */
export const stated = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
