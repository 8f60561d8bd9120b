import { afterAll, beforeAll, expect, test } from 'vitest';
import { grantConsent, mayEnrich, revokeConsents } from '../../src/features/consent/index.ts';
import { standingObjections } from '../../migrations/0024-objections-and-suppression.ts';
import { revocationReactions } from '../../src/api/privacy.ts';
import { openQueue, type Queue } from '../actions/queue.ts';
import { dataOf } from '../accounts/arrange.ts';
import { assetTextsOf, saveProfileAsset } from '../../src/features/profiles/index.ts';

let queue: Queue;
beforeAll(async () => {
  queue = await openQueue();
});
afterAll(() => queue.close());

type Answer = { __typename: string; code?: string; message?: string; path?: string[]; granted?: boolean; basis?: string };
const grant = async (email: string, input: Record<string, unknown>): Promise<Answer> =>
  dataOf(await queue.query<{ grantConsent: Answer }, Record<string, unknown>>('mutation($input: ConsentInput!) { grantConsent(input: $input) { __typename ... on Consent { granted basis proof } ... on UserError { code message path } } }', { input: { email, purpose: 'OUTREACH', channel: 'EMAIL', ...input } }, { role: 'privacy_officer' })).grantConsent;
const object = (email: string, purpose?: string) => queue.act((work) => revokeConsents(work, queue.seal, revocationReactions, { email, ...(purpose ? { purpose } : {}), source: 'letter' }));

test('after an objection to everything no weaker basis grants, and the refusal says what to do', async () => {
  const email = 'objects@example.com';
  await object(email);
  for (const basis of ['LEGITIMATE_INTEREST', 'CONTRACT', 'LEGITIMATE_USE', 'NOTICE_NO_OPT_OUT']) {
    expect(await grant(email, { basis, source: 'assessment 7', proof: 'file 7' })).toEqual({
      __typename: 'ConflictError', code: 'CONFLICT', path: ['input', 'basis'],
      message: 'The person objected on 2026-11-21, and the objection holds. Only their explicit new consent grants again: send basis CONSENT, with source (how it was obtained) and proof (how it can be shown).',
    });
  }
  expect(await grant(email, { basis: 'CONSENT' })).toMatchObject({ __typename: 'ConflictError', path: ['input', 'proof'] });
  expect(await grant(email, { basis: 'CONSENT', source: 'web form' })).toMatchObject({ __typename: 'ConflictError', path: ['input', 'proof'] });
  expect(await grant(email, { basis: 'CONSENT', source: 'web form', proof: 'form 8812' })).toEqual({ __typename: 'Consent', granted: true, basis: 'CONSENT', proof: 'form 8812' });
});

test('a weaker basis does not take the place of the consent that lifted an objection, nor follow it once it expired', async () => {
  const email = 'again@example.com';
  await object(email, 'OUTREACH');
  const expiresAt = new Date(queue.clock.now().getTime() + 60_000).toISOString();
  await grant(email, { basis: 'CONSENT', source: 'web form', proof: 'form 1', expiresAt });
  expect(await grant(email, { basis: 'LEGITIMATE_INTEREST', source: 'assessment' })).toMatchObject({ __typename: 'ConflictError' });
  expect(await grant(email, { basis: 'CONSENT', source: 'web form', expiresAt: new Date(queue.clock.now().getTime() + 120_000).toISOString() })).toMatchObject({ granted: true });
  queue.clock.advance(180_000);
  expect(await grant(email, { basis: 'LEGITIMATE_INTEREST', source: 'assessment' })).toMatchObject({ __typename: 'ConflictError' });
  expect(await grant(email, { basis: 'CONSENT', source: 'web form' })).toMatchObject({ __typename: 'ConflictError' });
});

test('a legitimate interest needs a source', async () => {
  expect(await grant('li@example.com', { basis: 'LEGITIMATE_INTEREST' })).toMatchObject({ __typename: 'InvalidInputError', path: ['input', 'source'] });
  expect(await grant('li@example.com', { basis: 'LEGITIMATE_INTEREST', source: 'assessment 7' })).toMatchObject({ granted: true });
});

