import { createHmac } from 'node:crypto';
import { errors, jwtVerify } from 'jose';
import { Unauthenticated } from '../../../platform/errors.ts';
import { secretIdOf, type Authentication, type InboundRequest } from '../inbound-request.ts';
import { isSame } from '../signed-webhook.ts';

/** How far the clocks may differ, in seconds. */
const tolerance = 60;

/**
 * Webhooks that an administrator made with a secret: `X-Hub-Signature: sha256=<hex>`, the HMAC-SHA-256 of the body. Webhooks
 * that an app registered: a bearer JWT, signed with the app's client secret (HS256). Its `qsh` is not checked: the path
 * of the webhook is known from the secret. Jira signs no time; the body has it, and what is repeated says nothing new.
 */
export function authenticateJira(request: InboundRequest): Authentication {
  const secretId = secretIdOf(request);
  const signature = request.header('x-hub-signature');
  if (signature !== null) return { secretId, isProof: true, verify: (secret) => checkSignature(request, signature, secret) };
  const [, token] = /^(?:JWT|Bearer) ([\w-]+\.[\w-]+\.[\w-]+)$/i.exec(request.header('authorization') ?? '') ?? [];
  if (token === undefined) throw new Unauthenticated('X-Hub-Signature, or Authorization with a JWT, must say who sent this. Enter a secret in the settings of the webhook in Jira.');
  return { secretId, isProof: true, verify: (secret) => checkToken(request, token, secret) };
}

function checkSignature(request: InboundRequest, signature: string, secret: Buffer): void {
  if (!isSame(signature, `sha256=${createHmac('sha256', secret).update(request.body).digest('hex')}`)) throw new Unauthenticated('X-Hub-Signature is not the signature of this body with this secret.');
}

async function checkToken({ now }: InboundRequest, token: string, secret: Buffer): Promise<void> {
  await jwtVerify(token, secret, { algorithms: ['HS256'], requiredClaims: ['exp'], clockTolerance: tolerance, currentDate: now }).catch((error: unknown) => {
    if (error instanceof errors.JOSEError) throw new Unauthenticated('The JWT is not signed with this secret, or it has expired. It must be signed with HS256 and have exp.');
    throw error;
  });
}
