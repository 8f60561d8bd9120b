import { generateSecret } from 'jose';
import { describe, expect, test } from 'vitest';
import { createTokenVerifier, mintToken } from '../../src/features/access/index.ts';
import { Unauthenticated } from '../../src/platform/errors.ts';
import { audience, claimsWith, frozenClock, issuer, keyPair, masterKey, now, part, seconds, secret, sharedToken, signed, tenantId } from './issuer.ts';

const verifier = (clock = frozenClock()) => createTokenVerifier({ secret, issuer, audience, clock, clockToleranceSeconds: 5, masterKey });
const verify = verifier();

async function refusal(token: string | Promise<string>, by = verify): Promise<string> {
  const text = await token;
  const error: unknown = await by(text).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Unauthenticated)) throw error ?? new Error('the token was accepted');
  const { message } = error;
  for (const part of text.split('.').filter((each) => each.length > 8)) expect(message).not.toContain(part);
  return message;
}

describe('a token that is in order', () => {
  test('tells tenant, actor, roles and the instant from which it is refused', async () => {
    expect(await verify(await sharedToken())).toEqual({
      tenantId,
      actor: { kind: 'user', id: 'user-7' },
      roles: new Set(['viewer', 'approver']),
      expiresAt: new Date('2026-11-21T13:00:05.000Z'),
    });
  });

  test('may name several audiences, a tenant in capitals, and a future within the tolerance', async () => {
    const token = await sharedToken({ aud: ['other', audience], tenant: tenantId.toUpperCase(), nbf: seconds(now) + 5, iat: seconds(now) + 5 });
    expect((await verify(token)).tenantId).toBe(tenantId);
  });

  test('holds until the clock passes its expiry, not before', async () => {
    const clock = frozenClock();
    const token = await sharedToken({ exp: seconds(now) + 10 });
    clock.advance(14_999);
    await verifier(clock)(token);
    clock.advance(1);
    expect(await refusal(token, verifier(clock))).toMatch(/expired\. Get a new one/);
  });

  test('is what the development command mints', async () => {
    const token = await mintToken({ secret, issuer, audience, clock: frozenClock(), tenantId, subject: 'ada', roles: ['admin'], hours: 0.5 });
    expect(await verify(token)).toEqual({
      tenantId,
      actor: { kind: 'user', id: 'ada' },
      roles: new Set(['admin']),
      expiresAt: new Date('2026-11-21T12:30:05.000Z'),
    });
  });
});

describe('who bears a token', () => {
  test.each([
    ['nothing says otherwise', {}, 'user'],
    ['it says so', { actor_kind: 'person' }, 'user'],
    ['a client acts in the name of a person', { client_id: 'console' }, 'user'],
    ['the role agent stands among others', { roles: ['agent', 'approver', 'admin'] }, 'machine'],
    ['the role agent stands beside the claim of a person', { roles: ['approver', 'agent'], actor_kind: 'person' }, 'machine'],
    ['it says that it is a machine', { actor_kind: 'machine', roles: ['approver'] }, 'machine'],
    ['a client got it in its own name', { sub: 'bot-7', client_id: 'bot-7' }, 'machine'],
    ['its issuer names the grant', { gty: 'client-credentials' }, 'machine'],
    ['another acts for whom it names', { act: { sub: 'assistant' } }, 'machine'],
  ])('%s', async (_what, changes, kind) => {
    expect((await verify(await sharedToken(changes))).actor.kind).toBe(kind);
  });

  test('is not told by a word nobody knows', async () => {
    expect(await refusal(sharedToken({ actor_kind: 'agent' }))).toMatch(/"actor_kind" must be "person" or "machine"/);
  });

  const idOf = async (changes: Readonly<Record<string, unknown>>, by = verify) => (await by(await sharedToken(changes))).actor.id;
  test.each(['user-7', '3f2b8c1e-9d0a-4f56-8a44-0d7c5b1e9f10', '01ARZ3NDEKTSV4RRFFQ69G5FAV', 'auth0|5f7c8ec7c33c6c004bbafe82', '104913245678901234567', '00uid4BxXw6I6TV4m0g3', 'tenant:user:9'])('is recorded by the opaque id %s itself', async (sub) => {
    expect(await idOf({ sub })).toBe(sub);
  });

  test.each(['ada@example.com', 'mailto:ada@example.com', 'Ada Lovelace', 'ada.lovelace', 'Адa', '+14155550100', '14155550100', '415-555-0100', 'CN=Ada,O=Example', 'a b', 'sub_0123456789abcdef0123456789abcdef', 'x'.repeat(65)])('is recorded by a digest in place of %s', async (sub) => {
    const id = await idOf({ sub });
    expect(id).toMatch(/^sub_[0-9a-f]{32}$/);
    expect(id).not.toBe(sub);
    expect(await idOf({ sub, roles: ['viewer'] })).toBe(id);
  });

  test('has another digest in another tenant and under another key, and the same for an address however it is spelled', async () => {
    const sub = 'ada@example.com';
    const other = createTokenVerifier({ secret, issuer, audience, clock: frozenClock(), clockToleranceSeconds: 5, masterKey: Buffer.alloc(32, 8) });
    const ids = [await idOf({ sub }), await idOf({ sub, tenant: tenantId.replace(/1$/, '2') }), await idOf({ sub }, other)];
    expect(new Set(ids).size).toBe(3);
    expect(await idOf({ sub: 'Ada@Example.COM' })).toBe(ids[0]);
  });
});

