import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultLimits } from '../../src/api/limits/policy.ts';
import { startBackfill } from '../../src/features/connectors/index.ts';
import { parseGlobalId, type Id } from '../../src/platform/ids.ts';
import { arrange, type Arranged } from '../accounts/arrange.ts';
import { contexts } from '../context/refreshing.ts';
import { until } from '../harness/program.ts';
import { quickPace } from './outbound/fake-vendor.ts';
import { message, slackTime } from './payloads/slack.ts';
import { deliverAs, publicUrl } from './vendor-requests.ts';
import { servedIssue, startJiraServer, type JiraServer } from './vendors/jira-server.ts';
import { servedMessage, startSlackServer, type SlackServer } from './vendors/slack-server.ts';

let program: Arranged;
let jira: JiraServer;
let slack: SlackServer;
beforeAll(async () => {
  [jira, slack] = [await startJiraServer(), await startSlackServer()];
  const unlimited = { points: 1e12, seconds: 1 };
  program = await arrange({ publicUrl, vendorUrls: new Map([['jira', jira.url], ['slack', slack.url]]), vendorPace: quickPace, policy: { ...defaultLimits, principalRate: unlimited, tenantRate: unlimited } });
});
afterAll(async () => {
  await program.close();
  await Promise.all([jira.stop(), slack.stop()]);
});

interface Added {
  readonly connection: { readonly id: string };
  readonly webhook: { readonly webhookId: string } | null;
}

async function connect(input: object): Promise<Added> {
  const { data, errors } = await program.query<{ added: Added }, { input: object }>('mutation($input: AddConnectionInput!) { added: addConnection(input: $input) { ... on ConnectionAdded { connection { id } webhook { webhookId } } ... on UserError { message path } } }', { input }, { role: 'admin' });
  expect([errors, data?.added]).toEqual([undefined, expect.objectContaining({ connection: expect.anything() as object }) as Added]);
  return data?.added as Added;
}

const account = { system: 'crm', id: 'acme' };
const keyOf = (id: string): Id<'Connection'> => (parseGlobalId(id)?.id ?? '') as Id<'Connection'>;
let accountId: string;
let jiraId: string;
let slackId: string;

test('Jira and Slack are connected, tested, and say as whom they know the program', async () => {
  accountId = await program.account('acme', { externalRef: account });
  jira.site.authorization = `Basic ${Buffer.from('a@example.com:token-of-jira').toString('base64')}`;
  slack.workspace.refreshToken = 'xoxe-1';
  jiraId = (await connect({ source: 'JIRA', credentials: { site: 'acme.atlassian.net', email: 'a@example.com', apiToken: 'token-of-jira' }, settings: { projects: { ACME: account }, jql: 'project = ACME' } })).connection.id;
  slackId = (await connect({ source: 'SLACK', credentials: { clientId: 'client', clientSecret: 'secret-of-slack', refreshToken: 'xoxe-1' }, settings: { channels: { C024BE91L: account }, salesEngineers: { U0SE: 'John Park' } } })).connection.id;
  const names = await Promise.all([jiraId, slackId].map((id) => program.query<{ tested: { vendorAccount: string } }, { id: string }>('mutation($id: ID!) { tested: testConnection(id: $id) { ... on ConnectionTest { vendorAccount failure { message } } ... on UserError { message } } }', { id }, { role: 'admin' })));
  expect(names.map(({ data }) => data?.tested)).toEqual([{ vendorAccount: 'acme.atlassian.net', failure: null }, { vendorAccount: 'Acme', failure: null }]);
  expect(slack.workspace).toMatchObject({ token: 'xoxe.xoxb-2', refreshToken: 'xoxe-2' });
});

