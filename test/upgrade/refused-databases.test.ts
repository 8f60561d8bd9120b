import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Migration } from '@mikro-orm/migrations';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { migrations } from '../../migrations/index.ts';
import { landed } from '../../migrations/landed.ts';
import { migrate } from '../../src/platform/postgres/migrate.ts';
import { runCommandLine } from './commands.ts';
import { dropRestored, onServer, urlsOf } from './restored.ts';

let name: string;
let urls: ReturnType<typeof urlsOf>;
let folder: string;
beforeEach(async () => {
  name = `refused_${process.pid}_${randomBytes(4).toString('hex')}`;
  urls = urlsOf(name);
  folder = await mkdtemp(join(tmpdir(), 'context-graph-refused-'));
  await onServer(`create database ${name} template template0`);
});
afterEach(async () => {
  await dropRestored(name);
  await rm(folder, { recursive: true, force: true });
});

const upTo = (last: string) => migrations.slice(0, migrations.findIndex((step) => step.name === last) + 1);
const run = (steps = migrations) => migrate({ ...urls, migrations: steps, landed });
const ask = (sql: string) => onServer(sql, name);
const refusal = async (steps = migrations): Promise<string> => run(steps).then(
  () => 'accepted',
  (error: unknown) => (error instanceof Error ? `${error.name}: ${error.message}` : String(error)),
);

test('each step records its checksum in its own transaction; a database that ran another text is refused', async () => {
  await run();
  expect(await ask(`select count(*)::int as missing from mikro_orm_migrations m where not exists (select from migration_checksum c where c.name = m.name)`)).toEqual([{ missing: 0 }]);
  class Changed extends Migration {
    override up(): void {
      this.addSql('select 1');
    }
  }
  const changed = migrations.map((step) => (step.name === '0014-audit' ? { ...step, class: Changed } : step));
  expect(await refusal(changed)).toBe(
    'SchemaMismatch: The database ran another version of the migration 0014-audit than this program has. Start the version that made it, or: restore a backup made by a released version, or start with an empty database.',
  );
  expect(await run()).toEqual([]);
}, 300_000);

test('a database of a released version without checksums is recognised, and goes on', async () => {
  await run(upTo('0010-requirement-extraction'));
  await ask('drop table migration_checksum');
  expect(await run()).toEqual(migrations.slice(upTo('0010-requirement-extraction').length).map((step) => step.name));
}, 300_000);

test('a database of an unreleased version is refused by name, unchanged, and repaired by a backup and a restore', async () => {
  await run(upTo('0016-snapshots'));
  await ask('drop table migration_checksum; drop function erased_key(text) cascade; alter table snapshot_due drop column failures');
  const said = await refusal();
  expect(said).toMatch(/^SchemaMismatch: The database was made by an unreleased version of this program: function erased_key\(text\), table snapshot_due differ from every released version\. To repair it, run "npm run backup/);
  expect(await ask(`select to_regclass('restored_backup') as later`)).toEqual([{ later: null }]);

  const env = { DATABASE_URL: urls.appUrl, DATABASE_ADMIN_URL: urls.adminUrl, MASTER_KEY: randomBytes(32).toString('base64'), JWT_SECRET: randomBytes(32).toString('hex') };
  const migrated = await runCommandLine('migrate', [], env);
  expect([migrated.code, migrated.stderr.trim().split('\n')]).toEqual([1, [said.replace('SchemaMismatch: ', '')]]);
  expect(await runCommandLine('backup', ['--to', join(folder, 'repair.backup')], env)).toMatchObject({ code: 0, stderr: '' });
  expect(await runCommandLine('restore', ['--from', join(folder, 'repair.backup'), '--replace'], env)).toMatchObject({ code: 0, stderr: '' });
  expect(await run()).toEqual([]);
  expect(await ask(`select to_regprocedure('erased_key(text)') is not null as mended`)).toEqual([{ mended: true }]);
}, 300_000);

test('a database with a withdrawn step is refused with what to do', async () => {
  await run(upTo('0005-dead-letters'));
  await ask(`insert into mikro_orm_migrations (name) values ('0015-claimed-actions')`);
  expect(await refusal()).toBe('SchemaMismatch: The database was made by an unreleased version of this program: it has the step 0015-claimed-actions, which was withdrawn. Restore a backup made by a released version, or start with an empty database.');
}, 300_000);
