import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { landed } from '../../migrations/landed.ts';
import { migrations } from '../../migrations/index.ts';
import { backupBeforeUpgrade } from '../../src/app/backup-before-upgrade.ts';
import { readConfig } from '../../src/app/config.ts';
import { checkBackup } from '../../src/platform/postgres/backup/load-backup.ts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/platform/postgres/embedded.ts';
import { migrate } from '../../src/platform/postgres/migrate.ts';
import { runCommandLine } from './commands.ts';

let root: string;
let running: EmbeddedPostgres;
const secrets = `${JSON.stringify({ tokenSecret: 't'.repeat(43), masterKey: Buffer.alloc(32, 9).toString('base64') })}\n`;
const at = (name: string): string => join(root, name);
const older = migrations.slice(0, -1);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'context-graph-embedded-backup-'));
  await chmod(root, 0o755);
  running = await startEmbeddedPostgres({ folder: at('first'), durable: false, onLog: () => undefined });
  await writeFile(at('first/secrets.json'), secrets, { mode: 0o600 });
  await migrate({ adminUrl: running.adminUrl, appUrl: running.url, migrations: older, landed });
}, 300_000);
afterAll(async () => {
  await running?.stop();
  await rm(root, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 });
});

test('before an embedded database is migrated it is backed up, once', async () => {
  const config = readConfig({ DATA_FOLDER: at('first') });
  const told: string[] = [];
  const log = { info: (_: unknown, message: string) => told.push(message) } as never;
  await backupBeforeUpgrade(config, { adminUrl: running.adminUrl, log, root: Buffer.alloc(32, 9) });
  const { header } = await checkBackup(at(`first/backups/${older.at(-1)?.name}.backup`));
  expect(header.steps.map(({ name }) => name)).toEqual(older.map(({ name }) => name));
  await migrate({ adminUrl: running.adminUrl, appUrl: running.url, migrations, landed });
  await backupBeforeUpgrade(config, { adminUrl: running.adminUrl, log, root: Buffer.alloc(32, 9) });
  expect(told).toEqual(['backup written before the upgrade']);
}, 300_000);

test('a running embedded database is backed up, and restored into another folder with the keys of the backup', async () => {
  expect(await runCommandLine('backup', ['--to', at('with.backup'), '--with-secrets'], { DATA_FOLDER: at('first') })).toMatchObject({ code: 0, stdout: expect.stringContaining('It holds secrets.json') });
  expect(await runCommandLine('backup', ['--to', at('without.backup')], { DATA_FOLDER: at('first') })).toMatchObject({ code: 0 });
  expect((await runCommandLine('restore', ['--from', at('with.backup'), '--replace'], { DATA_FOLDER: at('first') })).stderr).toMatch(/^The data folder .* is in use by process \d+\. Stop that program first/);
  expect((await runCommandLine('restore', ['--from', at('without.backup')], { DATA_FOLDER: at('second') })).stderr).toContain('does not hold its keys. Put the secrets.json that belongs to it into');
  expect(await runCommandLine('restore', ['--from', at('with.backup')], { DATA_FOLDER: at('second') })).toMatchObject({ code: 0, stderr: '' });
  expect(await readFile(at('second/secrets.json'), 'utf8')).toBe(secrets);
  expect((await stat(at('second/secrets.json'))).mode & 0o777).toBe(0o600);
  const second = await startEmbeddedPostgres({ folder: at('second'), durable: false, onLog: () => undefined });
  expect(await migrate({ adminUrl: second.adminUrl, appUrl: second.url, migrations, landed })).toEqual([]);
  await second.stop();
}, 300_000);
