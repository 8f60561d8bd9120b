import type { Clock } from '../../../platform/clock.ts';
import { pause } from '../../../platform/pause.ts';
import { VendorFault, type VendorFaultCode } from './vendor-fault.ts';

/** A rate limit that is in force. */
export interface CallLimit {
  readonly code: Extract<VendorFaultCode, 'RATE_LIMITED' | 'QUOTA_USED_UP'>;
  readonly until: Date;
  readonly reason: string | null;
  readonly scope: VendorFault['limitScope'];
}

/** The rate limits of one connection that this process knows of. */
export interface CallLimits {
  /** Keeps what a vendor said with its refusal. */
  keep(fault: VendorFault, operation: string): void;
  /** Waits while a limit is about to end; throws `VendorFault` if it lasts longer. */
  pass(operation: string, signal: AbortSignal): Promise<void>;
}

/** No vendor stops calls for longer: an hour that is wrong by years must not end a connection. Milliseconds. */
const longestLimit = 24 * 60 * 60_000;
/** When a quota is tried again, where the vendor does not say when it is restored. Milliseconds. */
const quotaPause = 60 * 60_000;

/** The limit that a fault reports; null where it reports none, or not until when. */
export function limitOf(fault: VendorFault, now: Date): CallLimit | null {
  if (fault.code !== 'RATE_LIMITED' && fault.code !== 'QUOTA_USED_UP') return null;
  const asked = fault.retryAt?.getTime() ?? (fault.code === 'QUOTA_USED_UP' ? now.getTime() + quotaPause : null);
  return asked === null ? null : { code: fault.code, until: new Date(Math.min(asked, now.getTime() + longestLimit)), reason: fault.limitReason, scope: fault.limitScope };
}

/** The fault of a call that is not made because of a limit. */
export function limitFault(vendor: string, { code, until, reason, scope }: CallLimit): VendorFault {
  const message = code === 'QUOTA_USED_UP' ? `The quota of calls to ${vendor} is used up. Calls go on at ${until.toISOString()}.` : `${vendor} accepts no calls until ${until.toISOString()}.`;
  return new VendorFault(code, message, { retryAt: until, limitReason: reason ?? undefined, limitScope: scope });
}

/** A limit as it is stored for all processes: `QUOTA_USED_UP`, or `RATE_LIMITED: <how the vendor names it>`. */
export const storedReason = ({ code, reason }: CallLimit): string => (reason === null ? code : `${code}: ${reason.slice(0, 200)}`);

/** Reads a stored limit. */
export function readStoredLimit(until: string, stored: string | null): CallLimit {
  const [, code, reason] = /^(RATE_LIMITED|QUOTA_USED_UP)(?:: (.*))?$/s.exec(stored ?? '') ?? [];
  return { code: code === 'QUOTA_USED_UP' ? code : 'RATE_LIMITED', until: new Date(until), reason: reason ?? null, scope: 'CONNECTION' };
}

/** Keeps limits in memory: of the whole connection under an empty name, else by operation. */
export function createCallLimits({ vendor, clock, longestWait }: { readonly vendor: string; readonly clock: Clock; readonly longestWait: number }): CallLimits {
  const limits = new Map<string, CallLimit>();
  return {
    keep(fault, operation) {
      const limit = limitOf(fault, clock.now());
      if (limit) limits.set(fault.limitScope === 'OPERATION' ? operation : '', limit);
    },
    async pass(operation, signal) {
      const now = clock.now().getTime();
      for (const [name, { until }] of limits) if (until.getTime() <= now) limits.delete(name);
      const limit = limits.get('') ?? limits.get(operation);
      if (!limit) return;
      const wait = limit.until.getTime() - now;
      if (wait > longestWait) throw limitFault(vendor, limit);
      await pause(wait, signal);
    },
  };
}
