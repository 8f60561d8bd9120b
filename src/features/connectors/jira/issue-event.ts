import { z } from 'zod';
import { InvalidInput } from '../../../platform/errors.ts';

const text = z.string('must be a text');
const named = z.looseObject({ name: text });
const item = z.looseObject({ field: text, fromString: text.nullish() });

const issue = z.looseObject({
  id: text.min(1, 'must not be empty').max(64, 'must have at most 64 characters'),
  key: text.regex(/^[A-Za-z][A-Za-z0-9_]{0,99}-\d{1,18}$/, 'must be the key of an issue such as ACME-1'),
  self: text.nullish(),
  fields: z.looseObject({
    summary: text.nullish(),
    status: z.looseObject({ name: text, statusCategory: z.looseObject({ key: text }).nullish() }).nullish(),
    priority: named.nullish(),
    labels: z.array(text, 'must be a list').nullish(),
    assignee: z.looseObject({ displayName: text }).nullish(),
    created: text.nullish(),
    updated: text.nullish(),
    resolutiondate: text.nullish(),
    resolution: named.nullish(),
  }, 'must be an object'),
}, 'must be an object');
/** An issue, as events and searches show it. */
export type JiraIssue = z.output<typeof issue>;

/** An event about an issue in the shape that Jira documents. Fields beyond these vary by site and are not looked at. */
const issueEvent = z.looseObject({
  webhookEvent: text,
  timestamp: z.number('must be milliseconds since 1970').nullish(),
  issue,
  changelog: z.looseObject({ id: z.union([text, z.number()]).nullish(), items: z.array(item, 'must be a list') }).nullish(),
});
/** An event about an issue. */
export type IssueEvent = z.output<typeof issueEvent>;

/** Reads an event about an issue. Throws `InvalidInput` with the place of the fault. */
export function readIssueEvent(body: unknown): IssueEvent {
  const read = issueEvent.safeParse(body);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const path = issue?.path.map(String) ?? [];
  throw new InvalidInput(`${path.length === 0 ? 'The body' : path.join('.')} ${issue?.message ?? 'cannot be read'}. The body must be an event of Jira Cloud about an issue: {"webhookEvent": "jira:issue_updated", "timestamp": …, "issue": {…}}.`, path);
}

/** Reads an issue that a search returned. Throws `InvalidInput` with the place of the fault. */
export function readIssue(value: unknown, path: readonly string[]): JiraIssue {
  const read = issue.safeParse(value);
  if (read.success) return read.data;
  const [fault] = read.error.issues;
  const place = [...path, ...(fault?.path.map(String) ?? [])];
  throw new InvalidInput(`${place.join('.')} ${fault?.message ?? 'cannot be read'}.`, place);
}

/** The change of a field; undefined where the event does not have it. `to` is null where the field has no value after it. */
export function changeOf({ changelog }: IssueEvent, field: string): { readonly from: string | null; readonly to: string | null } | undefined {
  const change = changelog?.items.find((each) => each.field.toLowerCase() === field);
  if (!change) return undefined;
  // Its name is that of a method which every object has.
  const to: unknown = Object.hasOwn(change, 'toString') ? (change as Readonly<Record<string, unknown>>)['toString'] : null;
  return { from: change.fromString ?? null, to: typeof to === 'string' ? to : null };
}
