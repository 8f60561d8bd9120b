import { afterAll, beforeAll, expect, test } from 'vitest';
import { arrange, dataOf, type Arranged } from '../accounts/arrange.ts';
import { connectVendor } from './connect-vendor.ts';

let program: Arranged;
beforeAll(async () => {
  program = await arrange();
});
afterAll(() => program?.close());

const ref = (id: string) => ({ system: 'salesforce', id });
type Places = { accountBy: { jiraProjectKey: string | null; slackChannelId: string | null } | null };
const placesOf = async (id: string): Promise<Places['accountBy']> => (await program.see<Places>('query($id: String!) { accountBy(by: { externalRef: { system: "salesforce", id: $id } }) { jiraProjectKey slackChannelId } }', { id })).accountBy;

test('settings that give a project or a channel to an account state it there; what they give no more is gone', async () => {
  const { webhook } = await connectVendor(program, 'jira', { projects: { ACME: ref('001A'), BETA: ref('001B') } });
  await connectVendor(program, 'slack', { channels: { C0ACMEDEAL: ref('001A') } });
  expect([await placesOf('001A'), await placesOf('001B')]).toEqual([{ jiraProjectKey: 'ACME', slackChannelId: 'C0ACMEDEAL' }, { jiraProjectKey: 'BETA', slackChannelId: null }]);
  const change = async (settings: object): Promise<void> => {
    const mutation = 'mutation($input: ChangeWebhookSettingsInput!) { changeWebhookSettings(input: $input) { __typename } }';
    const { webhookSecrets } = dataOf(await program.query<{ webhookSecrets: { edges: { node: { id: string } }[] } }, Record<string, unknown>>('query { webhookSecrets(filter: { sources: [JIRA] }) { edges { node { id } } } }', {}, { role: 'admin' }));
    program.clock.advance(1_000);
    expect(dataOf(await program.query<{ changeWebhookSettings: object }, Record<string, unknown>>(mutation, { input: { id: webhookSecrets.edges[0]?.node.id, settings } }, { role: 'admin' })).changeWebhookSettings).toEqual({ __typename: 'WebhookSecret' });
  };
  await change({ projects: { BETA: ref('001B'), ACMENEXT: ref('001A') } });
  expect([await placesOf('001A'), await placesOf('001B')]).toMatchObject([{ jiraProjectKey: 'ACMENEXT', slackChannelId: 'C0ACMEDEAL' }, { jiraProjectKey: 'BETA' }]);
  // Settings of an earlier version stated nothing: to enter them again does.
  await program.admin.query(`delete from source_statement where source = 'settings' and fields ? 'jiraProjectKey'`);
  await change({ projects: { BETA: ref('001B'), ACMENEXT: ref('001A') } });
  expect([await placesOf('001A'), await placesOf('001B')]).toMatchObject([{ jiraProjectKey: 'ACMENEXT' }, { jiraProjectKey: 'BETA' }]);
  await change({ projects: {} });
  expect([await placesOf('001A'), await placesOf('001B')]).toEqual([{ jiraProjectKey: null, slackChannelId: 'C0ACMEDEAL' }, { jiraProjectKey: null, slackChannelId: null }]);
  expect(webhook.id).toMatch(/^[0-9a-f-]{36}$/);
});
