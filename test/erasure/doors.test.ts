import { spawnSync } from 'node:child_process';
import { createPublicKey, verify } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { consentPlace, consentStates, type RevokedConsent } from '../../src/features/consent/index.ts';
import { eraseSubject, previewErasure, verifyReceipt } from '../../src/features/erasure/index.ts';
import { createSigner } from '../../src/platform/signing.ts';
import { personalPlaces } from '../../src/api/privacy.ts';
import type { Work } from '../../src/platform/postgres/work.ts';
import { crm } from '../accounts/arrange.ts';
import { markedPerson, openOffice, plant, verifyChain, type Office } from './arrange.ts';

let office: Office;
beforeAll(async () => {
  office = await openOffice();
});
afterAll(() => office.close());

const contact = async (ref: string, email: string, name = 'Mina Harker'): Promise<string> => {
  const account = await office.account(`account-of-${ref}`);
  await office.upsert('contacts', [{ account: { id: account }, externalRef: crm(ref), name, email, title: 'CFO' }]);
  return account;
};
const officer = <Result>(body: (work: Work) => Promise<Result>): Promise<Result> => office.database.transact({ tenantId: office.tenant, actor: { kind: 'user', id: 'officer' }, requestId: 'test' }, body);

test('a preview is true until something is told of the person; then it is refused with the new one', async () => {
  const email = 'preview@example.com';
  expect(await office.preview(email)).toEqual({ digest: expect.stringMatching(/^[0-9a-f]{64}$/) as string, items: [] });
  await contact('preview', email);
  const first = await office.preview(email);
  expect(first.items.map(({ kind, count, kept }) => [kind, count, kept])).toEqual([['CONTACT', 1, false], ['EXTERNAL_REF', 1, false], ['SOURCE_STATEMENT', 1, false], ['SUBJECT_KEY', 1, false]]);
  expect((await office.preview(` ${email.toUpperCase()} `)).digest).toBe(first.digest);
  await office.grant(email);
  const refused = await office.erase(email, first.digest);
  expect(refused).toMatchObject({ __typename: 'ErasurePreviewOutdated', code: 'CONFLICT', path: ['previewDigest'], preview: { items: expect.arrayContaining([{ kind: 'CONSENT', count: 1 }]) as object } });
  const second = await office.preview(email);
  expect((refused['preview'] as unknown as { digest: string }).digest).toBe(second.digest);
  await office.revoke(email);
  expect(await office.erase(email, second.digest)).toMatchObject({ __typename: 'ErasurePreviewOutdated' });
  const receipt = await office.erase(email);
  expect(receipt).toMatchObject({ __typename: 'ErasureReceipt', verified: true });
  expect(await office.erase(email)).toMatchObject({ __typename: 'NotFoundError', code: 'NOT_FOUND' });
});

test('a preview is no longer true once what is held says something else, though the rows are the same', async () => {
  const email = 'content@example.com';
  const account = await contact('content', email);
  const told = async (plural: string, more: Record<string, unknown>): Promise<void> => void (await office.upsert(plural, [{ account: { id: account }, ...more }]));
  const note = (content: string) => told('notes', { externalRef: crm('content-note'), noteType: 'QBR', content, author: 'Kim', occurredAt: '2026-11-18T00:00:00.000Z' });
  await note(`Met ${email}`);
  for (const change of [
    () => told('contacts', { externalRef: crm('content'), name: 'Mina Harker', email, title: 'CEO' }),
    () => told('contacts', { externalRef: crm('content'), name: 'Mina Murray', email, title: 'CEO' }),
    () => note(`Never met ${email}`),
  ]) {
    const { digest } = await office.preview(email);
    expect((await office.preview(email)).digest).toBe(digest);
    await change();
    expect(await office.erase(email, digest)).toMatchObject({ __typename: 'ErasurePreviewOutdated', code: 'CONFLICT' });
  }
  expect(await office.erase(email)).toMatchObject({ __typename: 'ErasureReceipt' });
});

