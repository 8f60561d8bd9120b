import type { RecordInput } from '../../accounts/index.ts';
import type { BodyNames, ReadDeletion } from '../reading.ts';
import { readInstant, shortened } from '../vendor-values.ts';
import type { JiraIssue } from './issue-event.ts';

const categories: Readonly<Record<string, string>> = { new: 'TO_DO', indeterminate: 'IN_PROGRESS', done: 'DONE' };
const priorities: Readonly<Record<string, string>> = { highest: 'HIGHEST', blocker: 'HIGHEST', critical: 'HIGHEST', high: 'HIGH', major: 'HIGH', medium: 'MEDIUM', normal: 'MEDIUM', low: 'LOW', minor: 'LOW', lowest: 'LOWEST', trivial: 'LOWEST' };

/** What Jira calls the fields of a ticket. */
export const fieldNames: BodyNames = {
  'externalRef.id': 'key', summary: 'fields.summary', status: 'fields.status', statusCategory: 'fields.status', assignee: 'fields.assignee', priority: 'fields.priority', labels: 'fields.labels', createdOn: 'fields.created', resolvedOn: 'fields.resolutiondate',
  account: 'fields.labels',
};

/** Whose ticket an issue is, and since when it is as it is. */
export interface TicketPlace {
  readonly account: RecordInput['account'];
  readonly occurredAt: string;
  /** The address of the site; null: the issue's own address has it. */
  readonly site: string | null;
}

/** An issue as a ticket. Only what Jira sent is stated: an absent field leaves the value as it is, null clears it. */
export function ticketOf({ key, self, fields }: JiraIssue, { account, occurredAt, site }: TicketPlace): RecordInput {
  const { summary, status, priority, labels, assignee, created, resolutiondate } = fields;
  const given = {
    key: key.toUpperCase(),
    summary: summary?.trim() ? shortened(summary, 500) : undefined,
    status: status?.name,
    statusCategory: categories[status?.statusCategory?.key ?? ''],
    assignee: assignee === null || assignee?.displayName.trim() === '' ? null : assignee && shortened(assignee.displayName, 500),
    priority: priority === null ? null : priority && (priorities[priority.name.toLowerCase()] ?? null),
    labels: labels?.filter((label) => label.trim() !== '').slice(0, 100),
    url: urlOf(site ?? self, key),
    createdOn: dayOf(created, ['issue', 'fields', 'created']),
    resolvedOn: dayOf(resolutiondate, ['issue', 'fields', 'resolutiondate']),
  };
  return { account, externalRef: { system: 'jira', id: key }, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)), mode: 'PATCH', source: 'jira', occurredAt };
}

function dayOf(text: string | null | undefined, path: readonly string[]): string | null | undefined {
  return text === undefined ? undefined : (readInstant(text, path)?.slice(0, 10) ?? null);
}

/** Where people open an issue, by the address of its site. */
function urlOf(self: string | null | undefined, key: string): string | undefined {
  const site = typeof self === 'string' ? URL.parse(self) : null;
  return site?.protocol === 'https:' ? `${site.origin}/browse/${key}` : undefined;
}

/** That a ticket ended. Null for `occurredAt`: Jira does not say when. */
export function deletionOf(key: string, occurredAt: string | null, reason: string): ReadDeletion {
  return { type: 'Ticket', externalRef: { system: 'jira', id: key }, source: 'jira', occurredAt, reason, path: ['issue'], names: { occurredAt: 'timestamp' } };
}
