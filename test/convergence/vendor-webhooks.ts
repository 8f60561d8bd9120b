import * as fc from 'fast-check';
import { hubspotEvent, property } from '../connectors/payloads/hubspot.ts';
import { done, jiraEvent } from '../connectors/payloads/jira.ts';
import { edit, message, removal, slackTime } from '../connectors/payloads/slack.ts';
import type { Delivery, Part, Ref } from './history.ts';
import { accounts, instants } from './kinds.ts';

/** The accounts that settings name. */
export const [first = { system: 'salesforce', id: '001A' }, second = first] = accounts;
/** The channel of the first of them. */
export const channel = 'C024BE91L';
/** How the vendors' deliveries of histories are read: which account a project, a label or a channel belongs to. */
export const vendorSettings: Readonly<Record<string, object>> = {
  jira: { labels: { one: first, other: second } },
  slack: { channels: { [channel]: first }, salesEngineers: { U0SE: 'Kim' } },
};

const at = fc.constantFrom(...instants);
const record = (plural: string, ref: Ref, { account, when }: { readonly account: Ref; readonly when: string }): Part => ({ kind: 'record', plural, account, ref, source: ref.system, mode: 'PATCH', at: when, modifiedAt: null, fields: {} });

/** Two issues that get and lose the labels of accounts, are closed, deleted and come back. One change of one issue is one instant. */
const jira: fc.Arbitrary<Delivery> = fc
  .record({ key: fc.constantFrom('ACME-1', 'ACME-2'), at, labels: fc.constantFrom(['one'], ['one', 'blocker'], ['other'], ['x']), closed: fc.boolean(), name: fc.constantFrom('jira:issue_updated', 'jira:issue_updated', 'jira:issue_created', 'jira:issue_deleted') })
  .map(({ key, at: when, labels, closed, name }): Delivery => {
    const ref = { system: 'jira', id: key };
    const changelog = { id: `${key} ${when} ${labels.join(' ')} ${closed}`, items: [{ field: 'labels', fromString: 'one', toString: labels.join(' ') }, ...(closed ? [{ field: 'resolution', fromString: null, toString: 'Done' }] : [])] };
    const account = labels[0] === 'other' ? second : first;
    const ended = name === 'jira:issue_deleted' || (labels[0] === 'x' && name === 'jira:issue_updated');
    const parts: Part[] = ended ? [{ kind: 'deletion', type: 'Ticket', ref, source: 'jira', at: when }] : labels[0] === 'x' ? [] : [record('tickets', ref, { account, when })];
    // What an event is called follows from what it says: no source tells one event in two ways.
    const event = jiraEvent({ name, key, at: when, labels, fields: closed ? done : {}, ...(name === 'jira:issue_updated' ? { changelog } : {}) });
    return { kind: 'webhook', source: 'jira', parts, body: name === 'jira:issue_created' ? renamed(event, `${when} ${labels.join(' ')} ${closed}`) : event };
  });

/** An event about an issue with another number. */
function renamed(event: object, id: string): object {
  const { issue } = event as { readonly issue: object };
  return { ...event, issue: { ...issue, id: id.replaceAll(/[^0-9a-z]/g, '').slice(0, 64) } };
}

/** One thread with replies that are written, edited and deleted. Seconds before what is deleted is written are not drawn. */
const slack: fc.Arbitrary<Delivery> = fc
  .oneof(
    fc.record({ seconds: fc.constantFrom(0, 0, 100), user: fc.constantFrom('U1', 'U0SE') }).map(({ seconds, user }) => ({ root: seconds, body: message(seconds, { user: seconds === 0 ? user : 'U1', text: `Begun by ${seconds === 0 ? user : 'U1'} <@U0SE>` }) })),
    fc.constantFrom(1, 2, 3, 4).map((seconds) => ({ root: 0, body: message(seconds, { thread_ts: slackTime(0) }) })),
    fc.constantFrom(1, 2, 3).map((of) => ({ root: 0, body: removal(of + 10, of, 0) })),
    fc.constantFrom(5, 7).map((seconds) => ({ root: 0, body: edit(seconds, 0, { text: `Edited at ${seconds}, <@U0SE>` }) })),
    fc.constantFrom(20, 30).map((seconds) => ({ root: seconds === 20 ? 0 : 100, body: removal(seconds + 100, seconds === 20 ? 0 : 100) })),
  )
  .map(({ root, body }): Delivery => ({ kind: 'webhook', source: 'slack', parts: [record('threads', { system: 'slack', id: `${channel}/${slackTime(root)}` }, { account: first, when: instants[0] ?? '' })], body }));

/** Properties of a company, and the end of a company, of a contact and of a deal. */
const hubspot: fc.Arbitrary<Delivery> = fc
  .array(fc.record({ what: fc.constantFrom('name', 'industry', 'numberofemployees', 'owner', 'deal.deletion', 'deal.propertyChange'), at, value: fc.constantFrom('7', '8') }), { minLength: 1, maxLength: 2 })
  .map((told): Delivery => ({
    kind: 'webhook',
    source: 'hubspot',
    parts: told.map(({ what, at: when }): Part => (what === 'deal.deletion' ? { kind: 'deletion', type: 'Opportunity', ref: { system: 'hubspot', id: '77' }, source: 'hubspot', at: when } : { kind: 'account', ref: { system: 'hubspot', id: '1' }, source: 'hubspot', mode: 'PATCH', at: when, modifiedAt: null, fields: {} })),
    body: told.map(({ what, at: when, value }) => (what.startsWith('deal.') ? hubspotEvent(what, 77, when) : property('company.propertyChange', 1, when, [what, value]))),
  }));

/** What the vendors deliver by their own schemes. */
export const vendorWebhooks: fc.Arbitrary<Delivery> = fc.oneof(jira, slack, hubspot);
