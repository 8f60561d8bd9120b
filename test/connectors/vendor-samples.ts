import { contactEvent, conversationEvent, messageEvent } from './payloads/chatwoot.ts';
import { done, jiraEvent } from './payloads/jira.ts';
import { hubspotEvent, property } from './payloads/hubspot.ts';
import { notionEvent } from './payloads/notion.ts';
import { edit, message, removal, slackTime } from './payloads/slack.ts';

/** What the vendors' contract needs to know of a vendor to test it. */
export interface VendorSample {
  readonly settings?: object;
  /** A delivery about a thing of that number that says something new. */
  readonly delivery: (thing: number) => object;
  /** What happens to a thing of that number, in the order in which it happens. */
  readonly story: (thing: number) => readonly object[];
  /** What is known of the thing after its story: the rows of a query by its number, in which no id and no time of arrival is. */
  readonly state: { readonly sql: string; readonly expected: readonly object[] };
  readonly malformed: readonly string[];
}

const at = (minute: number): string => new Date(Date.UTC(2026, 10, 21, 8, minute)).toISOString();
const jira = (thing: number, minute: number, more: Parameters<typeof jiraEvent>[0] = {}): object => jiraEvent({ key: `ACME-${thing}`, labels: [`account-acme_${thing}`], at: at(minute), ...more });
const page = (thing: number): string => `153104cd-477e-809d-8dc4-${String(thing).padStart(12, '0')}`;
const labels = (thing: number, ...more: string[]): string[] => [`account-acme_${thing}`, ...more];

