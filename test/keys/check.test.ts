import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrations } from '../../migrations/index.ts';
import { roles } from '../../src/app/config.ts';
import { checkInstallation } from '../../src/app/open-keys.ts';
import { createWebhookSecret } from '../../src/features/connectors/index.ts';
import { KeyFault } from '../../src/platform/postgres/keys/key-fault.ts';
import { masterKeyId } from '../../src/platform/postgres/keys/master-key.ts';
import { migrate } from '../../src/platform/postgres/migrate.ts';
import { subjectsOf } from '../../src/platform/postgres/seal.ts';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';
import { startTestProgram, until, type TestProgram } from '../harness/program.ts';
import { digestOf, run, start } from './installation.ts';

const given = (bytes: Buffer) => [{ bytes, source: 'MASTER_KEY' }] as const;
const other = randomBytes(32);

async function asOwner(url: string, ...statements: string[]): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  for (const statement of statements) await client.query(statement);
  await client.end();
}

describe('a database that was written with a key', () => {
  let program: TestProgram;
  let database: TestDatabase;
  let before: string;
  let message: string;
  beforeAll(async () => {
    program = await startTestProgram({ roles: ['api'] });
    database = program.testDatabase;
    const caller = { tenantId: program.tenant, actor: { kind: 'system', id: 'test' } as const, requestId: 'test' };
    await program.database.transact(caller, async (work) => {
      await subjectsOf(work, program.seal, [{ email: 'ann@example.com' }]);
      await createWebhookSecret(work, program.seal, 'salesforce');
    });
    before = await digestOf(database.adminUrl);
    message = `MASTER_KEY holds another key (${masterKeyId(other)}) than the one that the data was written with (${masterKeyId(program.masterKey)}): set MASTER_KEY to that key, from your secret store or a backup (nothing was changed).`;
  });
  afterAll(() => program.close());

  test('is opened by it alone, for its owner and for the program', async () => {
    for (const url of [database.url, database.adminUrl]) {
      expect(await checkInstallation(url, given(program.masterKey))).toMatchObject({ state: 'RECORDED' });
      await expect(checkInstallation(url, given(other))).rejects.toMatchObject({ name: 'KeyFault', reason: 'OTHER_KEY', message });
      expect((await checkInstallation(url, [...given(other), ...given(program.masterKey)])).key.bytes).toEqual(program.masterKey);
    }
  });

  test.each(roles)('refuses a process of the role %s that joins with another key, and changes nothing', async (role) => {
    await expect(startTestProgram({ roles: [role], masterKey: other }, program)).rejects.toThrow(message);
    expect(await digestOf(database.adminUrl)).toBe(before);
  });

  test.each([
    ['the start', 'main.ts', 1, []],
    ['migrate', 'app/migrate.ts', 1, []],
    ['tenant', 'app/tenant.ts', 1, ['--slug', 'late', '--name', 'Late']],
    ['token', 'app/token.ts', 1, ['--tenant', '00000000-0000-7000-8000-000000000000']],
    ['dead-letters', 'app/dead-letters.ts', 1, ['replay', '--group', 'context-engine']],
    ['audit', 'app/audit.ts', 2, ['verify', '--tenant', '00000000-0000-7000-8000-000000000000']],
    ['keys', 'app/keys.ts', 1, ['rotate']],
  ])('refuses %s with one sentence, and changes nothing', async (_, file, code, parameters) => {
    const variables = { DATABASE_URL: database.url, DATABASE_ADMIN_URL: database.adminUrl, MASTER_KEY: other.toString('base64'), NEW_MASTER_KEY: randomBytes(32).toString('base64'), JWT_SECRET: 'j'.repeat(40), PORT: '0' };
    expect(await run(file, variables, ...parameters)).toEqual({ code, stdout: '', stderr: `${message}\n` });
    expect(await digestOf(database.adminUrl)).toBe(before);
  });

  test('says when its key ring was damaged', async () => {
    await asOwner(database.adminUrl, `update key_ring set sealed = overlay(sealed placing '\\x00'::bytea from 20)`);
    await expect(checkInstallation(database.url, given(program.masterKey))).rejects.toMatchObject({ reason: 'RING_DAMAGED' });
  });

  test('is judged by what is sealed in it while it has no key ring, as a database of an earlier version', async () => {
    await asOwner(database.adminUrl, 'drop table key_ring, master_key, known_signing_key', `delete from mikro_orm_migrations where name = '0017-keys'`, `delete from migration_checksum where name = '0017-keys'`);
    const old = await digestOf(database.adminUrl);
    for (const url of [database.url, database.adminUrl]) {
      expect(await checkInstallation(url, given(program.masterKey))).toMatchObject({ state: 'UNRECORDED' });
      await expect(checkInstallation(url, given(other))).rejects.toMatchObject({ reason: 'OTHER_KEY', message: `MASTER_KEY holds another key (${masterKeyId(other)}) than the one that the data was written with: set MASTER_KEY to that key, from your secret store or a backup (nothing was changed).` });
    }
    const variables = { DATABASE_URL: database.url, DATABASE_ADMIN_URL: database.adminUrl, MASTER_KEY: other.toString('base64'), JWT_SECRET: 'j'.repeat(40), PORT: '0' };
    expect((await run('main.ts', variables)).code).toBe(1);
    expect(await digestOf(database.adminUrl)).toBe(old);
    // One kind of sealed key is enough to tell.
    await asOwner(database.adminUrl, 'delete from webhook_secret');
    await expect(checkInstallation(database.url, given(other))).rejects.toThrow(KeyFault);
    expect(await migrate({ adminUrl: database.adminUrl, appUrl: database.url, migrations })).toEqual(['0017-keys']);
    const next = await startTestProgram({ roles: ['api'] }, program);
    await next.close();
    expect(await checkInstallation(database.url, given(program.masterKey))).toMatchObject({ state: 'RECORDED' });
  });
});

