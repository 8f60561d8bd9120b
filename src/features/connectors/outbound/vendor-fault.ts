/** What went wrong with a call to a vendor, and so what is done about it. */
export type VendorFaultCode =
  /** The credentials are not accepted. Calls are refused until an administrator gives others; after some minutes one is tried, in case the vendor was at fault. */
  | 'UNAUTHORIZED'
  /** The credentials do not allow this call; other calls may work. */
  | 'FORBIDDEN'
  /** There is no such object, or the credentials do not show it. */
  | 'NOT_FOUND'
  /** Too many calls in a short time: try again at `retryAt`. */
  | 'RATE_LIMITED'
  /** The allocation of the day or hour is used up: calls are stopped until `retryAt`. */
  | 'QUOTA_USED_UP'
  /** The vendor, or the way to it, does not work at the moment: 5xx, a cut socket, an overload. */
  | 'UNAVAILABLE'
  /** No answer in time. */
  | 'TIMEOUT'
  /** The circuit breaker is open: the vendor was not called. */
  | 'CIRCUIT_OPEN'
  /** The object was changed since it was read. */
  | 'CONFLICT'
  /** The vendor refuses what was asked for; the same call will be refused again. */
  | 'REFUSED'
  /** The answer has another shape than the vendor documents. */
  | 'UNREADABLE'
  /** The connection is paused or removed, or its credentials changed while it was used. */
  | 'DISCONNECTED';

/** More about a fault. */
export interface VendorFaultOptions extends ErrorOptions {
  /** From when the call may be tried again. */
  readonly retryAt?: Date | undefined;
  /** How the vendor names the limit that was reached. */
  readonly limitReason?: string | undefined;
  /** What a rate limit stops: every call of the connection, or this operation alone; CONNECTION when left out. */
  readonly limitScope?: 'CONNECTION' | 'OPERATION' | undefined;
}

/** A call to a vendor failed. `message` is written by this program: it is shown to administrators and never quotes what the vendor sent. */
export class VendorFault extends Error {
  readonly code: VendorFaultCode;
  readonly retryAt: Date | null;
  readonly limitReason: string | null;
  readonly limitScope: 'CONNECTION' | 'OPERATION';

  constructor(code: VendorFaultCode, message: string, { retryAt, limitReason, limitScope, ...options }: VendorFaultOptions = {}) {
    super(message, options);
    this.name = 'VendorFault';
    this.code = code;
    this.retryAt = retryAt ?? null;
    this.limitReason = limitReason ?? null;
    this.limitScope = limitScope ?? 'CONNECTION';
  }
}
