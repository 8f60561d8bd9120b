import { VendorFault } from './vendor-fault.ts';

/** Makes a fault of what `fetch` and the reading of its answer throw, whatever the vendor; null for anything else. `vendor`: its name in messages. */
export function networkFault(vendor: string, error: unknown): VendorFault | null {
  if (error instanceof VendorFault) return error;
  if (!(error instanceof Error)) return null;
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return new VendorFault('TIMEOUT', `${vendor} did not answer in time.`);
  if (error instanceof SyntaxError) return new VendorFault('UNREADABLE', `${vendor} answered with something that is not JSON.`);
  // `fetch` reports a cut or refused connection as a TypeError with a cause; one without is a fault of reading.
  const isConnection = error instanceof TypeError && (error.cause !== undefined || /fetch failed|terminated|network/i.test(error.message));
  return isConnection ? new VendorFault('UNAVAILABLE', `The connection to ${vendor} failed.`) : null;
}

/** When to try again, as a Retry-After header says: seconds or a date; null where it says nothing that can be read. */
export function retryAtOf(header: string | null | undefined, now: Date): Date | null {
  if (!header) return null;
  const seconds = /^\d{1,9}(?:\.\d{1,6})?$/.test(header.trim()) ? Number(header) : null;
  const at = seconds === null ? Date.parse(header) : now.getTime() + seconds * 1_000;
  return Number.isNaN(at) ? null : new Date(Math.max(at, now.getTime()));
}
