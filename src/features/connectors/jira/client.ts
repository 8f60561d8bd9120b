import type * as cloud from 'jira.js/cloud';
import type { Client } from 'jira.js/core';
import type { VendorAccess } from '../outbound/vendor-api.ts';
import { VendorFault } from '../outbound/vendor-fault.ts';
import type { JiraConnectionSettings } from './connection-settings.ts';
import type { JiraCredentials } from './credentials.ts';
import { refusalOf } from './jira-fault.ts';
import { outboundFetch } from '../../../platform/outbound-http.ts';

/** What Jira is reached with. */
export type JiraAccess = VendorAccess<JiraCredentials, JiraConnectionSettings>;
/** The vendor's client: its endpoints as functions. */
export type JiraEndpoints = typeof cloud;

/** Where API calls go: the site itself, or for OAuth the gateway. */
function rootOf({ credentials, baseUrl }: JiraAccess): string {
  return 'site' in credentials ? (baseUrl ?? `https://${credentials.site}`) : `${baseUrl ?? 'https://api.atlassian.com'}/ex/jira/${credentials.cloudId}`;
}

const basic = ({ email, apiToken }: { readonly email: string; readonly apiToken: string }): string => `Basic ${Buffer.from(`${email}:${apiToken}`).toString('base64')}`;

/**
 * What the vendor's endpoints send their requests through. Their own transport cannot be aborted, follows redirects and
 * drops the headers that say which limit was reached.
 */
function transportOf(access: JiraAccess, authorization: string, signal: AbortSignal): Client {
  const root = rootOf(access);
  return {
    async sendRequest({ url, method = 'GET', body }) {
      const headers = { accept: 'application/json', authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
      const response = await outboundFetch(`${root}${url}`, { method, headers, redirect: 'manual', signal, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
      const refusal = refusalOf(response);
      if (refusal) {
        await response.body?.cancel();
        throw refusal;
      }
      // Each reader checks what it needs; the vendor's schema would warn on the console.
      return JSON.parse(await response.text());
    },
  };
}

/** Calls an endpoint of Jira. */
export type CallJira = (operation: string, body: (endpoints: JiraEndpoints, client: Client) => Promise<unknown>) => Promise<unknown>;

/** Loads the vendor's client, and returns how its endpoints are called. Every call reads only, so that it may be made again. */
export async function openJiraClient(access: JiraAccess): Promise<CallJira> {
  const endpoints = await import('jira.js/cloud');
  const { credentials } = access;
  return (operation, body) => access.call({ operation, isIdempotent: true }, async (signal) => {
    const authorization = 'site' in credentials ? basic(credentials) : `Bearer ${await access.accessToken()}`;
    return body(endpoints, transportOf(access, authorization, signal));
  });
}

/** An answer by its schema. Throws `VendorFault` for one of another shape. */
export function readAnswer<Answer>(schema: { safeParse(value: unknown): { readonly success: true; readonly data: Answer } | { readonly success: false } }, value: unknown): Answer {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  throw new VendorFault('UNREADABLE', 'The answer of Jira has another shape than Jira documents.');
}
