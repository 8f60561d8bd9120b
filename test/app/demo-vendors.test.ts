import { afterAll, beforeAll, expect, test } from 'vitest';
import { playVendors } from '../../src/app/demo-vendors.ts';
import { arrange, type Arranged } from '../accounts/arrange.ts';

let program: Arranged;
beforeAll(async () => {
  program = await arrange();
});
afterAll(() => program?.close());

test('the vendors of the demo deliver through the route of webhooks, in their shapes and with their signatures, and move no score', async () => {
  const id = await program.account('acme_corp_12345', { name: 'Acme Corp', slackChannelId: 'C0ACMEDEAL', jiraProjectKey: 'ACME' });
  await program.ingest([{ account: { id }, type: 'demo_request', source: 'web', sourceEventId: 'demo-1' }]);
  await program.settled();
  const score = 'select intent_score from account_contexts';
  const before = await program.rows(score);
  await playVendors({ ...program, url: program.url }, { id: program.tenant, slug: 'test', name: 'Test' });
  await program.settled();
  const { account } = await program.see<{ account: { jiraProjectKey: string; slackChannelId: string; contradictions: object[]; context: { document: Record<string, Record<string, unknown>> } } }>(
    'query($id: ID!) { account(id: $id) { jiraProjectKey slackChannelId contradictions { field } context { document } } }', { id });
  expect(account).toMatchObject({ jiraProjectKey: 'ACME', slackChannelId: 'C0ACMEDEAL', contradictions: [] });
  expect(account.context.document).toMatchObject({
    salesforce: { contacts: [{ name: 'Ana Ruiz', title: 'Head of Procurement', role: 'Decision Maker' }] },
    jira: { open_tickets: [{ key: 'ACME-471', assignee: 'John Park (SE)' }] },
    slack: { recent_threads: [{ author: 'Sarah Chen', thread_reply_count: 2 }], se_mentions: [{ se_name: 'John Park', status: 'active' }] },
  });
  expect(await program.rows(score)).toEqual(before);
  // Marked as the demo's: by who made the secrets, and by the request of every fact.
  expect(await program.rows('select source, created_by from webhook_secret order by source')).toEqual(['jira', 'salesforce', 'slack'].map((source) => ({ source, created_by: 'demo' })));
  expect(await program.count(`select from audit_logs where request_id like 'demo-%' and kind = 'account.changed'`)).toBeGreaterThanOrEqual(5);
});
