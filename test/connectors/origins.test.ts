import { afterAll, beforeAll, expect, test } from 'vitest';
import { arrange, type Arranged } from '../accounts/arrange.ts';
import { jiraEvent } from './payloads/jira.ts';
import { message } from './payloads/slack.ts';
import { deliverAs, jiraToken, vendorSecret } from './vendor-requests.ts';

let program: Arranged;
beforeAll(async () => {
  program = await arrange();
});
afterAll(() => program.close());

/** The ranks of the origin classes of what is stated about nodes of a type, by migration 0050. */
const ranks = async (type: string): Promise<number[]> => (await program.rows('select origin from source_statement where node_type = $1 order by occurred_at, recorded_at, origin', [type])).map(({ origin }) => Number(origin));

test('text is trusted as its writer, whichever system signs the delivery; signals are data', async () => {
  const [jira, slack] = [await vendorSecret(program, 'jira'), await vendorSecret(program, 'slack', { settings: { salesEngineers: { U0SE: 'John Park' } } })];
  expect((await deliverAs(program, { vendor: 'jira', webhook: jira }, jiraEvent({ name: 'jira:issue_created' }))).status).toBe(202);
  expect(await ranks('Ticket')).toEqual([4]);
  expect(await program.rows('select type, origin from signal')).toEqual([{ type: 'support_ticket', origin: 6 }]);
  for (const [seconds, more] of [[1, {}], [2, { user_team: 'T0CUSTOMER' }], [3, { subtype: 'bot_message', bot_id: 'B9', username: 'deploys' }]] as const) expect((await deliverAs(program, { vendor: 'slack', webhook: slack }, message(seconds, more))).status).toBe(202);
  // Of each thread its words, and how many replies it has.
  expect(await ranks('Thread')).toEqual([4, 4, 3, 3, 2, 2]);
});

test('an app\'s JWT proves who sends, as an API key does', async () => {
  const webhook = await vendorSecret(program, 'jira', { given: 'the client secret of the app, 32 bytes and more' });
  const authorization = `JWT ${await jiraToken(webhook.secret, new Date(program.clock.now().getTime() + 60_000))}`;
  expect((await deliverAs(program, { vendor: 'jira', webhook }, jiraEvent({ name: 'jira:issue_created', key: 'ACME-7' }), { headers: { 'x-hub-signature': null, authorization } })).status).toBe(202);
  expect(await program.count(`select from signal where payload ->> 'key' = 'ACME-7' and origin = 6`)).toBe(1);
});
