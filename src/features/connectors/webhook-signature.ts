import { createHmac, timingSafeEqual } from 'node:crypto';
import { Unauthenticated } from '../../platform/errors.ts';

/** How far a webhook's timestamp may lie from now, either way, in seconds. */
export const replayWindow = 300;

/** The signature of a webhook's body: `sha256=` and the HMAC-SHA-256, in hex, of timestamp, a dot, and the body's bytes. */
export function signWebhook(secret: Buffer, timestamp: string, body: Buffer): string {
  return `sha256=${createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex')}`;
}

/** Refuses a webhook whose signature is not its secret's, or whose timestamp (Unix seconds) is old or from the future. */
export function checkWebhook(webhook: { secret: Buffer; timestamp: string | undefined; signature: string | undefined; body: Buffer; now: Date }): void {
  const { secret, timestamp, signature, body, now } = webhook;
  if (!timestamp || !/^\d{1,12}$/.test(timestamp)) throw new Unauthenticated('X-Webhook-Timestamp must hold the time of signing in Unix seconds.');
  const expected = Buffer.from(signWebhook(secret, timestamp, body));
  const given = Buffer.from(signature ?? '');
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw new Unauthenticated('X-Webhook-Signature is not the signature of this body with this secret.');
  if (Math.abs(now.getTime() / 1_000 - Number(timestamp)) > replayWindow) throw new Unauthenticated(`X-Webhook-Timestamp lies more than ${replayWindow} s from now. Check the sender's clock, and sign again.`);
}
