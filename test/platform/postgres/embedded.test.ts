import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../../src/platform/postgres/embedded.ts';

const isRoot = process.getuid?.() === 0;
const cleanups: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'context-graph-embedded-'));
  await chmod(folder, 0o755);
  cleanups.push(() => rm(folder, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 }));
  return folder;
}

/** Used by one test after another, to make data once only; every test leaves it stopped. */
let used = '';
beforeAll(async () => {
  used = await mkdtemp(join(tmpdir(), 'context-graph-embedded-'));
  await chmod(used, 0o755);
  await (await startEmbeddedPostgres({ folder: used, durable: false, onLog: () => undefined })).stop();
});
afterAll(() => rm(used, { recursive: true, force: true }));

async function start(folder: string, log: string[] = []): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ folder, durable: false, onLog: (line) => log.push(line) });
  cleanups.push(() => server.stop());
  return server;
}

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

interface Program {
  readonly child: ChildProcess;
  readonly said: Record<string, unknown>;
  /** What it says next. */
  readonly hear: () => Promise<Record<string, unknown>>;
}

/** Starts a program with a server on the folder, as if from a terminal: in a process group of its own. */
async function startChild(folder: string, uid?: number): Promise<Program> {
  const script = join(import.meta.dirname, 'embedded-child.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  const ended = once(child, 'exit');
  cleanups.push(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const hear = async (): Promise<Record<string, unknown>> => z.record(z.string(), z.unknown()).parse(JSON.parse((await lines.next()).value ?? 'null'));
  return { child, said: await hear(), hear };
}

async function postmasterPid(folder: string): Promise<number> {
  return Number.parseInt(await readFile(join(folder, 'data', 'postmaster.pid'), 'utf8'), 10);
}

test('keeps data, port and passwords over a restart', async () => {
  const folder = await newFolder();
  const first = await start(join(folder, 'made', 'by', 'it'));
  await ask(first.adminUrl, 'create table kept as select 42 as answer');
  await first.stop();
  const again = await start(join(folder, 'made', 'by', 'it'));
  expect(again.adminUrl).toBe(first.adminUrl);
  expect(await ask(again.adminUrl, 'select * from kept')).toEqual([{ answer: 42 }]);
});

test('is safe by default, speaks UTF-8 and UTC, and listens to this machine alone', async () => {
  const folder = await newFolder();
  const server = await startEmbeddedPostgres({ folder, onLog: () => undefined });
  cleanups.push(() => server.stop());
  const shown = await ask(
    server.adminUrl,
    `select current_setting('fsync') fsync, current_setting('synchronous_commit') synchronous_commit, current_setting('TimeZone') zone,
       current_setting('listen_addresses') addresses, current_setting('unix_socket_directories') sockets, datlocprovider provider,
       datlocale locale, pg_encoding_to_char(encoding) encoding, (select count(distinct auth_method)::int from pg_hba_file_rules) methods,
       (select min(auth_method) from pg_hba_file_rules) method
     from pg_database where datname = current_database()`,
  );
  expect(shown).toEqual([
    { fsync: 'on', synchronous_commit: 'on', zone: 'UTC', addresses: '127.0.0.1', sockets: '', provider: 'b', locale: 'C.UTF-8', encoding: 'UTF8', methods: 1, method: 'scram-sha-256' },
  ]);
  expect((await stat(join(folder, 'server.json'))).mode & 0o777).toBe(0o600);
});

test('takes another port, and keeps that, when its own is taken', async () => {
  const first = await start(used);
  await first.stop();
  const { port } = new URL(first.url);
  const squatter = createServer().listen(Number(port), '127.0.0.1');
  await once(squatter, 'listening');
  const moved = await start(used);
  expect(new URL(moved.url).port).not.toBe(port);
  await moved.stop();
  squatter.close();
  await once(squatter, 'close');
  expect((await start(used)).url).toBe(moved.url);
});

test('a second program on the folder is told who holds it, and the first goes on', async () => {
  const { child, said } = await startChild(used);
  await expect(start(used)).rejects.toMatchObject({ reason: 'FOLDER_LOCKED', holder: child.pid, message: expect.stringContaining(`process ${child.pid}. Stop that program`) });
  expect(await ask(String(said['adminUrl']), 'select 1 as one')).toEqual([{ one: 1 }]);
});

test('so is a second start in the same program', async () => {
  await start(used);
  await expect(start(used)).rejects.toMatchObject({ reason: 'FOLDER_LOCKED', holder: process.pid });
});

test('recovers by itself after a kill -9, whose server runs on', async () => {
  const { child, said } = await startChild(used);
  await ask(String(said['adminUrl']), 'create table kept_once as select 42 as answer');
  const pid = await postmasterPid(used);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(process.kill(pid, 0)).toBe(true);
  const server = await start(used);
  expect(await postmasterPid(used)).not.toBe(pid);
  expect(await ask(server.adminUrl, 'select * from kept_once')).toEqual([{ answer: 42 }]);
});

test('Ctrl-C in the terminal leaves the server up until the program has drained', async () => {
  const { child, hear } = await startChild(used);
  const ended = once(child, 'exit');
  process.kill(-(child.pid ?? 0), 'SIGINT');
  expect(await hear()).toEqual({ drained: true });
  expect(await ended).toEqual([0, null]);
  await expect(postmasterPid(used)).rejects.toThrow('ENOENT');
});

test('a program that ends without stopping it takes the server along', async () => {
  const { child } = await startChild(used);
  child.kill('SIGHUP');
  await vi.waitFor(() => expect(postmasterPid(used)).rejects.toThrow('ENOENT'), { timeout: 20_000 });
});

test('recovers when the server was killed too', async () => {
  const { child, said } = await startChild(used);
  await ask(String(said['adminUrl']), 'create table kept_twice as select 42 as answer');
  await ask(String(said['adminUrl']), 'checkpoint');
  process.kill(await postmasterPid(used), 'SIGKILL');
  child.kill('SIGKILL');
  await once(child, 'exit');
  const log: string[] = [];
  const server = await start(used, log);
  expect(log.join('\n')).toContain('was not properly shut down');
  expect(await ask(server.adminUrl, 'select * from kept_twice')).toEqual([{ answer: 42 }]);
});

test('a pid left behind that now is somebody else’s is left in peace', async () => {
  await (await start(used)).stop();
  const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  await writeFile(join(used, 'data', 'postmaster.pid'), `${stranger.pid}\n${join(used, 'data')}\n1\n1\n\n127.0.0.1\n0\nready\n`);
  await start(used);
  expect(stranger.exitCode).toBeNull();
  stranger.kill();
  await once(stranger, 'exit');
});

test('an end during the first start leaves nothing that hinders the next', async () => {
  const folder = await newFolder();
  await mkdir(join(folder, 'new-left', 'data'), { recursive: true });
  await writeFile(join(folder, 'new-left', 'data', 'PG_VERSION'), '18\n');
  const server = await start(folder);
  expect(await ask(server.adminUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
  await expect(stat(join(folder, 'new-left'))).rejects.toThrow('ENOENT');
});

test('data of another major version, and passwords that are gone, are told apart and told clearly', async () => {
  await (await start(used)).stop();
  await writeFile(join(used, 'data', 'PG_VERSION'), '17\n');
  await expect(start(used)).rejects.toMatchObject({ reason: 'OTHER_MAJOR_VERSION', message: expect.stringContaining('PostgreSQL 17') });
  await writeFile(join(used, 'data', 'PG_VERSION'), '18\n');
  await writeFile(join(used, 'server.json'), '{}');
  await expect(start(used)).rejects.toMatchObject({ reason: 'FOLDER_INCOMPLETE', message: expect.stringContaining('server.json') });
  await rm(join(used, 'data', 'PG_VERSION'));
  await expect(start(used)).rejects.toMatchObject({ reason: 'FOLDER_INCOMPLETE' });
});

test('a folder that cannot be made is told clearly', async () => {
  const folder = await newFolder();
  await writeFile(join(folder, 'file'), '');
  await expect(start(join(folder, 'file', 'below'))).rejects.toMatchObject({ reason: 'FOLDER_NOT_WRITABLE', message: expect.stringContaining('ENOTDIR') });
});

test('a folder closed to whom the server runs as is told clearly', async () => {
  const folder = await newFolder();
  const closed = join(folder, 'closed');
  await mkdir(join(closed, 'inner'), { recursive: true });
  await chmod(closed, isRoot ? 0o700 : 0o500);
  const reason = isRoot ? 'PATH_NOT_REACHABLE' : 'FOLDER_NOT_WRITABLE';
  await expect(start(join(closed, isRoot ? 'inner' : 'new'))).rejects.toMatchObject({ reason, message: expect.stringContaining(closed) });
});

test('runs as an ordinary user, and root then runs that user’s folder as that user', async () => {
  const folder = await newFolder();
  const nobody = isRoot ? 65_534 : process.getuid?.() ?? 0;
  if (isRoot) await chown(folder, nobody, nobody);
  const { child, said } = await startChild(folder, isRoot ? nobody : undefined);
  await ask(String(said['adminUrl']), 'create table kept as select 42 as answer');
  child.kill('SIGTERM');
  await once(child, 'exit');
  const server = await start(folder);
  expect(await ask(server.adminUrl, 'select * from kept')).toEqual([{ answer: 42 }]);
  expect((await stat(join(folder, 'data', 'postmaster.pid'))).uid).toBe(nobody);
  expect((await stat(join(folder, 'server.json'))).uid).toBe(nobody);
});
