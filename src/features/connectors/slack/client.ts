import type { z } from 'zod';
import type { VendorAccess } from '../outbound/vendor-api.ts';
import { VendorFault } from '../outbound/vendor-fault.ts';
import type { SlackCredentials } from './credentials.ts';
import type { SlackSettings } from './settings.ts';
import { outboundFetch } from '../../../platform/outbound-http.ts';

/** What Slack is reached with. */
export type SlackAccess = VendorAccess<SlackCredentials, SlackSettings>;

/** An answer, and when Slack gave it by its own clock; null where it does not say. */
export interface SlackAnswer<Answer> {
  readonly answer: Answer;
  readonly answeredAt: string | null;
}

/** Calls a method of the Web API. Throws `VendorFault`, also for an answer that the schema does not read. Every call reads only, so that it may be made again. */
export type CallSlack = <Answer>(method: string, options: { readonly schema: z.ZodType<Answer>; readonly args?: Readonly<Record<string, unknown>> }) => Promise<SlackAnswer<Answer>>;

/** Loads the vendor's client, and returns how its methods are called. */
export async function openSlackClient(access: SlackAccess): Promise<CallSlack> {
  const { WebClient, LogLevel } = await import('@slack/web-api');
  const { baseUrl } = access;
  const nothing = (): void => undefined;
  const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing, setLevel: nothing, setName: nothing, getLevel: () => LogLevel.ERROR };

  const ask = async (method: string, args: Readonly<Record<string, unknown>>, { token, signal }: { readonly token: string; readonly signal: AbortSignal }): Promise<SlackAnswer<unknown>> => {
    let answeredAt: string | null = null;
    // A client of its own for each call: one has a single token, and no way to abort a call.
    const client = new WebClient(token, {
      slackApiUrl: `${baseUrl ?? 'https://slack.com'}/api/`, allowAbsoluteUrls: false, retryConfig: { retries: 0 }, rejectRateLimitedCalls: true, logger,
      async fetch(url, init) {
        const response = await outboundFetch(url, { ...init, redirect: 'manual', signal });
        answeredAt = instantOf(response.headers.get('date'));
        return response;
      },
    });
    const answer = await client.apiCall(method, { ...args });
    return { answer, answeredAt };
  };

  return async (method, { schema, args = {} }) => {
    const { answer, answeredAt } = await access.call({ operation: method, isIdempotent: true }, async (signal) => ask(method, args, { token: await access.accessToken(), signal }));
    const read = schema.safeParse(answer);
    if (!read.success) throw new VendorFault('UNREADABLE', `The answer of Slack to ${method} has another shape than Slack documents.`);
    return { answer: read.data, answeredAt };
  };
}

function instantOf(date: string | null): string | null {
  const at = Date.parse(date ?? '');
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}
