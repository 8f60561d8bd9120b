import { readJsonText } from '../../../platform/exact-json.ts';
import { faultOfError, faultOfStatus } from '../outbound/general-fault.ts';
import type { VendorAccess } from '../outbound/vendor-api.ts';
import { VendorFault } from '../outbound/vendor-fault.ts';
import type { ChatwootConnectionSettings } from './connection-settings.ts';
import type { ChatwootCredentials } from './credentials.ts';
import { outboundFetch } from '../../../platform/outbound-http.ts';

const publicAddress = 'https://app.chatwoot.com';

/** What Chatwoot is reached with. */
export type ChatwootAccess = VendorAccess<ChatwootCredentials, ChatwootConnectionSettings>;

/** Chatwoot answered with another status than success. Nothing of its body is kept. */
export class ChatwootRefusal extends Error {
  readonly status: number;
  readonly retryAfter: string | null;

  constructor({ status, headers }: Pick<Response, 'status' | 'headers'>) {
    super(`Chatwoot answered with status ${status}`);
    this.name = 'ChatwootRefusal';
    this.status = status;
    this.retryAfter = headers.get('retry-after');
  }
}

/** A call of Chatwoot's API. */
export interface ChatwootCall {
  /** For metrics and rate limits. */
  readonly operation: string;
  /** After `/api/v1/accounts/<account>`: `/contacts/7`. */
  readonly path: string;
  /** Sent with PUT; without it the call is a GET. */
  readonly change?: object;
}

/** Makes a call and returns its answer; `exactJson` has the numbers as they are written. Every call may be made again: a PUT states what it states twice. */
export type CallChatwoot = (call: ChatwootCall) => Promise<unknown>;

/** Returns how Chatwoot's API is called. */
export function openChatwootClient(access: ChatwootAccess): CallChatwoot {
  const root = `${access.baseUrl ?? publicAddress}/api/v1/accounts/${access.credentials.accountId}`;
  return ({ operation, path, change }) => access.call({ operation, isIdempotent: true }, async (signal) => {
    const headers = { accept: 'application/json', api_access_token: await access.accessToken(), ...(change === undefined ? {} : { 'content-type': 'application/json' }) };
    const response = await outboundFetch(`${root}${path}`, { method: change === undefined ? 'GET' : 'PUT', headers, redirect: 'manual', signal, ...(change === undefined ? {} : { body: JSON.stringify(change) }) });
    if (!response.ok) {
      await response.body?.cancel();
      throw new ChatwootRefusal(response);
    }
    return readJsonText(await response.text());
  });
}

/** An answer by its schema. Throws `VendorFault` for one of another shape. */
export function readAnswer<Answer>(schema: { safeParse(value: unknown): { readonly success: true; readonly data: Answer } | { readonly success: false } }, value: unknown): Answer {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  throw new VendorFault('UNREADABLE', 'The answer of Chatwoot has another shape than Chatwoot documents.');
}

/** The fault of what a call to Chatwoot threw. */
export function classifyChatwoot(error: unknown, now: Date): VendorFault {
  if (!(error instanceof ChatwootRefusal)) return faultOfError('Chatwoot', error);
  const { status, retryAfter } = error;
  if (status === 401) return new VendorFault('UNAUTHORIZED', 'Chatwoot does not accept the access token for this account. Copy the token of a user of the account from Chatwoot, Profile settings → Access token, and give it with changeConnection.');
  if (status === 403) return new VendorFault('FORBIDDEN', 'Chatwoot does not let this user do that. Give the token of a user who may see and change contacts.');
  return faultOfStatus({ vendor: 'Chatwoot', status, retryAfter, now });
}