/** Every vendor has its sample. */
export const vendorSamples: Readonly<Record<string, VendorSample>> = {
  jira: {
    delivery: (thing) => jira(thing, 1, { name: 'jira:issue_created' }),
    story: (thing) => [
      jira(thing, 1, { name: 'jira:issue_created' }),
      jira(thing, 2, { labels: labels(thing, 'blocker'), changelog: { id: '2', items: [{ field: 'labels', fromString: labels(thing).join(' '), toString: labels(thing, 'blocker').join(' ') }] } }),
      jira(thing, 3, { labels: labels(thing, 'blocker'), fields: { assignee: null } }),
      jira(thing, 4, { labels: labels(thing, 'blocker'), fields: { ...done, resolutiondate: '2026-11-21T08:04:00.000+0000', assignee: null }, changelog: { id: '4', items: [{ field: 'resolution', fromString: null, toString: 'Done' }] } }),
      jira(thing, 5, { name: 'jira:issue_deleted', labels: labels(thing, 'blocker') }),
      jira(thing, 6, { labels: labels(thing), fields: { summary: 'It is back' } }),
    ],
    state: {
      sql: `select t.summary, t.status, t.status_category, t.assignee, t.labels[2:] as labels, t.resolved_on::text, e.external_id = 'acme_' || $1 as is_own,
          (select array_agg(s.type order by s.occurred_at) from signal s where s.account_id = t.account_id) as signals
        from ticket t join external_ref e on e.node_id = t.account_id where t.key = 'ACME-' || $1`,
      expected: [{ summary: 'It is back', status: 'In Progress', status_category: 'IN_PROGRESS', assignee: 'John Park (SE)', labels: [], resolved_on: null, is_own: true, signals: ['support_ticket', 'blocker_opened', 'ticket_resolved'] }],
    },
    malformed: ['{"webhookEvent":"jira:issue_updated"}', JSON.stringify(jiraEvent({ key: 'nonsense' })), JSON.stringify(jiraEvent({ at: '2999-01-01T00:00:00.000Z' }))],
  },
  slack: {
    settings: { salesEngineers: { U0SE: 'John Park' }, people: { U2147483697: 'Priya Shah' } },
    delivery: (thing) => message(thing * 60),
    story: (thing) => {
      const [root, at] = [thing * 10, (seconds: number) => thing * 10 + seconds];
      return [
        message(root, { text: '<@U0SE> Acme asks' }),
        message(at(1), { thread_ts: slackTime(root) }),
        message(at(2), { thread_ts: slackTime(root), user: 'U0SE' }),
        removal(at(3), at(1), root),
        edit(at(4), root, { text: `Acme asks for benchmarks, ${thing}` }),
        message(at(5), { thread_ts: slackTime(root) }),
        message(at(6), { thread_ts: slackTime(root) }),
        removal(at(7), at(5), root),
      ];
    },
    state: {
      sql: `select t.author, t.reply_count, t.occurred_at = to_timestamp(1795248000 + $1::int * 10) as is_dated, (select count(*)::int from se_mention m where m.account_id = t.account_id) as mentions
        from thread t where t.preview = 'Acme asks for benchmarks, ' || $1`,
      expected: [{ author: 'Priya Shah', reply_count: 2, is_dated: true, mentions: 1 }],
    },
    malformed: ['{"type":"event_callback"}', '{"type":"event_callback","event":{"type":"message"}}', JSON.stringify(message(0, { ts: 'now' }))],
  },
  notion: {
    delivery: (thing) => notionEvent(page(thing), at(1)),
    story: (thing) => [1, 2, 3, 4].map((minute) => notionEvent(page(thing), at(minute), { type: minute === 3 ? 'page.deleted' : 'page.content_updated' })),
    state: { sql: `select kind, to_char(wanted_at at time zone 'UTC', 'HH24:MI') as wanted_at, fetched_at from source_fetch where external_id = '153104cd-477e-809d-8dc4-' || lpad($1, 12, '0')`, expected: [{ kind: 'page', wanted_at: '08:04', fetched_at: null }] },
    malformed: ['{"id":"1"}', JSON.stringify(notionEvent(page(1), 'yesterday'))],
  },
  hubspot: {
    delivery: (thing) => [property('company.propertyChange', thing, at(1), ['name', `Acme ${thing}`]), property('contact.propertyChange', thing, at(1), ['email', 'ada@example.com'])],
    story: (thing) => [
      [property('company.propertyChange', thing, at(1), ['name', 'Acme']), property('company.propertyChange', thing, at(1), ['industry', 'Software'])],
      [property('company.propertyChange', thing, at(2), ['name', `Acme ${thing}`])],
      [hubspotEvent('contact.creation', thing, at(2)), hubspotEvent('deal.creation', thing, at(3))],
      [property('company.propertyChange', thing, at(4), ['industry', ''])],
      [hubspotEvent('company.deletion', thing, at(5))],
      [property('company.propertyChange', thing, at(6), ['numberofemployees', '70']), property('company.propertyChange', thing, at(6), ['hubspot_owner_id', '5'])],
      [property('contact.propertyChange', thing, at(7), ['email', 'ada@example.com'])],
    ],
    state: {
      sql: `select a.industry, a.employee_count, (select jsonb_object_agg(f.kind, to_char(f.wanted_at at time zone 'UTC', 'MI')) from source_fetch f where f.external_id = $1) as fetches from account a where a.name = 'Acme ' || $1`,
      expected: [{ industry: null, employee_count: 70, fetches: { company: '06', contact: '07', deal: '03' } }],
    },
    malformed: ['[5]', '[{"subscriptionType":"contact.deletion"}]', JSON.stringify([hubspotEvent('contact.deletion', 1, '2999-01-01T00:00:00.000Z')])],
  },
  chatwoot: {
    settings: { inboxes: { '74274': { system: 'crm', id: 'acme' } } },
    delivery: (thing) => messageEvent(thing * 10, { contactId: 10_000 + thing }),
    story: (thing) => {
      const [contactId, of] = [10_000 + thing, { contactId: 10_000 + thing }];
      return [
        contactEvent(contactId, at(1), { name: 'Ada' }),
        conversationEvent(of, { created_at: Date.parse(at(2)) / 1_000 }),
        messageEvent(thing * 10, of, { created_at: at(3) }),
        messageEvent(thing * 10 + 1, of, { created_at: '2026-11-21 08:04:00 UTC', content: 'Again' }),
        messageEvent(thing * 10 + 2, of, { created_at: at(5), private: true, message_type: 'outgoing' }),
        contactEvent(contactId, at(6), { name: `Ada ${thing}`, email: null }),
        contactEvent(contactId, at(7), { name: null, email: `ada-${thing}@example.com` }),
      ];
    },
    state: {
      sql: `select to_char(c.occurred_at at time zone 'UTC', 'MI') as at, a.external_id as account, c.name_sealed is not null as is_named, c.email_sealed is not null as has_address
        from contact c join external_ref e on e.node_id = c.id join external_ref a on a.node_id = c.account_id where e.system = 'chatwoot' and e.external_id = '74274/' || (10000 + $1::int)`,
      expected: [{ at: '07', account: 'acme', is_named: true, has_address: true }],
    },
    malformed: ['{"event":5}', JSON.stringify(messageEvent(1, {}, { created_at: 'soon' })), JSON.stringify(messageEvent(1, {}, { inbox: { id: 0 } })), JSON.stringify(contactEvent(1, '2999-01-01T00:00:00.000Z'))],
  },
};
