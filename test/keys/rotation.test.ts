import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkInstallation } from '../../src/app/open-keys.ts';
import { anchorChains, verifyChains } from '../../src/features/audit/index.ts';
import { addConnection } from '../../src/features/connectors/add-connection.ts';
import { createSecretFinder, createWebhookSecret } from '../../src/features/connectors/index.ts';
import { masterKeyId } from '../../src/platform/postgres/keys/master-key.ts';
import { subjectsOf } from '../../src/platform/postgres/seal.ts';
import { arrange, crm, dataOf, type Arranged } from '../accounts/arrange.ts';
import { startTestProgram, until, type TestProgram } from '../harness/program.ts';
import { fakeVendor, registerVendors } from '../connectors/vendors/fake-vendor.ts';
import { run, start } from './installation.ts';

const newKey = randomBytes(32);
const people = 3_000;
let program: Arranged;
let second: TestProgram;
let acme: string;
let webhook: { id: string; secret: Buffer };
let variables: Record<string, string>;
const caller = () => ({ tenantId: program.tenant, actor: { kind: 'system', id: 'test' } as const, requestId: 'test' });
const email = (index: number): string => `person-${index}@example.com`;
const under = async (length: number): Promise<number> => program.count('select from subject_key where octet_length(wrapped_key) = $1', [length]);
const credentials = { email: 'bot@acme.example', apiToken: 'the token of a bot' };
const storedCredentials = async (by: TestProgram): Promise<unknown> => {
  const [row] = (await program.rows('select wrapped_key as wrapped, encrypted_credentials as sealed from connection')) as unknown as { wrapped: Buffer; sealed: Buffer }[];
  return JSON.parse(by.seal.open(row?.wrapped ?? null, row?.sealed ?? null) ?? 'null');
};
const bus = { async *read() {} } as never;

beforeAll(async () => {
  program = await arrange({ roles: ['api', 'outbox-relay', 'context-engine'] });
  second = await startTestProgram({ roles: ['api'] }, program);
  acme = await program.account('acme');
  variables = { DATABASE_URL: program.testDatabase.url, JWT_SECRET: 'j'.repeat(40), MASTER_KEY: program.masterKey.toString('base64') };
  for (let from = 0; from < people; from += 500) {
    await program.database.transact(caller(), (work) => subjectsOf(work, program.seal, Array.from({ length: 500 }, (_, index) => ({ email: email(from + index) }))));
  }
  registerVendors([fakeVendor('jira').api]);
  await program.database.transact(caller(), (work) => addConnection(work, program.seal, { source: 'jira', credentials, settings: {} }));
  webhook = await program.database.transact(caller(), (work) => createWebhookSecret(work, program.seal, 'salesforce'));
});
afterAll(async () => {
  await second.close();
  await program.close();
});

const upsert = (by: TestProgram, index: number) =>
  by.query<{ upsertContacts: { rejected: number; results: { id?: string }[] } }, Record<string, unknown>>(
    'mutation($input: [ContactInput!]!) { upsertContacts(input: $input) { rejected results { ... on Upserted { id } } } }',
    { input: [{ account: { id: acme }, externalRef: crm(`contact-${index}`), name: `Person ${index}`, email: `contact-${index}@example.com` }] });
const nameOf = async (by: TestProgram, id: string) => dataOf(await by.query<{ node: { name: string } }, Record<string, unknown>>('query($id: ID!) { node(id: $id) { ... on Contact { name } } }', { id })).node.name;

