import type { Connector } from '../connector.ts';
import { signedWebhook } from '../signed-webhook.ts';
import { readSalesforce } from './read.ts';

/** Salesforce: callouts of Flows and Apex code, signed with our scheme. */
export const salesforce: Connector = {
  source: 'salesforce',
  secretMaker: 'OURS',
  settings: null,
  authenticate: signedWebhook,
  read: readSalesforce,
};
