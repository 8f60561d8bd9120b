import { domainToASCII, domainToUnicode } from 'node:url';

/** A regular expression, for JavaScript and PostgreSQL alike, for a text in upper and lower case, composed or not, and as addresses of the web and HTML write it. */
export function written(text: string): string {
  return [...text.normalize('NFC')].map(forms).join('');
}

/** One of some patterns, the longest first; null where there is none. */
export function eitherOf(patterns: readonly string[]): string | null {
  return patterns.length === 0 ? null : [...new Set(patterns)].toSorted((a, b) => b.length - a.length || (a < b ? -1 : 1)).join('|');
}

/** An address with its domain as it was told, in letters, and as the DNS has it. */
export function addressForms(email: string): string[] {
  const at = email.lastIndexOf('@') + 1;
  const [local, domain] = [email.slice(0, at), email.slice(at)];
  if (!/[^\0-\x7f]|xn--/i.test(domain)) return [email];
  return [...new Set([domain, domainToASCII(domain), domainToUnicode(domain)])].filter((each) => each !== '').map((each) => `${local}${each}`);
}

const further: Readonly<Record<string, readonly string[]>> = { '@': ['&#64;', '&#x40;', '＠', '%2540'], "'": ['’', '&#39;'], '&': ['&amp;'] };

/** What may stand for one character. */
function forms(character: string): string {
  const cases = [character, character.toLowerCase(), character.toUpperCase()];
  const composed = [...new Set([...cases, ...cases.map((each) => each.normalize('NFD'))])];
  const encoded = composed.filter((each) => !/^[A-Za-z0-9]$/.test(each)).map(percentEncoded).flatMap((each) => [each, each.toLowerCase()]);
  const all = [...new Set([...composed, ...encoded, ...(further[character] ?? [])])];
  return all.length === 1 ? literally(character) : `(?:${all.map(literally).join('|')})`;
}

/** As in the query of an address of the web; also those characters that may stand there as they are. */
function percentEncoded(text: string): string {
  return [...Buffer.from(text, 'utf8')].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}

/** Both dialects take a backslash before these as the character itself. */
function literally(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}
