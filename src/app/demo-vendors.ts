import { createHmac } from 'node:crypto';
import type { Clock } from '../platform/clock.ts';
import type { Database } from '../platform/postgres/database.ts';
import type { Seal } from '../platform/postgres/seal.ts';
import { createWebhookSecret, secretMakerOf, signWebhook } from '../features/connectors/index.ts';
import type { DemoTenant } from './demo.ts';
import { demoDeliveries } from './demo-deliveries.ts';

/** What playing vendors takes. */
export interface DemoVendorOptions {
  readonly database: Database;
  readonly seal: Seal;
  readonly clock: Clock;
  /** Where this program listens. */
  readonly url: string;
}

/** Signs a body as a vendor does. */
type Sign = (body: Buffer, key: Buffer, seconds: string) => Readonly<Record<string, string>>;
const hmac = (key: Buffer, ...parts: readonly (string | Buffer)[]): string => parts.reduce((digest, part) => digest.update(part), createHmac('sha256', key)).digest('hex');
const signatures: Readonly<Record<string, Sign>> = {
  salesforce: (body, key, seconds) => ({ 'x-webhook-timestamp': seconds, 'x-webhook-signature': signWebhook(key, seconds, body) }),
  jira: (body, key) => ({ 'x-hub-signature': `sha256=${hmac(key, body)}` }),
  slack: (body, key, seconds) => ({ 'x-slack-request-timestamp': seconds, 'x-slack-signature': `v0=${hmac(key, `v0:${seconds}:`, body)}` }),
};

/**
 * Plays the vendors of the demo: makes a webhook secret of each for the tenant, and delivers what it would, through the same
 * route and with its own signature. What came of it has request ids that begin with `demo-`. Throws if a delivery is refused.
 */
export async function playVendors({ database, seal, clock, url }: DemoVendorOptions, tenant: DemoTenant): Promise<void> {
  for (const { vendor, settings, bodies } of demoDeliveries(clock.now())) {
    const maker = secretMakerOf(vendor);
    const given = maker === 'VENDOR' ? `demo secret of ${vendor} ${tenant.id}` : null;
    const { id, secret } = await database.transact({ tenantId: tenant.id, actor: { kind: 'system', id: 'demo' }, requestId: `demo-${vendor}` }, (work) => createWebhookSecret(work, seal, vendor, { maker, given, settings }));
    for (const [number, delivered] of bodies.entries()) {
      const body = Buffer.from(JSON.stringify(delivered));
      const seconds = String(Math.floor(clock.now().getTime() / 1_000));
      const headers = { 'content-type': 'application/json', 'x-request-id': `demo-${vendor}-${number + 1}`, ...signatures[vendor]?.(body, secret, seconds) };
      const response = await fetch(new URL(`/api/integrations/${vendor}/webhook?id=${id}`, url), { method: 'POST', headers, body });
      if (!response.ok) throw new Error(`the demo's delivery of ${vendor} was refused: ${await response.text()}`);
      await response.body?.cancel();
    }
  }
}
