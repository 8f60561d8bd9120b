import type { Connector } from '../connector.ts';
import { authenticateJira } from './authenticate.ts';
import { readJira } from './read.ts';
import { jiraSettings } from './settings.ts';

/** Jira Cloud: events about issues become tickets. */
export const jira: Connector = {
  source: 'jira',
  secretMaker: 'TEXT',
  settings: jiraSettings,
  authenticate: authenticateJira,
  places: (settings) => Object.entries(jiraSettings.parse(settings).projects).map(([value, account]) => ({ account, field: 'jiraProjectKey', value })),
  read: readJira,
};
