import { createCoalescer } from '../../platform/coalesce.ts';
import { Conflict, InvalidInput, NotFound } from '../../platform/errors.ts';
import type { Id } from '../../platform/ids.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { wrappedTable } from '../../platform/postgres/keys/wrapped-table.ts';
import type { Seal } from '../../platform/postgres/seal.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { Work } from '../../platform/postgres/work.ts';
import { z } from 'zod';
import { defineEvent } from '../../platform/events/event.ts';

/** A webhook's secret was made. */
export const webhookSecretCreated = defineEvent('webhook_secret.created', 1, 'A secret was made with which a source signs its webhooks.', z.strictObject({ secretId: z.uuid(), source: z.string() }));

/** A webhook's secret was replaced by another. */
export const webhookSecretRotated = defineEvent(
  'webhook_secret.rotated',
  1,
  'A new secret was made in place of another; both are valid until the old one expires or is revoked.',
  z.strictObject({ secretId: z.uuid(), replacedId: z.uuid(), source: z.string(), replacedExpiresAt: z.iso.datetime().nullable() }),
);

/** A webhook's secret was revoked. */
export const webhookSecretRevoked = defineEvent('webhook_secret.revoked', 1, 'A webhook secret was revoked: webhooks signed with it are refused from then on.', z.strictObject({ secretId: z.uuid(), source: z.string() }));

const insert = statement('insert_webhook_secret', 'insert into webhook_secret (tenant_id, id, source, wrapped_secret, created_at, created_by) values ($1, $2, $3, $4, $5, $6)');
const find = statement<{ id: string; source: string; tenantId: Id<'Tenant'>; wrapped: Buffer; expiresAt: string | null }>(
  'find_webhook_secrets',
  'select id, source, tenant_id as "tenantId", wrapped_secret as wrapped, expires_at as "expiresAt" from webhook_secret where id = any($1::uuid[]) and revoked_at is null',
);

/** The table of webhook secrets, for rotations of the master key. */
export const webhookSecretKeys = wrappedTable({ table: 'webhook_secret', id: 'id', column: 'wrapped_secret', order: 'id' });

/** A tenant's secret for a source. `id` goes with each webhook and is no secret. */
export interface WebhookSecret {
  readonly id: Id<'WebhookSecret'>;
  readonly secret: Buffer;
}

/** Makes a secret with which a source signs its webhooks for the tenant. */
export async function createWebhookSecret(work: Work, seal: Seal, source: string): Promise<WebhookSecret> {
  const made = await insertSecret(work, seal, source);
  work.record(webhookSecretCreated.fact({ accountId: null, data: { secretId: made.id, source } }));
  return made;
}

async function insertSecret(work: Work, seal: Seal, source: string): Promise<WebhookSecret> {
  const id = work.newId<'WebhookSecret'>();
  const { key, wrapped } = seal.newKey();
  await work.rows(insert, [work.tenantId, id, source, wrapped, work.now, work.actor.id]);
  return { id, secret: key };
}

const lock = statement<{ source: string; expiresAt: string | null; revokedAt: string | null }>('lock_webhook_secret', 'select source, expires_at as "expiresAt", revoked_at as "revokedAt" from webhook_secret where tenant_id = $1 and id = $2 for update');
const expire = statement('expire_webhook_secret', 'update webhook_secret set expires_at = least(expires_at, $3) where tenant_id = $1 and id = $2');
const revoke = statement('revoke_webhook_secret', 'update webhook_secret set revoked_at = $3 where tenant_id = $1 and id = $2');
const noSuchSecret = (): NotFound => new NotFound('There is no such webhook secret.', ['id']);

/**
 * Makes a new secret in place of one. The old one stays valid until it is revoked, or until `oldExpiresAt` where that is
 * given, so that the source can change over in between. Throws `Conflict` if the old one is no longer valid.
 */
export async function rotateWebhookSecret(work: Work, seal: Seal, { id, oldExpiresAt }: { readonly id: Id<'WebhookSecret'>; readonly oldExpiresAt: string | null }): Promise<WebhookSecret> {
  const [old] = await work.rows(lock, [work.tenantId, id]);
  if (!old) throw noSuchSecret();
  if (old.revokedAt !== null || (old.expiresAt !== null && old.expiresAt <= work.now)) throw new Conflict('The secret is no longer valid. Make a new one with createWebhookSecret.', ['id']);
  if (oldExpiresAt !== null && oldExpiresAt <= work.now) throw new InvalidInput('oldExpiresAt must be in the future. To end the old secret at once, revoke it.', ['oldExpiresAt']);
  const made = await insertSecret(work, seal, old.source);
  if (oldExpiresAt !== null) await work.rows(expire, [work.tenantId, id, oldExpiresAt]);
  work.record(webhookSecretRotated.fact({ accountId: null, data: { secretId: made.id, replacedId: id, source: old.source, replacedExpiresAt: oldExpiresAt } }));
  return made;
}

/** Revokes a secret. One that was revoked before stays so, and nothing is recorded. */
export async function revokeWebhookSecret(work: Work, id: Id<'WebhookSecret'>): Promise<void> {
  const [found] = await work.rows(lock, [work.tenantId, id]);
  if (!found) throw noSuchSecret();
  if (found.revokedAt !== null) return;
  await work.rows(revoke, [work.tenantId, id, work.now]);
  work.record(webhookSecretRevoked.fact({ accountId: null, data: { secretId: id, source: found.source } }));
}

const latest = statement<{ id: Id<'WebhookSecret'>; wrapped: Buffer }>(
  'latest_webhook_secret',
  'select id, wrapped_secret as wrapped from webhook_secret where tenant_id = $1 and source = $2 and revoked_at is null and (expires_at is null or expires_at > $3) order by created_at desc, id desc limit 1',
);

/** The tenant's latest valid secret for a source; null when it has none. */
export async function latestWebhookSecret(work: Work, seal: Seal, source: string): Promise<WebhookSecret | null> {
  const [row] = await work.rows(latest, [work.tenantId, source, work.now]);
  return row ? { id: row.id, secret: seal.unwrap(row.wrapped) } : null;
}

/** The secret that a webhook names. */
interface NamedSecret {
  readonly id: string;
  readonly source: string;
  readonly now: Date;
}

/** A valid secret, and whose it is. */
export interface FoundSecret {
  readonly tenantId: Id<'Tenant'>;
  readonly secret: Buffer;
}

/** Finds the secrets that webhooks name; null when there is none for the source, or it expired or was revoked. */
export type FindSecret = (named: NamedSecret) => Promise<FoundSecret | null>;

/** Secrets that one statement looks up. */
const mostTogether = 200;

/** Looks secrets up, those that are asked for while a look is under way together in the next one: each sees every revocation from before it was asked for. */
export function createSecretFinder(database: Pick<Database, 'system'>, seal: Seal): FindSecret {
  const take = createCoalescer<NamedSecret, FoundSecret | null>(mostTogether, async (named) => {
    const rows = new Map((await database.system((sql) => sql.rows(find, [[...new Set(named.map(({ id }) => id))]]))).map((row) => [row.id, { ...row, secret: seal.unwrap(row.wrapped) }]));
    return named.map(({ id, source, now }) => {
      const row = rows.get(id);
      if (!row || row.source !== source || (row.expiresAt !== null && Date.parse(row.expiresAt) <= now.getTime())) return null;
      return { tenantId: row.tenantId, secret: row.secret };
    });
  });
  return (named) => take('secrets', named);
}
