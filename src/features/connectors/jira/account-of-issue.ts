import type { Reference } from '../vendor-settings.ts';
import type { JiraSettings } from './settings.ts';

/**
 * The account that an issue is about: by a label, else by its project; null where nothing names one, unless each project is an account of its own. Of several labels the
 * first by code units decides, so that their order does not.
 */
export function accountOfIssue({ key, labels }: { readonly key: string; readonly labels: readonly string[] }, settings: JiraSettings): Reference | null {
  const named = labels.toSorted((one, other) => (one < other ? -1 : 1)).map((label) => accountOfLabel(label, settings)).find((account) => account !== null);
  const project = projectOf(key);
  const mapped = Object.hasOwn(settings.projects, project) ? settings.projects[project] : undefined;
  return named ?? mapped ?? (settings.otherProjects === 'STUB' ? { system: 'jira-project', id: project } : null);
}

/** The key of the project that an issue belongs to. */
export const projectOf = (key: string): string => key.slice(0, key.lastIndexOf('-')).toUpperCase();

function accountOfLabel(label: string, { labels, accountLabelPrefix, accountSystem }: JiraSettings): Reference | null {
  const mapped = Object.hasOwn(labels, label) ? labels[label] : undefined;
  if (mapped) return mapped;
  if (!label.startsWith(accountLabelPrefix)) return null;
  const name = label.slice(accountLabelPrefix.length);
  const [, system = accountSystem, id = ''] = /^(?:([a-z0-9][a-z0-9_-]{0,63}):)?(.*)$/.exec(name) ?? [];
  return id === '' ? null : { system, id };
}