test('a contact that is called like a word takes no word out of anything; a preview shows what would change', async () => {
  const account = await office.account('words', { name: 'Support Systems Inc', onboardingStatus: 'Support', industry: 'Stefan' });
  const at = { account: { id: account } };
  await office.upsert('contacts', [{ ...at, externalRef: crm('words-1'), name: 'Support', email: 'support@words.example' }, { ...at, externalRef: crm('words-2'), name: 'Billing', email: 'billing@words.example' }, { ...at, externalRef: crm('words-3'), name: 'Stefan', email: 'stefan@words.example' }]);
  await office.upsert('tickets', [{ ...at, externalRef: crm('words'), key: 'W-1', summary: 'Support and Stefan ask for billing@words.example', status: 'Support', statusCategory: 'TO_DO', labels: ['Support', 'Billing', 'Stefan'] }]);
  const preview = async (email: string) => (await office.run<{ erasurePreview: { items: { kind: string; count: number; changes: object[] }[] } }>('query($email: String!) { erasurePreview(email: $email) { items { kind count changes { rowId accountId field before after } } } }', { email })).erasurePreview.items.filter(({ kind }) => kind.endsWith('_MENTION'));
  expect(await preview('support@words.example')).toEqual([]);
  expect(await preview('billing@words.example')).toEqual([{ kind: 'TICKET_MENTION', count: 1, changes: [{ rowId: expect.any(String) as string, accountId: expect.any(String) as string, field: 'summary', before: 'Support and Stefan ask for billing@words.example', after: 'Support and Stefan ask for [erased]' }] }]);
  expect(await preview('stefan@words.example')).toEqual([{ kind: 'TICKET_MENTION', count: 1, changes: [{ rowId: expect.any(String) as string, accountId: expect.any(String) as string, field: 'summary', before: 'Support and Stefan ask for billing@words.example', after: 'Support and [erased] ask for billing@words.example' }] }]);
  for (const email of ['support@words.example', 'billing@words.example', 'stefan@words.example']) await office.erase(email);
  expect(await office.run('query($id: ID!) { account(id: $id) { name industry onboardingStatus tickets { edges { node { summary status labels } } } } }', { id: account })).toEqual({
    account: { name: 'Support Systems Inc', industry: 'Stefan', onboardingStatus: 'Support', tickets: { edges: [{ node: { summary: 'Support and [erased] ask for [erased]', status: 'Support', labels: ['Support', 'Billing', 'Stefan'] } }] } },
  });
});

test('a namesake elsewhere keeps the name, and is not taken for the person', async () => {
  const email = 'one@namesake.example';
  const one = await contact('namesake-1', email, 'Carmilla Karnstein');
  const two = await contact('namesake-2', 'two@namesake.example', 'Karnstein, Carmilla');
  const note = (account: string, ref: string) => office.upsert('notes', [{ account: { id: account }, externalRef: crm(ref), noteType: 'QBR', content: 'Carmilla Karnstein called', author: 'Kim', occurredAt: '2026-11-18T00:00:00.000Z' }]);
  await note(one, 'namesake-1');
  await note(two, 'namesake-2');
  await office.erase(email);
  const read = async (id: string) => JSON.stringify(await office.run('query($id: ID!) { account(id: $id) { contacts { edges { node { name } } } notes { edges { node { content } } } } }', { id }, 'admin'));
  expect(await read(one)).toBe('{"account":{"contacts":{"edges":[]},"notes":{"edges":[{"node":{"content":"[erased] called"}}]}}}');
  expect(await read(two)).toBe('{"account":{"contacts":{"edges":[{"node":{"name":"Karnstein, Carmilla"}}]},"notes":{"edges":[{"node":{"content":"Carmilla Karnstein called"}}]}}}');
});

test('a contact that changed its address is one person, and the preview says so', async () => {
  await contact('changed', 'before@example.com');
  office.clock.advance(1_000);
  await contact('changed', 'after@example.com');
  for (const email of ['before@example.com', 'after@example.com']) {
    expect(await office.run('query($email: String!) { erasurePreview(email: $email) { emails } }', { email })).toEqual({ erasurePreview: { emails: ['after@example.com', 'before@example.com'] } });
  }
  expect((await office.erase('before@example.com'))['items']).toContainEqual(expect.objectContaining({ kind: 'SUBJECT_KEY', count: 2 }));
  expect((await office.preview('after@example.com')).items).toEqual([]);
});

