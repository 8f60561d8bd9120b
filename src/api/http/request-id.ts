/** A UUID; a ULID; or 32 to 64 hexadecimal digits, as W3C trace ids and most hashes are written. */
const forms = [/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/i, /^[0-9a-f]{32,64}$/i];

/**
 * The caller's request id when it is an opaque id; null otherwise, and one is made. It is kept in audit rows, events and
 * logs for good, so no form is taken that a name, an address or a number to call could have.
 */
export function validRequestId(header: string | string[] | undefined): string | null {
  return typeof header === 'string' && forms.some((form) => form.test(header)) ? header : null;
}
