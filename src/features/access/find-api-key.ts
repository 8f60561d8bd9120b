import type { Clock } from '../../platform/clock.ts';
import { Unauthenticated } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { statement } from '../../platform/postgres/statement.ts';
import { hashApiKey, looksLikeApiKey } from './api-keys.ts';
import { createLookup } from './lookup.ts';
import { parseRoles, type Principal } from './roles.ts';

/** How long a process may still accept a key that another one has taken back, in milliseconds. */
export const revocationDelay = 10_000;

interface ApiKeyRow {
  readonly tenant_id: Id<'Tenant'>;
  readonly id: string;
  readonly roles: readonly string[];
  readonly expires_at: string | null;
  readonly revoked_at: string | null;
}

/**
 * Turns API keys into principals. A key is remembered for `revocationDelay`, under its hash, so that a machine that
 * sends much is not looked up each time; its expiry is checked at every use.
 */
export function createApiKeyFinder(database: Pick<Database, 'system'>, clock: Clock): (key: string) => Promise<Principal> {
  const findByHash = createLookup<ApiKeyRow>({
    clock,
    memory: revocationDelay,
    most: 1_000,
    find: (hash) => database.system(async (sql) => (await sql.rows(apiKeyByHash, [Buffer.from(hash, 'base64')]))[0]),
  });
  return async (key) => {
    if (!looksLikeApiKey(key)) {
      throw new Unauthenticated('That is not an API key: a key is "cg_" and 43 characters. Check what the X-API-Key header carries.');
    }
    const row = await findByHash(hashApiKey(key).toString('base64'));
    if (!row) throw new Unauthenticated('The API key is not known. Check that it was copied whole, or ask an admin for a new one.');
    if (row.revoked_at !== null) throw new Unauthenticated('The API key was revoked. Ask an admin for a new one.');
    const expiresAt = row.expires_at === null ? null : new Date(row.expires_at);
    if (expiresAt && expiresAt <= clock.now()) throw new Unauthenticated('The API key has expired. Ask an admin for a new one.');
    const { roles, unknown } = parseRoles(row.roles);
    if (roles.size === 0 || unknown.length > 0) {
      throw new Unauthenticated('The API key carries a role that is not known here. Ask an admin for a new one.');
    }
    return { tenantId: row.tenant_id, actor: { kind: 'machine', id: row.id }, roles, expiresAt };
  };
}

const apiKeyByHash = statement<ApiKeyRow>(
  'api_key_by_hash',
  'select tenant_id, id, roles, expires_at, revoked_at from api_key where secret_hash = $1',
);
