import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/platform/clock.ts';
import { makeAccount } from '../harness/accounts.ts';
import { startTestProgram, type TestProgram } from '../harness/program.ts';
import { runCommandLine } from './commands.ts';
import { dropRestored, onServer, urlsOf } from './restored.ts';

// A backup, then an erasure and objections; the restore must not undo what people decided.
const masterKey = randomBytes(32);
const name = `people_${process.pid}_${randomBytes(4).toString('hex')}`;
const gone = 'gone.person@example.com';
const objecting = 'objecting.person@example.com';
const later = 'later.person@example.com';
let folder: string;
let program: TestProgram;
let env: Record<string, string>;
let account: string;

const open = () => startTestProgram({ databaseUrl: urlsOf(name).appUrl, masterKey, clock: systemClock, roles: ['api'] });
const run = async <Data>(query: string, variables: Record<string, unknown> = {}): Promise<Data> => {
  const { data, errors } = await program.query<Data, Record<string, unknown>>(query, variables, { token: await program.token('admin', { hours: 24 * 3_650 }) });
  expect(errors).toBeUndefined();
  return data as Data;
};
const contact = (id: string, email: string) => ({ account: { id: account }, externalRef: { system: 'crm', id }, name: `Person ${id}`, email });
const upsert = async (...input: object[]): Promise<string[]> =>
  (await run<{ upsertContacts: { results: { __typename: string }[] } }>('mutation ($input: [ContactInput!]!) { upsertContacts(input: $input) { results { __typename } } }', { input })).upsertContacts.results.map(({ __typename }) => __typename);
const grant = async (email: string): Promise<string> =>
  (await run<{ grantConsent: { __typename: string } }>('mutation ($input: ConsentInput!) { grantConsent(input: $input) { __typename } }', { input: { email, purpose: 'OUTREACH', channel: 'EMAIL', basis: 'LEGITIMATE_INTEREST', source: 'crm' } })).grantConsent.__typename;
const object = (email: string) => run('mutation ($input: ConsentRevocationInput!) { revokeConsent(input: $input) { __typename } }', { input: { email, purpose: 'OUTREACH', channel: 'EMAIL' } });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'context-graph-people-'));
  const { adminUrl, appUrl } = urlsOf(name);
  await onServer(`create database ${name} template template0`);
  env = { DATABASE_URL: appUrl, DATABASE_ADMIN_URL: adminUrl, MASTER_KEY: masterKey.toString('base64'), JWT_SECRET: randomBytes(32).toString('hex') };
  expect((await runCommandLine('migrate', [], env)).stdout).toContain('Ran 0001-platform');
  program = await open();
  account = await makeAccount(program, 'Kept');
}, 300_000);
afterAll(async () => {
  await program?.close();
  await dropRestored(name);
  await rm(folder, { recursive: true, force: true });
});

test('a restore repeats the erasures and objections made since the backup, and keeps the suppression list', async () => {
  expect(await upsert(contact('gone', gone), contact('objecting', objecting))).toEqual(['Upserted', 'Upserted']);
  await run('mutation ($input: [NoteInput!]!) { upsertNotes(input: $input) { results { __typename } } }', { input: [{ account: { id: account }, externalRef: { system: 'crm', id: 'n' }, noteType: 'CALL', occurredAt: '2026-11-20T10:00:00.000Z', content: `Ask ${gone}` }] });
  expect(await grant(objecting)).toBe('Consent');
  expect(await runCommandLine('backup', ['--to', join(folder, 'b')], env)).toMatchObject({ code: 0, stderr: '' });

  expect(await upsert(contact('later', later))).toEqual(['Upserted']);
  for (const email of [gone, later]) {
    const { erasurePreview } = await run<{ erasurePreview: { digest: string } }>('query ($email: String!) { erasurePreview(email: $email) { digest } }', { email });
    expect(await run('mutation ($email: String!, $digest: String!) { eraseSubject(email: $email, previewDigest: $digest) { __typename } }', { email, digest: erasurePreview.digest })).toEqual({ eraseSubject: { __typename: 'ErasureReceipt' } });
  }
  await object(objecting);
  await object('unknown.person@example.com');
  await program.stop();

  const restored = await runCommandLine('restore', ['--from', join(folder, 'b'), '--replace'], env);
  expect(restored).toMatchObject({ code: 0, stderr: '' });
  expect(restored.stdout).toContain('Repeated what was decided since the backup: erasures 1, objections 2.');
  program = await open();

  const read = await run('query ($id: ID!) { account(id: $id) { contacts { edges { node { email } } } notes { edges { node { content } } } } erasureReceipts { edges { node { verified items { kind } } } } }', { id: account });
  expect(read).toMatchObject({ account: { contacts: { edges: [{ node: { email: objecting } }] }, notes: { edges: [{ node: { content: 'Ask [erased]' } }] } }, erasureReceipts: { edges: [{ node: { verified: true } }] } });
  // Also who came and went after the backup.
  expect(await upsert(contact('gone', gone), contact('new', gone), contact('later', later))).toEqual(['SuppressedError', 'SuppressedError', 'SuppressedError']);
  expect([await grant(objecting), await grant('unknown.person@example.com')]).toEqual(['ConflictError', 'ConflictError']);

  const verified = await runCommandLine('audit', ['verify', '--tenant', program.tenant], env);
  expect([verified.code, JSON.parse(verified.stdout)]).toMatchObject([0, { intact: true }]);
}, 300_000);
