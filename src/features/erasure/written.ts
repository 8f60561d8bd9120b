import { domainToASCII, domainToUnicode } from 'node:url';

/** A folded text as a regular expression that matches it. */
export function literally(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
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
