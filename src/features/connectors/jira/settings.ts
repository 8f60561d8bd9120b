import { z } from 'zod';
import { reference } from '../vendor-settings.ts';

/** How issues are read, with the defaults of what is left out. */
export const jiraSettings = z.strictObject({
  /** A label that begins with it names an account: `account-acme`, or with a system `account-salesforce:001…`. */
  accountLabelPrefix: z.string('accountLabelPrefix must be a text').min(1, 'accountLabelPrefix must not be empty').max(50, 'accountLabelPrefix must have at most 50 characters').default('account-'),
  /** The system of accounts that a label names without one. */
  accountSystem: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, 'accountSystem must be lower-case letters, digits, _ or -').default('jira'),
  /** Accounts of labels that name none by themselves. */
  labels: z.record(z.string(), reference).default({}),
  /** Accounts of issues that have no such label, by the key of their project. */
  projects: z.record(z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'projects must be keyed by project keys such as ACME'), reference).default({}),
  /** What becomes of issues that neither a label nor `projects` gives to an account: an account of their project's own, `jira-project:<KEY>`, or nothing. */
  otherProjects: z.enum(['STUB', 'IGNORE'], 'otherProjects must be STUB or IGNORE').default('IGNORE'),
  /** Labels that say that an issue blocks the customer; case does not matter. */
  blockerLabels: z.array(z.string('blockerLabels must be texts')).max(50).default(['blocker']),
});
/** Settings of a Jira webhook. */
export type JiraSettings = z.output<typeof jiraSettings>;
