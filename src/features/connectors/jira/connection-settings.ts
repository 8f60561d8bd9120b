import { z } from 'zod';
import { jiraSettings } from './settings.ts';

/** How a connection reads issues: as a webhook does, and which issues at all. */
export const jiraConnectionSettings = jiraSettings.extend({
  /** A JQL condition that every issue which is read must meet: `project in (SUP, ACME)`. Back-fill reads all issues without it. */
  jql: z.string('jql must be a text').max(2_000, 'jql must have at most 2000 characters').refine((jql) => !/\border\s+by\b/i.test(jql), 'jql must be a condition without ORDER BY').default(''),
});
/** Settings of a connection to Jira. */
export type JiraConnectionSettings = z.output<typeof jiraConnectionSettings>;
