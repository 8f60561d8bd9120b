import { createSecretKey, type KeyObject } from 'node:crypto';
import { errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions } from 'jose';
import type { Clock } from '../../platform/clock.ts';
import { Unauthenticated } from '../../platform/errors.ts';
import { isUuid, type Id } from '../../platform/ids.ts';
import { createActorIds, type ActorIds } from './actor-id.ts';
import { createKeySet } from './key-set.ts';
import { parseRoles, type Principal } from './roles.ts';

/** Where tokens come from and what they must say. Keys are either one shared secret or the issuer's published set. */
export type TokenOptions = {
  readonly issuer: string;
  readonly audience: string;
  readonly clock: Clock;
  /** How far the issuer's clock and ours may differ, for exp, nbf and iat alike. */
  readonly clockToleranceSeconds: number;
  /** 32 bytes. What is recorded in place of a `sub` that is no opaque id is keyed by what follows from it. */
  readonly masterKey: Buffer;
} & (
  | { readonly secret: string; readonly jwksUrl?: undefined }
  | { readonly jwksUrl: URL; readonly secret?: undefined }
);

/** Turns a JWT into a principal; throws `Unauthenticated`, or `Unavailable` when the issuer's keys cannot be had. */
export type TokenVerifier = (token: string) => Promise<Principal>;

/** HS256 needs a key as long as its hash: 32 bytes (RFC 7518, 3.2). */
export const shortestSecretBytes = 32;
const longestTokenBytes = 8 * 1024;

/** The shared secret as a key. Throws when it is too short to protect anything. */
export function sharedKey(secret: string): KeyObject {
  const bytes = Buffer.from(secret, 'utf8');
  if (bytes.length < shortestSecretBytes) {
    throw new Error(`the shared token secret has ${bytes.length} bytes; it needs at least ${shortestSecretBytes}`);
  }
  return createSecretKey(bytes);
}

/**
 * A verifier of signed JWTs. Which algorithms are taken follows from the kind of key, never from the token: so a public
 * key cannot pass for a shared secret. Beside exp, iss, aud and sub a token must carry `tenant` (a UUID) and `roles`. Its
 * bearer is a person, unless it says otherwise: see `isMachine`.
 */
export function createTokenVerifier(options: TokenOptions): TokenVerifier {
  const { issuer, audience, clock, clockToleranceSeconds } = options;
  const { findKey, algorithms } = keysOf(options);
  const actorIds = createActorIds(options.masterKey);
  const rules: JWTVerifyOptions = {
    issuer,
    audience,
    clockTolerance: clockToleranceSeconds,
    requiredClaims: ['exp', 'iss', 'aud', 'sub'],
    algorithms,
  };
  return async (token) => {
    if (Buffer.byteLength(token) > longestTokenBytes) {
      throw new Unauthenticated('The token is larger than 8 KB. Ask the issuer for one with fewer claims.');
    }
    const now = clock.now();
    const { payload } = await jwtVerify(token, findKey, { ...rules, currentDate: now }).catch((error: unknown) => {
      throw explain(error);
    });
    if (payload.iat !== undefined && payload.iat > now.getTime() / 1_000 + clockToleranceSeconds) throw notYetValid();
    return readClaims(payload, { clockToleranceSeconds, actorIds });
  };
}

function keysOf(options: TokenOptions): { findKey: JWTVerifyGetKey; algorithms: string[] } {
  if (options.secret === undefined) {
    return { findKey: createKeySet(options.jwksUrl, options.clock), algorithms: ['RS256', 'ES256', 'EdDSA'] };
  }
  const key = sharedKey(options.secret);
  return { findKey: () => key, algorithms: ['HS256'] };
}

