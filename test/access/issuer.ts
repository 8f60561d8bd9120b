import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose';
import { FrozenClock } from '../../src/platform/clock.ts';

export const now = '2026-11-21T12:00:00.000Z';
export const issuer = 'https://issuer.example';
export const audience = 'context-graph';
export const tenantId = '0192f0c1-0000-7000-8000-000000000001';
export const masterKey = Buffer.alloc(32, 7);
export const secret = 'a shared secret of well over thirty-two bytes';

export const frozenClock = (): FrozenClock => new FrozenClock(now);
export const seconds = (instant: string): number => Date.parse(instant) / 1_000;

/** The claims of a token that is in order; `undefined` takes one away. */
export function claimsWith(changes: Readonly<Record<string, unknown>> = {}): JWTPayload {
  return {
    iss: issuer,
    aud: audience,
    sub: 'user-7',
    tenant: tenantId,
    roles: ['viewer', 'approver'],
    iat: seconds(now) - 60,
    exp: seconds(now) + 3_600,
    ...changes,
  };
}

export const signed = (claims: JWTPayload, key: CryptoKey | Uint8Array, header: { alg: string; kid?: string }): Promise<string> =>
  new SignJWT(claims).setProtectedHeader(header).sign(key);

/** One part of a token, written by hand. */
export const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token signed with the shared secret. */
export const sharedToken = (changes: Readonly<Record<string, unknown>> = {}): Promise<string> =>
  signed(claimsWith(changes), new TextEncoder().encode(secret), { alg: 'HS256' });

/** One pair of keys, and its public half as the issuer publishes it. */
export async function keyPair(alg: 'RS256' | 'ES256' | 'EdDSA', kid: string) {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { alg, kid, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), alg, kid, use: 'sig' } };
}

/** An issuer's key set on a local port; what it answers can be changed, and its requests are counted. */
export interface KeySetServer {
  readonly url: URL;
  requests: number;
  answer: { status: number; body: string };
  stop(): Promise<void>;
}

export async function serveKeys(keys: readonly object[]): Promise<KeySetServer> {
  const server: Server = createServer((_, response) => {
    served.requests += 1;
    response.writeHead(served.answer.status, { 'content-type': 'application/json', connection: 'close' }).end(served.answer.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const served: KeySetServer = {
    url: new URL(`http://127.0.0.1:${address.port}/jwks.json`),
    requests: 0,
    answer: { status: 200, body: JSON.stringify({ keys }) },
    stop: async () => {
      server.close();
      await once(server, 'close');
    },
  };
  return served;
}
