import { afterAll, beforeAll, expect, test } from 'vitest';
import { consentStates, grantConsent, revokeConsent, revokeConsents, type ConsentGrant, type ConsentQuestion, type RevokedConsent } from '../../src/features/consent/index.ts';
import type { Id } from '../../src/platform/ids.ts';
import type { Work } from '../../src/platform/postgres/work.ts';
import { arrange, type Arranged } from '../accounts/arrange.ts';

let program: Arranged;
beforeAll(async () => {
  program = await arrange();
});
afterAll(() => program.close());

const work = <Result>(body: (work: Work) => Promise<Result>, tenantId: Id<'Tenant'> = program.tenant): Promise<Result> =>
  program.database.transact({ tenantId, actor: { kind: 'user', id: 'officer' }, requestId: 'test' }, body);
const outreach = { purpose: 'OUTREACH', channel: 'EMAIL' } as const;
const grant = (email: string, more: Partial<ConsentGrant> = {}): Promise<Id<'Consent'>> =>
  work((open) => grantConsent(open, program.seal, { email, ...outreach, basis: 'CONSENT', source: 'web form', path: ['input'], ...more }));
const states = (asked: readonly ConsentQuestion[], tenantId = program.tenant) =>
  work((open) => consentStates(open, { tenantId, now: open.now, seal: program.seal }, asked), tenantId);
const state = async (email: string, tenantId = program.tenant) => (await states([{ email, ...outreach }], tenantId))[0];

test('a consent is granted for one purpose and channel, is found by address and by subject, and is another tenant\'s not', async () => {
  expect(await state('ada@example.com')).toEqual({ granted: false, standing: 'UNKNOWN', subjectId: null, consentId: null, version: 0, basis: null, source: null, grantedAt: null, expiresAt: null, revokedAt: null });
  const id = await grant(' Ada@Example.com ');
  const found = await state('ada@example.com');
  expect(found).toEqual({ granted: true, standing: 'GRANTED', subjectId: expect.any(String) as string, consentId: id, version: 1, basis: 'CONSENT', source: 'web form', grantedAt: program.clock.now().toISOString(), expiresAt: null, revokedAt: null });
  const subjectId = found?.subjectId as Id<'Subject'>;
  expect(await states([{ subjectId, ...outreach }, { subjectId, purpose: 'OUTREACH', channel: 'PHONE' }, { email: 'ada@example.com', purpose: 'MARKETING', channel: 'EMAIL' }])).toMatchObject([{ granted: true, consentId: id }, { granted: false, subjectId }, { granted: false, subjectId }]);
  expect(await state('ada@example.com', program.otherTenant)).toMatchObject({ granted: false, subjectId: null });
  expect(await states([])).toEqual([]);
});

test('many consents are asked for by one statement, from a Read as from a Work', async () => {
  const emails = Array.from({ length: 30 }, (_, index) => `many${index}@example.com`);
  await grant(emails[7] ?? '');
  const read = program.database.read(program.tenant);
  const found = await consentStates(read, { tenantId: program.tenant, now: program.clock.now().toISOString(), seal: program.seal }, emails.map((email) => ({ email, ...outreach })));
  expect(found.map(({ granted }) => granted)).toEqual(emails.map((_, index) => index === 7));
  expect(read.asked).toEqual(['consent_states']);
  await read.close();
});

test('what says nothing new makes no version; other terms do, and each is a fact', async () => {
  const id = await grant('new@example.com');
  expect(await grant('new@example.com')).toBe(id);
  expect(await state('new@example.com')).toMatchObject({ version: 1 });
  expect(await grant('new@example.com', { basis: 'CONTRACT' })).toBe(id);
  expect(await grant('new@example.com', { basis: 'CONTRACT', source: 'call' })).toBe(id);
  expect(await state('new@example.com')).toMatchObject({ version: 3, basis: 'CONTRACT', source: 'call' });
  const facts = (await program.facts('consent.granted')).filter(({ data }) => data['consentId'] === id);
  expect(facts.map(({ data }) => [data['version'], data['basis']])).toEqual([[1, 'CONSENT'], [2, 'CONTRACT'], [3, 'CONTRACT']]);
  expect(JSON.stringify(facts)).not.toMatch(/example\.com|web form|call/);
});

test('a consent expires by the clock, at that very instant', async () => {
  const expiresAt = new Date(program.clock.now().getTime() + 60_000).toISOString();
  const id = await grant('brief@example.com', { expiresAt });
  program.clock.advance(59_999);
  expect(await state('brief@example.com')).toMatchObject({ granted: true, expiresAt });
  program.clock.advance(1);
  expect(await state('brief@example.com')).toMatchObject({ granted: false, standing: 'EXPIRED', consentId: id, version: 1 });
  expect(await grant('brief@example.com')).toBe(id);
  expect(await state('brief@example.com')).toMatchObject({ granted: true, version: 2 });
});

