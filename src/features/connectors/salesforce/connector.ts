import type { Connector } from '../connector.ts';
import { authenticateSalesforce, tokenOf } from './authenticate.ts';
import { acknowledgement, OutboundMessage, readOutboundMessage } from './outbound-message.ts';
import { readSalesforce } from './read.ts';
import { salesforceSettings } from './settings.ts';

/** Salesforce: callouts of Flows and Apex code with JSON, and SOAP outbound messages. */
export const salesforce: Connector = {
  source: 'salesforce',
  secretMaker: 'OURS',
  settings: salesforceSettings,
  pathQuery: (secret) => `token=${tokenOf(secret)}`,
  authenticate: authenticateSalesforce,
  parse: ({ header, body }) => (/^(?:text|application)\/(?:soap\+)?xml\b/i.test(header('content-type') ?? '') ? readOutboundMessage(body) : undefined),
  read: readSalesforce,
  acknowledge: (body) => (body instanceof OutboundMessage ? { status: 200, contentType: 'text/xml; charset=utf-8', body: acknowledgement } : null),
};