test('a mention of a sales engineer is followed by their presence, also when Slack has replaced the token', async () => {
  const { webhook } = (await program.query<{ created: { webhook: { webhookId: string } } }, Record<string, never>>('mutation { created: createWebhookSecret(source: SLACK, secret: "the signing secret of slack", settings: { channels: { C024BE91L: { system: "crm", id: "acme" } }, salesEngineers: { U0SE: "John Park" } }) { ... on WebhookSecretCreated { webhook: webhookSecret { webhookId: id } } } }', {}, { role: 'admin' })).data?.created ?? { webhook: null };
  slack.users.set('U0SE', { real_name: 'John', updated: 1, presence: 'active' }).set('U2147483697', { real_name: 'Priya Shah', updated: 1, presence: 'away' });
  // Another process, or Slack itself, has ended the token.
  slack.workspace.token = 'xoxe.xoxb-other';
  slack.workspace.date = program.clock.now().toISOString();
  const sent = await deliverAs(program, { vendor: 'slack', webhook: { id: keyOf(webhook?.webhookId ?? '') as never, secret: Buffer.from('the signing secret of slack') } }, message(0, { text: '<@U0SE> Acme asks' }));
  expect(sent.status, JSON.stringify(sent.body)).toBe(202);
  expect(await until('the presence is known', async () => (await program.rows('select name, status from se_mention'))[0])).toEqual({ name: 'John Park', status: 'active' });
  expect(slack.workspace.refreshToken).toBe('xoxe-3');
});

test('a refresh fetches both sections, and the context shows them', async () => {
  jira.issues.push(servedIssue({ key: 'ACME-1', labels: [] }), servedIssue({ key: 'X-1', labels: [] }));
  slack.channels.set('C024BE91L', [servedMessage(message(0, { text: '<@U0SE> Acme asks' })), servedMessage(message(5, { thread_ts: slackTime(0) }))]);
  const { start, read } = contexts(program);
  const { id } = await start(accountId);
  const sections = await until('the refresh has ended', async () => { const found = await read(id); return found['endedAt'] === null ? null : (found['sections'] as readonly { name: string; status: string; error: string | null }[]); });
  expect(Object.fromEntries(sections.map(({ name, status, error }) => [name, error ?? status]))).toMatchObject({ JIRA: 'FETCHED', SLACK: 'FETCHED' });
  const { account: { context: { document } } } = await program.see<{ account: { context: { document: { jira: object; slack: object } } } }>('query($id: ID!) { account(id: $id) { context { document } } }', { id: accountId });
  expect(document).toMatchObject({ jira: { open_tickets: [{ key: 'ACME-1', status: 'In Progress' }] }, slack: { recent_threads: [{ author: 'Priya Shah', thread_reply_count: 1 }], se_mentions: [{ se_name: 'John Park', status: 'active' }] } });
});

test('the history of both is read to its end, and what is known is not counted again', async () => {
  jira.site.pageSize = 20;
  jira.issues.push(...Array.from({ length: 60 }, (_, number) => servedIssue({ key: `ACME-${number + 10}`, labels: [], at: new Date(Date.UTC(2026, 9, 1, 8, number)).toISOString() })));
  slack.channels.get('C024BE91L')?.push(...Array.from({ length: 30 }, (_, number) => servedMessage(message(-number * 60 - 60))));
  slack.workspace.pageSize = 15;
  for (const source of ['jira', 'slack']) {
    const id = await program.database.transact({ tenantId: program.tenant, actor: { kind: 'user', id: 'admin' }, requestId: 'test' }, (work) => startBackfill(work, { source, fromStart: false }));
    expect(await until(`the history of ${source} is read`, async () => (await program.rows("select status, refused_items::int as refused from connection_backfill where id = $1 and status <> 'RUNNING'", [id]))[0], 30_000)).toEqual({ status: 'DONE', refused: 0 });
  }
  expect((await program.rows(`select (select count(*)::int from ticket) as tickets, (select count(*)::int from thread) as threads, (select count(*)::int from signal) as signals, (select count(*)::int from source_fetch where fetched_at is null) as waiting`))[0]).toEqual({ tickets: 61, threads: 31, signals: 0, waiting: 0 });
});

test('no secret of a connection is in the log, the audit chain or what was stored', async () => {
  const stored = JSON.stringify(await program.rows('select kind, data from audit_logs')) + JSON.stringify(await program.rows('select failure_message, limit_reason from connection_state'));
  for (const secret of ['token-of-jira', 'secret-of-slack', 'xoxe']) expect(stored).not.toContain(secret);
});
