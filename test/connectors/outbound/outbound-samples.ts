import type { AccountPlaces, VendorObject } from '../../../src/features/connectors/index.ts';
import { served, startChatwootServer } from '../vendors/chatwoot-server.ts';
import { limitReached, startHubspotServer } from '../vendors/hubspot-server.ts';
import { faults, property, rateLimited, startNotionServer } from '../vendors/notion-server.ts';
import { message } from '../payloads/slack.ts';
import { servedIssue, startJiraServer } from '../vendors/jira-server.ts';
import { salesforceError, startSalesforceServer, type SalesforceRecord } from '../vendors/salesforce-server.ts';
import { servedMessage, startSlackServer } from '../vendors/slack-server.ts';
import type { VendorAnswer, VendorServer } from '../vendors/vendor-server.ts';

/** A vendor under the contract: a local server with something in it, and how the vendor says what goes wrong. */
export interface OutboundSample {
  readonly server: VendorServer;
  readonly credentials: object;
  readonly settings?: object;
  /** What OAuth gave; without it the token in the credentials. */
  readonly token?: string;
  /** Texts that must appear in no error and no log. */
  readonly secrets: readonly string[];
  /** An account that the vendor knows. */
  readonly account: AccountPlaces;
  /** An object of it. */
  readonly object: VendorObject;
  /** How many objects the history has, over more than one page. */
  readonly history: number;
  readonly unauthorized: VendorAnswer;
  /** Too many calls, with the given Retry-After in seconds. */
  limited(seconds: number): VendorAnswer;
  /** A success of a shape that the vendor does not document. */
  readonly drift: VendorAnswer;
}

/** An account with nothing known of it but what is given. */
export const noPlaces: AccountPlaces = { account: { id: 'account-1' }, externalRefs: [], jiraProjectKey: null, slackChannelId: null, notionPageId: null };

