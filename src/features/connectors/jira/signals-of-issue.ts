import type { SignalStatement } from '../../signals/index.ts';
import { signalOf, type Change } from '../change-signals.ts';
import type { Reference } from '../vendor-settings.ts';
import { projectOf } from './account-of-issue.ts';
import { changeOf, type IssueEvent } from './issue-event.ts';
import type { JiraSettings } from './settings.ts';

/** What the signals of an event are about. */
interface About {
  readonly account: Reference;
  readonly settings: JiraSettings;
  readonly occurredAt: string;
}

/** The signals that follow from one event about an issue, whatever is known of the issue: so their order does not matter. */
export function signalsOfIssue(event: IssueEvent, { account, settings, occurredAt }: About): SignalStatement[] {
  const { issue: { id, key, fields }, changelog } = event;
  // The id of the delivery is not signed: a replayed delivery could carry another one.
  const name = event.webhookEvent === 'jira:issue_created' ? `issue/${id}/created` : `issue/${id}/${changelog?.id ?? occurredAt}`;
  return changesOf(event, settings).map((change) => signalOf(change, {
    account: { externalRef: account }, event: name, occurredAt, payload: { key, project: projectOf(key), priority: fields.priority?.name ?? null, status: fields.status?.name ?? null },
  }));
}

function changesOf(event: IssueEvent, { blockerLabels }: JiraSettings): Change[] {
  const blocks = (labels: readonly string[]): boolean => labels.some((label) => blockerLabels.some((blocker) => blocker.toLowerCase() === label.toLowerCase()));
  const { fields } = event.issue;
  if (event.webhookEvent === 'jira:issue_created') return [blocks(fields.labels ?? []) ? 'jiraBlockerOpened' : 'jiraTicketOpened'];
  const [labels, resolution, status] = [changeOf(event, 'labels'), changeOf(event, 'resolution'), changeOf(event, 'status')];
  const words = (text: string | null | undefined): string[] => text?.split(/\s+/) ?? [];
  const isDone = fields.status?.statusCategory?.key === 'done';
  const changes: Change[] = [];
  if (labels && blocks(words(labels.to)) && !blocks(words(labels.from))) changes.push('jiraBlockerOpened');
  if (resolution ? resolution.to !== null && resolution.to !== '' : status !== undefined && isDone) changes.push('jiraTicketResolved');
  if (resolution && (resolution.to === null || resolution.to === '')) changes.push('jiraTicketReopened');
  return changes;
}
