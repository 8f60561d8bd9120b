const form = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

/** The caller's request id when it is well formed; null otherwise, and one is made. */
export function validRequestId(header: string | string[] | undefined): string | null {
  return typeof header === 'string' && form.test(header) ? header : null;
}