test('anybody verifies a receipt with the public key alone; a changed one is not genuine', async () => {
  await contact('receipt', 'receipt@example.com');
  const { id, statement, signature, publicKey, keyId } = (await office.erase('receipt@example.com')) as unknown as Record<'id' | 'statement' | 'signature' | 'publicKey' | 'keyId', string>;
  const { keys } = (await (await fetch(`${office.url}/.well-known/signing-keys`)).json()) as { keys: { keyId: string; publicKey: string }[] };
  expect(keys).toEqual([{ algorithm: 'Ed25519', keyId, publicKey, current: true }]);
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' });
  expect(verify(null, Buffer.from(statement), key, Buffer.from(signature, 'base64'))).toBe(true);
  expect(JSON.parse(statement)).toMatchObject({ completedAt: office.clock.now().toISOString(), tenantId: office.tenant, subjectIds: [expect.any(String)] });
  const verified = (change: object, given: string[] = [publicKey]) => verifyReceipt(JSON.stringify({ statement, signature, publicKey, ...change }), given);
  expect(verified({})).toMatchObject({ genuine: true, keyGiven: true, keyId, completedAt: office.clock.now().toISOString() });
  expect(verified({}, [])).toMatchObject({ genuine: true, keyGiven: false });
  expect(verified({ statement: statement.replace('"count":1', '"count":2') })).toMatchObject({ genuine: false });
  const stranger = createSigner({ seed: Buffer.alloc(32, 7), masterKey: Buffer.alloc(32) });
  const forged = { publicKey: stranger.publicKey, signature: stranger.sign(statement).toString('base64') };
  expect([verified(forged), verified(forged, [])]).toMatchObject([{ genuine: false }, { genuine: true, keyGiven: false, keyId: stranger.keyId }]);
  const file = join(await mkdtemp(join(tmpdir(), 'receipt-')), 'receipt.json');
  await writeFile(file, JSON.stringify({ statement, signature, publicKey }));
  const command = (key: string) => spawnSync(process.execPath, ['--import', 'tsx', 'src/app/audit.ts', 'verify-receipt', '--file', file, '--key', key], { encoding: 'utf8' });
  const [good, bad] = [command(publicKey), command(stranger.publicKey)];
  expect([good.status, JSON.parse(good.stdout), bad.status]).toMatchObject([0, { genuine: true }, 1]);
  expect(await office.run('query($id: ID!) { node(id: $id) { id ... on ErasureReceipt { verified } } erasureReceipts(first: 1) { totalCount edges { node { id } } } }', { id })).toMatchObject({ node: { id, verified: true }, erasureReceipts: { edges: [{ node: { id } }] } });
  expect(await office.run('query($id: ID!) { node(id: $id) { id } }', { id }, 'viewer')).toEqual({ node: null });
  await expect(office.admin.query('set role context_graph_app; update erasure_receipt set statement = $$x$$')).rejects.toThrow('permission denied');
  await office.admin.query('rollback; reset role');
  await office.admin.query(`update erasure_receipt set statement = replace(statement, 'CONTACT', 'CONTACTS') where id = $1`, [JSON.parse(statement).receiptId]);
  expect(await office.run('query($id: ID!) { node(id: $id) { ... on ErasureReceipt { verified } } }', { id })).toEqual({ node: { verified: false } });
});

test('erasing revokes consents, and reactions act once in the same transaction; when one fails nothing is erased', async () => {
  const email = 'reaction@example.com';
  await office.grant(email);
  await office.grant(email, { channel: 'PHONE' });
  const seen: RevokedConsent[] = [];
  const erase = (reaction: { name: string; react(work: Work, revoked: readonly RevokedConsent[]): Promise<void> }) =>
    officer(async (work) => {
      const places = [consentPlace([reaction]), ...personalPlaces.slice(1)];
      const { digest } = await previewErasure({ sql: work, tenantId: work.tenantId, now: work.now, seal: office.seal }, places, { email });
      return eraseSubject(work, { seal: office.seal, signer: office.signer, places }, { email, previewDigest: digest });
    });
  await expect(erase({ name: 'failing', react: () => Promise.reject(new Error('not now')) })).rejects.toThrow('not now');
  const asked = [{ email, purpose: 'OUTREACH', channel: 'EMAIL' }] as const;
  expect(await officer((work) => consentStates(work, { ...work, seal: office.seal }, asked))).toMatchObject([{ granted: true }]);
  await erase({ name: 'seen', react: async (_work, revoked) => void seen.push(...revoked) });
  expect(seen.map(({ channel, cause }) => `${channel} ${cause}`).toSorted()).toEqual(['EMAIL ERASURE', 'PHONE ERASURE']);
  expect(await officer((work) => consentStates(work, { ...work, seal: office.seal }, asked))).toMatchObject([{ granted: false, standing: 'UNKNOWN', subjectId: null }]);
});

