import { z } from 'zod';
import { secretText } from '../outbound/choose-credentials.ts';

const text = (name: string, where: string) => secretText(`${name} must be a text without blanks and line breaks, which come from copying. ${where}`);
const tokenPage = 'Make an API token at id.atlassian.com → Security → API tokens.';
const console = 'Copy it from the settings of the app at developer.atlassian.com/console/myapps.';

const withToken = z.strictObject({
  /** The site: `acme.atlassian.net`. */
  site: z.string('site must be the address of the site, such as acme.atlassian.net.')
    .regex(/^(?:https:\/\/)?[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.atlassian\.net\/?$/i, 'site must be the address of the site, such as acme.atlassian.net.')
    .transform((given) => given.toLowerCase().replace(/^https:\/\//, '').replace(/\/$/, '')),
  /** Of the user whose token it is. Jira shows what this user may see. */
  email: z.email('email must be the address of the Atlassian account that the API token belongs to.'),
  apiToken: text('apiToken', tokenPage),
});

const withOAuth = z.strictObject({
  /** The id of the site: `GET https://api.atlassian.com/oauth/token/accessible-resources`. */
  cloudId: z.string().regex(/^[0-9a-f-]{20,64}$/i, 'cloudId must be the id of the site: open https://<site>.atlassian.net/_edge/tenant_info to see it.'),
  clientId: text('clientId', console),
  clientSecret: text('clientSecret', console),
  refreshToken: text('refreshToken', 'Authorize the app with the scopes read:jira-work, read:jira-user and offline_access.'),
});

/** What Jira Cloud is called with: an API token of a user, or OAuth 2.0 (3LO), whose refresh token changes with each use. */
export const jiraCredentials = z.union([withToken, withOAuth], 'Give site, email and apiToken, or cloudId, clientId, clientSecret and refreshToken.');
/** Credentials of Jira Cloud. */
export type JiraCredentials = z.output<typeof jiraCredentials>;