describe('a token is refused', () => {
  test.each([
    ['without exp', { exp: undefined }, /"exp" is missing/],
    ['without iss', { iss: undefined }, /"iss" is missing/],
    ['without aud', { aud: undefined }, /"aud" is missing/],
    ['without sub', { sub: undefined }, /"sub" is missing/],
    ['without tenant', { tenant: undefined }, /"tenant" must be the UUID/],
    ['without roles', { roles: undefined }, /"roles" must be a list/],
    ['expired', { exp: seconds(now) - 5 }, /expired/],
    ['not valid yet', { nbf: seconds(now) + 6 }, /not valid yet/],
    ['issued in the future', { iat: seconds(now) + 6 }, /not valid yet/],
    ['of another issuer', { iss: 'https://other.example' }, /another issuer/],
    ['for another audience', { aud: 'billing' }, /another audience/],
    ['with an empty subject', { sub: '' }, /"sub" must name/],
    ['with a subject that is a number', { sub: 7 }, /"sub"/],
    ['with a control character in its subject', { sub: 'a\u0000b' }, /"sub" must name/],
    ['with an endless subject', { sub: 'x'.repeat(256) }, /"sub" must name/],
    ['with a tenant by name', { tenant: 'acme' }, /"tenant" must be the UUID/],
    ['with a tenant that is a list', { tenant: [tenantId] }, /"tenant" must be the UUID/],
    ['with no role', { roles: [] }, /at least one role/],
    ['with its roles in one text', { roles: 'admin' }, /must be a list/],
    ['with an unknown role', { roles: ['viewer', 'owner'] }, /names "owner", which is no role here/],
    ['with a role in capitals', { roles: ['ADMIN'] }, /names "ADMIN"/],
    ['with a role that is no text', { roles: [{ name: 'admin' }] }, /names something, which is no role/],
    ['with a role that is markup', { roles: ['<script>'] }, /names something, which is no role/],
    ['that expires beyond all time', { exp: 1e300 }, /"exp" must be the second/],
    ['whose expiry is a text', { exp: 'tomorrow' }, /"exp" is not of the right form/],
  ])('%s', async (_, changes, message) => {
    const token = signed(claimsWith(changes), new TextEncoder().encode(secret), { alg: 'HS256' });
    expect(await refusal(token)).toMatch(message);
  });

  test('unsigned, however its header says so', async () => {
    for (const alg of ['none', 'None', 'NONE', '']) {
      const message = await refusal(`${part({ alg, typ: 'JWT' })}.${part(claimsWith())}.`);
      expect(message).toMatch(/algorithm that is not accepted|malformed/);
    }
  });

  test('with its signature cut off or changed, or signed by another secret', async () => {
    const [header, claims, signature = ''] = (await sharedToken()).split('.');
    const forged = `${header}.${part(claimsWith({ roles: ['admin'] }))}.${signature}`;
    const foreign = signed(claimsWith(), await generateSecret('HS256'), { alg: 'HS256' });
    for (const token of [`${header}.${claims}.`, `${header}.${claims}`, forged, await foreign]) {
      expect(await refusal(token)).toMatch(/malformed or was not signed by the issuer/);
    }
  });

  test('signed by another algorithm than the kind of key allows', async () => {
    const { privateKey } = await keyPair('RS256', 'a');
    expect(await refusal(signed(claimsWith(), privateKey, { alg: 'RS256' }))).toMatch(/algorithm that is not accepted/);
    const long = new TextEncoder().encode(secret.repeat(2));
    expect(await refusal(signed(claimsWith(), long, { alg: 'HS512' }))).toMatch(/algorithm that is not accepted/);
  });

  test('that is no token at all', async () => {
    for (const text of ['', 'abc', 'a.b.c', '...', 'ab cd', '\u{1f600}.\u{1f600}.\u{1f600}', '{"sub":"x"}', `${part({ alg: 'HS256' })}.${part([])}.x`]) {
      expect(await refusal(text)).toMatch(/malformed|not accepted/);
    }
  });

  test('larger than 8 KB, before anything of it is read', async () => {
    expect(await refusal(sharedToken({ note: 'x'.repeat(8_192) }))).toMatch(/larger than 8 KB/);
  });
});

test('a shared secret of less than 32 bytes starts no verifier', () => {
  const options = { issuer, audience, clock: frozenClock(), clockToleranceSeconds: 5, masterKey };
  expect(() => createTokenVerifier({ ...options, secret: 'x'.repeat(31) })).toThrow('31 bytes; it needs at least 32');
  createTokenVerifier({ ...options, secret: 'x'.repeat(32) });
});
