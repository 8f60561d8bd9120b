import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { until } from './program.ts';

const top = fileURLToPath(new URL('../..', import.meta.url));
const source = join(top, 'src/console');
const folder = join(top, 'dist/console');

/** Answers the folder of the built console, and builds it first when it is missing or older than its sources. */
export async function builtConsole(): Promise<string> {
  await alone(async () => {
    if ((await builtAt()) < (await changedAt())) await build();
  });
  return folder;
}

/**
 * Test files run side by side, and a build empties the folder that another file's browser loads from: one builds, the
 * others wait. The lock names its holder, so that one who was killed keeps nobody out.
 */
async function alone(body: () => Promise<void>): Promise<void> {
  await mkdir(join(top, 'dist'), { recursive: true });
  const lock = join(top, 'dist/console.lock');
  await until('the console is built by another test file', () => takeLock(lock), 120_000);
  try {
    await body();
  } finally {
    await rm(lock, { force: true });
  }
}

async function takeLock(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    const holder = Number(await readFile(lock, 'utf8').catch(() => ''));
    if (holder > 0 && holder !== process.pid && !isAlive(holder)) await rm(lock, { force: true });
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function build(): Promise<void> {
  const vite = join(top, 'node_modules/vite/bin/vite.js');
  // vitest sets NODE_ENV to test, with which React's development build would be bundled.
  const env = { ...process.env, NODE_ENV: 'production' };
  await promisify(execFile)(process.execPath, [vite, 'build', '--config', join(source, 'vite.config.ts')], { cwd: top, env });
}

/** Milliseconds since 1970; 0 when there is no build. */
async function builtAt(): Promise<number> {
  return stat(join(folder, 'rooms/index.html')).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}

async function changedAt(): Promise<number> {
  const names = await readdir(source, { recursive: true });
  const paths = [...names.map((name) => join(source, name)), join(top, 'package-lock.json')];
  const times = await Promise.all(paths.map(async (path) => (await stat(path)).mtimeMs));
  return Math.max(...times);
}
