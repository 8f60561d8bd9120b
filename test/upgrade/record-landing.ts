import { spawn, execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { migrations } from '../../migrations/index.ts';
import { checksumOf, landedFaults } from '../../src/platform/postgres/step-checksum.ts';
import { freePort } from '../../src/platform/postgres/server-process.ts';
import { fixtureFolder, fixtureKey } from './fixtures.ts';

/**
 * Run once at each landing: `npm run record-landing`. Adds the checksums of the new migrations to migrations/landed.json,
 * and writes a backup of a fresh demo database of this version to test/upgrade/fixtures.
 */
const root = resolve(import.meta.dirname, '../..');
const landedFile = join(root, 'migrations', 'landed.json');

async function recordChecksums(): Promise<void> {
  const landed = JSON.parse(await readFile(landedFile, 'utf8')) as { steps: Record<string, string> };
  const faults = landedFaults(landed.steps, migrations);
  if (faults.length > 0) throw new Error(faults.join('\n'));
  for (const step of migrations) landed.steps[step.name] ??= checksumOf(step);
  await writeFile(landedFile, `${JSON.stringify(landed, null, 1)}\n`);
}

async function makeFixture(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'context-graph-fixture-'));
  await chmod(folder, 0o755);
  const port = await freePort();
  const env = { PATH: process.env['PATH'], DATA_FOLDER: folder, PORT: String(port), MASTER_KEY: fixtureKey.toString('base64'), LOG_LEVEL: 'warn' };
  const program = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts'], { cwd: root, env, stdio: ['ignore', 'ignore', 'inherit'] });
  try {
    await settled(`http://127.0.0.1:${port}`);
    const file = join(fixtureFolder, `${migrations.at(-1)?.name}.backup`);
    await promisify(execFile)(process.execPath, ['--import', 'tsx', 'src/app/backup.ts', '--to', file, '--force'], { cwd: root, env });
    return file;
  } finally {
    program.kill('SIGTERM');
    await once(program, 'exit');
    await rm(folder, { recursive: true, force: true });
  }
}

/** Waits until the demo is loaded and every consumer has taken in what it made. */
async function settled(url: string): Promise<void> {
  for (let quiet = 0; quiet < 5; await new Promise((done) => setTimeout(done, 1_000))) {
    const workers = await fetch(`${url}/health/workers`).then((response) => response.json() as Promise<{ workers: { lag: number | null }[] }>, () => null);
    quiet = workers?.workers.length && workers.workers.every(({ lag }) => lag === null || lag === 0) ? quiet + 1 : 0;
  }
}

await recordChecksums();
process.stdout.write(`Recorded. Commit migrations/landed.json and ${await makeFixture()}.\n`);
