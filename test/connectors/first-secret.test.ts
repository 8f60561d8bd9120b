import { afterAll, beforeAll, expect, test } from 'vitest';
import { arrange, type Arranged } from '../accounts/arrange.ts';
import { notionEvent } from './payloads/notion.ts';
import { deliverAs } from './vendor-requests.ts';

let program: Arranged;
beforeAll(async () => {
  program = await arrange();
});
afterAll(() => program.close());

interface Result {
  readonly __typename: string;
  readonly webhookId: string;
  readonly secret: string;
  readonly requestPath: string;
  readonly message: string;
  readonly webhookSecret: { readonly id: string; readonly isKnown: boolean };
  readonly settings: object;
}
const run = async (mutation: string, role: 'admin' | 'analyst' = 'admin'): Promise<Result> => {
  const { data, errors } = await program.query<{ result: Result }, never>(`mutation { result: ${mutation} }`, undefined, { role });
  expect(errors).toBeUndefined();
  return data?.result as Result;
};
const refused = '... on UserError { message code path }';
const create = (args: string) => run(`createWebhookSecret(${args}) { __typename ... on WebhookSecretCreated { webhookId secret requestPath webhookSecret { id isKnown } } ${refused} }`);
const token = 'secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl';
const first = (path: string, body: object) => fetch(`${program.url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

test('Notion sends its token once; it is kept sealed, shown once, and signs what follows', async () => {
  const made = await create('source: NOTION');
  expect(made).toMatchObject({ __typename: 'WebhookSecretCreated', secret: '', webhookSecret: { isKnown: false } });
  const event = notionEvent('153104cd-477e-809d-8dc4-ff2d96ae3090', '2026-11-21T08:00:00.000Z');
  const webhook = { id: made.webhookId as never, secret: Buffer.from(token) };
  const show = (role?: 'analyst') => run(`showReceivedSecret(id: "${made.webhookSecret.id}") { __typename ... on ReceivedSecret { secret webhookSecret { id isKnown } } ${refused} }`, role);
  expect((await deliverAs(program, { vendor: 'notion', webhook }, event)).status).toBe(401);
  expect(await show()).toMatchObject({ __typename: 'ConflictError' });
  // Of many that come at once, one is kept.
  const answers = await Promise.all(Array.from({ length: 5 }, () => first(made.requestPath, { verification_token: token })));
  expect(answers.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([200, 401, 401, 401, 401]);
  expect((await first(made.requestPath, { verification_token: `${token}2` })).status).toBe(401);
  expect(JSON.stringify(await program.rows('select * from webhook_secret'))).not.toContain(Buffer.from(token).toString('hex'));
  expect(await show('analyst')).toMatchObject({ __typename: 'ForbiddenError' });
  expect(await show()).toMatchObject({ __typename: 'ReceivedSecret', secret: token, webhookSecret: { isKnown: true } });
  expect(await show()).toMatchObject({ __typename: 'ConflictError' });
  expect((await deliverAs(program, { vendor: 'notion', webhook }, event)).status).toBe(202);
  expect((await program.facts('webhook_secret.received')).length + (await program.facts('webhook_secret.shown')).length).toBe(2);
  expect(JSON.stringify([await program.facts('webhook_secret.received'), program.logged])).not.toContain(token);
});

test('a secret that the vendor makes is required, and one that this program makes is not taken', async () => {
  expect(await create('source: SLACK')).toMatchObject({ __typename: 'InvalidInputError', path: ['secret'] });
  expect(await create('source: HUBSPOT, secret: "short"')).toMatchObject({ __typename: 'InvalidInputError', path: ['secret'] });
  expect(await create('source: SALESFORCE, secret: "a secret of somebody else"')).toMatchObject({ __typename: 'InvalidInputError', path: ['secret'] });
  expect(await create('source: SLACK, secret: "8f742231b10e8888abcd99yyyzzz85a5"')).toMatchObject({ __typename: 'WebhookSecretCreated', secret: '8f742231b10e8888abcd99yyyzzz85a5', webhookSecret: { isKnown: true } });
  const made = await create('source: JIRA');
  expect(made.secret).toMatch(/^[0-9a-f]{64}$/);
  expect(made.requestPath).toBe(`/api/integrations/jira/webhook?id=${made.webhookId}`);
});

test('settings are checked, listed and changed, and the next delivery is read by them', async () => {
  expect(await create('source: JIRA, settings: { projects: { ACME: "x" } }')).toMatchObject({ __typename: 'InvalidInputError', path: ['settings', 'projects', 'ACME'] });
  expect(await create('source: JSON, settings: { any: 1 }')).toMatchObject({ __typename: 'InvalidInputError', path: ['settings'] });
  const made = await create('source: SLACK, secret: "8f742231b10e8888abcd99yyyzzz85a5", settings: { otherChannels: "IGNORE" }');
  const { slackEvent, slackTime } = await import('./payloads/slack.ts');
  const webhook = { id: made.webhookId as never, secret: Buffer.from(made.secret) };
  const send = () => deliverAs(program, { vendor: 'slack', webhook }, slackEvent({ user: 'U1', text: 'Acme asks', ts: slackTime(0) }));
  expect((await send()).body).toMatchObject({ status: 'ignored', results: [{ status: 'ignored', reason: 'NO_ACCOUNT' }] });
  const changed = (settings: string) => run(`changeWebhookSettings(input: { id: "${made.webhookSecret.id}", settings: ${settings} }) { __typename ... on WebhookSecret { settings } ${refused} }`);
  expect(await changed('{ channels: { general: 5 } }')).toMatchObject({ __typename: 'InvalidInputError' });
  expect(await changed('{ channels: { C024BE91L: { system: "crm", id: "acme" } } }')).toMatchObject({ __typename: 'WebhookSecret', settings: { channels: { C024BE91L: { system: 'crm', id: 'acme' } } } });
  expect(await send()).toMatchObject({ status: 202 });
  expect(await program.count('select from thread t join external_ref e on e.node_id = t.account_id where e.system = $1 and e.external_id = $2', ['crm', 'acme'])).toBe(1);
  expect(await program.facts('webhook_secret.settings_changed')).toHaveLength(1);
});

test('Slack\'s check of the endpoint is answered with its challenge, to whoever signs it', async () => {
  const made = await create('source: SLACK, secret: "8f742231b10e8888abcd99yyyzzz85a5"');
  const webhook = { id: made.webhookId as never, secret: Buffer.from(made.secret) };
  const check = { token: 'x', challenge: 'the challenge', type: 'url_verification' };
  expect(await deliverAs(program, { vendor: 'slack', webhook }, check)).toEqual({ status: 200, body: { text: 'the challenge' } });
  expect((await deliverAs(program, { vendor: 'slack', webhook }, check, { secret: Buffer.from('another signing secret') })).status).toBe(401);
});
