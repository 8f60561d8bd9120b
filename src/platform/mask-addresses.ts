import { isRawNumber } from './exact-json.ts';

/** What stands in the place of an e-mail address that the reader may not see. */
export const hiddenEmail = '[email hidden]';
/** What stands in the place of a telephone number that the reader may not see. */
export const hiddenPhone = '[phone hidden]';

const at = String.raw`(?:@|＠|%40|%2540|&#64;|&#x40;)`;
// Invisible characters, full-width letters and what addresses of the web escape do not take an address out of this.
const local = String.raw`(?:"[^"\n]{1,64}"|[\p{L}\p{N}\p{M}\p{Cf}._+%'’~-]{1,64})`;
const domain = String.raw`[\p{L}\p{N}\p{M}\p{Cf}．。.-]{0,254}[\p{L}\p{N}]`;
const email = new RegExp(`${local}${at}\\p{Cf}{0,8}${domain}`, 'giu');
const mayHoldEmail = /[@＠]|%(?:25)?40|&#(?:64|x40);/i;

const gap = String.raw`[\s\u00a0().\u2010-\u2015\u2212-]`;
const digit = String.raw`\p{Nd}`;
/** `+49 30 1234567`, `(030) 123 45 67`, `030/1234567`, `555-123-4567`: digits in groups, or behind a plus or zeros. */
const phone = new RegExp(`(?<![\\p{L}\\p{Nd}_/-])(?:[+＋]\\s?|\\()?${digit}(?:${gap}{0,4}(?:/${gap}?)?${digit}){6,47}(?![\\p{L}\\p{Nd}_])`, 'gu');
const manyDigits = /(?:\p{Nd}\P{Nd}{0,4}){7}/u;
/** Dates, instants, versions, addresses of hosts: digits in groups that are no telephone number. */
const noPhone = /^(?:\d{4}[-.]\d{1,2}[-.]\d{1,2}(?:\s.*)?|\d{1,2}[.-]\d{1,2}[.-]\d{4}(?:\s.*)?|\d{1,3}(?:\.\d{1,3}){3}|\d{1,3}(?:\.\d{3})+|\d+\.\d+|\d{4}-\d{4})$/;

function isPhone(found: string): boolean {
  const text = found.normalize('NFKC').trim();
  const digits = text.replaceAll(/\P{Nd}/gu, '');
  if (digits.length < 7) return false;
  if (/^(?:\+|00|\()/.test(text)) return true;
  if (noPhone.test(text)) return false;
  if (text.includes('/')) return text.startsWith('0');
  // Without groups and without a sign of one, a short number is a number of something else.
  return /^\p{Nd}+$/u.test(text) ? digits.length >= 9 && digits.length <= 15 : true;
}

/** A text with its e-mail addresses and telephone numbers masked. */
export function maskAddresses(text: string): string {
  const without = mayHoldEmail.test(text) ? text.replaceAll(email, hiddenEmail) : text;
  return manyDigits.test(without) ? without.replaceAll(phone, (found) => (isPhone(found) ? hiddenPhone : found)) : without;
}

/** An id or link of another system likewise: of telephone numbers, only what a plus begins, for ids are numbers, too. */
export function maskIdentifier(id: string): string {
  const without = mayHoldEmail.test(id) ? id.replaceAll(email, hiddenEmail) : id;
  return /[+＋]|tel:|%2b/i.test(without) ? without.replaceAll(/(?:[+＋]|tel:|%2b)\p{Nd}(?:[\s().-]{0,2}\p{Nd}){6,14}/giu, hiddenPhone) : without;
}

const phoneKey = /phone|mobil|cell|handy|fax|whatsapp|(?:^|[^a-z])tel(?:$|[^a-z])/i;

/** A JSON value likewise: texts, keys of members, and what a key calls a telephone number. */
export function maskJson(value: unknown, key = ''): unknown {
  if (typeof value === 'string') return phoneKey.test(key) && value.replaceAll(/\P{Nd}/gu, '').length >= 5 ? hiddenPhone : maskAddresses(value);
  if (Array.isArray(value)) return value.map((member) => maskJson(member, key));
  if (isRawNumber(value)) return phoneKey.test(key) ? hiddenPhone : value;
  if (value !== null && typeof value === 'object') {
    // A payload can hold a member called __proto__, which an assignment would not make.
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [maskAddresses(name), maskJson(member, name)]));
  }
  return (typeof value === 'number' || typeof value === 'bigint') && phoneKey.test(key) && String(value).length >= 5 ? hiddenPhone : value;
}

const atForms = new RegExp(at, 'giu');
const asAddress = (found: string): string => found.replace(atForms, '@');

/** The e-mail addresses in a text, or in the texts and keys of a JSON value, as they are written there; `@` in its one form. */
export function findAddresses(value: unknown, found: Set<string> = new Set()): Set<string> {
  if (typeof value === 'string') {
    if (mayHoldEmail.test(value)) for (const [match] of value.matchAll(email)) found.add(asAddress(match));
  } else if (value !== null && typeof value === 'object') {
    for (const [key, member] of Object.entries(value)) {
      if (!Array.isArray(value)) findAddresses(key, found);
      findAddresses(member, found);
    }
  }
  return found;
}

/** A text with other words in the place of some of its e-mail addresses; null leaves one as it is. */
export function replaceAddresses(text: string, replacement: (address: string) => string | null): string {
  return mayHoldEmail.test(text) ? text.replaceAll(email, (match) => replacement(asAddress(match)) ?? match) : text;
}
