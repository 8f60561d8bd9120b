import type { AsOf, Call, Question } from '../../platform/graphql/call.ts';
import { OrderDirection, type Page } from '../../platform/graphql/connection.ts';
import { asNode } from '../../platform/graphql/node.ts';
import { readList, type ListArgs, type ListSource } from '../../platform/page/list.ts';
import { statement } from '../../platform/postgres/statement.ts';
import type { WebhookSecretFilter, WebhookSecretRow } from './webhook-secret.type.ts';

const columns = `t.id as uuid, t.id as "webhookId", t.source, t.settings, (t.encrypted_secret is not null or t.source <> 'notion') as "isKnown", t.created_at as "createdAt", t.expires_at as "expiresAt", t.revoked_at as "revokedAt",
  (select l.received_at from webhook_last_event l where l.tenant_id = t.tenant_id and l.secret_id = t.id) as "lastEventAt"`;

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
  // Always read, so that an answer is not served for longer than `lastEventAt`, of which no version tells, is late.
  const now = call.clock.now().toISOString();
  row.status = revokedAt !== null ? 'REVOKED' : expiresAt !== null && expiresAt <= now ? 'EXPIRED' : 'VALID';
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

/** Secrets of a source that are listed with its connection. */
const mostOfSource = 20;

const bySource = statement<WebhookSecretRow>(
  'webhook_secrets_by_source',
  `select s.* from unnest($2::text[]) as a(source) cross join lateral (
     select ${columns} from webhook_secret t where t.tenant_id = $1 and t.source = a.source and t.revoked_at is null and (t.expires_at is null or t.expires_at > $3) order by t.created_at desc, t.id desc limit ${mostOfSource}) s`,
);

/** The valid secrets of a source, the newest first, at most 20. */
export const webhookSecretsOfSource: Question<string, readonly WebhookSecretRow[]> = {
  name: 'webhook_secrets_by_source',
  async load(call, sources) {
    const rows = await call.read.rows(bySource, [call.tenantId, sources, call.clock.now().toISOString()]);
    const found = Map.groupBy(rows.map((row) => toSecret(row, call, null)), ({ source }) => source);
    return sources.map((source) => found.get(source) ?? []);
  },
};