test('who explicitly consents after being erased begins anew, with another key', async () => {
  const email = 'anew@example.com';
  const { id: first } = await office.grant(email);
  await office.erase(email);
  expect(await office.grant(email)).toMatchObject({ __typename: 'SuppressedError', code: 'SUPPRESSED' });
  const second = await office.grant(email, { proof: 'signed form' });
  expect(second).toMatchObject({ __typename: 'Consent', granted: true, version: 1 });
  expect(second['id']).not.toBe(first);
  const { consent } = await office.run<{ consent: object[] }>('query($email: String!) { consent(email: $email) { id history { version } } }', { email });
  expect(consent).toEqual([{ id: second['id'], history: [{ version: 1 }] }]);
  const { node } = await office.run<{ node: object }>('query($id: ID!) { node(id: $id) { ... on Consent { granted email source history { granted byErasure source } } } }', { id: first });
  expect(node).toEqual({ granted: false, email: null, source: null, history: [{ granted: false, byErasure: true, source: null }, { granted: true, byErasure: false, source: null }] });
});

test('ten rounds of two erasures, a revocation and a grant at once: one receipt a person, and what came after stays', async () => {
  for (let round = 0; round < 10; round += 1) {
    const email = `race${round}@example.com`;
    await contact(`race${round}`, email);
    await office.grant(email);
    const { digest } = await office.preview(email);
    const [one, two, revoked, granted] = await Promise.all([office.erase(email, digest), office.erase(email, digest), office.revoke(email), office.grant(email, { purpose: 'MARKETING' })]);
    const receipts = [one, two].filter(({ __typename }) => __typename === 'ErasureReceipt');
    for (const answer of [one, two]) if (answer.__typename !== 'ErasureReceipt') expect(answer.__typename).toBe('ErasurePreviewOutdated');
    expect(receipts.length).toBeLessThanOrEqual(1);
    // Who comes after the erasure is refused.
    for (const answer of [revoked, granted]) expect(['Consent', 'SuppressedError']).toContain(answer?.__typename);
    // Whatever their order was, no row is left that an erased key sealed and that counts.
    expect(await office.count('select from consent c join subject_key k using (tenant_id, subject_id) where c.granted and k.destroyed_at is not null')).toBe(0);
    expect(await office.count('select from subject_key where lookup = $1 and destroyed_at is null', [office.seal.lookup(office.tenant, { email })])).toBeLessThanOrEqual(1);
  }
  const decided = await office.rows(`select c.id from consent c where c.version <> (select count(*) from consent_decision d where d.consent_id = c.id)`);
  expect(decided).toEqual([]);
  expect((await verifyChain(office)).broken).toBeNull();
});

test('of two who erase at once exactly one does', async () => {
  for (let round = 0; round < 5; round += 1) {
    const email = `twice${round}@example.com`;
    await contact(`twice${round}`, email);
    await office.grant(email);
    const { digest } = await office.preview(email);
    const answers = await Promise.all([office.erase(email, digest), office.erase(email, digest), office.erase(email, digest)]);
    expect(answers.map(({ __typename }) => __typename).toSorted()).toEqual(['ErasurePreviewOutdated', 'ErasurePreviewOutdated', 'ErasureReceipt']);
    expect((await office.facts('subject.erased')).filter(({ data }) => answers.some((answer) => String(answer['id']).endsWith(String(data['erasureReceiptId']).replaceAll('-', ''))))).toHaveLength(1);
  }
});

