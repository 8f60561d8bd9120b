import { InvalidInput } from '../../../platform/errors.ts';
import type { RecordInput } from '../../accounts/index.ts';
import { joinReadings, type BodyNames, type ReadDeletion, type Reading } from '../reading.ts';
import type { Reference } from '../vendor-settings.ts';
import { instantOfMilliseconds, readInstant, shortened } from '../vendor-values.ts';
import { accountOfIssue } from './account-of-issue.ts';
import { changeOf, readIssueEvent, type IssueEvent } from './issue-event.ts';
import { jiraSettings, type JiraSettings } from './settings.ts';
import { signalsOfIssue } from './signals-of-issue.ts';

const issueEvents: ReadonlySet<string> = new Set(['jira:issue_created', 'jira:issue_updated', 'jira:issue_deleted']);

/** Jira: an event about an issue says all of its fields, as they are after the change. */
export function readJira(body: unknown, given: unknown): Reading {
  const name = nameOf(body);
  if (!issueEvents.has(name)) return joinReadings([{ ignored: [{ reason: 'NOT_READ', message: `Events of the kind ${shortened(name, 100)} are not read. Select the events created, updated and deleted of issues in Jira.`, path: [] }] }]);
  const event = readIssueEvent(body);
  if (name === 'jira:issue_deleted') return joinReadings([{ deletions: [deletion(event.issue.key, changedAt(event), 'Deleted in Jira')] }]);
  const occurredAt = timeOf(event);
  const settings = jiraSettings.parse(given);
  const { key, fields } = event.issue;
  const account = accountOfIssue({ key, labels: fields.labels ?? [] }, settings);
  const moved = movedFrom(event);
  const ended = moved === null ? [] : [deletion(moved, occurredAt, `Moved to ${key}`)];
  if (account === null) return joinReadings([withoutAccount(event, settings), { deletions: ended }]);
  return joinReadings([
    { records: [{ plural: 'tickets', input: ticket(event, account, occurredAt), path: ['issue'], names: { ...fieldNames, occurredAt: typeof fields.updated === 'string' ? 'fields.updated' : 'timestamp' } }], deletions: ended },
    { signals: signalsOfIssue(event, { account, settings, occurredAt: changedAt(event) }).map((statement) => ({ statement, path: ['issue'] })) },
  ]);
}

function nameOf(body: unknown): string {
  if (body !== null && typeof body === 'object' && 'webhookEvent' in body && typeof body.webhookEvent === 'string') return body.webhookEvent;
  throw new InvalidInput('webhookEvent must be the name of an event of Jira Cloud, such as jira:issue_updated.', ['webhookEvent']);
}

/** When the state that the event shows was true: what a search for the issue says, too. */
function timeOf(event: IssueEvent): string {
  return readInstant(event.issue.fields.updated, ['issue', 'fields', 'updated']) ?? changedAt(event);
}

/** When the change was made. */
function changedAt({ timestamp, issue }: IssueEvent): string {
  const at = typeof timestamp === 'number' ? instantOfMilliseconds(timestamp, ['timestamp']) : readInstant(issue.fields.updated, ['issue', 'fields', 'updated']);
  if (at === null) throw new InvalidInput('timestamp must say when the change was made, in milliseconds since 1970.', ['timestamp']);
  return at;
}

function deletion(key: string, occurredAt: string, reason: string): ReadDeletion {
  return { type: 'Ticket', externalRef: { system: 'jira', id: key }, source: 'jira', occurredAt, reason, path: ['issue'], names: { occurredAt: 'timestamp' } };
}

/** The key that an issue had before this event moved it to another project; null where it did not. */
function movedFrom(event: IssueEvent): string | null {
  return changeOf(event, 'key')?.from ?? null;
}

/** An issue that names no account is ignored; one that lost the label that named it has ended for its account. */
function withoutAccount(event: IssueEvent, settings: JiraSettings): Partial<Reading> {
  const { key } = event.issue;
  const before = changeOf(event, 'labels')?.from?.split(/\s+/) ?? [];
  if (accountOfIssue({ key, labels: before }, settings) !== null) return { deletions: [deletion(key, timeOf(event), 'No label names an account any more')] };
  return { ignored: [{ reason: 'NO_ACCOUNT', message: `Nothing names the account of ${key}. Give the issue a label such as ${settings.accountLabelPrefix}acme, or set the account of its project in the settings of this webhook.`, path: ['issue'] }] };
}

const categories: Readonly<Record<string, string>> = { new: 'TO_DO', indeterminate: 'IN_PROGRESS', done: 'DONE' };
const priorities: Readonly<Record<string, string>> = { highest: 'HIGHEST', blocker: 'HIGHEST', critical: 'HIGHEST', high: 'HIGH', major: 'HIGH', medium: 'MEDIUM', normal: 'MEDIUM', low: 'LOW', minor: 'LOW', lowest: 'LOWEST', trivial: 'LOWEST' };

const fieldNames: BodyNames = {
  'externalRef.id': 'key', summary: 'fields.summary', status: 'fields.status', statusCategory: 'fields.status', assignee: 'fields.assignee', priority: 'fields.priority', labels: 'fields.labels', createdOn: 'fields.created', resolvedOn: 'fields.resolutiondate',
  account: 'fields.labels',
};

/** Only what the event has is stated: an absent field leaves the value as it is, null clears it. */
function ticket({ issue: { key, self, fields } }: IssueEvent, account: Reference, occurredAt: string): RecordInput {
  const { summary, status, priority, labels, assignee, created, resolutiondate } = fields;
  const given = {
    key: key.toUpperCase(),
    summary: summary?.trim() ? shortened(summary, 500) : undefined,
    status: status?.name,
    statusCategory: categories[status?.statusCategory?.key ?? ''],
    assignee: assignee === null || assignee?.displayName.trim() === '' ? null : assignee && shortened(assignee.displayName, 500),
    priority: priority === null ? null : priority && (priorities[priority.name.toLowerCase()] ?? null),
    labels: labels?.filter((label) => label.trim() !== '').slice(0, 100),
    url: urlOf(self, key),
    createdOn: dayOf(created, ['issue', 'fields', 'created']),
    resolvedOn: dayOf(resolutiondate, ['issue', 'fields', 'resolutiondate']),
  };
  return { account: { externalRef: account }, externalRef: { system: 'jira', id: key }, ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)), mode: 'PATCH', source: 'jira', occurredAt };
}

function dayOf(text: string | null | undefined, path: readonly string[]): string | null | undefined {
  return text === undefined ? undefined : (readInstant(text, path)?.slice(0, 10) ?? null);
}

/** Where people open an issue, by the address of its site. */
function urlOf(self: string | null | undefined, key: string): string | undefined {
  const site = typeof self === 'string' ? URL.parse(self) : null;
  return site?.protocol === 'https:' ? `${site.origin}/browse/${key}` : undefined;
}
