import { Unauthenticated } from '../../platform/errors.ts';
import type { Authenticate, Principal } from '../../features/access/index.ts';
import type { AddressFailures } from './address-failures.ts';

/** What a request says of who sent it. */
export interface Credentials {
  readonly authorization: string | undefined;
  readonly apiKey: string | undefined;
  /** The client's address; see `client-address.ts`. */
  readonly address: string;
}

/** Authenticates, and makes guessing slow. */
export type AdmitCaller = (credentials: Credentials) => Promise<Principal>;

/**
 * Counts refused credentials by address. An address without attempts left gets no more API keys looked up, since that
 * takes the database; a token is still checked, so that one machine with a wrong key does not lock out its whole office.
 */
export function createCallerAdmission(authenticate: Authenticate, failures: AddressFailures): AdmitCaller {
  return async ({ authorization, apiKey, address }) => {
    if (apiKey) failures.refuseUsedUp(address);
    try {
      return await authenticate(authorization, apiKey);
    } catch (error) {
      if (error instanceof Unauthenticated) await failures.count(address);
      throw error;
    }
  };
}
