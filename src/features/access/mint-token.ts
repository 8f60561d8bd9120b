import { SignJWT } from 'jose';
import type { Clock } from '../../platform/clock.ts';
import type { Role } from './roles.ts';
import { sharedKey } from './tokens.ts';

/** What a development token says. */
export interface MintedToken {
  readonly secret: string;
  readonly issuer: string;
  readonly audience: string;
  readonly clock: Clock;
  readonly tenantId: string;
  /** Who the caller is; recorded as it is where it is an opaque id. */
  readonly subject: string;
  readonly roles: readonly Role[];
  /** How long it is valid, in hours; fractions are fine. */
  readonly hours: number;
  /** Other claims, which take the place of those above where they have their name. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
}

/** Signs a token with the shared secret: for development, demos and tests. In production the issuer signs. */
export function mintToken(token: MintedToken): Promise<string> {
  const issuedAt = Math.floor(token.clock.now().getTime() / 1_000);
  return new SignJWT({ tenant: token.tenantId, roles: [...token.roles], ...token.claims })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuer(token.issuer)
    .setAudience(token.audience)
    .setSubject(token.subject)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + Math.round(token.hours * 3_600))
    .sign(sharedKey(token.secret));
}