test('revoking lets reactions act in the same transaction, once; their failure undoes it', async () => {
  const id = await grant('gone@example.com');
  const seen: RevokedConsent[] = [];
  const reaction = { name: 'seen', react: async (_open: Work, revoked: readonly RevokedConsent[]) => void seen.push(...revoked) };
  const failing = { name: 'failing', react: () => Promise.reject(new Error('not now')) };
  const revoke = (reactions: readonly (typeof reaction | typeof failing)[]) => work((open) => revokeConsent(open, program.seal, reactions, { email: 'gone@example.com', ...outreach, path: ['input'] }));
  await expect(revoke([reaction, failing])).rejects.toThrow('not now');
  expect(await state('gone@example.com')).toMatchObject({ granted: true, version: 1 });
  seen.length = 0;
  expect(await revoke([reaction])).toBe(id);
  expect(seen).toEqual([{ consentId: id, version: 2, subjectId: expect.any(String) as string, ...outreach, cause: 'STATEMENT' }]);
  expect(await state('gone@example.com')).toMatchObject({ granted: false, standing: 'REVOKED', version: 2, basis: 'CONSENT', revokedAt: program.clock.now().toISOString() });
  await revoke([reaction]);
  expect(seen).toHaveLength(1);
  expect((await program.facts('consent.revoked')).filter(({ data }) => data['consentId'] === id)).toHaveLength(1);
});

test('an objection that no grant preceded is kept; an explicit consent after it counts', async () => {
  const id = await work((open) => revokeConsent(open, program.seal, [], { email: 'never@example.com', ...outreach, path: ['input'] }));
  expect(await state('never@example.com')).toMatchObject({ granted: false, standing: 'REVOKED', consentId: id, version: 1, basis: null, grantedAt: null });
  expect(await grant('never@example.com', { proof: 'form 1' })).toBe(id);
  expect(await state('never@example.com')).toMatchObject({ granted: true, version: 2 });
});

test('everything is revoked at once, or what is of a purpose, granted or not', async () => {
  await grant('all@example.com');
  await grant('all@example.com', { channel: 'PHONE' });
  await grant('all@example.com', { purpose: 'MARKETING' });
  const revoke = (more: { purpose?: string }) => work((open) => revokeConsents(open, program.seal, [], { email: 'all@example.com', ...more }));
  // By each of the channels there are, and then for each of the other purposes, too.
  expect(await revoke({ purpose: 'MARKETING' })).toHaveLength(6);
  expect(await revoke({})).toHaveLength(30);
  expect(await revoke({})).toEqual([]);
});

test('an objection of somebody unknown is kept: to what was named, or to everything', async () => {
  const object = (email: string, more: object = {}) => work((open) => revokeConsents(open, program.seal, [], { email, ...more }));
  expect(await object('one-thing@example.com', outreach)).toHaveLength(1);
  expect(await object('one-thing@example.com', outreach)).toEqual([]);
  expect(await state('one-thing@example.com')).toMatchObject({ granted: false, standing: 'REVOKED', version: 1 });
  expect(await object('every-way@example.com', { purpose: 'OUTREACH' })).toHaveLength(6);
  expect(await object('everything@example.com')).toHaveLength(36);
  expect(await state('everything@example.com')).toMatchObject({ granted: false, standing: 'REVOKED' });
});

test('twenty who grant and revoke at once leave versions without a gap, each with its decision', async () => {
  await Promise.all(Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? grant('race@example.com', { source: `form ${index}`, proof: `scan ${index}` }) : work((open) => revokeConsent(open, program.seal, [], { email: 'race@example.com', ...outreach, path: [] })))));
  const found = await state('race@example.com');
  const decisions = await program.rows('select version, granted from consent_decision where consent_id = $1 order by version', [found?.consentId]);
  expect(decisions.map(({ version }) => Number(version))).toEqual(Array.from({ length: found?.version ?? 0 }, (_, index) => index + 1));
  expect(decisions.at(-1)?.['granted']).toBe(found?.granted);
});

test('what cannot be taken is refused with its place', async () => {
  const refused = (more: Partial<ConsentGrant>) => grant('ok@example.com', more).then(() => null, (error: { code?: string; inputPath?: readonly string[] }) => [error.code, error.inputPath]);
  for (const email of ['', 'nobody', '@example.com', 'a@', 'a b@example.com', 'a@@example.com', `${'a'.repeat(320)}@example.com`, 'a\0@example.com', 'a\ud800@example.com']) {
    expect(await refused({ email })).toEqual(['BAD_USER_INPUT', ['input', 'email']]);
  }
  expect(await refused({ purpose: 'FUN' })).toEqual(['BAD_USER_INPUT', ['input', 'purpose']]);
  expect(await refused({ channel: 'toString' })).toEqual(['BAD_USER_INPUT', ['input', 'channel']]);
  expect(await refused({ basis: '' })).toEqual(['BAD_USER_INPUT', ['input', 'basis']]);
  expect(await refused({ source: 'x'.repeat(501) })).toEqual(['BAD_USER_INPUT', ['input', 'source']]);
  expect(await refused({ source: '\0' })).toEqual(['BAD_USER_INPUT', ['input', 'source']]);
  expect(await refused({ expiresAt: program.clock.now().toISOString() })).toEqual(['BAD_USER_INPUT', ['input', 'expiresAt']]);
});
