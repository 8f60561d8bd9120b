import type { VendorApi } from '../outbound/vendor-api.ts';
import { jiraConnectionSettings, type JiraConnectionSettings } from './connection-settings.ts';
import { jiraCredentials, type JiraCredentials } from './credentials.ts';
import { classifyJira } from './jira-fault.ts';
import { openJira } from './session.ts';

/** Jira Cloud: issues are tickets. */
export const jiraApi: VendorApi<JiraCredentials, JiraConnectionSettings> = {
  source: 'jira',
  section: 'JIRA',
  credentials: jiraCredentials,
  settings: jiraConnectionSettings,
  // A site answers about ten calls of one user at once before it limits them.
  concurrency: { most: 4, waiting: 20 },
  classify: classifyJira,
  open: openJira,
};
