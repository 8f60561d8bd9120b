import type { RecordInput } from '../../accounts/index.ts';
import { InvalidInput } from '../../../platform/errors.ts';
import { readEach } from '../read-items.ts';
import type { Reading } from '../reading.ts';
import { readInstant } from '../vendor-values.ts';
import { accountOfIssue, projectOf } from './account-of-issue.ts';
import type { JiraConnectionSettings } from './connection-settings.ts';
import { readIssue, type JiraIssue } from './issue-event.ts';
import { deletionOf, fieldNames, ticketOf } from './ticket.ts';

/** How issues that were fetched are read. */
export interface IssueReader {
  readonly settings: JiraConnectionSettings;
  /** The address of the site, where the addresses of issues do not have it. */
  readonly site: string | null;
  /** Whose the issues of a project are that no label and no setting gives to another account. */
  readonly ofProject?: { readonly key: string; readonly account: RecordInput['account'] } | undefined;
  /** What an issue means that names no account: nothing, or that the ticket it was has ended. */
  readonly unnamed: 'IGNORED' | 'ENDED';
}

/** Issues as searches return them, each as a webhook would state it: as of `fields.updated`. A malformed one is skipped and said. */
export function readIssues(issues: readonly unknown[], reader: IssueReader): Reading {
  return readEach(issues.map((item, index) => ({ item, path: ['issues', String(index)] })), (item, path) => readOne(readIssue(item, path), path, reader));
}

function readOne(issue: JiraIssue, path: readonly string[], { settings, site, ofProject, unnamed }: IssueReader): Partial<Reading> {
  const { key, fields } = issue;
  const occurredAt = readInstant(fields.updated, [...path, 'fields', 'updated']);
  if (occurredAt === null) throw new InvalidInput('updated must say when the issue was changed.', [...path, 'fields', 'updated']);
  const named = accountOfIssue({ key, labels: fields.labels ?? [] }, settings);
  const account = named ? { externalRef: named } : projectOf(key) === ofProject?.key ? ofProject.account : null;
  if (account) return { records: [{ plural: 'tickets', input: ticketOf(issue, { account, occurredAt, site }), path, names: { ...fieldNames, occurredAt: 'fields.updated' } }] };
  return unnamed === 'ENDED' ? { deletions: [{ ...deletionOf(key, occurredAt, 'No label names an account any more'), path }] } : {};
}
