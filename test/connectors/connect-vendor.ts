import type { WebhookSecret } from '../../src/features/connectors/index.ts';
import type { Id } from '../../src/platform/ids.ts';
import { dataOf, type Arranged } from '../accounts/arrange.ts';
import { deliver, type Answer } from './deliver.ts';
import { deliverAs } from './vendor-requests.ts';

/** A vendor that an administrator connected, as the vendor sees it. */
export interface ConnectedVendor {
  readonly webhook: Pick<WebhookSecret, 'id' | 'secret'>;
  /** Delivers a body as the vendor would. */
  send(body: object | string): Promise<Answer>;
}

const given: Readonly<Record<string, string | null>> = { salesforce: null, jira: 'a secret that was entered in Jira', slack: 'the signing secret of the Slack app', hubspot: 'the client secret of the HubSpot app', chatwoot: 'the secret of the Chatwoot webhook' };
const notionToken = 'secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl';
/** A vendor to connect, as an administrator gives it. */
export interface NewConnection {
  readonly source: string;
  readonly credentials: object;
  readonly settings?: object;
}

/** Connects a vendor for calls by the mutation that administrators use. */
export async function addConnection(program: Arranged, { source, credentials, settings = {} }: NewConnection): Promise<void> {
  const mutation = 'mutation($input: AddConnectionInput!) { addConnection(input: $input) { __typename ... on UserError { message } } }';
  const { addConnection: added } = dataOf(await program.query<{ addConnection: { __typename: string; message?: string } }, Record<string, unknown>>(mutation, { input: { source: source.toUpperCase(), credentials, settings } }, { role: 'admin' }));
  if (added.__typename !== 'ConnectionAdded') throw new Error(`the connection was refused: ${added.message}`);
}

type Created = { createWebhookSecret: { __typename: string; webhookId: Id<'WebhookSecret'>; secret: string; requestPath: string; message?: string } };

/** Connects a vendor's webhooks by the mutation that administrators use. */
export async function connectVendor(program: Arranged, vendor: string, settings: object = {}): Promise<ConnectedVendor> {
  const mutation = 'mutation($source: WebhookSource!, $secret: String, $settings: JSONObject) { createWebhookSecret(source: $source, secret: $secret, settings: $settings) { __typename ... on WebhookSecretCreated { webhookId secret requestPath } ... on UserError { message } } }';
  const { createWebhookSecret: made } = dataOf(await program.query<Created, Record<string, unknown>>(mutation, { source: vendor.toUpperCase(), secret: given[vendor] ?? null, settings }, { role: 'admin' }));
  if (made.__typename !== 'WebhookSecretCreated') throw new Error(`the vendor was refused: ${made.message}`);
  // Notion sends its secret itself, with its first request.
  if (vendor === 'notion') await fetch(`${program.url}${made.requestPath}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ verification_token: notionToken }) });
  const webhook = { id: made.webhookId, secret: vendor === 'notion' ? Buffer.from(notionToken) : Buffer.from(made.secret, vendor === 'salesforce' ? 'hex' : 'utf8') };
  return { webhook, send: (body) => (vendor === 'salesforce' ? deliver(program, { source: vendor, webhook }, body) : deliverAs(program, { vendor, webhook }, body)) };
}
