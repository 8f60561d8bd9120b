import type { Connector } from '../connector.ts';
import { authenticateSlack } from './authenticate.ts';
import { readSlack } from './read.ts';
import { slackSettings } from './settings.ts';

/** Slack: messages in channels become threads and SE mentions. */
export const slack: Connector = {
  source: 'slack',
  secretMaker: 'VENDOR',
  settings: slackSettings,
  authenticate: authenticateSlack,
  handshake(body) {
    if (body === null || typeof body !== 'object' || !('type' in body) || body.type !== 'url_verification') return null;
    return { status: 200, contentType: 'text/plain; charset=utf-8', body: 'challenge' in body && typeof body.challenge === 'string' ? body.challenge : '' };
  },
  places: (settings) => Object.entries(slackSettings.parse(settings).channels).map(([value, account]) => ({ account, field: 'slackChannelId', value })),
  read: readSlack,
};
