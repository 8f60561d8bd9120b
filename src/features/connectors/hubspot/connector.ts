import type { Connector } from '../connector.ts';
import { authenticateHubspot } from './authenticate.ts';
import { readHubspot } from './read.ts';
import { hubspotSettings } from './settings.ts';

/** HubSpot: events about companies, contacts and deals. */
export const hubspot: Connector = {
  source: 'hubspot',
  secretMaker: 'VENDOR',
  settings: hubspotSettings,
  authenticate: authenticateHubspot,
  read: readHubspot,
};
