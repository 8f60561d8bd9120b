import { randomBytes } from 'node:crypto';
import { Migration } from '@mikro-orm/migrations';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { migrations } from '../../../migrations/index.ts';
import { DatabaseNewerThanProgram, migrate } from '../../../src/platform/postgres/migrate.ts';
import { createTestDatabase, type TestDatabase } from '../../harness/database.ts';

let database: TestDatabase;
let appUrl: string;
const names = migrations.map(({ name }) => name);

beforeEach(async () => {
  database = await createTestDatabase('empty');
  // Roles belong to the whole server, so each test has its own.
  appUrl = Object.assign(new URL(database.url), { username: `app_${randomBytes(5).toString('hex')}`, password: 'a b"c' }).href;
});
afterEach(async () => {
  await database.drop();
  await ask(`drop role if exists ${new URL(appUrl).username}`, Object.assign(new URL(database.adminUrl), { pathname: '/postgres' }).href);
});

async function ask(sql: string, url = database.adminUrl): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

function run(steps = migrations): Promise<readonly string[]> {
  return migrate({ adminUrl: database.adminUrl, appUrl, migrations: steps });
}

test('of several programs that start at once one migrates, and the rest find it done', async () => {
  const ran = await Promise.all([run(), run(), run()]);
  expect(ran.toSorted((a, b) => a.length - b.length)).toEqual([[], [], names]);
  expect(await run()).toEqual([]);
  expect(await ask('select count(*)::int as outbox from outbox', appUrl).catch(String)).toContain('permission denied');
  expect(await ask('select count(*)::int as tenants from tenant', appUrl)).toEqual([{ tenants: 0 }]);
});

test('a database that was migrated step by step gets the rest', async () => {
  expect(await run(migrations.slice(0, 1))).toEqual(names.slice(0, 1));
  expect(await run()).toEqual(names.slice(1));
});

test('a database newer than the program is left alone, with a clear word', async () => {
  await run();
  const refused = await run(migrations.slice(0, -1)).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(DatabaseNewerThanProgram);
  expect(refused).toMatchObject({ unknown: names.slice(-1), message: expect.stringContaining('Start the newer version') });
});

test('a step that fails leaves the database as it was', async () => {
  class Broken extends Migration {
    override up(): void {
      this.addSql('create table half_made ()');
      this.addSql('select 1 / 0');
    }
  }
  await run();
  await expect(run([...migrations, { name: '9999-broken', class: Broken }])).rejects.toThrow('division by zero');
  expect(await ask(`select to_regclass('half_made') as half`)).toEqual([{ half: null }]);
  expect(await run()).toEqual([]);
});

test('the login is mended: its password is set, its powers are taken', async () => {
  const role = new URL(appUrl).username;
  await ask(`create role ${role} login superuser createdb createrole bypassrls password 'old'`);
  await run();
  expect(await ask('select rolsuper, rolcreatedb, rolcreaterole, rolbypassrls from pg_roles where rolname = current_user', appUrl)).toEqual([
    { rolsuper: false, rolcreatedb: false, rolcreaterole: false, rolbypassrls: false },
  ]);
});

test('a login that owns something, or owns everything, is refused', async () => {
  const role = new URL(appUrl).username;
  await run();
  await ask(`alter table external_ref owner to ${role}`);
  await expect(run()).rejects.toThrow(`login ${role} owns table external_ref`);
  appUrl = database.adminUrl;
  await expect(run()).rejects.toThrow('must not log in as');
  appUrl = Object.assign(new URL(database.url), { username: role }).href;
});
