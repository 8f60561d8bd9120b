import { createHmac } from 'node:crypto';
import { Unauthenticated } from '../../../platform/errors.ts';
import { secretIdOf, type Authentication, type InboundRequest } from '../inbound-request.ts';
import { isSame, replayWindow, signWebhook } from '../signed-webhook.ts';
import { chatwootSettings } from './settings.ts';

/** The token in the URL of webhooks that are not signed. It is derived from the secret and does not reveal it. */
export const tokenOf = (secret: Buffer): string => createHmac('sha256', secret).update('chatwoot webhook').digest('hex');

/**
 * `X-Chatwoot-Signature: sha256=<hex>`: the HMAC-SHA-256 of `<X-Chatwoot-Timestamp>.<body>` with the secret of the webhook, at
 * most five minutes from now. A request without a signature is accepted only where the setting `unsigned` allows it, with the
 * token of the URL: a credential that only the sender has.
 */
export function authenticateChatwoot(request: InboundRequest): Authentication {
  return { secretId: secretIdOf(request), isProof: true, verify: (secret, settings) => verify(request, secret, settings) };
}

function verify(request: InboundRequest, secret: Buffer, settings: unknown): void {
  const { header, query, body, now } = request;
  const signature = header('x-chatwoot-signature');
  if (signature === null) return verifyToken(query('token'), secret, settings);
  const timestamp = header('x-chatwoot-timestamp');
  if (!timestamp || !/^\d{1,12}$/.test(timestamp)) throw new Unauthenticated('X-Chatwoot-Timestamp must hold the time of signing in Unix seconds.');
  if (!isSame(signature, signWebhook(secret, timestamp, body))) throw new Unauthenticated('X-Chatwoot-Signature is not the signature of this body with this secret. Give the secret of the webhook: Chatwoot, Settings → Integrations → Webhooks.');
  if (Math.abs(now.getTime() / 1_000 - Number(timestamp)) > replayWindow) throw new Unauthenticated(`X-Chatwoot-Timestamp is more than ${replayWindow} s from now.`);
}

function verifyToken(token: string | null, secret: Buffer, settings: unknown): void {
  if (!chatwootSettings.parse(settings ?? {}).unsigned) throw new Unauthenticated('X-Chatwoot-Signature is missing. Chatwoot signs webhooks since 4.11.2; for an older server set unsigned to true in the settings of the webhook.');
  if (!isSame(token, tokenOf(secret))) throw new Unauthenticated('token in the URL is not that of this secret. Enter the whole requestPath in Chatwoot.');
}
