import { mintToken } from '../../src/features/access/index.ts';
import { systemClock } from '../../src/platform/clock.ts';

/** Who issues the benchmark's tokens, and for whom. */
export const issued = { issuer: 'context-graph-bench', audience: 'context-graph-bench' } as const;

/** A token of the measured tenant's administrator. */
export function benchToken(secret: string, tenantId: string): Promise<string> {
  return mintToken({ secret, ...issued, clock: systemClock, tenantId, subject: 'bench', roles: ['admin'], hours: 8 });
}
