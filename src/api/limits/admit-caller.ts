import { Unauthenticated } from '../../platform/errors.ts';
import type { Authenticate, Principal } from '../../features/access/index.ts';
import { addressKey, takeOrRefuse, type RateLimiter } from './rate.ts';

/** What a request says of who sent it. */
export interface Credentials {
  readonly authorization: string | undefined;
  readonly apiKey: string | undefined;
  /** The peer's address, as far as it can be trusted. */
  readonly address: string;
}

/** Authenticates, and makes guessing slow. */
export type AdmitCaller = (credentials: Credentials) => Promise<Principal>;

/**
 * Counts refused credentials by address. An address that used its failures up gets no more API keys looked up, for that
 * takes the database; a token is still checked, so that one misled machine does not lock its whole office out.
 */
export function createCallerAdmission(authenticate: Authenticate, strangers: RateLimiter): AdmitCaller {
  return async ({ authorization, apiKey, address }) => {
    const key = addressKey(address);
    if (apiKey) await takeOrRefuse(strangers, key, 0);
    try {
      return await authenticate(authorization, apiKey);
    } catch (error) {
      if (error instanceof Unauthenticated) await takeOrRefuse(strangers, key, 1);
      throw error;
    }
  };
}
