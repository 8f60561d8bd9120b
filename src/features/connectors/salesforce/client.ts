import { PassThrough } from 'node:stream';
import type { Connection } from '@jsforce/jsforce-node';
import { readJsonText } from '../../../platform/exact-json.ts';
import type { VendorAccess, VendorCall } from '../outbound/vendor-api.ts';
import { VendorFault } from '../outbound/vendor-fault.ts';
import type { SalesforceConnectionSettings, SalesforceCredentials } from './credentials.ts';
import { SalesforceRefusal } from './refusal.ts';
import { ownClient } from './changes/read-change.ts';
import { outboundFetch } from '../../../platform/outbound-http.ts';

/** The version of the API, pinned: the client's own default is of 2020. */
export const apiVersion = '62.0';

/** A request to Salesforce. */
export interface SalesforceRequest extends VendorCall {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** `/services/…`, or below the version: `/composite`. Never an address. */
  readonly path: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** The share of the daily requests, in percent, above which it is not made. */
  readonly quotaPercent?: number;
  /** Checks the answer within the call, so that what it throws is tried again, counted and noted as a refusal of the call. */
  readonly check?: (answer: unknown) => void;
}

/** Calls Salesforce. */
export interface SalesforceClient {
  /** The body of the answer, its numbers as they were received (`exactJson`); null where there is none. Throws `VendorFault`. */
  request(request: SalesforceRequest): Promise<unknown>;
}

type Access = VendorAccess<SalesforceCredentials, SalesforceConnectionSettings>;

/** Longest answer that is read: 2,000 records are below 10 MB. */
const mostBytes = 50_000_000;

/** Opens a client. It is loaded with the first one. */
export async function openSalesforceClient(access: Access): Promise<SalesforceClient> {
  const { default: jsforce } = await import('@jsforce/jsforce-node');
  const instanceUrl = access.baseUrl ?? access.credentials.instanceUrl;
  let connection: Connection | null = null;

  return {
    request: ({ method, path, body, headers = {}, quotaPercent, check, ...options }) =>
      access.call(options, async (signal) => {
        connection ??= new jsforce.Connection({ instanceUrl, version: apiVersion, propagators: ['none'], callOptions: { client: ownClient } });
        refuseAbove(connection, quotaPercent);
        // A connection of the client for each call: its token and its transport, which ends with the call, are its own.
        const own = Object.assign(Object.create(connection) as Connection, { accessToken: await access.accessToken(), _transport: transport(signal) });
        const answer: unknown = await own.request({ method, url: path, headers: { ...(body ? { 'content-type': 'application/json' } : {}), ...headers }, ...(body ? { body: JSON.stringify(body) } : {}) }, { responseType: 'text/plain', noContentResponse: '' });
        connection.limitInfo = own.limitInfo;
        const read = typeof answer === 'string' && answer !== '' ? readJsonText(answer) : null;
        check?.(read);
        return read;
      }),
  };
}

/** Throws if more of the daily requests is used than a call may use. */
function refuseAbove({ limitInfo }: Connection, percent: number | undefined): void {
  const { used, limit } = limitInfo.apiUsage ?? { used: 0, limit: 0 };
  if (percent === undefined || limit === 0 || used * 100 < limit * percent) return;
  // What is known is of the last answer: forgotten, so that the next try asks again.
  limitInfo.apiUsage = { used: 0, limit: 0 };
  throw new VendorFault('QUOTA_USED_UP', `The history waits: ${percent} percent of the daily API requests of Salesforce are used.`, { limitReason: 'share of daily requests', limitScope: 'OPERATION' });
}

/** As the client hands it to its transport. */
interface OutgoingRequest {
  readonly url: string;
  readonly method: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

/**
 * The client's own transport follows redirects with the credentials, repeats calls, cannot be aborted, and ends the process
 * when a body is cut. This one does none of that, and reads Retry-After, which the client's errors lack.
 */
function transport(signal: AbortSignal): object {
  return {
    httpRequest: ({ url, method, headers = {}, body }: OutgoingRequest) => Object.assign(send(url, { method, headers, ...(typeof body === 'string' ? { body } : {}), redirect: 'manual', signal }), { stream: () => new PassThrough() }),
  };
}

async function send(url: string, init: RequestInit): Promise<{ statusCode: number; headers: Record<string, string>; body: string }> {
  const response = await outboundFetch(url, init);
  const body = await response.text();
  if (body.length > mostBytes) throw new Error('the answer is too long');
  if (response.status >= 300) throw new SalesforceRefusal(response.status, parsed(body), response.headers.get('retry-after'));
  return { statusCode: response.status, headers: Object.fromEntries(response.headers), body };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