test('a contact that is sent while its person is erased does not bring them back', async () => {
  const email = 'meanwhile@example.com';
  await contact('meanwhile-0', email);
  const { digest } = await office.preview(email);
  // Whoever waited for the erasure is told to send again; nothing of the call was stored.
  const send = (ref: string): Promise<unknown> => contact(ref, email).catch((error: unknown) => (String(error).includes('"CONFLICT"') ? contact(ref, email) : Promise.reject(error)));
  const [erased] = await Promise.all([office.erase(email, digest), ...Array.from({ length: 5 }, (_, index) => send(`meanwhile-${index + 1}`))]);
  const rows = await office.rows('select c.id, c.title, k.destroyed_at from contact c join subject_key k using (tenant_id, subject_id) join external_ref r on r.node_id = c.id where r.external_id like $1', ['meanwhile-%']);
  // A contact that came first makes the preview outdated: then nobody is erased, and every contact is there.
  expect(rows).toHaveLength(erased.__typename === 'ErasureReceipt' ? 0 : 6);
  expect(rows.filter((row) => row['destroyed_at'] !== null)).toEqual([]);
});

test('a person is handed everything that is held on them, by both doors, and that is recorded', async () => {
  const person = markedPerson('exportable');
  await plant(office, person);
  const exported = await office.run<{ exportSubject: { __typename: string; email: string; data: Record<string, Record<string, unknown>[]> } }>('mutation($email: String!) { exportSubject(email: $email) { __typename ... on SubjectExport { email exportedAt data } ... on UserError { code } } }', { email: person.email });
  expect(exported.exportSubject).toMatchObject({ __typename: 'SubjectExport', email: person.email });
  const { data } = exported.exportSubject;
  expect(data['contacts']).toContainEqual(expect.objectContaining({ name: person.name, email: person.earlier, title: `${person.name}, CTO 1` }));
  expect(data['profileFields']).toContainEqual(expect.objectContaining({ name: 'direct_line', value: person.phone }));
  expect(data['profileFieldMentions']).toContainEqual(expect.objectContaining({ name: 'summary' }));
  expect(data['documents']?.[0]?.['text']).toContain('Budget is approved.');
  expect(data['consents']).toContainEqual(expect.objectContaining({ source: `form of ${person.name}`, granted: true }));
  expect(data['consentDecisions']).toContainEqual(expect.objectContaining({ granted: true, source: `form of ${person.name}`, by: 'test-privacy_officer' }));
  // With the text that is about them, and not only the place where it stands.
  const said = (data['mentions'] ?? []).filter(({ kind }) => kind === 'signal' || kind === 'note');
  expect(JSON.stringify(said)).toContain(`${person.name} <${person.email}> ${person.phone} 1`);
  for (const mention of data['mentions'] ?? []) expect(JSON.stringify(mention['texts']).toLowerCase() + JSON.stringify(mention['texts'])).toMatch(new RegExp(`${person.marker}|${person.digits}|${person.phone.replaceAll('+', '\\+')}`));
  expect(data['documentMentions']?.[0]?.['text']).toContain(person.name);
  const response = await fetch(`${office.url}/api/subjects/${encodeURIComponent(person.email)}/export`, { headers: { authorization: `Bearer ${await office.token('privacy_officer')}` } });
  expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store']);
  expect(await response.json()).toMatchObject({ email: person.email, data });
  const facts = await office.facts('subject.exported');
  expect(facts).toHaveLength(2);
  expect(JSON.stringify(facts)).not.toContain(person.marker);
});

test('a cached profile forgets the person at once, and a value that only named them', async () => {
  const account = await contact('cached', 'cached@example.com', 'Renfield Cached');
  const profileId = account.replace('Account_', 'Profile_');
  const update = 'mutation($input: ProfileFieldInput!) { updateProfileField(input: $input) { __typename } }';
  await office.run(update, { input: { profileId, name: 'nickname', value: 'Renny', subjectEmail: 'cached@example.com' } }, 'agent');
  await office.run(update, { input: { profileId, name: 'summary', value: 'Renfield Cached decides' } }, 'agent');
  await office.run(update, { input: { profileId, name: 'plan', value: 'gold' } }, 'agent');
  const read = async (): Promise<unknown> => (await office.run<{ account: { profile: { fields: { name: string; value: unknown }[] } } }>('query($id: ID!) { account(id: $id) { profile { fields { name value } } } }', { id: account }, 'admin')).account.profile.fields;
  expect(await read()).toEqual([{ name: 'nickname', value: 'Renny' }, { name: 'plan', value: 'gold' }, { name: 'summary', value: 'Renfield Cached decides' }]);
  await office.erase('cached@example.com');
  expect(await read()).toEqual([{ name: 'nickname', value: null }, { name: 'plan', value: 'gold' }, { name: 'summary', value: null }]);
});

