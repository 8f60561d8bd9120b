import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTenant } from '../../src/app/create-tenant.ts';
import { defaultLimits } from '../../src/api/limits/policy.ts';
import type { WebhookSecret } from '../../src/features/connectors/index.ts';
import { jiraApi } from '../../src/features/connectors/jira/api.ts';
import type { VendorSession } from '../../src/features/connectors/outbound/vendor-api.ts';
import type { Reading } from '../../src/features/connectors/reading.ts';
import { slackApi } from '../../src/features/connectors/slack/api.ts';
import { takeDeliveries } from '../../src/features/connectors/take-delivery.ts';
import type { Id } from '../../src/platform/ids.ts';
import { arrange, type Arranged } from '../accounts/arrange.ts';
import { done, jiraEvent, type JiraEventOptions } from './payloads/jira.ts';
import { deliverAs, publicUrl, vendorSecret } from './vendor-requests.ts';
import { servedIssue, startJiraServer, type JiraServer } from './vendors/jira-server.ts';
import { openVendor, placesOf } from './vendors/open-vendor.ts';
import { conversation, startSlackServer, type SlackServer } from './vendors/slack-server.ts';

let program: Arranged;
let jira: JiraServer;
let slack: SlackServer;
beforeAll(async () => {
  const unlimited = { points: 1e12, seconds: 1 };
  program = await arrange({ publicUrl, policy: { ...defaultLimits, principalRate: unlimited, tenantRate: unlimited, strangerRate: unlimited } });
  [jira, slack] = [await startJiraServer(), await startSlackServer()];
});
afterAll(async () => {
  await program.close();
  await Promise.all([jira.stop(), slack.stop()]);
});

/** A tenant that is told something. */
interface Told {
  readonly tenant: Id<'Tenant'>;
  /** Sends an event as its vendor does. */
  send(event: object): Promise<void>;
  /** Takes in what was fetched. */
  take(reading: Reading | null): Promise<void>;
}

let tenants = 0;
async function tenantOf(vendor: string, settings: object): Promise<Told> {
  tenants += 1;
  const tenant = await createTenant(program.database, program.newId, { slug: `fetches-${tenants}`, name: 'Fetches', highIntentThreshold: 40 });
  const webhook: WebhookSecret = await vendorSecret(program, vendor, { settings, tenant });
  return {
    tenant,
    async send(event) {
      const { status, body } = await deliverAs(program, { vendor, webhook }, event);
      expect(status, JSON.stringify(body)).toBeLessThan(203);
    },
    async take(reading) {
      if (reading) await program.database.transact({ tenantId: tenant, actor: { kind: 'system', id: 'fetch' }, requestId: 'fetch' }, (work) => takeDeliveries(work, program.seal, [{ source: vendor, reading, digest: null, secretId: randomUUID(), requestId: 'fetch' }]));
    },
  };
}

/** What is shown of a tenant's tickets, threads and mentions, and its signals: without ids and times of arrival. */
const shown = async ({ tenant }: Told): Promise<unknown> => {
  const account = `(select array_agg(e.system || ':' || e.external_id order by 1) from external_ref e where e.node_id = t.account_id)`;
  const rows = (table: string): string => `(select jsonb_agg(to_jsonb(t) - '{id,tenant_id,account_id,recorded_at,sys_from}'::text[] || jsonb_build_object('account', ${account}) order by to_jsonb(t) - '{id,tenant_id,account_id,recorded_at,sys_from}'::text[]) from ${table} t where t.tenant_id = $1)`;
  const [state] = await program.rows(`select ${rows('ticket')} as tickets, ${rows('thread')} as threads, ${rows('se_mention')} as mentions, (select jsonb_agg(jsonb_build_array(s.type, s.source_event_id, s.occurred_at) order by 1) from signal s where s.tenant_id = $1) as signals`, [tenant]);
  return state;
};

type Step = (told: Told) => Promise<void>;

/** The same steps in several orders, each repeated in some. */
function orders(steps: readonly Step[]): (readonly Step[])[] {
  const spread = (by: number): Step[] => steps.map((_, index) => steps[(index * by) % steps.length] as Step);
  return [steps, steps.toReversed(), [...steps, ...steps], [...steps.toReversed(), ...steps], ...[3, 5, 7].filter((by) => steps.length % by !== 0).map(spread)];
}

async function expectOneState(vendor: string, settings: object, steps: readonly Step[]): Promise<unknown> {
  const states: unknown[] = [];
  for (const order of orders(steps)) {
    const told = await tenantOf(vendor, settings);
    for (const step of order) await step(told);
    states.push(await shown(told));
  }
  for (const [index, state] of states.entries()) expect(state, `order ${index}`).toEqual(states[0]);
  return states[0];
}

const sent = (event: object): Step => (told) => told.send(event);
const taken = (reading: Reading | null): Step => (told) => told.take(reading);

beforeEach(() => {
  jira.issues.length = 0;
  slack.channels.clear();
  slack.users.clear();
});

const minute = (number: number): string => new Date(Date.UTC(2026, 10, 21, 8, number)).toISOString();

