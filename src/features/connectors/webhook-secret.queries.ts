import type { AsOf, Call, Question } from '../../platform/graphql/call.ts';
import { OrderDirection, type Page } from '../../platform/graphql/connection.ts';
import { asNode } from '../../platform/graphql/node.ts';
import { readList, type ListArgs, type ListSource } from '../../platform/page/list.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { WebhookSecretFilter, WebhookSecretRow } from './webhook-secret.type.ts';

const columns = `t.id as uuid, t.id as "webhookId", t.source, t.settings, (t.encrypted_secret is not null or t.source <> 'notion') as "isKnown", t.created_at as "createdAt", t.expires_at as "expiresAt", t.revoked_at as "revokedAt"`;

const source: ListSource<WebhookSecretFilter> = {
  name: 'webhook_secrets',
  table: 'webhook_secret',
  columns,
  orders: { CREATED_AT: { by: 't.created_at', type: 'timestamptz' } },
  filters: { sources: (values, bind) => `t.source = any(${bind(values, 'text[]')})` },
  defaultOrder: { field: 'CREATED_AT', direction: OrderDirection.DESC },
};

function toSecret(row: WebhookSecretRow, call: Call, asOf: AsOf): WebhookSecretRow {
  const { revokedAt, expiresAt } = row;
  row.status = revokedAt !== null ? 'REVOKED' : expiresAt !== null && expiresAt <= call.clock.now().toISOString() ? 'EXPIRED' : 'VALID';
  return asNode('WebhookSecret', row, asOf);
}

/** The tenant's secrets, the newest first. */
export async function webhookSecrets(call: Call, args: ListArgs<WebhookSecretFilter>): Promise<Page<WebhookSecretRow>> {
  const page = await readList<WebhookSecretRow, WebhookSecretFilter>(call, source, args, null);
  for (const { node } of page.edges) toSecret(node, call, null);
  return page;
}

const byId = statement<WebhookSecretRow>('webhook_secrets_by_id', `select ${columns} from webhook_secret t where t.tenant_id = $1 and t.id = any($2::uuid[])`);

/** The secret of an id, without itself; null where the tenant has none. */
export const webhookSecretById: Question<string, WebhookSecretRow | null> = {
  name: 'webhook_secrets_by_id',
  async load(call, ids, asOf) {
    const found = new Map((await call.read.rows(byId, [call.tenantId, ids])).map((row) => [row.uuid, toSecret(row, call, asOf)]));
    return ids.map((id) => found.get(id) ?? null);
  },
};