test('a running process whose database is replaced by one with another key says so and ends', async () => {
  const database = await createTestDatabase();
  const variables = { DATABASE_URL: database.url, DATABASE_ADMIN_URL: database.adminUrl, MASTER_KEY: other.toString('base64'), JWT_SECRET: 'j'.repeat(40), PORT: '0', ROLES: 'executor' };
  const program = start('main.ts', variables);
  await until('it runs', () => program.said().includes('"msg":"ready"') || program.child.exitCode !== null, 40_000);
  await asOwner(database.adminUrl, `update master_key set key_id = '0123456789abcdef'`, 'update key_ring set version = version + 1');
  expect([await program.ended, program.said()]).toEqual([1, expect.stringContaining(`MASTER_KEY holds another key (${masterKeyId(other)}) than the one that the data was written with (0123456789abcdef)`) as string]);
  await database.drop();
});

describe('a fresh database', () => {
  test('has no key to fit, before it is migrated and after', async () => {
    const empty = await createTestDatabase('empty');
    const migrated = await createTestDatabase();
    for (const { adminUrl } of [empty, migrated]) expect(await checkInstallation(adminUrl, given(other))).toMatchObject({ state: 'EMPTY' });
    await empty.drop();
    await migrated.drop();
  });

  test('of several first starts with different keys at the same time, one key is recorded, and the others are refused', async () => {
    const testDatabase = await createTestDatabase();
    const starts = await Promise.allSettled(
      Array.from({ length: 4 }, async (_, index) => startTestProgram({ roles: ['api'], slug: `race-${index}` }, { testDatabase, masterKey: randomBytes(32) } as TestProgram)),
    );
    const started = starts.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    expect(started).toHaveLength(1);
    expect(starts.flatMap((each) => (each.status === 'rejected' ? [(each.reason as Error).name] : []))).toEqual(['KeyFault', 'KeyFault', 'KeyFault']);
    for (const program of started) {
      expect(await checkInstallation(testDatabase.url, given(program.masterKey))).toMatchObject({ state: 'RECORDED' });
      await program.stop();
    }
    await testDatabase.drop();
  });

  test('of several first starts with one key, all start', async () => {
    const testDatabase = await createTestDatabase();
    const masterKey = randomBytes(32);
    const started = await Promise.all(Array.from({ length: 3 }, (_, index) => startTestProgram({ roles: ['api'], slug: `one-${index}` }, { testDatabase, masterKey } as TestProgram)));
    for (const program of started) await program.stop();
    await testDatabase.drop();
  });
});