test('owners and managers of accounts are people, too', async () => {
  const account = await office.account('owned', { owner: { name: 'Quincey', email: 'Quincey@tenant.example' }, csm: { name: 'Arthur', email: 'arthur@tenant.example' } });
  office.clock.advance(1_000);
  await office.account('owned', { owner: { name: 'Quincey', email: 'Quincey@tenant.example' }, csm: { name: 'Arthur', email: 'arthur@tenant.example' }, industry: 'Other' });
  expect((await office.preview('quincey@tenant.example')).items).toContainEqual(expect.objectContaining({ kind: 'ACCOUNT_PERSON', count: 1 }));
  await office.erase('quincey@tenant.example');
  expect(await office.run('query($id: ID!) { account(id: $id) { owner { name email } csm { name } } }', { id: account }, 'viewer')).toEqual({ account: { owner: null, csm: { name: 'Arthur' } } });
  expect(await office.count(`select from account_history where owner_name = 'Quincey' or owner_email is not null and lower(owner_email) like 'quincey%'`)).toBe(0);
});

test('nobody else may, and nothing of it reaches another tenant', async () => {
  await contact('guarded', 'guarded@example.com');
  const { digest } = await office.preview('guarded@example.com');
  const erase = 'mutation($email: String!, $digest: String!) { eraseSubject(email: $email, previewDigest: $digest) { __typename } exportSubject(email: $email) { __typename } }';
  for (const role of ['viewer', 'analyst', 'approver', 'agent'] as const) {
    expect(await office.run(erase, { email: 'guarded@example.com', digest }, role as 'viewer')).toEqual({ eraseSubject: { __typename: 'ForbiddenError' }, exportSubject: { __typename: 'ForbiddenError' } });
    for (const query of ['{ erasurePreview(email: "guarded@example.com") { digest } }', '{ erasureReceipts { totalCount } }']) expect((await office.query(query, {}, { role })).errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
    expect((await fetch(`${office.url}/api/subjects/guarded@example.com/export`, { headers: { authorization: `Bearer ${await office.token(role)}` } })).status).toBe(403);
  }
  const stranger = await office.token('admin', { tenant: office.otherTenant });
  expect(await office.query(erase, { email: 'guarded@example.com', digest }, { token: stranger })).toMatchObject({ data: { eraseSubject: { __typename: 'ErasurePreviewOutdated' }, exportSubject: { __typename: 'NotFoundError' } } });
  expect((await office.preview('guarded@example.com')).digest).toBe(digest);
  expect((await fetch(`${office.url}/api/subjects/guarded@example.com/export`)).status).toBe(401);
});

test('bad input is refused with its place', async () => {
  for (const email of ['', 'nobody', 'a b@c', '\0@x', '\ud800@x.example', `${'x'.repeat(400)}@x.example`]) {
    expect((await office.query('query($email: String!) { erasurePreview(email: $email) { digest } }', { email }, { role: 'admin' })).errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', inputPath: ['email'] });
    expect(await office.erase(email, '0'.repeat(64))).toMatchObject({ code: 'BAD_USER_INPUT', path: ['email'] });
    expect(await office.run('mutation($email: String!) { exportSubject(email: $email) { ... on UserError { code path } } }', { email })).toMatchObject({ exportSubject: { code: 'BAD_USER_INPUT', path: ['email'] } });
  }
  for (const digest of ['', 'x', '0'.repeat(63), 'G'.repeat(64)]) expect(await office.erase('a@example.com', digest)).toMatchObject({ code: 'BAD_USER_INPUT', path: ['previewDigest'] });
  expect(await office.erase('a@example.com', '0'.repeat(64))).toMatchObject({ __typename: 'ErasurePreviewOutdated' });
  const rest = async (email: string) => (await fetch(`${office.url}/api/subjects/${email}/export`, { headers: { authorization: `Bearer ${await office.token('admin')}` } })).status;
  expect([await rest('nobody'), await rest('%00@x'), await rest('unknown@example.com')]).toEqual([400, 400, 404]);
});
