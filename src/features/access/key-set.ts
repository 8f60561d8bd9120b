import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose';
import type { Clock } from '../../platform/clock.ts';
import { Unavailable } from '../../platform/errors.ts';
import { signInFetch } from '../../platform/outbound-http.ts';

const pauseAfterFailure = 5_000;

/**
 * The issuer's published keys (RFC 7517). Kept for ten minutes; a key id never seen makes it look again, at most every
 * 30 seconds. While the issuer cannot be reached it is asked once in 5 seconds, and whoever needs its keys is told
 * `Unavailable`: a token nobody could check is not a bad token.
 */
export function createKeySet(url: URL, clock: Clock): JWTVerifyGetKey {
  let pausedUntil = 0;
  const keys = createRemoteJWKSet(url, {
    timeoutDuration: 3_000,
    cooldownDuration: 30_000,
    cacheMaxAge: 600_000,
    async [customFetch](address, options) {
      if (clock.now().getTime() < pausedUntil) throw new Error('the key set could not be had a moment ago');
      const failed = (): void => void (pausedUntil = clock.now().getTime() + pauseAfterFailure);
      const response = await signInFetch(address, options as RequestInit).catch((error: unknown) => {
        failed();
        throw error;
      });
      if (!response.ok) failed();
      return response;
    },
  });
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) throw error;
      const unavailable = new Unavailable('The keys that tokens are checked with cannot be fetched right now. Try again in a moment.');
      unavailable.cause = error;
      throw unavailable;
    }
  };
}
