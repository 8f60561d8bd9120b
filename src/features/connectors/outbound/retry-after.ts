/** When a vendor wants to be called again, by its Retry-After header: seconds, or an HTTP date. Null: it does not say. */
export function retryAtOf(header: string | null | undefined, now: Date): Date | null {
  const text = header?.trim() ?? '';
  if (/^\d{1,9}(?:\.\d{1,9})?$/.test(text)) return new Date(now.getTime() + Math.ceil(Number(text) * 1_000));
  const date = /[a-z]/i.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(date) ? null : new Date(date);
}
