import type { VendorApi } from '../outbound/vendor-api.ts';
import { classifyHubspot } from './classify.ts';
import { openHubspotClient } from './client.ts';
import { hubspotConnectionSettings, type HubspotConnectionSettings } from './connection-settings.ts';
import { hubspotCredentials, type HubspotCredentials } from './credentials.ts';
import { HubspotSession } from './session.ts';

/** HubSpot: companies, contacts and deals. */
export const hubspotApi: VendorApi<HubspotCredentials, HubspotConnectionSettings> = {
  source: 'hubspot',
  section: 'SALESFORCE',
  credentials: hubspotCredentials,
  settings: hubspotConnectionSettings,
  concurrency: { most: 4, waiting: 100 },
  classify: classifyHubspot,
  open: async (access) => new HubspotSession(await openHubspotClient(access), access.settings),
};
