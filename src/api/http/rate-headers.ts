import type { RateRule, RateState } from '../../platform/rate-limiter.ts';

/**
 * The fields `RateLimit-Policy` and `RateLimit` (IETF draft-ietf-httpapi-ratelimit-headers) of a caller's limit: points
 * per window, points that remain, and seconds until the window ends.
 */
export function rateHeaders({ points, seconds }: RateRule, { remaining, resetsIn }: RateState): Readonly<Record<'ratelimit-policy' | 'ratelimit', string>> {
  return { 'ratelimit-policy': `"caller";q=${points};w=${seconds}`, ratelimit: `"caller";r=${remaining};t=${Math.ceil(resetsIn / 1_000)}` };
}
