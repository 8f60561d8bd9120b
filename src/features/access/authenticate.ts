import { LRUCache } from 'lru-cache';
import type { Clock } from '../../platform/clock.ts';
import { Unauthenticated } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { looksLikeApiKey } from './api-keys.ts';
import { createApiKeyFinder } from './find-api-key.ts';
import { createLookup } from './lookup.ts';
import type { Principal } from './roles.ts';
import type { TokenVerifier } from './tokens.ts';

/**
 * Tells who is calling, from the value of `Authorization` (`Bearer <token>`) or of `X-API-Key`. Every door asks this one
 * function. Throws `Unauthenticated` with what to do about it, or `Unavailable` when it cannot be told right now.
 */
export type Authenticate = (authorization: string | undefined, apiKey?: string) => Promise<Principal>;

/** What telling callers apart takes. */
export interface AuthenticatorDependencies {
  readonly tokens: TokenVerifier;
  readonly database: Pick<Database, 'system'>;
  readonly clock: Clock;
}

/** How long a token that was accepted is not checked again, in milliseconds: a signing key taken back still counts so long. */
const tokenMemory = 30_000;
const mostTokens = 5_000;

const bearer = /^Bearer +([^\s]+) *$/i;

/** An authenticator over a token verifier and the tables of tenants and API keys. */
export function createAuthenticator({ tokens, database, clock }: AuthenticatorDependencies): Authenticate {
  const findApiKey = createApiKeyFinder(database, clock);
  const findTenant = createLookup<{ readonly id: string }>({
    clock,
    memory: 60_000,
    most: 10_000,
    find: (id) => database.system(async (sql) => (await sql.rows(tenantById, [id]))[0]),
  });

  const accepted = new LRUCache<string, { readonly principal: Principal; readonly at: number }>({ max: mostTokens });
  // Checking a signature costs more than most of what is asked with it; the same token comes again and again.
  const remembered = (token: string): Principal | null => {
    const known = accepted.get(token);
    const now = clock.now();
    if (!known || now.getTime() - known.at > tokenMemory) return null;
    return known.principal.expiresAt !== null && known.principal.expiresAt <= now ? null : known.principal;
  };

  return async (authorization, apiKey) => {
    if (authorization && apiKey) throw new Unauthenticated('Send either Authorization or X-API-Key, not both.');
    if (apiKey) return findApiKey(apiKey);
    if (!authorization) {
      throw new Unauthenticated('Sign in first: send "Authorization: Bearer <token>", or "X-API-Key: <key>" for a machine.');
    }
    const token = bearer.exec(authorization)?.[1];
    if (token === undefined) throw new Unauthenticated('The Authorization header must read "Bearer <token>".');
    if (looksLikeApiKey(token)) throw new Unauthenticated('That is an API key, not a token. Send it in the X-API-Key header.');
    const known = remembered(token);
    if (known) return known;
    const principal = await tokens(token);
    if (await findTenant(principal.tenantId)) {
      accepted.set(token, { principal, at: clock.now().getTime() });
      return principal;
    }
    throw new Unauthenticated('The token is for a tenant that does not exist here. Ask the issuer for one made for your tenant.');
  };
}

const tenantById = statement<{ id: Id<'Tenant'> }>('tenant_by_id', 'select id from tenant where id = $1');
