import { createHmac } from 'node:crypto';
import { Unauthenticated } from '../../../platform/errors.ts';
import { secretIdOf, type Authentication, type InboundRequest } from '../inbound-request.ts';
import { isSame, replayWindow } from '../signed-webhook.ts';

/** `X-Slack-Signature: v0=<hex>`: the HMAC-SHA-256 of `v0:<X-Slack-Request-Timestamp>:<body>` with the app's signing secret, at most five minutes from now. */
export function authenticateSlack(request: InboundRequest): Authentication {
  return { secretId: secretIdOf(request), isProof: true, verify: (secret) => verify(request, secret) };
}

function verify({ header, body, now }: InboundRequest, secret: Buffer): void {
  const timestamp = header('x-slack-request-timestamp');
  if (!timestamp || !/^\d{1,12}$/.test(timestamp)) throw new Unauthenticated('X-Slack-Request-Timestamp must hold the time of signing in Unix seconds.');
  const expected = `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest('hex')}`;
  if (!isSame(header('x-slack-signature'), expected)) throw new Unauthenticated('X-Slack-Signature is not the signature of this body with this secret. Give the signing secret of the app, from Basic Information.');
  if (Math.abs(now.getTime() / 1_000 - Number(timestamp)) > replayWindow) throw new Unauthenticated(`X-Slack-Request-Timestamp is more than ${replayWindow} s from now.`);
}
