import type { RateLimiter } from '../../platform/rate-limiter.ts';
import { addressKey } from './address-key.ts';
import { refuse } from './charges.ts';

/** Counts failed attempts by client address, so that guessing is slow. */
export interface AddressFailures {
  /** Throws `LimitExceeded` when this process already knows that the address has no attempts left. Asks nothing. */
  refuseUsedUp(address: string): void;
  /** Counts a failure; throws `LimitExceeded` when there were too many. */
  count(address: string): Promise<void>;
}

/** Failed attempts over a limiter. */
export function createAddressFailures(limiter: RateLimiter): AddressFailures {
  return {
    refuseUsedUp: (address) => refuse(limiter.refusedFor(addressKey(address))),
    async count(address) {
      const { allowed, resetsIn } = await limiter.take(addressKey(address), 1);
      if (!allowed) refuse(Math.max(1, resetsIn));
    },
  };
}
