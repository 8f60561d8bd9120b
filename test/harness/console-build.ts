import { execFile } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const top = fileURLToPath(new URL('../..', import.meta.url));
const source = join(top, 'src/console');
const folder = join(top, 'dist/console');

/** Answers the folder of the built console, and builds it first when it is missing or older than its sources. */
export async function builtConsole(): Promise<string> {
  if ((await builtAt()) < (await changedAt())) await build();
  return folder;
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
