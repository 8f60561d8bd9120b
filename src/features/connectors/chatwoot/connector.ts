import type { Connector } from '../connector.ts';
import { authenticateChatwoot, tokenOf } from './authenticate.ts';
import { readChatwoot } from './read.ts';
import { chatwootSettings } from './settings.ts';

/** Chatwoot: messages of contacts for agent sessions, and the contacts themselves. */
export const chatwoot: Connector = {
  source: 'chatwoot',
  secretMaker: 'TEXT',
  settings: chatwootSettings,
  pathQuery: (secret, settings) => (chatwootSettings.parse(settings ?? {}).unsigned ? `token=${tokenOf(secret)}` : undefined),
  authenticate: authenticateChatwoot,
  read: readChatwoot,
};
