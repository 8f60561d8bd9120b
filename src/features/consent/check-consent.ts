import { InvalidInput } from '../../platform/errors.ts';
import { ConsentBasis, ConsentChannel, ConsentPurpose } from './enums.ts';

/** Reads an address that a caller states: one @ with something on both sides, no white space, nothing that cannot be seen, at most 320 characters. */
export function checkEmail(value: unknown, path: readonly string[]): string {
  const email = typeof value === 'string' ? value.trim() : '';
  if (email.length > 320 || !/^[^\s@\p{Cc}\p{Cf}]+@[^\s@\p{Cc}\p{Cf}]+$/u.test(email) || !email.isWellFormed()) {
    throw new InvalidInput('This must be an e-mail address of at most 320 characters.', path);
  }
  return email;
}

/** Reads one of an enum's names. */
function checkName<Name extends string>(values: Readonly<Record<Name, Name>>, value: unknown, path: readonly string[]): Name {
  const names = Object.keys(values) as Name[];
  const name = names.find((each) => each === value);
  if (name === undefined) throw new InvalidInput(`This must be one of ${names.join(', ')}.`, path);
  return name;
}

/** Reads a purpose. */
export const checkPurpose = (value: unknown, path: readonly string[]): ConsentPurpose => checkName(ConsentPurpose, value, path);
/** Reads a channel. */
export const checkChannel = (value: unknown, path: readonly string[]): ConsentChannel => checkName(ConsentChannel, value, path);
/** Reads a basis. */
export const checkBasis = (value: unknown, path: readonly string[]): ConsentBasis => checkName(ConsentBasis, value, path);

/** Reads how a decision was come by; nothing is null. */
export function checkSource(value: string | null | undefined, path: readonly string[]): string | null {
  const source = value?.trim() ?? '';
  if (source === '') return null;
  if (source.length > 500 || source.includes('\0') || !source.isWellFormed()) throw new InvalidInput('A source has at most 500 characters, without NUL and half surrogate pairs.', path);
  return source;
}
