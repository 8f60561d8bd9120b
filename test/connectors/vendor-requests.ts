import { createHash, createHmac } from 'node:crypto';
import { SignJWT } from 'jose';
import { createWebhookSecret, type WebhookSecret } from '../../src/features/connectors/index.ts';
import { secretMakerOf } from '../../src/features/connectors/vendors.ts';
import type { Id } from '../../src/platform/ids.ts';
import type { TestProgram } from '../harness/program.ts';
import type { Answer } from './deliver.ts';

/** Where the test programs are reached from outside. */
export const publicUrl = 'https://graph.example';

const hmac = (secret: Buffer, text: string | Buffer) => createHmac('sha256', secret).update(text);
const path = (vendor: string, id: string): string => `/api/integrations/${vendor}/webhook?id=${id}`;

/** What a vendor signs with, and when. */
export interface Signing {
  readonly id: string;
  readonly secret: Buffer;
  readonly now: Date;
}

/** How each vendor signs a request, as it documents it; written apart from the code that checks it. */
export const signatures: Readonly<Record<string, (body: Buffer, signing: Signing) => Record<string, string>>> = {
  jira: (body, { secret }) => ({ 'x-hub-signature': `sha256=${hmac(secret, body).digest('hex')}`, 'x-atlassian-webhook-identifier': '7d8e0c2f-1' }),
  slack(body, { secret, now }) {
    const timestamp = String(Math.floor(now.getTime() / 1_000));
    return { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': `v0=${hmac(secret, Buffer.concat([Buffer.from(`v0:${timestamp}:`), body])).digest('hex')}` };
  },
  notion: (body, { secret }) => ({ 'x-notion-signature': `sha256=${hmac(secret, body).digest('hex')}` }),
  chatwoot(body, { secret, now }) {
    const timestamp = String(Math.floor(now.getTime() / 1_000));
    return { 'x-chatwoot-timestamp': timestamp, 'x-chatwoot-signature': `sha256=${hmac(secret, Buffer.concat([Buffer.from(`${timestamp}.`), body])).digest('hex')}`, 'x-chatwoot-delivery': createHash('md5').update(body).digest('hex') };
  },
  hubspot(body, { id, secret, now }) {
    const timestamp = String(now.getTime());
    return { 'x-hubspot-request-timestamp': timestamp, 'x-hubspot-signature-v3': hmac(secret, Buffer.concat([Buffer.from(`POST${publicUrl}${path('hubspot', id)}`), body, Buffer.from(timestamp)])).digest('base64') };
  },
};

/** The JWT of a webhook that an app registered in Jira. */
export const jiraToken = (secret: Buffer, expires: Date, algorithm = 'HS256'): Promise<string> => new SignJWT({ iss: 'ari:cloud:jira::site/1', qsh: 'context-qsh' }).setProtectedHeader({ alg: algorithm, typ: 'JWT' }).setIssuedAt(Math.floor(expires.getTime() / 1_000) - 180).setExpirationTime(Math.floor(expires.getTime() / 1_000)).sign(secret);

/** A secret of a vendor, as an administrator enters it. */
export function vendorSecret(program: TestProgram, vendor: string, { settings = {}, tenant = program.tenant, given = `the signing secret of ${vendor}` }: { readonly settings?: object; readonly tenant?: Id<'Tenant'>; readonly given?: string } = {}): Promise<WebhookSecret> {
  return program.database.transact({ tenantId: tenant, actor: { kind: 'system', id: 'test' }, requestId: 'test' }, (work) => createWebhookSecret(work, program.seal, vendor, { maker: secretMakerOf(vendor), given, settings }));
}

/** How a request differs from a correct one. */
export interface VendorDifference {
  readonly secret?: Buffer;
  readonly id?: string;
  readonly now?: Date;
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly sent?: Buffer | string;
  readonly contentType?: string;
}

/** Sends what a vendor would send. */
export async function deliverAs(program: TestProgram, { vendor, webhook }: { readonly vendor: string; readonly webhook: Pick<WebhookSecret, 'id' | 'secret'> }, body: object | string, difference: VendorDifference = {}): Promise<Answer> {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  const { secret = webhook.secret, id = webhook.id, now = program.clock.now(), sent = bytes, contentType = 'application/json' } = difference;
  const headers = { 'content-type': contentType, ...signatures[vendor]?.(bytes, { id, secret, now }), ...difference.headers };
  const given = Object.fromEntries(Object.entries(headers).filter((header): header is [string, string] => header[1] !== null));
  const response = await fetch(`${program.url}${path(vendor, id)}`, { method: 'POST', headers: given, body: sent as BodyInit });
  const text = await response.text();
  return { status: response.status, body: (text.startsWith('{') ? JSON.parse(text) : { text }) as Answer['body'] };
}
