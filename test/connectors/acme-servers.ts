import { sampleDocument, sampleInstant } from '../context/sample.ts';
import { startAcmeNotion } from './acme-notion.ts';
import type { NewConnection } from './connect-vendor.ts';
import { acmeIssueOptions, acmeMessages, acmeRecords, acmeSettings } from './payloads/acme.ts';
import { startHubspotServer } from './vendors/hubspot-server.ts';
import { servedIssue, startJiraServer } from './vendors/jira-server.ts';
import { startSalesforceServer, type SalesforceRecord } from './vendors/salesforce-server.ts';
import { servedMessage, startSlackServer } from './vendors/slack-server.ts';
import type { VendorServer } from './vendors/vendor-server.ts';

/** A local vendor that has the sample's part, and how it is connected. */
export interface AcmeVendor {
  readonly server: VendorServer;
  readonly connection: NewConnection;
}

/** The system that knows the sample's account by an id. */
export type Crm = 'salesforce' | 'hubspot';
/** Ids as the systems make them. */
export const acmeIds = { salesforce: { account: '001Hs00002acmeEIAQ', deal: '006Hs00002acmeFIAQ' }, hubspot: { account: '7', deal: '9000' } } as const;

/** Starts each vendor with its part of the sample. */
export async function startAcmeVendors(crm: Crm): Promise<readonly AcmeVendor[]> {
  const account = { system: crm, id: acmeIds[crm].account };
  return Promise.all([crm === 'salesforce' ? salesforce() : hubspot(), jira(account), slack(account), notion(account)]);
}

async function salesforce(): Promise<AcmeVendor> {
  const { account, deal } = acmeIds.salesforce;
  type Sent = SalesforceRecord & { readonly attributes: { readonly type: string } };
  const sent = JSON.parse(JSON.stringify(acmeRecords).replaceAll('acme_corp_12345', account).replaceAll('opp_789xyz', deal)) as readonly Sent[];
  const server = await startSalesforceServer(Object.fromEntries(Map.groupBy(sent, ({ attributes }) => attributes.type)));
  // An organization of one currency has no field for it.
  Object.assign(server.hidden, { Account: ['CurrencyIsoCode'], Opportunity: ['CurrencyIsoCode'] });
  return { server, connection: { source: 'salesforce', credentials: { instanceUrl: 'https://acme.my.salesforce.com', clientId: 'consumer-key', clientSecret: 'consumer-secret' }, settings: acmeSettings.salesforce } };
}

async function hubspot(): Promise<AcmeVendor> {
  const { account: id, deal } = acmeIds.hubspot;
  const { account_name: name, industry, employee_count: employees, website: domain, opportunity, contacts } = sampleDocument.salesforce;
  const server = await startHubspotServer();
  const { account } = server;
  account.companies.set(id, { id, properties: { name, domain, industry, numberofemployees: String(employees), hubspot_owner_id: '5', hs_lastmodifieddate: '2024-12-01T09:00:00.000Z' } });
  account.deals.set(deal, {
    id: deal, companies: [id],
    properties: { dealname: opportunity.name, dealstage: 'presentationscheduled', amount: String(opportunity.amount), deal_currency_code: 'USD', closedate: `${opportunity.close_date}T00:00:00.000Z`, hs_deal_stage_probability: '0.4', hs_next_step: opportunity.next_step, hs_lastmodifieddate: '2024-12-09T17:00:00.000Z' },
    history: { dealstage: [{ value: 'presentationscheduled', timestamp: '2024-11-28T09:00:00.000Z' }] },
  });
  for (const [index, { name: whole, title, email, role }] of contacts.entries()) {
    const [firstname = '', lastname = ''] = whole.split(' ');
    account.contacts.set(String(501 + index), { id: String(501 + index), companies: [id], properties: { firstname, lastname, email, jobtitle: title, hs_buying_role: role.toUpperCase().replace(' ', '_'), lastmodifieddate: `2024-12-02T09:0${9 - index}:00.000Z` } });
  }
  return { server, connection: { source: 'hubspot', credentials: { accessToken: 'pat-na1-token' } } };
}

async function jira(account: object): Promise<AcmeVendor> {
  const server = await startJiraServer();
  server.issues.push(...acmeIssueOptions.map(servedIssue));
  Object.assign(server.site, { now: sampleInstant, authorization: `Basic ${Buffer.from('a@example.com:token').toString('base64')}` });
  return { server, connection: { source: 'jira', credentials: { site: 'acme.atlassian.net', email: 'a@example.com', apiToken: 'token' }, settings: { projects: { ACME: account } } } };
}

async function slack(account: object): Promise<AcmeVendor> {
  const server = await startSlackServer();
  server.channels.set('C0ACMEDEAL', acmeMessages.map(servedMessage));
  server.users.set('U0JOHN', { real_name: 'John Park', updated: 1_700_000_000, presence: 'active' });
  Object.assign(server.workspace, { token: 'xoxb-1', date: sampleInstant });
  return { server, connection: { source: 'slack', credentials: { botToken: 'xoxb-1' }, settings: { ...acmeSettings.slack, channels: { C0ACMEDEAL: account } } } };
}

async function notion({ system, id }: { readonly system: string; readonly id: string }): Promise<AcmeVendor> {
  return { server: await startAcmeNotion(id), connection: { source: 'notion', credentials: { token: 'ntn_token' }, settings: { accountSystem: system } } };
}
