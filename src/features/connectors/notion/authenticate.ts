import { createHmac } from 'node:crypto';
import { Unauthenticated } from '../../../platform/errors.ts';
import { secretIdOf, type Authentication, type InboundRequest } from '../inbound-request.ts';
import { isSame } from '../signed-webhook.ts';

/**
 * `X-Notion-Signature: sha256=<hex>`: the HMAC-SHA-256 of the body with the verification token, which Notion sends with its
 * first request, unsigned. Notion signs no time; each event has its own, and a repeated one says nothing new.
 */
export function authenticateNotion(request: InboundRequest): Authentication {
  const secretId = secretIdOf(request);
  const firstSecret = tokenIn(request.body);
  if (firstSecret !== null) return { secretId, isProof: false, firstSecret, verify: () => undefined };
  const signature = request.header('x-notion-signature');
  if (signature === null) throw new Unauthenticated('X-Notion-Signature must hold the signature of the body.');
  return { secretId, isProof: true, verify: (secret) => verify(request, signature, secret) };
}

function verify({ body }: InboundRequest, signature: string, secret: Buffer): void {
  if (!isSame(signature, `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`)) throw new Unauthenticated('X-Notion-Signature is not the signature of this body with the verification token.');
}

/** More than a token needs, and little to parse for a stranger. */
const longestBody = 1_024;

/** The verification token of Notion's first request; null where the body is something else. */
function tokenIn(body: Buffer): string | null {
  if (body.length > longestBody) return null;
  try {
    const { verification_token: token } = JSON.parse(body.toString('utf8')) as { readonly verification_token?: unknown };
    return typeof token === 'string' && /^[\w-]{16,500}$/.test(token) ? token : null;
  } catch {
    return null;
  }
}
