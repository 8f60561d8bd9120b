import type { IncomingMessage } from 'node:http';
import type { Credentials } from '../limits/admit-caller.ts';
import { clientAddress } from '../limits/client-address.ts';

/** What an HTTP request says of its sender. */
export function credentialsOf(request: IncomingMessage, trustedHops: number): Credentials {
  const apiKey = request.headers['x-api-key'];
  return { authorization: request.headers.authorization, apiKey: typeof apiKey === 'string' ? apiKey : undefined, address: clientAddress(request, trustedHops) };
}
