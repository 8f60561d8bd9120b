import type { AccountPlaces, VendorObject } from '../../../src/features/connectors/index.ts';
import { salesforceError, startSalesforceServer, type SalesforceRecord } from '../vendors/salesforce-server.ts';
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
};
