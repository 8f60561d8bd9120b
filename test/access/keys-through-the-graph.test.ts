import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestProgram, type TestProgram } from '../harness/program.ts';

let program: TestProgram;
beforeAll(async () => {
  program = await startTestProgram();
});
afterAll(() => program.close());

const createKey = `mutation ($input: ApiKeyInput!) {
  createApiKey(input: $input) { __typename ... on ApiKeyCreated { secret apiKey { id name roles expiresAt revokedAt } } ... on UserError { code message path } }
}`;
const revokeKey = `mutation ($id: ID!) { revokeApiKey(id: $id) { __typename ... on ApiKey { id revokedAt } ... on UserError { code message } } }`;

interface Created {
  readonly createApiKey: { readonly __typename: string; readonly secret: string; readonly code?: string; readonly apiKey: { readonly id: string; readonly roles: string[] } };
}

const signal = (id: string) => ({ account: { externalRef: { system: 'crm', id: 'a-1' } }, type: 'meeting', source: 'calendar', sourceEventId: id });

async function postSignal(headers: Record<string, string>, id: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${program.url}/api/signals`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(signal(id)) });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

test('an API key made through the graph lets a machine ingest until it is revoked', async () => {
  const { data } = await program.query<Created, { input: object }>(createKey, { input: { name: 'calendar bridge', roles: ['AGENT'] } });
  expect(data?.createApiKey).toMatchObject({ __typename: 'ApiKeyCreated', apiKey: { name: 'calendar bridge', roles: ['AGENT'], expiresAt: null, revokedAt: null } });
  const { secret, apiKey } = data?.createApiKey ?? { secret: '', apiKey: { id: '' } };
  expect(await postSignal({ 'x-api-key': secret }, 'e-1')).toMatchObject({ status: 202, body: { status: 'accepted' } });

  const revoked = await program.query<{ revokeApiKey: { revokedAt: string } }, { id: string }>(revokeKey, { id: apiKey.id });
  expect(revoked.data?.revokeApiKey.revokedAt).toBe(program.clock.now().toISOString());
  program.clock.advance(11_000);
  expect(await postSignal({ 'x-api-key': secret }, 'e-2')).toMatchObject({ status: 401, body: { error: { code: 'UNAUTHENTICATED' } } });
});

test('only administrators make, see and revoke keys, and faults are told where they are', async () => {
  const asAgent = await program.query<Created, { input: object }>(createKey, { input: { name: 'x', roles: ['ADMIN'] } }, { role: 'agent' });
  expect(asAgent.data?.createApiKey).toMatchObject({ __typename: 'ForbiddenError', code: 'FORBIDDEN' });
  const { errors } = await program.query('{ apiKeys { id } }', undefined, { role: 'viewer' });
  expect(errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
  const noRole = await program.query<Created, { input: object }>(createKey, { input: { name: 'x', roles: [] } });
  expect(noRole.data?.createApiKey).toMatchObject({ __typename: 'InvalidInputError', path: ['roles'] });
  const past = await program.query<Created, { input: object }>(createKey, { input: { name: 'x', roles: ['AGENT'], expiresAt: '2020-01-01T00:00:00Z' } });
  expect(past.data?.createApiKey).toMatchObject({ __typename: 'InvalidInputError', path: ['expiresAt'] });
  const foreign = await program.query<{ revokeApiKey: object }, { id: string }>(revokeKey, { id: `ApiKey_${'0'.repeat(32)}` });
  expect(foreign.data?.revokeApiKey).toMatchObject({ __typename: 'NotFoundError' });
});

test('a webhook secret made through the graph signs webhooks', async () => {
  const create = 'mutation { createWebhookSecret(source: SALESFORCE) { __typename ... on WebhookSecretCreated { webhookId secret } ... on UserError { code } } }';
  const { data } = await program.query<{ createWebhookSecret: { webhookId: string; secret: string } }, never>(create);
  const { webhookId, secret } = data?.createWebhookSecret ?? { webhookId: '', secret: '' };
  const body = JSON.stringify({ AccountId: 'test-account-001', Id: 'oppty-123', StageName: 'Demo Scheduled' });
  const timestamp = String(Math.floor(program.clock.now().getTime() / 1_000));
  const signature = createHmac('sha256', Buffer.from(secret, 'hex')).update(`${timestamp}.${body}`).digest('hex');
  const response = await fetch(`${program.url}/api/integrations/salesforce/webhook`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-webhook-id': webhookId, 'x-webhook-timestamp': timestamp, 'x-webhook-signature': `sha256=${signature}` },
    body,
  });
  expect([response.status, await response.json()]).toMatchObject([202, { status: 'accepted' }]);
  const refused = await program.query<{ createWebhookSecret: object }, never>(create, undefined, { role: 'approver' });
  expect(refused.data?.createWebhookSecret).toMatchObject({ __typename: 'ForbiddenError' });
});
