import { createWebhookSecret, signWebhook, type WebhookSecret } from '../../src/features/connectors/index.ts';
import type { Id } from '../../src/platform/ids.ts';
import type { TestProgram } from '../harness/program.ts';

/** What a webhook was answered. */
export interface Answer {
  readonly status: number;
  readonly body: { readonly status?: string; readonly signalId?: string; readonly accountId?: string; readonly results?: readonly Record<string, unknown>[]; readonly error?: { readonly code: string; readonly message: string; readonly path: readonly string[] } };
}

/** How a delivery differs from a correct one. */
export interface Difference {
  readonly secret?: Buffer;
  readonly secretId?: string | null;
  readonly timestamp?: string | null;
  readonly signature?: string | null;
  /** Sent instead of what was signed. */
  readonly sent?: Buffer | string;
}

/** Makes a secret of a source for a tenant. */
export function secretOf(program: TestProgram, source: string, tenant: Id<'Tenant'> = program.tenant): Promise<WebhookSecret> {
  return program.database.transact({ tenantId: tenant, actor: { kind: 'system', id: 'test' }, requestId: 'test' }, (work) => createWebhookSecret(work, program.seal, source));
}

/** Sends a signed webhook, or one that differs from a correct one. */
export async function deliver(program: TestProgram, to: { readonly source: string; readonly webhook: Pick<WebhookSecret, 'id' | 'secret'> }, body: object | string, difference: Difference = {}): Promise<Answer> {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const { secret = to.webhook.secret, secretId = to.webhook.id, timestamp = String(Math.floor(program.clock.now().getTime() / 1_000)), sent = bytes } = difference;
  const signature = difference.signature === undefined ? signWebhook(secret, timestamp ?? '', bytes) : difference.signature;
  const response = await fetch(`${program.url}/api/integrations/${to.source}/webhook`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(secretId === null ? {} : { 'x-webhook-id': secretId }),
      ...(timestamp === null ? {} : { 'x-webhook-timestamp': timestamp }),
      ...(signature === null ? {} : { 'x-webhook-signature': signature }),
    },
    body: sent as BodyInit,
  });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}