/** Each vendor that can be called, by its source. */
export const outboundSamples: Readonly<Record<string, () => Promise<OutboundSample>>> = {
  async salesforce() {
    const id = (prefix: string, number: number): string => `${prefix}${String(number).padStart(12, '0')}`;
    const SystemModstamp = '2026-11-20T08:00:00.000+0000';
    const contacts = Array.from({ length: 1_200 }, (_, index): SalesforceRecord => ({ Id: id('003', index), SystemModstamp, AccountId: id('001', 1), Name: `Contact ${index}` }));
    const server = await startSalesforceServer({ Account: [{ Id: id('001', 1), SystemModstamp, Name: 'Acme' }], Contact: contacts });
    return {
      server,
      credentials: { instanceUrl: 'https://aurora.my.salesforce.com', clientId: 'consumer-key', clientSecret: 'consumer-secret' },
      token: server.token,
      secrets: [server.token, 'consumer-secret'],
      account: { ...noPlaces, externalRefs: [{ system: 'salesforce', id: id('001', 1) }] },
      object: { kind: 'Account', externalId: id('001', 1) },
      history: 1_201,
      unauthorized: salesforceError(401, 'INVALID_SESSION_ID', 'Session expired or invalid: session-of-salesforce'),
      limited: (seconds) => ({ status: 429, headers: { 'retry-after': String(seconds) }, body: [{ errorCode: 'TOO_MANY_REQUESTS', message: 'slow down' }] }),
      drift: { body: { rows: 'session-of-salesforce' } },
    };
  },
  async notion() {
    const id = (number: number): string => `153104cd-477e-809d-8dc4-${String(number).padStart(12, '0')}`;
    const server = await startNotionServer();
    server.most = 2;
    server.sources.set(id(901), { id: id(901), databaseId: id(801), title: 'Accounts', types: { Name: 'title', 'Account ID': 'rich_text' } });
    for (const number of [1, 2, 3, 4, 5]) server.pages.set(id(number), { id: id(number), source: id(901), properties: { Name: property.title(`Account ${number}`), 'Account ID': property.text(`A-${number}`) }, created: '2026-11-19T08:00:00.000Z', edited: `2026-11-20T08:0${number}:00.000Z` });
    return {
      server,
      credentials: { token: 'ntn_token' },
      secrets: ['ntn_token'],
      account: { ...noPlaces, notionPageId: id(1) },
      object: { kind: 'page', externalId: id(1) },
      history: 5,
      unauthorized: faults.unauthorized,
      limited: (seconds) => rateLimited('workspace', { 'retry-after': String(seconds) }),
      drift: { body: { rows: 'ntn_token' } },
    };
  },
  async hubspot() {
    const server = await startHubspotServer();
    const hs_lastmodifieddate = '2026-11-20T08:00:00.000Z';
    server.account.companies.set('7', { id: '7', properties: { name: 'Acme', domain: 'acme.example', hs_lastmodifieddate } });
    for (let number = 1; number <= 150; number += 1) server.account.contacts.set(String(1_000 + number), { id: String(1_000 + number), properties: { firstname: 'Ada', lastname: `Lovelace ${number}`, lastmodifieddate: new Date(Date.parse(hs_lastmodifieddate) + number * 1_000).toISOString() }, companies: ['7'] });
    server.account.deals.set('9000', { id: '9000', properties: { dealname: 'Renewal', dealstage: 'contractsent', hs_lastmodifieddate }, companies: ['7'] });
    return {
      server,
      credentials: { accessToken: 'pat-na1-token' },
      secrets: ['pat-na1-token'],
      account: { ...noPlaces, externalRefs: [{ system: 'hubspot', id: '7' }] },
      object: { kind: 'company', externalId: '7' },
      history: 152,
      unauthorized: { status: 401, body: { status: 'error', message: 'pat-na1-token expired', category: 'EXPIRED_AUTHENTICATION' } },
      limited: (seconds) => limitReached('SECONDLY', { 'retry-after': String(seconds) }),
      drift: { body: { rows: 'pat-na1-token' } },
    };
  },
  async jira() {
    const server = await startJiraServer();
    server.site.authorization = `Basic ${Buffer.from('connector@example.com:token-of-jira').toString('base64')}`;
    server.issues.push(...Array.from({ length: 120 }, (_, number) => servedIssue({ key: `ACME-${number + 1}`, at: new Date(Date.UTC(2026, 10, 20, 8, number)).toISOString() })));
    return {
      server,
      credentials: { site: 'acme.atlassian.net', email: 'connector@example.com', apiToken: 'token-of-jira' },
      secrets: ['token-of-jira', server.site.authorization],
      account: { ...noPlaces, externalRefs: [{ system: 'jira', id: 'acme' }] },
      object: { kind: 'issue', externalId: 'ACME-7' },
      history: 120,
      unauthorized: { status: 401, body: { message: 'Client must be authenticated to access this resource.', token: 'token-of-jira' } },
      limited: (seconds) => ({ status: 429, headers: { 'retry-after': String(seconds), 'ratelimit-reason': 'jira-burst-based' }, body: { errorMessages: ['Rate limit exceeded'] } }),
      drift: { body: { user: 'token-of-jira' } },
    };
  },
  async slack() {
    const server = await startSlackServer();
    Object.assign(server.workspace, { token: 'xoxb-token-of-slack', pageSize: 15 });
    server.users.set('U0SE', { real_name: 'John Park', updated: 1_700_000_000, presence: 'active' });
    server.channels.set('C024BE91L', Array.from({ length: 40 }, (_, number) => servedMessage(message(number * 10))));
    return {
      server,
      credentials: { botToken: 'xoxb-token-of-slack' },
      settings: { channels: { C024BE91L: { system: 'crm', id: 'acme' } }, salesEngineers: { U0SE: 'John Park' }, people: { U2147483697: 'Priya Shah' } },
      secrets: ['xoxb-token-of-slack'],
      account: { ...noPlaces, externalRefs: [{ system: 'crm', id: 'acme' }] },
      object: { kind: 'presence', externalId: 'C024BE91L/U0SE' },
      history: 40,
      unauthorized: { body: { ok: false, error: 'invalid_auth', token: 'xoxb-token-of-slack' } },
      limited: (seconds) => ({ status: 429, headers: { 'retry-after': String(seconds) }, body: { ok: false, error: 'ratelimited' } }),
      drift: { body: { ok: true, workspace: 'xoxb-token-of-slack' } },
    };
  },
  async chatwoot() {
    const server = await startChatwootServer();
    for (let id = 1; id <= 40; id += 1) server.contacts.set(String(id), served(id));
    return {
      server,
      credentials: { accountId: 1, accessToken: 'chatwoot-token' },
      secrets: ['chatwoot-token'],
      account: { ...noPlaces, externalRefs: [{ system: 'chatwoot', id: '74274/7' }] },
      object: { kind: 'contact', externalId: '7' },
      history: 40,
      unauthorized: { status: 401, body: { error: 'Invalid Access Token', token: 'chatwoot-token' } },
      limited: (seconds) => ({ status: 429, headers: { 'retry-after': String(seconds) }, body: { error: 'Retry later' } }),
      drift: { body: { account: 'chatwoot-token' } },
    };
  },
};
