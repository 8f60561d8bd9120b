import { createHmac } from 'node:crypto';
import { Unauthenticated } from '../../../platform/errors.ts';
import { secretIdOf, type Authentication, type InboundRequest } from '../inbound-request.ts';
import { isSame, signedWebhook } from '../signed-webhook.ts';

/** The token in the URL of outbound messages and Flow callouts, which cannot sign. It follows from the secret, and does not tell it. */
export const tokenOf = (secret: Buffer): string => createHmac('sha256', secret).update('outbound message').digest('hex');

/** Callouts of Apex code sign with our scheme. Outbound messages and Flows have `&token=` in their URL, a credential as an API key is one. */
export function authenticateSalesforce(request: InboundRequest): Authentication {
  const token = request.query('token');
  if (token === null || request.header('x-webhook-signature') !== null) return signedWebhook(request);
  return {
    secretId: secretIdOf(request),
    isProof: true,
    verify(secret) {
      if (!isSame(token, tokenOf(secret))) throw new Unauthenticated('token in the URL is not that of this secret. Enter the whole requestPath of createWebhookSecret in Salesforce.');
    },
  };
}
