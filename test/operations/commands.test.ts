import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

/** Runs one of the program's commands as whoever operates it does. */
async function command(file: string, ...parameters: string[]): Promise<string> {
  const { stdout } = await run(file, parameters);
  return stdout.trim();
}

function environment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const { PATH = '', HOME = '' } = process.env;
  return { PATH, HOME, DATABASE_URL: database.url, MASTER_KEY: Buffer.alloc(32, 7).toString('base64'), JWT_SECRET: 'j'.repeat(40), ...more };
}

function run(file: string, parameters: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<{ stdout: string; stderr: string }> {
  const env = environment(more);
  return promisify(execFile)(process.execPath, ['--import', 'tsx', `src/app/${file}`, ...parameters], { cwd: resolve(import.meta.dirname, '../..'), env });
}

test('a tenant is made and a token for it minted by the commands of the README', async () => {
  const tenant = await command('tenant.ts', '--slug', 'acme', '--name', 'Acme');
  expect(tenant).toMatch(/^[0-9a-f-]{36}$/);
  const token = await command('token.ts', '--tenant', tenant, '--role', 'admin');
  // The slug is as good as the id.
  expect(JSON.parse(Buffer.from((await command('token.ts', '--tenant', 'acme')).split('.')[1] ?? '', 'base64url').toString())).toMatchObject({ tenant, roles: ['viewer'] });
  const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  expect(claims).toMatchObject({ tenant, roles: ['admin'] });
});

test('a bus that cannot be reached is one sentence', async () => {
  await expect(run('audit.ts', ['anchors'], { KAFKA_BROKERS: '127.0.0.1:1' })).rejects.toMatchObject({ code: 2, stderr: 'Cannot reach Kafka at 127.0.0.1:1 (KAFKA_BROKERS). Check that it runs and that KAFKA_BROKERS is right.\n' });
}, 120_000);

test('a reader that leaves early is no fault', async () => {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/app/tenant.ts', '--slug', 'unread', '--name', 'Unread'], { cwd: resolve(import.meta.dirname, '../..'), env: environment() });
  child.stdout.destroy();
  let said = '';
  child.stderr.on('data', (data: Buffer) => (said += data.toString()));
  const [code] = await once(child, 'close');
  expect([code, said]).toEqual([0, '']);
});
