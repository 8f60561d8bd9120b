import { createHmac } from 'node:crypto';
import { Unauthenticated } from '../../../platform/errors.ts';
import { secretIdOf, type Authentication, type InboundRequest } from '../inbound-request.ts';
import { isSame, replayWindow } from '../signed-webhook.ts';

/** The escapes that HubSpot takes back before it signs a URI; all others stay as they are. */
const escapes: Readonly<Record<string, string>> = { '%3a': ':', '%2f': '/', '%3f': '?', '%40': '@', '%21': '!', '%24': '$', '%27': '\'', '%28': '(', '%29': ')', '%2a': '*', '%2c': ',', '%3b': ';' };

/**
 * `X-HubSpot-Signature-v3`: base64 of the HMAC-SHA-256 of method, URI, body and `X-HubSpot-Request-Timestamp` (milliseconds,
 * at most five minutes from now) with the app's client secret. The URI is the one that HubSpot called, so PUBLIC_URL must say
 * where the public reaches this program.
 */
export function authenticateHubspot(request: InboundRequest): Authentication {
  return { secretId: secretIdOf(request), isProof: true, verify: (secret) => verify(request, secret) };
}

function verify({ header, method, path, publicUrl, body, now }: InboundRequest, secret: Buffer): void {
  if (publicUrl === null) throw new Unauthenticated('PUBLIC_URL is not set. HubSpot signs the URL that it calls: set PUBLIC_URL to the address that is entered at HubSpot, without its path.');
  const timestamp = header('x-hubspot-request-timestamp');
  if (!timestamp || !/^\d{1,15}$/.test(timestamp)) throw new Unauthenticated('X-HubSpot-Request-Timestamp must hold the time of signing in milliseconds since 1970.');
  const uri = `${publicUrl}${path}`.replaceAll(/%[0-9a-f]{2}/gi, (escape) => escapes[escape.toLowerCase()] ?? escape);
  const expected = createHmac('sha256', secret).update(`${method}${uri}`).update(body).update(timestamp).digest('base64');
  if (!isSame(header('x-hubspot-signature-v3'), expected)) throw new Unauthenticated('X-HubSpot-Signature-v3 is not the signature of this request with this secret. Give the client secret of the app, and set PUBLIC_URL to the address that is entered at HubSpot.');
  if (Math.abs(now.getTime() - Number(timestamp)) > replayWindow * 1_000) throw new Unauthenticated(`X-HubSpot-Request-Timestamp is more than ${replayWindow} s from now.`);
}
