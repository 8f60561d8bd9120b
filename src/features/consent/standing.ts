import type { ConsentStanding } from './enums.ts';

/** How a consent stands at an instant. */
export function standingAt({ version, granted, expiresAt }: { readonly version: number; readonly granted: boolean; readonly expiresAt: string | null }, now: string): ConsentStanding {
  if (version === 0) return 'UNKNOWN';
  if (!granted) return 'REVOKED';
  return expiresAt !== null && Date.parse(expiresAt) <= Date.parse(now) ? 'EXPIRED' : 'GRANTED';
}
