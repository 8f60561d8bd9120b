import { constantFrom, option, tuple, type Arbitrary } from 'fast-check';

const unseen = ['\u200b', '\u00ad', '\u2060', '\ufeff', '\u200d'];
const apostrophes = ["'", '’', '‘', 'ʼ', '＇', '′'];
const wide = (letter: string): string => (/[!-~]/.test(letter) ? String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0) : letter);
const percent = (letter: string): string => [...Buffer.from(letter)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
const escape = (letter: string): string => letter.split('').map((unit) => String.raw`\u${(unit.charCodeAt(0)).toString(16).padStart(4, '0')}`).join('');
const bare = (letter: string): string => letter.normalize('NFD').replaceAll(/[\u0300-\u036f]/g, '').normalize('NFC').replaceAll('đ', 'd').replaceAll('Đ', 'D');

/** One letter in one of the ways in which it may be written. */
function letter(plain: string, keepsCase: boolean): Arbitrary<string> {
  if (/\s/.test(plain)) return constantFrom(' ', '\u00a0', '\u3000', '  ');
  if (plain === '’') return constantFrom(...apostrophes);
  const isLatin = /\p{Script=Latin}/u.test(plain);
  const cases = keepsCase ? [plain, plain.toUpperCase()] : [plain, plain.toUpperCase(), plain.toLowerCase()];
  const forms = [...cases, plain.normalize('NFD'), ...(isLatin ? [wide(plain), bare(plain)] : [percent(plain), escape(plain), `&#${plain.codePointAt(0) ?? 0};`])];
  return tuple(constantFrom(...forms), option(constantFrom(...unseen), { freq: 4 })).map(([form, hidden]) => form + (hidden ?? ''));
}

/** A name as people, programs and copies of web pages write it; without anything unseen at its end. */
export function spellings(name: string, keepsCase = false): Arbitrary<string> {
  return tuple(...[...name.normalize('NFC')].map((each) => letter(each, keepsCase))).map((letters) => letters.join('').replace(/[\u200b\u00ad\u2060\ufeff\u200d]+$/, ''));
}

/** What may stand before and behind a name: never a letter beside it. */
export const surroundings: Arbitrary<string> = constantFrom('', '-- ', '(', '"', ' | ', '12: ', '\n', '…', '100% ', '& ', 'ü, ', '\u200b ', '😀 ', String.raw`c:\x `);