test('a rotation under load that is killed in the middle loses nothing, and goes on where it was', async () => {
  const written = new Map<number, string>();
  const faults: unknown[] = [];
  const loaded = new AbortController();
  const load = async (by: TestProgram, reader: TestProgram, first: number): Promise<void> => {
    for (let index = first; !loaded.signal.aborted; index += 2) {
      try {
        const id = dataOf(await upsert(by, index)).upsertContacts.results[0]?.id ?? '';
        written.set(index, id);
        // Through the other process, which may be at another step of the rotation.
        expect(await nameOf(reader, id)).toBe(`Person ${index}`);
      } catch (error) {
        faults.push(error);
      }
    }
  };
  const running = [load(program, second, 0), load(second, program, 1)];
  await until('the load is on', () => written.size > 5);

  // A row in the middle is held, so that the command stands with some rows moved and some not.
  const [held] = await program.rows('select subject_id from subject_key order by subject_id offset $1 limit 1', [people / 2]);
  const holder = new Client({ connectionString: program.testDatabase.adminUrl });
  await holder.connect();
  await holder.query('begin');
  await holder.query('select from subject_key where subject_id = $1 for update', [held?.['subject_id']]);
  const first = start('app/keys.ts', { ...variables, NEW_MASTER_KEY: newKey.toString('base64') }, 'rotate');
  await until('the command waits for the held row', async () => (await under(68)) > 500 && (await program.count(`select from pg_stat_activity where wait_event_type = 'Lock' and query like '%for no key update%'`)) > 0, 120_000).catch(async (error: unknown) => {
    throw new Error(`${String(error)}; ${first.said()}; ${await under(68)} moved`);
  });
  expect(await under(60)).toBeGreaterThan(500);
  first.child.kill('SIGKILL');
  await first.ended;
  await holder.end();

  // In the middle both keys are valid, and what was begun is shown and kept from being forgotten.
  for (const bytes of [program.masterKey, newKey]) expect(await checkInstallation(program.testDatabase.url, [{ bytes, source: 'MASTER_KEY' }])).toMatchObject({ state: 'RECORDED' });
  const third = await startTestProgram({ roles: ['api'], masterKey: newKey }, program);
  const status = JSON.parse((await run('app/keys.ts', variables, 'status')).stdout) as { rotation: string; sealedKeys: { table: string; earlier: number; current: number }[] };
  expect(status).toMatchObject({ rotation: 'RUNNING', givenKeyId: masterKeyId(program.masterKey), masterKeys: [{ keyId: masterKeyId(program.masterKey), status: 'valid', runningProcesses: 2 }, { keyId: masterKeyId(newKey), status: 'valid', runningProcesses: 1 }] });
  expect(status.sealedKeys.find(({ table }) => table === 'subject_key')?.earlier).toBeGreaterThan(500);
  expect(await run('app/keys.ts', { ...variables, NEW_MASTER_KEY: randomBytes(32).toString('base64') }, 'rotate')).toMatchObject({ code: 1, stderr: expect.stringContaining(`A rotation to key ${masterKeyId(newKey)} is not finished`) as string });
  expect(await run('app/keys.ts', { ...variables, MASTER_KEY: newKey.toString('base64') }, 'retire')).toMatchObject({ code: 1, stderr: expect.stringContaining('The rotation is not finished') as string });

  const resumed = await run('app/keys.ts', variables, 'rotate');
  expect(resumed, resumed.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining('Resuming the rotation') as string });
  expect([await under(60), await program.count('select from webhook_secret where octet_length(wrapped_secret) <> 68'), await program.count('select from connection where octet_length(wrapped_key) <> 68')]).toEqual([0, 0, 0]);
  loaded.abort();
  await Promise.all(running);
  expect(faults).toEqual([]);
  for (const [index, id] of [...written].slice(-5)) expect(await nameOf(third, id)).toBe(`Person ${index}`);
  await third.close();
}, 240_000);

