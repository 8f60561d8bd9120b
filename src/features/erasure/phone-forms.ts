/** With fewer digits a number is looked for in no text. */
export const fewestDigits = 7;
const betweenDigits = String.raw`[ \u00a0()./\u2010-\u2013-]*`;

/** The digits of a number. */
export const digitsOf = (phone: string): string => phone.replaceAll(/\D/g, '');

const spaced = (digits: string): string => [...digits].join(betweenDigits);

/**
 * Patterns for a telephone number as it was told, and as it is dialled from within and from without its country:
 * `+49 30 1234567`, `+49 (0)30 1234567` and `030 1234567` are one. What a country's code is nobody can tell by its digits,
 * so one of up to three is taken off.
 */
export function phoneForms(phone: string): string[] {
  const digits = digitsOf(phone);
  if (digits.length < fewestDigits) return [];
  const isInternational = /^\s*(?:\+|00)/.test(phone);
  const number = isInternational ? digits.replace(/^00/, '') : digits;
  const forms = [spaced(number)];
  if (!isInternational && number.startsWith('0')) {
    const rest = spaced(number.slice(1));
    if (number.length > fewestDigits) forms.push(`[1-9](?:${betweenDigits}[0-9]){0,2}${betweenDigits}(?:0${betweenDigits})?${rest}`);
  } else if (number.length > fewestDigits + 2) {
    for (const length of [1, 2, 3]) {
      const rest = number.slice(length);
      if (rest.length < fewestDigits) continue;
      forms.push(`0${betweenDigits}${spaced(rest)}`, `${spaced(number.slice(0, length))}${betweenDigits}0${betweenDigits}${spaced(rest)}`);
    }
    // In North America nothing is dialled before it.
    if (number.length === 11 && number.startsWith('1')) forms.push(spaced(number.slice(1)));
  }
  return [...new Set(forms)].map((form) => `(?<![0-9])${form}(?![0-9])`);
}
