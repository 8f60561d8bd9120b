import { createHash, randomBytes } from 'node:crypto';
import { Conflict, InvalidInput, NotFound } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { apiKeyCreated, apiKeyRevoked, apiKeyRotated } from './access.events.ts';
import { parseRoles, type Role } from './roles.ts';

/** `cg_` and 256 random bits in base64url. The prefix lets secret scanners find keys that leaked. */
const keyForm = /^cg_[A-Za-z0-9_-]{43}$/;
const nameForm = /^[^\p{Cc}\p{Cs}]{1,100}$/u;

/** Whether a text could be an API key; anything else need not be looked up. */
export function looksLikeApiKey(text: string): boolean {
  return keyForm.test(text);
}

/** What is kept of a key in place of the key: with 256 random bits a plain SHA-256 cannot be guessed backwards. */
export function hashApiKey(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}

/** What a new key is for. */
export interface NewApiKey {
  /** What people call the machine; 1 to 100 characters. */
  readonly name: string;
  readonly roles: readonly Role[];
  /** From when it is refused; null: never. */
  readonly expiresAt: Date | null;
}

/** Makes a key for a machine of the work's tenant. The answer is the only time that the key itself can be seen. */
export async function createApiKey(work: Work, { name, roles, expiresAt }: NewApiKey): Promise<{ id: Id<'ApiKey'>; key: string }> {
  if (!nameForm.test(name)) throw new InvalidInput('A key\'s name has 1 to 100 characters and no control characters.', ['name']);
  const parsed = parseRoles(roles);
  if (parsed.unknown.length > 0) throw new InvalidInput('A key can only have roles that exist.', ['roles']);
  if (parsed.roles.size === 0) throw new InvalidInput('A key needs at least one role.', ['roles']);
  const expires = expiresAt?.toISOString() ?? null;
  if (expires !== null && expires <= work.now) throw new InvalidInput('A key must expire in the future, or never.', ['expiresAt']);
  const id = work.newId<'ApiKey'>();
  const key = `cg_${randomBytes(32).toString('base64url')}`;
  const distinct = [...parsed.roles];
  await work.rows(insertApiKey, [work.tenantId, id, name, hashApiKey(key), distinct, work.now, expires, work.actor.id]);
  work.record(apiKeyCreated.fact({ accountId: null, data: { apiKeyId: id, roles: distinct, expiresAt: expires } }));
  return { id, key };
}

/** Who made a key; null where that is not kept, and where there is no such key. */
export async function keyMaker(work: Work, id: string): Promise<string | null> {
  return (await work.rows(makerOfKey, [work.tenantId, id]))[0]?.createdBy ?? null;
}

/** Takes a key back, for good. One that was taken back before stays so, and nothing new is recorded. */
export async function revokeApiKey(work: Work, id: Id<'ApiKey'>): Promise<void> {
  const [found] = await work.rows(lockApiKey, [work.tenantId, id]);
  if (!found) throw new NotFound('There is no such API key.', ['id']);
  if (found.revoked_at !== null) return;
  await work.rows(markApiKeyRevoked, [work.tenantId, id, work.now]);
  work.record(apiKeyRevoked.fact({ accountId: null, data: { apiKeyId: id } }));
}

/** Makes a new key in place of one, with its name, roles and expiry. The old one stays valid until `oldExpiresAt` or, without, until it is revoked. Throws `Conflict` if it is no longer valid. */
export async function rotateApiKey(work: Work, { id, oldExpiresAt }: { readonly id: Id<'ApiKey'>; readonly oldExpiresAt: string | null }): Promise<{ id: Id<'ApiKey'>; key: string }> {
  const [old] = await work.rows(lockApiKey, [work.tenantId, id]);
  if (!old) throw new NotFound('There is no such API key.', ['id']);
  if (old.revoked_at !== null || (old.expires_at !== null && old.expires_at <= work.now)) throw new Conflict('The key is no longer valid. Make a new one with createApiKey.', ['id']);
  if (oldExpiresAt !== null && oldExpiresAt <= work.now) throw new InvalidInput('oldExpiresAt must be in the future. To end the old key at once, revoke it.', ['oldExpiresAt']);
  const made = await createApiKey(work, { name: old.name, roles: old.roles, expiresAt: old.expires_at === null ? null : new Date(old.expires_at) });
  if (oldExpiresAt !== null) await work.rows(expireApiKey, [work.tenantId, id, oldExpiresAt]);
  work.record(apiKeyRotated.fact({ accountId: null, data: { apiKeyId: made.id, replacedId: id, replacedExpiresAt: oldExpiresAt } }));
  return made;
}

const insertApiKey = statement(
  'insert_api_key',
  `insert into api_key (tenant_id, id, name, secret_hash, roles, created_at, expires_at, created_by) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
);
const makerOfKey = statement<{ createdBy: string | null }>('maker_of_api_key', 'select created_by as "createdBy" from api_key where tenant_id = $1 and id::text = $2');
const lockApiKey = statement<{ revoked_at: string | null; expires_at: string | null; name: string; roles: readonly Role[] }>(
  'lock_api_key',
  'select revoked_at, expires_at, name, roles from api_key where tenant_id = $1 and id = $2 for update',
);
const expireApiKey = statement('expire_api_key', 'update api_key set expires_at = least(expires_at, $3) where tenant_id = $1 and id = $2');
const markApiKeyRevoked = statement('mark_api_key_revoked', 'update api_key set revoked_at = $3 where tenant_id = $1 and id = $2');
