import { InvalidInput } from '../../../platform/errors.ts';
import { joinReadings, type Reading } from '../reading.ts';
import { instantOfMilliseconds, readInstant, shortened } from '../vendor-values.ts';
import { accountOfIssue } from './account-of-issue.ts';
import { changeOf, readIssueEvent, type IssueEvent } from './issue-event.ts';
import { jiraSettings, type JiraSettings } from './settings.ts';
import { signalsOfIssue } from './signals-of-issue.ts';
import { deletionOf, fieldNames, ticketOf } from './ticket.ts';

const issueEvents: ReadonlySet<string> = new Set(['jira:issue_created', 'jira:issue_updated', 'jira:issue_deleted']);

/** Jira: an event about an issue says all of its fields, as they are after the change. */
export function readJira(body: unknown, given: unknown): Reading {
  const name = nameOf(body);
  if (!issueEvents.has(name)) return joinReadings([{ ignored: [{ reason: 'NOT_READ', message: `Events of the kind ${shortened(name, 100)} are not read. Select the events created, updated and deleted of issues in Jira.`, path: [] }] }]);
  const event = readIssueEvent(body);
  if (name === 'jira:issue_deleted') return joinReadings([{ deletions: [deletionOf(event.issue.key, changedAt(event), 'Deleted in Jira')] }]);
  const occurredAt = timeOf(event);
  const settings = jiraSettings.parse(given);
  const { key, fields } = event.issue;
  const account = accountOfIssue({ key, labels: fields.labels ?? [] }, settings);
  const moved = movedFrom(event);
  const ended = moved === null ? [] : [deletionOf(moved, occurredAt, `Moved to ${key}`)];
  if (account === null) return joinReadings([withoutAccount(event, settings), { deletions: ended }]);
  return joinReadings([
    { records: [{ plural: 'tickets', input: ticketOf(event.issue, { account: { externalRef: account }, occurredAt, site: null }), path: ['issue'], names: { ...fieldNames, occurredAt: typeof fields.updated === 'string' ? 'fields.updated' : 'timestamp' } }], deletions: ended },
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

/** The key that an issue had before this event moved it to another project; null where it did not. */
function movedFrom(event: IssueEvent): string | null {
  return changeOf(event, 'key')?.from ?? null;
}

/** An issue that names no account is ignored; one that lost the label that named it has ended for its account. */
function withoutAccount(event: IssueEvent, settings: JiraSettings): Partial<Reading> {
  const { key } = event.issue;
  const before = changeOf(event, 'labels')?.from?.split(/\s+/) ?? [];
  if (accountOfIssue({ key, labels: before }, settings) !== null) return { deletions: [deletionOf(key, timeOf(event), 'No label names an account any more')] };
  return { ignored: [{ reason: 'NO_ACCOUNT', message: `Nothing names the account of ${key}. Give the issue a label such as ${settings.accountLabelPrefix}acme, or set the account of its project in the settings of this webhook.`, path: ['issue'] }] };
}
