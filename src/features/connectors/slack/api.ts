import type { VendorApi } from '../outbound/vendor-api.ts';
import { slackCredentials, type SlackCredentials } from './credentials.ts';
import { openSlack } from './session.ts';
import { slackSettings, type SlackSettings } from './settings.ts';
import { classifySlack } from './slack-fault.ts';

/** Slack: messages of channels are threads, and presences say whether sales engineers can be reached. */
export const slackApi: VendorApi<SlackCredentials, SlackSettings> = {
  source: 'slack',
  section: 'SLACK',
  credentials: slackCredentials,
  settings: slackSettings,
  concurrency: { most: 2, waiting: 20 },
  classify: classifySlack,
  open: openSlack,
};
