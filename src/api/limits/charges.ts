import { LimitExceeded } from '../../platform/errors.ts';
import type { RateLimiter, RateState } from '../../platform/rate-limiter.ts';
import type { Principal } from '../../features/access/index.ts';

/** Who is charged: a caller, and with it its tenant. */
export type Charged = Pick<Principal, 'tenantId' | 'actor'>;

/** Charges what callers ask to their rate limit and to their tenant's. */
export interface Charges {
  /** Throws `LimitExceeded` when this process already knows that the caller or its tenant has nothing left. Asks nothing. */
  refuseUsedUp(caller: Charged): void;
  /** Charges points, and what is owed; throws `LimitExceeded` when that is more than is left. Returns what is left. */
  charge(caller: Charged, points: number): Promise<RateState>;
  /** Adds points to the caller's next charge: for what is known only after it was spent. */
  owe(caller: Charged, points: number): void;
}

/** The identity that a rate limit counts for. */
export const callerKey = ({ tenantId, actor }: Charged): string => `{${tenantId}}:${actor.kind}:${actor.id}`;

/** Charges over a limiter for callers and one for tenants; both are asked at the same time. */
export function createCharges(callers: RateLimiter, tenants: RateLimiter): Charges {
  const owed = new Map<string, number>();
  return {
    refuseUsedUp(caller) {
      refuse(Math.max(callers.refusedFor(callerKey(caller)), tenants.refusedFor(`{${caller.tenantId}}`)));
    },
    async charge(caller, points) {
      const key = callerKey(caller);
      const due = points + (owed.get(key) ?? 0);
      owed.delete(key);
      const [own, tenant] = await Promise.all([callers.take(key, due), tenants.take(`{${caller.tenantId}}`, due)]);
      if (!own.allowed || !tenant.allowed) refuse(Math.max(own.allowed ? 0 : own.resetsIn, tenant.allowed ? 0 : tenant.resetsIn, 1));
      return own;
    },
    owe(caller, points) {
      const key = callerKey(caller);
      owed.set(key, (owed.get(key) ?? 0) + points);
    },
  };
}

/** Throws `LimitExceeded` for a limit that is used up for so many milliseconds; 0 passes. */
export function refuse(milliseconds: number): void {
  if (milliseconds <= 0) return;
  const seconds = Math.ceil(milliseconds / 1_000);
  throw new LimitExceeded(`Rate limit exceeded. Retry after ${seconds} s.`, seconds);
}
