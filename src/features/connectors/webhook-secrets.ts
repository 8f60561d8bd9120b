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

const insert = statement('insert_webhook_secret', 'insert into webhook_secret (tenant_id, id, source, wrapped_secret, created_at) values ($1, $2, $3, $4, $5)');
const find = statement<{ tenantId: Id<'Tenant'>; wrapped: Buffer }>(
  'find_webhook_secret',
  'select tenant_id as "tenantId", wrapped_secret as wrapped from webhook_secret where id = $1 and source = $2 and revoked_at is null',
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
  const id = work.newId<'WebhookSecret'>();
  const { key, wrapped } = seal.newKey();
  await work.rows(insert, [work.tenantId, id, source, wrapped, work.now]);
  work.record(webhookSecretCreated.fact({ accountId: null, data: { secretId: id, source } }));
  return { id, secret: key };
}

const latest = statement<{ id: Id<'WebhookSecret'>; wrapped: Buffer }>(
  'latest_webhook_secret',
  'select id, wrapped_secret as wrapped from webhook_secret where tenant_id = $1 and source = $2 and revoked_at is null order by created_at desc, id desc limit 1',
);

/** The tenant's latest secret for a source; null when it has none. */
export async function latestWebhookSecret(work: Work, seal: Seal, source: string): Promise<WebhookSecret | null> {
  const [row] = await work.rows(latest, [work.tenantId, source]);
  return row ? { id: row.id, secret: seal.unwrap(row.wrapped) } : null;
}

/** The secret of an id, and whose it is; null when there is none for the source, or it was revoked. */
export async function findWebhookSecret(database: Pick<Database, 'system'>, seal: Seal, id: string, source: string): Promise<{ tenantId: Id<'Tenant'>; secret: Buffer } | null> {
  const [row] = await database.system((sql) => sql.rows(find, [id, source]));
  return row ? { tenantId: row.tenantId, secret: seal.unwrap(row.wrapped) } : null;
}
