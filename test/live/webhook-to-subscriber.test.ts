import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWebhookSecret, signWebhook, type WebhookSecret } from '../../src/features/connectors/index.ts';
import { makeAccount, signal } from '../harness/accounts.ts';
import { acceptance, liveAs, type LiveClient, type Subscription } from '../harness/live-client.ts';
import { startTestProgram, type TestProgram } from '../harness/program.ts';

let program: TestProgram;
let sql: Client;
let webhook: WebhookSecret;
let client: LiveClient;

beforeAll(async () => {
  program = await startTestProgram();
  sql = new Client({ connectionString: program.testDatabase.adminUrl });
  await sql.connect();
  const caller = { tenantId: program.tenant, actor: { kind: 'system', id: 'test' }, requestId: 'test' } as const;
  webhook = await program.database.transact(caller, (work) => createWebhookSecret(work, program.seal, 'salesforce'));
  client = await liveAs(program, 'viewer');
});
afterAll(async () => {
  await client?.close();
  await sql?.end();
  await program?.close();
});

/** A client that watches an account as the acceptance file's client team does, by both operations. */
async function watch(externalId: string): Promise<{ account: string; scores: Subscription; feed: Subscription }> {
  const account = await makeAccount(program, externalId);
  const scores = client.subscribe(acceptance('signals', 'IntentLive'), { accountIds: [account] });
  const feed = client.subscribe(acceptance('signals', 'Feed'), { accountId: account });
  await scores.atLeast(1);
  await feed.atLeast(1);
  expect(scores.events).toEqual([{ __typename: 'IntentScoreChange', cursor: expect.any(String), account: { id: account, name: `Account ${externalId}` }, previous: null, current: null, crossedThreshold: null, causedBy: null, occurredAt: '2026-11-21T09:00:00.000Z' }]);
  return { account, scores, feed };
}

async function salesforce(body: object): Promise<{ status: number; answer: { status: string; signalId: string; accountId: string } }> {
  const bytes = Buffer.from(JSON.stringify(body));
  const timestamp = String(program.clock.now().getTime() / 1_000);
  const response = await fetch(`${program.url}/api/integrations/salesforce/webhook`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-webhook-id': webhook.id, 'x-webhook-timestamp': timestamp, 'x-webhook-signature': signWebhook(webhook.secret, timestamp, bytes) },
    body: bytes,
  });
  return { status: response.status, answer: (await response.json()) as never };
}

const count = async (text: string, values: unknown[]): Promise<number> => Number((await sql.query(`select count(*) from ${text}`, values)).rows[0].count);

async function seen({ account, scores, feed }: Awaited<ReturnType<typeof watch>>, signalId: string, type: string): Promise<void> {
  const [, change] = await scores.atLeast(2);
  expect(change).toMatchObject({ __typename: 'IntentScoreChange', account: { id: account }, previous: null, causedBy: { id: signalId, type } });
  expect(change?.['current']).toBeGreaterThan(0);
  const [, came] = await feed.atLeast(2);
  expect(came).toEqual({ cursor: expect.any(String), signal: { id: signalId, type } });
}

describe('the road from a source to a subscriber', () => {
  it('leads from a signed webhook, told twice, to one signal, one change on the bus and one event', async () => {
    const watched = await watch('test-account-001');
    const body = { AccountId: 'test-account-001', Id: 'oppty-123', StageName: 'Demo Scheduled' };
    const first = await salesforce(body);
    expect(first).toMatchObject({ status: 202, answer: { status: 'accepted', accountId: watched.account } });
    await seen(watched, first.answer.signalId, 'opportunity_created');
    const { signalId, accountId } = first.answer;
    expect(await salesforce(body)).toMatchObject({ status: 200, answer: { status: 'duplicate', signalId, accountId } });

    const { data } = await program.query('query ($id: ID!) { account(id: $id) { intent { ... on IntentScore { value } } signals(first: 5) { totalCount } } }', { id: watched.account });
    expect(data).toEqual({ account: { intent: { value: watched.scores.events[1]?.['current'] }, signals: { totalCount: 1 } } });
    expect(await count(`audit_logs where kind = $1 and tenant_id::text = $2`, ['context.updated', program.tenant])).toBe(1);
    expect(watched.scores.events).toHaveLength(2);
  });

  it('leads from POST /api/signals', async () => {
    const watched = await watch('by-rest');
    const response = await fetch(`${program.url}/api/signals`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await program.token('agent')}` },
      body: JSON.stringify({ account: { id: watched.account }, type: 'meeting', source: 'calendar' }),
    });
    expect(response.status).toBe(202);
    await seen(watched, ((await response.json()) as { signalId: string }).signalId, 'meeting');
  });

  it('leads from the ingestSignals mutation as a client team wrote it', async () => {
    const watched = await watch('by-mutation');
    const input = [{ account: { externalRef: { system: 'salesforce', id: 'by-mutation' } }, type: 'demo_request', source: 'website', sourceEventId: '1' }];
    const { data, errors } = await program.query<{ ingestSignals: { accepted: number; results: { signal: { id: string } }[] } }, { input: unknown }>(acceptance('signals', 'IngestSignals'), { input });
    expect(errors).toBeUndefined();
    expect(data?.ingestSignals).toMatchObject({ accepted: 1, duplicates: 0, rejected: 0, results: [{ __typename: 'SignalAccepted', signal: { dedupeKey: 'id:website:1', account: { id: watched.account } } }] });
    await seen(watched, data?.ingestSignals.results[0]?.signal.id ?? '', 'demo_request');
  });

  it('leads to a subscriber of another process, where a cursor of this one is good', async () => {
    const watched = await watch('two-processes');
    // It hears of nothing by itself: no bridge tells it, so it has to look.
    const other = await startTestProgram({ databaseUrl: program.testDatabase.url, masterKey: program.masterKey, roles: ['api'] });
    const there = await liveAs(other, 'viewer', { tenant: program.tenant });
    const operation = acceptance('signals', 'IntentLive');
    const following = there.subscribe(operation, { accountIds: [watched.account] });
    await following.atLeast(1);
    await signal(program, [{ account: 'two-processes', event: 'first' }]);
    await watched.scores.atLeast(2);
    const resumed = there.subscribe(operation, { accountIds: [watched.account], after: watched.scores.cursor() });
    await following.atLeast(2);
    await signal(program, [{ account: 'two-processes', event: 'second' }]);
    await watched.scores.atLeast(3);
    await Promise.all([following.atLeast(3), resumed.atLeast(1)]);
    expect(following.events.slice(1)).toEqual(watched.scores.events.slice(1));
    expect(resumed.events).toEqual(watched.scores.events.slice(2));
    await there.close();
    await other.close();
  });

  it('leads nowhere from a webhook with a wrong signature', async () => {
    const bytes = JSON.stringify({ AccountId: 'nobody', Id: 'x', StageName: 'y' });
    const timestamp = String(program.clock.now().getTime() / 1_000);
    const headers = { 'content-type': 'application/json', 'x-webhook-id': webhook.id, 'x-webhook-timestamp': timestamp, 'x-webhook-signature': signWebhook(Buffer.alloc(32), timestamp, Buffer.from(bytes)) };
    const response = await fetch(`${program.url}/api/integrations/salesforce/webhook`, { method: 'POST', headers, body: bytes });
    expect(response.status).toBe(401);
    expect(await count(`external_ref where external_id = $1`, ['nobody'])).toBe(0);
  });

  it('logs nothing that failed', () => {
    expect(program.logged.filter(({ level }) => level === 'error')).toEqual([]);
  });
});
