import { contactEvent, conversationEvent, messageEvent } from './payloads/chatwoot.ts';
import { hubspotEvent, property } from './payloads/hubspot.ts';
import { jiraEvent } from './payloads/jira.ts';
import { notionEvent } from './payloads/notion.ts';
import { edit, message, removal, slackTime } from './payloads/slack.ts';
import { acmeRecords } from './payloads/acme.ts';

const at = '2026-11-21T08:00:00.000Z';

/** A delivery of each shape that a vendor documents, with every text that it has. */
export const shapes: Readonly<Record<string, readonly object[]>> = {
  salesforce: [...acmeRecords, { attributes: { type: 'Event' }, Id: '00U1', AccountId: '001A', Subject: 'Review', Type: 'Meeting', StartDateTime: '2026-11-21T07:00:00.000+0000', SystemModstamp: at }],
  jira: [
    jiraEvent({ name: 'jira:issue_created' }),
    jiraEvent({ changelog: { id: '1', items: [{ field: 'labels', fromString: 'account-acme', toString: 'account-acme blocker' }, { field: 'resolution', fromString: null, toString: 'Done' }, { field: 'Key', fromString: 'OLD-1', toString: 'ACME-456' }] } }),
    jiraEvent({ name: 'jira:issue_deleted' }),
  ],
  slack: [
    message(1), message(2, { thread_ts: slackTime(1) }), message(3, { user_team: 'T0CUSTOMER', text: '<@U0SE> look' }), message(4, { subtype: 'bot_message', bot_id: 'B9', username: 'deploys', bot_profile: { app_id: 'A9', name: 'Deploys' } }),
    message(5, { text: '', files: [{ title: 'plan', name: 'plan.pdf' }] }), edit(6, 1), removal(7, 2, 1),
  ],
  notion: [notionEvent('153104cd-477e-809d-8dc4-ff2d96ae3090', at), notionEvent('153104cd-477e-809d-8dc4-ff2d96ae3091', at, { type: 'page.deleted' })],
  hubspot: [
    [property('company.propertyChange', 7, at, ['name', 'Acme']), property('company.propertyChange', 7, at, ['industry', 'Software']), property('contact.propertyChange', 8, at, ['email', 'ada@example.com'])],
    [hubspotEvent('object.propertyChange', 7, at, { objectTypeId: '0-2', propertyName: 'domain', propertyValue: 'acme.com' })],
    [hubspotEvent('contact.privacyDeletion', 8, at), hubspotEvent('company.merge', 7, at, { primaryObjectId: 7, mergedObjectIds: [9] })],
  ],
  chatwoot: [messageEvent(1), messageEvent(2, {}, { message_type: 1, sender: { id: 9, type: 'user', name: 'Agent' } }), conversationEvent(), contactEvent(12_345, at)],
};

type Path = readonly (string | number)[];

/** The places of all texts in a body. */
export function textsIn(body: unknown, path: Path = []): Path[] {
  if (typeof body === 'string') return [path];
  if (body === null || typeof body !== 'object') return [];
  return Object.entries(body).flatMap(([name, value]) => textsIn(value, [...path, name]));
}

/** The body with another text in a place. */
export function withText(body: unknown, [name, ...rest]: Path, text: string): unknown {
  if (name === undefined) return text;
  if (Array.isArray(body)) return body.map((item: unknown, index) => (String(index) === String(name) ? withText(item, rest, text) : item));
  return { ...(body as object), [name]: withText(Reflect.get(body as object, name), rest, text) };
}

/** What every vendor that writes text says of an account, with the given texts wherever people write. `number`: of the account, which is named so in each of them. */
export function poisonedDeliveries(texts: readonly string[], { account, number }: { readonly account: { readonly system: string; readonly id: string }; readonly number: number }): readonly (readonly [vendor: string, bodies: readonly object[]])[] {
  const text = (place: number): string => texts[place % texts.length] ?? 'x';
  const line = (place: number): string => [...text(place)].slice(0, 150).join('').trim() || 'x';
  const record = (type: string, id: string, fields: object): object => ({ attributes: { type }, Id: id, AccountId: account.id, SystemModstamp: at, ...fields });
  const [seconds, ticket] = [20 + (number % 1_000) * 10, { status: { name: line(5), statusCategory: { key: 'indeterminate' } }, priority: { name: line(6) }, assignee: { displayName: text(7) } }];
  return [
    ['salesforce', [
      [
        { ...record('Account', account.id, { Name: text(0), Industry: text(1), Website: line(2), Owner: { Name: text(3), Email: line(4) } }), AccountId: undefined },
        record('Contact', `003-${number}`, { Name: text(4), Title: text(5), Email: `secret-${number}@example.com` }),
        record('OpportunityContactRole', `00K-${number}`, { ContactId: `003-${number}`, Role: text(6), Contact: { AccountId: account.id } }),
        record('Task', `00T-${number}`, { Subject: text(7), Type: line(8), Status: 'Completed' }),
        record('Task', `00T-e${number}`, { Subject: text(9), TaskSubtype: 'Email', IsClosed: true }),
      ],
      record('Opportunity', `006-${number}`, { Name: text(0), StageName: line(1), NextStep: text(2) }),
    ]],
    ['jira', [jiraEvent({ name: 'jira:issue_created', key: `INJ-${number}`, labels: [`account-${account.system}:${account.id}`, 'blocker', text(3)], fields: { summary: text(4), ...ticket } })]],
    ['slack', [message(seconds, { text: text(0) }), message(seconds + 1, { text: text(1), thread_ts: slackTime(seconds) }), message(seconds + 2, { text: text(2), user_team: 'T0CUSTOMER' }), message(seconds + 3, { text: text(3), subtype: 'bot_message', bot_id: 'B9', username: line(4) }), message(seconds + 4, { text: `<@U0SE> ${text(5)}` }), edit(seconds + 5, seconds + 2, { text: text(6), user_team: 'T0CUSTOMER' })]],
    ['hubspot', [[property('company.propertyChange', number, '2026-11-21T08:01:00.000Z', ['name', text(8)]), property('company.propertyChange', number, '2026-11-21T08:01:00.000Z', ['industry', text(9)]), property('company.propertyChange', number, '2026-11-21T08:01:00.000Z', ['domain', line(0)])]]],
    ['chatwoot', [messageEvent(number * 10, { name: text(3), contactId: number }, { content: text(4) }), contactEvent(number, at, { name: text(5) })]],
    ['notion', [notionEvent('153104cd-477e-809d-8dc4-ff2d96ae3090', `2026-11-21T08:00:00.${String(number % 1_000).padStart(3, '0')}Z`, { workspace_name: text(1), type: line(2) })]],
  ];
}