test('REST holds to the same: 409, and 201 with source and proof', async () => {
  const email = 'rest@example.com';
  const send = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${queue.url}${path}`, { method, headers: { authorization: `Bearer ${await queue.token('privacy_officer')}`, ...(body ? { 'content-type': 'application/json' } : {}) }, ...(body ? { body: JSON.stringify(body) } : {}) });
    return { status: response.status, body: (await response.json()) as Record<string, never> };
  };
  const consent = { email, purpose: 'OUTREACH', channel: 'EMAIL' };
  expect((await send('DELETE', `/api/consent/${email}`)).status).toBe(200);
  expect(await send('POST', '/api/consent', { ...consent, basis: 'LEGITIMATE_INTEREST', source: 'assessment' })).toMatchObject({ status: 409, body: { error: { code: 'CONFLICT', path: ['basis'] } } });
  expect(await send('POST', '/api/consent', { ...consent, basis: 'CONSENT', source: 'web form', proof: 'form 3' })).toMatchObject({ status: 201, body: { granted: true, proof: 'form 3' } });
});

test('who objects to profiling is proposed nothing, what waits is cancelled, and a new consent restores it', async () => {
  const customer = await queue.customer();
  const waiting = await queue.propose(customer);
  await object(customer.email, 'PROFILING');
  expect(await queue.status(waiting)).toBe('CANCELLED');
  await expect(queue.propose(customer)).rejects.toThrow('objection to profiling');
  for (const channel of ['EMAIL', 'PHONE', 'SMS', 'CHAT', 'POST', 'NONE']) await grant(customer.email, { purpose: 'PROFILING', channel, basis: 'CONSENT', source: 'web form', proof: 'form 4' });
  expect(await queue.status(await queue.propose(customer))).toBe('PENDING');
});

test('an account with one contact who objects is written to through another who consents', async () => {
  const customer = await queue.customer();
  await queue.upsert('contacts', [{ account: { id: customer.account }, externalRef: { system: 'test', id: 'second' }, name: 'Second', email: 'second@example.com' }]);
  await queue.grant('second@example.com');
  await object(customer.email, 'PROFILING');
  const id = await queue.propose(customer);
  const { data } = await queue.query<{ node: { draft: { to: string } } }, { id: string }>('query($id: ID!) { node(id: $id) { ... on Action { draft { to } } } }', { id });
  expect(data?.node.draft.to).toBe('second@example.com');
});

test('who objects to enrichment is not enriched, and who never did may be', async () => {
  const ask = (email: string) => queue.act((work) => mayEnrich(work, queue.seal, email));
  expect(await ask('rich@example.com')).toBe(true);
  await object('Rich@example.com ', 'ENRICHMENT');
  expect([await ask('rich@example.com'), await ask('poor@example.com')]).toEqual([false, true]);
  await queue.act(async (work) => {
    for (const channel of ['EMAIL', 'PHONE', 'SMS', 'CHAT', 'POST', 'NONE']) await grantConsent(work, queue.seal, { email: 'rich@example.com', purpose: 'ENRICHMENT', channel, basis: 'CONSENT', source: 'form', proof: 'form 5', path: [] });
  });
  expect(await ask('rich@example.com')).toBe(true);
});

test('documents of a person who objects to profiling are not read for values', async () => {
  const { accountId } = await queue.customer();
  await queue.act((work) => saveProfileAsset(work, queue.seal, { accountId, name: 'CV', text: 'of a person', subjectEmail: 'cv@example.com' }));
  await queue.act((work) => saveProfileAsset(work, queue.seal, { accountId, name: 'Minutes', text: 'of a meeting' }));
  const texts = () => queue.act(async (work) => (await assetTextsOf(work, queue.seal, { tenantId: work.tenantId, accountId, most: 10 })).map(({ text }) => text));
  expect(await texts()).toEqual(['of a meeting', 'of a person']);
  await object('cv@example.com', 'PROFILING');
  expect(await texts()).toEqual(['of a meeting']);
});

test('a grant by a weaker basis that overrode an objection before this rule is ended by the migration, and no other', async () => {
  const made = async (email: string, weaker: boolean): Promise<string> => {
    await object(email, 'OUTREACH');
    await grant(email, { basis: 'CONSENT', source: 'form', proof: 'form 6' });
    const [row] = await queue.rows(`select c.id from consent c join subject_key k using (tenant_id, subject_id) where k.lookup = $1 and c.channel = 'EMAIL' and c.purpose = 'OUTREACH'`, [queue.seal.lookup(queue.tenant, { email })]);
    const id = String(row?.['id']);
    if (weaker) {
      // As the program stored it then.
      await queue.admin.query(`update consent set basis = 'LEGITIMATE_INTEREST' where id = $1`, [id]);
      await queue.admin.query(`update consent_decision set basis = 'LEGITIMATE_INTEREST' where consent_id = $1 and granted`, [id]);
    }
    return id;
  };
  const [overridden, kept] = [await made('overridden@example.com', true), await made('kept@example.com', false)];
  await queue.admin.query(standingObjections);
  const read = (id: string) => queue.rows('select granted, version from consent where id = $1', [id]);
  expect(await read(overridden)).toEqual([{ granted: false, version: 3 }]);
  expect(await read(kept)).toEqual([{ granted: true, version: 2 }]);
  expect(await queue.rows('select version, granted, cause, actor_id from consent_decision where consent_id = $1 order by version desc limit 1', [overridden])).toEqual([{ version: 3, granted: false, cause: 'STATEMENT', actor_id: 'objections-hold' }]);
});