test('issues of Jira: events and fetches in between come to one state in every order', async () => {
  jira.site.authorization = `Basic ${Buffer.from('a@example.com:token').toString('base64')}`;
  const settings = { projects: { SUP: { system: 'jira', id: 'acme' } } };
  const session = await openVendor(jiraApi, { credentials: { site: 'acme.atlassian.net', email: 'a@example.com', apiToken: 'token' }, settings, baseUrl: jira.url });
  const labels = ['account-acme', 'blocker'];
  const states: JiraEventOptions[] = [
    { at: minute(1), name: 'jira:issue_created' },
    { at: minute(2), labels, changelog: { id: '2', items: [{ field: 'labels', fromString: 'account-acme', toString: labels.join(' ') }] } },
    { at: minute(3), labels, fields: { assignee: null, summary: 'Slower than before' } },
    { at: minute(4), labels, fields: { ...done, assignee: null, resolutiondate: '2026-11-21T08:04:00.000+0000' }, changelog: { id: '4', items: [{ field: 'resolution', fromString: null, toString: 'Done' }] } },
  ];
  const read = async (options: JiraEventOptions, way: (session: VendorSession) => Promise<Reading | null | undefined>): Promise<Reading | null> => {
    jira.issues.splice(0, Infinity, servedIssue(options), servedIssue({ ...options, key: 'SUP-3', labels: [] }), servedIssue({ ...options, key: 'GONE-1', labels: [] }));
    return (await way(session)) ?? null;
  };
  const [second = {}, , last = {}] = states.slice(1);
  const byKey = await read(second, async (open) => (await open.readObjects([{ kind: 'issue', externalId: 'ACME-456' }]))[0]);
  const ofAccount = await read(last, (open) => open.readAccount(placesOf({ externalRefs: [{ system: 'jira', id: 'acme' }] })));
  const history = await read(last, async (open) => (await open.readHistory(null)).reading);
  expect(await expectOneState('jira', settings, [...states.map((options) => sent(jiraEvent(options))), ...[byKey, ofAccount, history].map(taken)])).toMatchObject({
    tickets: [{ key: 'ACME-456', status_category: 'DONE', assignee: null, account: ['jira:acme'] }, { key: 'SUP-3', account: ['jira:acme'] }],
    signals: [{}, {}, {}],
  });
});

test('messages of Slack: events, fetches and presences in between come to one state in every order', async () => {
  slack.workspace.token = 'xoxb-1';
  const settings = { channels: { C024BE91L: { system: 'crm', id: 'acme' } }, salesEngineers: { U0SE: 'John Park' }, people: { U2147483697: 'Priya Shah' }, workspaceUrl: 'https://acme.slack.com' };
  const session = await openVendor(slackApi, { credentials: { botToken: 'xoxb-1' }, settings, baseUrl: slack.url });
  const { events, messages } = conversation();
  slack.users.set('U0OTHER', { real_name: 'Sam Lee', updated: 1_700_000_000, presence: 'away' }).set('U0SE', { real_name: 'J', updated: 1, presence: 'active' });
  slack.channels.set('C024BE91L', messages.slice(0, 3));
  slack.workspace.date = minute(10);
  const early = await session.readAccount(placesOf({ externalRefs: [{ system: 'crm', id: 'acme' }] }));
  slack.channels.set('C024BE91L', [...messages]);
  slack.users.set('U0SE', { real_name: 'J', updated: 1, presence: 'away' });
  slack.workspace.date = minute(20);
  const late = await session.readAccount(placesOf({ externalRefs: [{ system: 'crm', id: 'acme' }] }));
  const [presence = null] = await session.readObjects([{ kind: 'presence', externalId: 'C024BE91L/U0SE' }]);
  const state = await expectOneState('slack', settings, [...events.map(sent), taken(early), taken(late), taken(presence)]);
  expect(state).toMatchObject({
    threads: [{ author: 'Priya Shah', reply_count: 1 }, { author: 'Sam Lee', preview: 'After <@U0SE>' }, { preview: 'Deployed' }],
    mentions: [{ name: 'John Park', status: 'away' }],
  });
});

test('what was deleted in Slack before it was connected, and is seen there, is retired like what an event deletes', async () => {
  slack.workspace.token = 'xoxb-1';
  const settings = { channels: { C024BE91L: { system: 'crm', id: 'acme' } } };
  const session = await openVendor(slackApi, { credentials: { botToken: 'xoxb-1' }, settings, baseUrl: slack.url });
  const { events, messages } = conversation();
  slack.channels.set('C024BE91L', [...messages]);
  const fetched = await session.readAccount(placesOf({ externalRefs: [{ system: 'crm', id: 'acme' }] }));
  // The event of the deletion is lost.
  const state = await expectOneState('slack', settings, [...events.filter((_, index) => index !== 8).map(sent), taken(fetched)]) as { readonly threads: readonly { readonly preview: string }[] };
  expect(state.threads.map(({ preview }) => preview)).not.toContain('Gone soon');
});
