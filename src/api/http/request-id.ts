import { isIP } from 'node:net';

const form = /^[\w.:-]{1,64}$/;
/** The parts of a telephone number, and the words that stand before one. */
const phone = /^(?:tel|phone|mobile|cell|fax)?[:._-]*\d(?:[._:-]*\d){6,14}$/i;

/**
 * The caller's request id when it is 1 to 64 letters, digits, `.`, `_`, `-` and `:`; null for any other text, and one is
 * made. It is kept in audit rows, events and logs, so what looks like an IP address or a telephone number is not taken
 * either; an e-mail address has characters that are not allowed.
 */
export function validRequestId(header: string | string[] | undefined): string | null {
  if (typeof header !== 'string' || !form.test(header)) return null;
  return isIP(header) !== 0 || phone.test(header) ? null : header;
}
