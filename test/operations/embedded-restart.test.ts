import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { freePort } from '../../src/platform/postgres/server-process.ts';
import { until } from '../harness/program.ts';
import { mountSmallDisk } from './small-disk.ts';

const root = resolve(import.meta.dirname, '../..');
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

interface Started {
  readonly child: ChildProcess;
  readonly url: string;
  said(): string;
  postmaster(): Promise<number>;
  ready(): Promise<{ status: number; body: Record<string, unknown> } | null>;
}

async function start(folder: string): Promise<Started> {
  const port = await freePort();
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts'], { cwd: root, env: { PATH: process.env['PATH'], DATA_FOLDER: folder, PORT: String(port), LOG_LEVEL: 'warn', DEMO: 'false' }, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (text += String(chunk)));
  cleanups.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  });
  const url = `http://127.0.0.1:${port}`;
  const ready = async () => {
    const response = await fetch(`${url}/health/ready`).catch(() => null);
    return response && { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  await until('it is ready', async () => (child.exitCode !== null ? Promise.reject(new Error(text)) : (await ready())?.status === 200), 120_000);
  return { child, url, said: () => text, ready, postmaster: async () => Number.parseInt(await readFile(join(folder, 'data', 'postmaster.pid'), 'utf8'), 10) };
}

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'context-graph-restart-'));
  await chmod(folder, 0o755);
  cleanups.push(() => rm(folder, { recursive: true, force: true, maxRetries: 50, retryDelay: 100 }));
  return folder;
}

test('a killed PostgreSQL is restarted with one line in the log; after repeated ends the program ends with one sentence', async () => {
  const program = await start(await newFolder());
  const ended = once(program.child, 'exit').then(([code]) => code as number | null);
  const lines = (): string[] => program.said().split('\n').filter((line) => line.includes('embedded PostgreSQL ended by itself and was restarted'));
  const killed = new Set<number>();
  const kill = async (): Promise<void> => {
    const pid = await until('another server runs', async () => {
      const found = await program.postmaster().catch(() => null);
      return found !== null && !killed.has(found) && found;
    }, 60_000);
    killed.add(pid);
    process.kill(pid, 'SIGKILL');
  };
  await kill();
  await until('the restart is logged', () => lines().length === 1, 60_000);
  await until('it is ready again', async () => (await program.ready())?.status === 200, 60_000);

  for (let restarts = 2; restarts <= 5; restarts += 1) {
    await kill();
    await until(`restart ${restarts} is logged`, () => lines().length === restarts, 60_000);
  }
  await kill();
  expect(await ended).toBe(1);
  const told = program.said().split('\n').filter((line) => line.startsWith('PostgreSQL ended by itself and cannot be kept running'));
  expect(told).toEqual([expect.stringContaining('it ended 6 times within 120 seconds')]);
  expect(program.said().split('\n').filter((line) => line !== '' && !line.startsWith('{') && !/^(Graph|Console|GraphiQL|Health|Metrics) +http/.test(line))).toEqual(told);
}, 300_000);

test('a full disk under the data folder is said while the server stands still, and it starts again with space', async () => {
  const { uid, gid } = await stat(tmpdir());
  const disk = await mountSmallDisk(400, { uid, gid });
  cleanups.push(() => disk.close());
  const program = await start(disk.folder);
  await disk.fill();
  process.kill(await program.postmaster(), 'SIGKILL');
  const full = await until('the full disk is said', async () => {
    const answer = await program.ready();
    return answer?.body['cause'] === 'STORAGE_FULL' && answer;
  }, 60_000);
  expect(full).toMatchObject({ status: 503, body: { reason: expect.stringContaining('disk of the database is full') } });
  expect(program.child.exitCode).toBeNull();
  await disk.clear();
  await until('it is ready again', async () => (await program.ready())?.status === 200, 60_000);
  expect(program.said().split('\n').filter((line) => line.includes('the disk of the embedded PostgreSQL is full'))).toHaveLength(1);
}, 300_000);
