import { VendorFault } from './vendor-fault.ts';
import { retryAtOf } from './retry-after.ts';

/** A response that is no success. */
export interface RefusedResponse {
  readonly vendor: string;
  readonly status: number;
  readonly retryAfter?: string | null | undefined;
  readonly now: Date;
}

/** The fault of an HTTP status, for what a vendor does not say more precisely. */
export function faultOfStatus({ vendor, status, retryAfter, now }: RefusedResponse): VendorFault {
  const retryAt = retryAtOf(retryAfter, now) ?? undefined;
  if (status === 401) return new VendorFault('UNAUTHORIZED', `${vendor} does not accept the credentials. Check them at the vendor and give valid ones with changeConnection.`);
  if (status === 403) return new VendorFault('FORBIDDEN', `${vendor} does not allow this call. Grant the missing permission or scope at the vendor.`);
  if (status === 404 || status === 410) return new VendorFault('NOT_FOUND', `${vendor} has no such object, or the credentials do not show it.`);
  if (status === 409 || status === 412) return new VendorFault('CONFLICT', `The object at ${vendor} changed since it was read.`);
  if (status === 429) return new VendorFault('RATE_LIMITED', `${vendor} received too many calls. Calls go on by themselves.`, { retryAt });
  if (status === 408 || status >= 500) return new VendorFault('UNAVAILABLE', `${vendor} is not available (HTTP ${status}). Calls are tried again.`, { retryAt });
  if (status >= 300 && status < 400) return new VendorFault('REFUSED', `${vendor} redirects this call (HTTP ${status}), and redirects are not followed. Check the address of the connection.`);
  return new VendorFault('REFUSED', `${vendor} refused the call (HTTP ${status}).`);
}

/** Codes of errors after which the vendor cannot have received anything. */
const unsent: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'UND_ERR_CONNECT_TIMEOUT']);
const cut: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ECONNABORTED', 'UND_ERR_SOCKET', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'UND_ERR_ABORTED', 'ERR_STREAM_PREMATURE_CLOSE', 'HPE_INVALID_CONSTANT', 'HPE_CR_EXPECTED']);

/** How a call failed on its way. UNSENT: the vendor cannot have received it. CUT: it may have. Null: it did not fail on its way. */
export function transportFailure(error: unknown): 'UNSENT' | 'CUT' | null {
  for (let depth = 0, cause = error; cause instanceof Error && depth < 10; cause = cause.cause ?? ('original' in cause ? cause.original : undefined), depth += 1) {
    const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
    if (unsent.has(code)) return 'UNSENT';
    if (cut.has(code) || cause.name === 'AbortError' || /^(?:terminated|socket hang up|other side closed)$/.test(cause.message)) return 'CUT';
    if (cause instanceof AggregateError && cause.errors.some((each) => transportFailure(each) !== null)) return cause.errors.every((each) => transportFailure(each) === 'UNSENT') ? 'UNSENT' : 'CUT';
    // Node's fetch says no more where the reason is the cause.
    if (cause instanceof TypeError && cause.message === 'fetch failed' && cause.cause === undefined) return 'CUT';
  }
  return null;
}

/** The fault of an error of no known kind: of the way to the vendor, or of an answer that could not be read. */
export function faultOfError(vendor: string, error: unknown): VendorFault {
  const failure = transportFailure(error);
  if (failure === 'UNSENT') return new VendorFault('UNAVAILABLE', `${vendor} cannot be reached. Calls are tried again.`);
  if (failure === 'CUT') return new VendorFault('UNAVAILABLE', `The connection to ${vendor} was interrupted. Calls are tried again.`);
  return new VendorFault('UNREADABLE', `The answer of ${vendor} has an unexpected shape.`);
}
