import { z } from 'zod';
import { faultOfError, faultOfStatus, transportFailure } from './general-fault.ts';
import type { TokenRequest } from './token-endpoints.ts';
import { VendorFault } from './vendor-fault.ts';
import { outboundFetch } from '../../../platform/outbound-http.ts';

const answer = z.looseObject({ access_token: z.string().min(1).max(20_000), refresh_token: z.string().min(1).max(20_000).optional(), expires_in: z.coerce.number().positive().max(1e9).optional() });
const refusal = z.looseObject({ error: z.string() });

/** An access token that was given. */
export interface GivenToken {
  readonly accessToken: string;
  /** Null: the one that was sent stays valid. */
  readonly refreshToken: string | null;
  /** Seconds; null: the vendor does not say. */
  readonly expiresIn: number | null;
}

/** Longest answer of a token endpoint that is read. */
const mostBytes = 200_000;

/** Asks for an access token once. LOST: the request was sent, and no answer arrived. Throws `VendorFault`. */
export async function askForToken({ url, headers, body }: TokenRequest, { vendor, now, signal }: { readonly vendor: string; readonly now: Date; readonly signal: AbortSignal }): Promise<GivenToken | 'LOST'> {
  let response: Response;
  let text: string;
  try {
    response = await outboundFetch(url, { method: 'POST', headers: { ...headers, accept: 'application/json' }, body, redirect: 'manual', signal });
    text = await response.text();
  } catch (error) {
    if (transportFailure(error) === 'CUT') return 'LOST';
    throw faultOfError(vendor, error);
  }
  const value = text.length <= mostBytes ? parsed(text) : null;
  const given = response.ok ? answer.safeParse(value).data : undefined;
  if (given) return { accessToken: given.access_token, refreshToken: given.refresh_token ?? null, expiresIn: given.expires_in ?? null };
  throw refusalOf(vendor, response, refusal.safeParse(value).data?.error ?? null, now);
}

function refusalOf(vendor: string, { status, headers }: Response, error: string | null, now: Date): VendorFault {
  const retryAfter = headers.get('retry-after');
  if (error === 'ratelimited') return faultOfStatus({ vendor, status: 429, retryAfter, now });
  if (status === 429 || status === 408 || status >= 500 || (status >= 300 && status < 400)) return faultOfStatus({ vendor, status, retryAfter, now });
  if (error !== null || status === 400 || status === 401 || status === 403) return new VendorFault('UNAUTHORIZED', refusedMessage(vendor));
  return status < 300 ? new VendorFault('UNREADABLE', `The answer of ${vendor} to the request for an access token has an unexpected shape.`) : faultOfStatus({ vendor, status, retryAfter, now });
}

const renewal = 'Authorize the app at the vendor again and give the new credentials with changeConnection.';

/** Of credentials that give no access token. */
export const refusedMessage = (vendor: string): string => `${vendor} gives no access token for these credentials: the client secret is wrong, or the refresh token expired, was revoked or was used before. ${renewal}`;

/** Of a refresh token that may be used up, while the one that replaces it did not arrive. */
export const lostMessage = (vendor: string): string => `The answer of ${vendor} with the next refresh token was lost, and the stored one may no longer be valid. Test the connection with testConnection. If it fails: ${renewal}`;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
