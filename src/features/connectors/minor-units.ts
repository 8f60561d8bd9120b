import { InvalidInput } from '../../platform/errors.ts';
import { fractionDigits } from '../../platform/iso-4217.ts';

/** A decimal amount in the minor units of its currency: `150000.5` of USD is 15000050. Throws `InvalidInput` for digits that the currency does not have. */
export function minorUnits(amount: string, currency: string, path: readonly string[]): number {
  if (!/^[A-Z]{3}$/.test(currency)) throw new InvalidInput('The currency must be an ISO 4217 code of three capitals, such as USD.', path);
  const digits = fractionDigits(currency);
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(amount) ?? [];
  const shift = Number(exponent) + digits;
  if (whole === '' || Math.abs(shift) > 30) throw new InvalidInput('The amount must be a decimal number.', path);
  const all = `${whole}${fraction}`;
  const place = whole.length + shift;
  const [kept, rest] = [all.padEnd(place, '0').slice(0, Math.max(place, 0)), place < 0 ? all : all.slice(place)];
  if (/[1-9]/.test(rest)) throw new InvalidInput(`The amount has more digits behind the point than ${currency} has (${digits}).`, path);
  const minor = Number(`${sign}${kept || '0'}`);
  if (!Number.isSafeInteger(minor)) throw new InvalidInput('The amount is beyond 2^53 minor units.', path);
  return minor + 0;
}