test('after it every digest still matches, and the chain verifies', async () => {
  const third = await startTestProgram({ roles: ['api'], masterKey: newKey }, program);
  const before = await program.count('select from subject_key');
  // The same people are found again under the same keys, by a process that knows the new master key alone.
  for (let from = 0; from < people; from += 500) {
    await third.database.transact(caller(), (work) => subjectsOf(work, third.seal, Array.from({ length: 500 }, (_, index) => ({ email: email(from + index) }))));
  }
  expect(await program.count('select from subject_key')).toBe(before);
  expect((await createSecretFinder(third.database, third.seal)({ id: webhook.id, source: 'salesforce', now: third.clock.now() }))?.secret).toEqual(webhook.secret);
  expect(await storedCredentials(third)).toEqual(credentials);
  expect([third.signer.keyId, third.seal.fingerprint('text'), third.seal.erasureKey(program.tenant)]).toEqual([program.signer.keyId, program.seal.fingerprint('text'), program.seal.erasureKey(program.tenant)]);
  program.clock.advance(10 * 60_000);
  const log = { error: () => undefined } as never;
  expect(await anchorChains({ database: program.database, bus, signer: program.signer, keys: program.keys, log }, { actor: { kind: 'system', id: 'test' }, requestId: 'anchor' })).toBeGreaterThan(0);
  expect(await verifyChains({ database: third.database, bus, keys: third.keys, log })).toBe(0);
  await third.close();
}, 120_000);

test('the old key is retired once nothing uses it, and refused from then on', async () => {
  const retire = () => run('app/keys.ts', { ...variables, MASTER_KEY: newKey.toString('base64') }, 'retire');
  const [oldId, newId] = [masterKeyId(program.masterKey), masterKeyId(newKey)];
  expect(await retire()).toEqual({ code: 1, stdout: '', stderr: `2 running processes still use key ${oldId}: restart them with key ${newId}, and retire it then (nothing was changed).\n` });
  expect(await run('app/keys.ts', variables, 'retire')).toMatchObject({ code: 1, stderr: expect.stringContaining(`MASTER_KEY holds the older of the valid keys: set it to the new key, ${newId}`) as string });
  await second.close();
  const { testDatabase, tenant, otherTenant, clock } = program;
  await program.stop();
  expect(await retire()).toEqual({ code: 0, stdout: `Retired ${oldId}.\n`, stderr: '' });
  const old = [{ bytes: program.masterKey, source: 'MASTER_KEY' }] as const;
  await expect(checkInstallation(testDatabase.url, old)).rejects.toMatchObject({ reason: 'RETIRED_KEY', message: expect.stringMatching(new RegExp(`^MASTER_KEY holds the key ${oldId}, which was retired on \\d{4}-\\d\\d-\\d\\d and replaced by ${newId}: set MASTER_KEY to that key`)) as string });
  await expect(startTestProgram({ roles: ['executor'], masterKey: program.masterKey }, program)).rejects.toThrow('was retired on');

  const next = await startTestProgram({ roles: ['api'] }, { testDatabase, tenant, otherTenant, clock, masterKey: newKey } as TestProgram);
  expect((await createSecretFinder(next.database, next.seal)({ id: webhook.id, source: 'salesforce', now: next.clock.now() }))?.secret).toEqual(webhook.secret);
  // A second rotation, and a new key that was lost on the way: it is retired by its id, with the present one.
  const lost = randomBytes(32);
  const present = { ...variables, MASTER_KEY: newKey.toString('base64') };
  expect((await run('app/keys.ts', { ...present, NEW_MASTER_KEY: lost.toString('base64') }, 'rotate')).code).toBe(0);
  expect(await run('app/keys.ts', present, 'retire', '--key', masterKeyId(lost))).toMatchObject({ code: 0, stdout: `Retired ${masterKeyId(lost)}.\n` });
  expect(await run('app/keys.ts', { ...present, NEW_MASTER_KEY: lost.toString('base64') }, 'rotate')).toMatchObject({ code: 1, stderr: expect.stringContaining('which this installation has or had already') as string });
  expect((await createSecretFinder(next.database, next.seal)({ id: webhook.id, source: 'salesforce', now: next.clock.now() }))?.secret).toEqual(webhook.secret);
  await next.stop();
}, 240_000);
