/**
 * What of a text leads its reader elsewhere: a link, an address, a number to call, or markup, as the end of the sentence
 * "it holds …"; null when nothing does. A model's words are held against it, and whatever of others' goes into a draft. It
 * would rather refuse a harmless text than let a link pass: whoever is refused falls back to a plain template.
 */
export function leadsOut(text: string): string | null {
  if (/[<>]|&#?\w{1,10};|!?\[[^\]]*\]\s*[([:]/u.test(text)) return 'markup';
  const read = readAsReaders(text);
  for (const [what, forms] of ways) if (forms.some((form) => form.test(read))) return what;
  return null;
}

/** One spelling of what readers and mail programs take for the same: wide letters, ideographic dots, hidden characters, %XX. */
function readAsReaders(text: string): string {
  let read = text;
  // Twice, since %252e is %2e to whoever reads it once.
  for (let turn = 0; turn < 2; turn += 1) read = read.replaceAll(/%([0-9a-f]{2})/giu, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)));
  return read.normalize('NFKC').replaceAll(/[\p{Cf}\u034f\u115f\u1160\u3164\uffa0]/gu, '').replaceAll(/(?<=[\p{L}\p{N}])[。․·‧∙](?=[a-z0-9])/giu, '.').replaceAll(/[∕⁄⧸]/gu, '/').replaceAll(/[։︓]/gu, ':').replaceAll(/\p{Pd}/gu, '-').toLowerCase();
}

/** Endings of addresses that are taken for one also where blanks or words stand in place of the dot. */
const endings = '(?:com|net|org|io|co|ai|dev|app|example|test|info|biz|ru|cn|xyz|link|click|site|online|shop|top|me|us|uk|de|in|eu)';
const ways: readonly (readonly [string, readonly RegExp[]])[] = [
  ['an e-mail address', [/[^\s@]@[^\s@]/u, /(?:^|\s)@\p{L}/u, new RegExp(`[([{]\\s*at\\s*[)\\]}]|\\bat\\s+\\p{L}[\\p{L}\\p{N}-]*\\s+dot\\s+${endings}\\b`, 'u')]],
  [
    'a link',
    [
      /\b[a-z][a-z0-9+.-]*:\/\/|\b(?:h(?:tt|xx|\*\*)ps?|ftp|mailto|tel|sms|javascript|data|file)\s*:/u,
      /(?:^|[\s("'])\/\/\p{L}|\\\\\p{L}/u,
      /\bwww\d?\b\s*[.([{]/u,
      // A bare domain: `a.bc`. Abbreviations (`e.g.`) and figures (`3.5m`) have one letter, or a digit, behind the dot.
      /[\p{L}\p{N}]\.(?:\p{L}[\p{L}\p{M}\p{N}-]*\p{L}|xn--[a-z0-9-]+)(?![\p{L}\p{N}])/u,
      /xn--[a-z0-9]/u,
      // A dot between brackets, in words, or with blanks around it.
      /[\p{L}\p{N}]\s*[([{]\s*(?:\.|dot)\s*[)\]}]\s*[\p{L}\p{N}]/u,
      new RegExp(`[\\p{L}\\p{N}]\\s+(?:dot|\\.)\\s+${endings}\\b|[\\p{L}\\p{N}]\\s+\\.${endings}\\b`, 'u'),
      // Numbers as addresses: IPv4, IPv6, hexadecimal.
      /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)/u,
      /\b(?:[0-9a-f]{1,4}:){4,7}[0-9a-f]{1,4}\b|[0-9a-f]{0,4}::[0-9a-f]{1,4}/u,
      /\b0x[0-9a-f]{6,8}\b/u,
      /\b(?:localhost|[\p{L}][\p{L}\p{N}-]*):\d{2,5}\b/u,
    ],
  ],
  ['a telephone number', [/[+(]?\p{Nd}(?:[ ()/.-]{0,3}\p{Nd}){6,}/u]],
];