function readClaims(claims: JWTPayload, { clockToleranceSeconds, actorIds }: { readonly clockToleranceSeconds: number; readonly actorIds: ActorIds }): Principal {
  const { sub, exp, tenant, roles: names, actor_kind: actorKind } = claims;
  const tenantId = typeof tenant === 'string' ? tenant.toLowerCase() : '';
  const expiresAt = new Date(((exp ?? Number.NaN) + clockToleranceSeconds) * 1_000);
  if (Number.isNaN(expiresAt.getTime())) throw wrongClaim('exp', 'must be the second at which the token expires');
  if (typeof sub !== 'string' || !subjectForm.test(sub)) throw wrongClaim('sub', 'must name the caller in 1 to 255 characters');
  if (!isTenantId(tenantId)) throw wrongClaim('tenant', 'must be the UUID of a tenant');
  if (!Array.isArray(names) || names.length === 0) throw wrongClaim('roles', 'must be a list of at least one role');
  const { roles, unknown } = parseRoles(names);
  if (unknown.length > 0) throw wrongClaim('roles', `names ${unknown.map(quoteName).join(', ')}, which is no role here`);
  if (actorKind !== undefined && actorKind !== 'person' && actorKind !== 'machine') throw wrongClaim('actor_kind', 'must be "person" or "machine", or be left out');
  const kind = roles.has('agent') || isMachine(claims) ? 'machine' : 'user';
  return { tenantId, actor: { kind, id: actorIds(tenantId, sub) }, roles, expiresAt };
}

/**
 * Whether a token says that no person bears it: by `actor_kind`; because the client got it in its own name (RFC 9068, 2.2:
 * then `sub` is its `client_id`; some issuers write `gty`); or because another acts for the person it names (`act`, RFC
 * 8693, 4.1). The role `agent` says so too, whatever other roles stand beside it. No claim makes such a bearer a person.
 */
function isMachine({ actor_kind: actorKind, sub, client_id: client, gty, act }: JWTPayload): boolean {
  return actorKind === 'machine' || client === sub || gty === 'client-credentials' || (act !== undefined && act !== null);
}

const isTenantId = (text: string): text is Id<'Tenant'> => isUuid(text);

const subjectForm = /^[^\p{Cc}]{1,255}$/u;
const plainName = /^[\w.:-]{1,40}$/;
const quoteName = (name: unknown): string => (typeof name === 'string' && plainName.test(name) ? `"${name}"` : 'something');

const wrongClaim = (claim: string, fault: string): Unauthenticated =>
  new Unauthenticated(`The token's claim "${claim}" ${fault}. Ask the issuer for a token made for this service.`);
const notYetValid = (): Unauthenticated =>
  new Unauthenticated('The token is not valid yet. Check the clock of whoever issued it, or try again later.');
const notAccepted = (): Unauthenticated =>
  new Unauthenticated('The token is not accepted: it is malformed or was not signed by the issuer this service trusts. Sign in again.');

/** Says in the caller's words what is wrong with a token. Nothing of the token itself is repeated. */
function explain(error: unknown): unknown {
  if (error instanceof errors.JWTExpired) return new Unauthenticated('The token has expired. Get a new one and send it again.');
  if (error instanceof errors.JOSEAlgNotAllowed) {
    return new Unauthenticated('The token is signed with an algorithm that is not accepted here. Get one from the issuer this service trusts.');
  }
  if (error instanceof errors.JWTClaimValidationFailed) return explainClaim(error);
  if (error instanceof errors.JWKSMultipleMatchingKeys) {
    return new Unauthenticated('The token does not say which of the issuer\'s keys signed it. Ask the issuer for tokens with a "kid" header.');
  }
  return error instanceof errors.JOSEError ? notAccepted() : error;
}

function explainClaim({ claim, reason }: errors.JWTClaimValidationFailed): Unauthenticated {
  if (reason === 'missing') return wrongClaim(claim, 'is missing');
  if (claim === 'nbf' && reason === 'check_failed') return notYetValid();
  if (claim === 'iss') return wrongClaim(claim, 'names another issuer than the one this service trusts');
  if (claim === 'aud') return wrongClaim(claim, 'names another audience than this service');
  return wrongClaim(claim, 'is not of the right form');
}
