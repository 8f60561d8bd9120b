import { z } from 'zod';
import { secretText } from '../outbound/choose-credentials.ts';

const text = (name: string, where: string) => secretText(`${name} must be a text without blanks and line breaks, which come from copying. ${where}`);
const basics = 'Copy it from Basic Information → App Credentials of the app at api.slack.com/apps.';
const tokenPage = 'Copy the Bot User OAuth Token from OAuth & Permissions of the app at api.slack.com/apps; it begins with xoxb-.';

const withToken = z.strictObject({ botToken: text('botToken', tokenPage).regex(/^xoxb-/, `botToken must be a bot token. ${tokenPage}`) });

const withOAuth = z.strictObject({
  clientId: text('clientId', basics),
  clientSecret: text('clientSecret', basics),
  refreshToken: text('refreshToken', 'Token rotation must be on for the app. The answer of oauth.v2.access has the refresh token; it begins with xoxe-.'),
});

/** What Slack is called with: a bot token, or OAuth with token rotation, whose refresh token changes with each use. */
export const slackCredentials = z.union([withToken, withOAuth], 'Give botToken, or clientId, clientSecret and refreshToken.');
/** Credentials of Slack. */
export type SlackCredentials = z.output<typeof slackCredentials>;
