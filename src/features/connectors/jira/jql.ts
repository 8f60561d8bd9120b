import { spellingsOf } from '../../accounts/index.ts';
import type { AccountPlaces } from '../outbound/vendor-api.ts';
import { isNamed, type Reference } from '../vendor-settings.ts';
import type { JiraConnectionSettings } from './connection-settings.ts';

const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, '\\$&')}"`;
const listed = (field: string, values: readonly string[]): string[] => (values.length === 0 ? [] : [`${field} in (${values.map(quoted).join(', ')})`]);
const longestLabel = 255;
const isLabel = (text: string): boolean => text.length <= longestLabel && !/\s/.test(text);

const isKey = (text: string): boolean => /^[A-Za-z][A-Za-z0-9_]*$/.test(text);

/** The project of an account that its statements name; null where it is no project key. */
export function projectOfAccount({ jiraProjectKey }: AccountPlaces): string | null {
  const key = jiraProjectKey?.trim() ?? '';
  return isKey(key) ? key.toUpperCase() : null;
}

/** Projects whose key is a name of the account: `jira-project:ACME`. */
const projectsNamed = ({ externalRefs }: AccountPlaces): string[] => externalRefs.filter(({ system, id }) => system === 'jira-project' && isKey(id)).map(({ id }) => id.toUpperCase());

/** Labels that name an account by one of its references. */
function labelsOf(reference: Reference, { accountLabelPrefix, accountSystem }: JiraConnectionSettings): string[] {
  return spellingsOf(reference).flatMap((id) => [`${accountLabelPrefix}${reference.system}:${id}`, ...(reference.system === accountSystem ? [`${accountLabelPrefix}${id}`] : [])]);
}

/** How many days back an issue that is done is still read again. */
const doneFor = 90;

/** The issues of an account: open ones, and those that changed lately; the latest change first. Null where nothing in Jira could name it. */
export function jqlOfAccount(places: AccountPlaces, settings: JiraConnectionSettings): string | null {
  const mapped = (accounts: Readonly<Record<string, Reference>>): string[] => Object.entries(accounts).filter(([, reference]) => isNamed(reference, places.externalRefs)).map(([name]) => name);
  const project = projectOfAccount(places);
  const projects = new Set([...mapped(settings.projects), ...(project === null ? [] : [project]), ...projectsNamed(places)]);
  const labels = new Set([...mapped(settings.labels), ...places.externalRefs.flatMap((reference) => labelsOf(reference, settings))].filter(isLabel));
  const named = [...listed('project', [...projects].toSorted()), ...listed('labels', [...labels].toSorted())];
  return named.length === 0 ? null : `(${named.join(' OR ')}) AND (statusCategory != Done OR updated >= -${doneFor}d)${also(settings)} ORDER BY updated DESC, key ASC`;
}

/** Every issue that changed since a day, the earliest change first. JQL has no seconds, and takes times in the time zone of the user. */
export function jqlOfHistory(since: string, settings: JiraConnectionSettings): string {
  return `updated >= ${quoted(since)}${also(settings)}`;
}

const also = ({ jql }: JiraConnectionSettings): string => (jql.trim() === '' ? '' : ` AND (${jql.trim()})`);
