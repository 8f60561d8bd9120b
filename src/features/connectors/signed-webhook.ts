import { createHmac, timingSafeEqual } from 'node:crypto';
import { Unauthenticated } from '../../platform/errors.ts';
import { secretIdOf, type Authentication, type InboundRequest } from './inbound-request.ts';

/** How far a webhook's timestamp may lie from now, either way, in seconds. */
export const replayWindow = 300;

/** The signature of a webhook's body: `sha256=` and the HMAC-SHA-256, in hex, of timestamp, a dot, and the body's bytes. */
export function signWebhook(secret: Buffer, timestamp: string, body: Buffer): string {
  return `sha256=${createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex')}`;
}

/** Authentication by the headers X-Webhook-Id (or `?id=`), X-Webhook-Timestamp (Unix seconds) and X-Webhook-Signature, for sources that have no scheme of their own. */
export function signedWebhook(request: InboundRequest): Authentication {
  return { secretId: secretIdOf(request), isProof: true, verify: (secret) => verify(request, secret) };
}

/** Whether a signature is the expected one, in a time that does not depend on how much of it is right. */
export function isSame(given: string | null, expected: string): boolean {
  const [one, other] = [Buffer.from(given ?? ''), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}

function verify(request: InboundRequest, secret: Buffer): void {
  const timestamp = request.header('x-webhook-timestamp');
  if (!timestamp || !/^\d{1,12}$/.test(timestamp)) throw new Unauthenticated('X-Webhook-Timestamp must hold the time of signing in Unix seconds.');
  if (!isSame(request.header('x-webhook-signature'), signWebhook(secret, timestamp, request.body))) throw new Unauthenticated('X-Webhook-Signature is not the signature of this body with this secret.');
  if (Math.abs(request.now.getTime() / 1_000 - Number(timestamp)) > replayWindow) throw new Unauthenticated(`X-Webhook-Timestamp lies more than ${replayWindow} s from now. Check the sender's clock, and sign again.`);
}
