import { exportSPKI } from 'jose';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createTokenVerifier } from '../../src/features/access/index.ts';
import { Unauthenticated, Unavailable } from '../../src/platform/errors.ts';
import { audience, claimsWith, frozenClock, issuer, keyPair, masterKey, part, serveKeys, signed, tenantId, type KeySetServer } from './issuer.ts';

type Pair = Awaited<ReturnType<typeof keyPair>>;
let rsa: Pair;
let ec: Pair;
let edwards: Pair;
let stranger: Pair;
beforeAll(async () => {
  [rsa, ec, edwards, stranger] = await Promise.all([keyPair('RS256', 'r'), keyPair('ES256', 'e'), keyPair('EdDSA', 'd'), keyPair('RS256', 's')]);
});

const running: KeySetServer[] = [];
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});

async function issuerWith(keys: readonly object[]) {
  const server = await serveKeys(keys);
  running.push(server);
  const clock = frozenClock();
  return { server, clock, verify: createTokenVerifier({ jwksUrl: server.url, issuer, audience, clock, clockToleranceSeconds: 5, masterKey }) };
}

const by = ({ alg, kid, privateKey }: Pair, header: { kid?: string } = { kid }): Promise<string> =>
  signed(claimsWith(), privateKey, { alg, ...header });

describe('tokens signed by a key of the issuer', () => {
  test('are accepted for RSA, elliptic and Edwards keys, and the keys are fetched once', async () => {
    const { verify, server } = await issuerWith([rsa.jwk, ec.jwk, edwards.jwk]);
    const principals = await Promise.all([rsa, ec, edwards, rsa, ec].map(async (pair) => verify(await by(pair))));
    expect(principals.map((principal) => principal.tenantId)).toEqual(Array(5).fill(tenantId));
    expect(server.requests).toBe(1);
  });

  test('are accepted without a key id where only one key fits, and refused with advice where several do', async () => {
    const alone = await issuerWith([rsa.jwk, ec.jwk]);
    expect((await alone.verify(await by(rsa, {}))).tenantId).toBe(tenantId);
    const several = await issuerWith([rsa.jwk, stranger.jwk]);
    await expect(several.verify(await by(rsa, {}))).rejects.toThrow(/"kid" header/);
  });

  test('are refused when the issuer does not know the key, or the signature is another key\'s', async () => {
    const { verify, server } = await issuerWith([rsa.jwk]);
    for (const token of [await by(stranger), await by(stranger, { kid: 'r' }), await by(ec, { kid: 'r' })]) {
      await expect(verify(token)).rejects.toThrow(Unauthenticated);
    }
    expect(server.requests).toBe(1);
  });
});

describe('a public key is no shared secret', () => {
  test('HS256 signed with the published RSA key, in any of its forms, is refused', async () => {
    const { verify } = await issuerWith([rsa.jwk]);
    const pem = await exportSPKI(rsa.publicKey);
    for (const text of [pem, pem.trim(), JSON.stringify(rsa.jwk), String(rsa.jwk.n)]) {
      const token = await signed(claimsWith({ roles: ['admin'] }), new TextEncoder().encode(text), { alg: 'HS256', kid: 'r' });
      await expect(verify(token)).rejects.toThrow(/algorithm that is not accepted/);
    }
  });

  test('and unsigned tokens are refused here too', async () => {
    const { verify, server } = await issuerWith([rsa.jwk]);
    await expect(verify(`${part({ alg: 'none' })}.${part(claimsWith())}.`)).rejects.toThrow(Unauthenticated);
    expect(server.requests).toBe(0);
  });
});

describe('an issuer that cannot be asked', () => {
  test.each([
    ['answers with an error', { status: 503, body: 'down' }],
    ['answers with no JSON', { status: 200, body: '<html>' }],
    ['answers with no key set', { status: 200, body: '{"keys":"none"}' }],
  ])('and %s makes tokens uncheckable, not bad', async (_, answer) => {
    const { verify, server } = await issuerWith([rsa.jwk]);
    server.answer = answer;
    await expect(verify(await by(rsa))).rejects.toThrow(Unavailable);
  });

  test('is asked once in five seconds, and works again when it is back', async () => {
    const { verify, server, clock } = await issuerWith([rsa.jwk]);
    const { answer } = server;
    server.answer = { status: 500, body: '' };
    const token = await by(rsa);
    for (let attempt = 0; attempt < 5; attempt += 1) await expect(verify(token)).rejects.toThrow(Unavailable);
    expect(server.requests).toBe(1);
    server.answer = answer;
    await expect(verify(token)).rejects.toThrow(Unavailable);
    clock.advance(5_000);
    expect((await verify(token)).actor.id).toBe('user-7');
    expect(server.requests).toBe(2);
  });

  test('and whose port is closed is the same', async () => {
    const { verify, server } = await issuerWith([rsa.jwk]);
    running.splice(0);
    await server.stop();
    await expect(verify(await by(rsa))).rejects.toThrow(/cannot be fetched right now/);
  });

  test('does not matter to tokens whose key is known already', async () => {
    const { verify, server } = await issuerWith([rsa.jwk]);
    await verify(await by(rsa));
    running.splice(0);
    await server.stop();
    expect((await verify(await by(rsa))).tenantId).toBe(tenantId);
  });
});
