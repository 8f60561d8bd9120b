import { createHmac, timingSafeEqual } from 'node:crypto';
import { Unauthenticated } from '../../platform/errors.ts';
import { isUuid } from '../../platform/ids.ts';
import type { Authentication, InboundRequest } from './connector.ts';

/** How far a webhook's timestamp may lie from now, either way, in seconds. */
export const replayWindow = 300;

/** The signature of a webhook's body: `sha256=` and the HMAC-SHA-256, in hex, of timestamp, a dot, and the body's bytes. */
export function signWebhook(secret: Buffer, timestamp: string, body: Buffer): string {
  return `sha256=${createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex')}`;
}

/** Authentication by the headers X-Webhook-Id, X-Webhook-Timestamp (Unix seconds) and X-Webhook-Signature, for sources that have no scheme of their own. */
export function signedWebhook(request: InboundRequest): Authentication {
  const secretId = request.header('x-webhook-id');
  if (!secretId || !isUuid(secretId)) throw new Unauthenticated('X-Webhook-Id must hold the id of the webhook\'s secret.');
  return { secretId, isProof: true, verify: (secret) => verify(request, secret) };
}

function verify(request: InboundRequest, secret: Buffer): void {
  const timestamp = request.header('x-webhook-timestamp');
  if (!timestamp || !/^\d{1,12}$/.test(timestamp)) throw new Unauthenticated('X-Webhook-Timestamp must hold the time of signing in Unix seconds.');
  const expected = Buffer.from(signWebhook(secret, timestamp, request.body));
  const given = Buffer.from(request.header('x-webhook-signature') ?? '');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw new Unauthenticated('X-Webhook-Signature is not the signature of this body with this secret.');
  if (Math.abs(request.now.getTime() / 1_000 - Number(timestamp)) > replayWindow) throw new Unauthenticated(`X-Webhook-Timestamp lies more than ${replayWindow} s from now. Check the sender's clock, and sign again.`);
}
