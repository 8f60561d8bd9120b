import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../src/platform/postgres/server-process.ts';
import { until } from '../harness/program.ts';

const binary = [process.env['HAPROXY'], '/usr/sbin/haproxy', '/usr/local/sbin/haproxy', '/opt/homebrew/bin/haproxy'].find((path) => path && existsSync(path)) ?? null;

/** Whether tests that need haproxy are to be run; without it that is said loudly, and in CI it is a failure. */
export function haproxyAvailable(testFile: string): boolean {
  if (binary) return true;
  const cure = 'No haproxy found. Install one (Debian: apt-get install -y haproxy), or set HAPROXY to its program.';
  if (process.env['CI'] === 'true') throw new Error(`${cure} In CI the haproxy tests must run.`);
  process.stderr.write(`\n\n!!! NOT RUN: ${testFile}. ${cure}\n\n`);
  return false;
}

/** The balancer as it is delivered, before processes on this machine. Only addresses, names and the number of connections are replaced. */
export async function startHaproxy(servers: readonly string[]): Promise<{ readonly url: string; close(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'context-graph-haproxy-'));
  const port = await freePort();
  const file = join(folder, 'haproxy.cfg');
  await writeFile(file, configuration(port, servers));
  const output: string[] = [];
  const haproxy: ChildProcess = spawn(binary ?? '', ['-db', '-f', file], { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [haproxy.stdout, haproxy.stderr]) stream?.on('data', (chunk) => output.push(String(chunk)));
  const ended = new Promise<void>((resolve) => void haproxy.once('exit', () => resolve()));
  const url = `http://127.0.0.1:${port}`;
  await until('haproxy serves', async () => {
    if (haproxy.exitCode !== null) throw new Error(`haproxy ended: ${output.join('')}`);
    return (await listens(port)) && (await fetch(`${url}/health/ready`).then(({ ok }) => ok, () => false));
  });
  return {
    url,
    async close() {
      haproxy.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function configuration(port: number, servers: readonly string[]): string {
  const delivered = readFileSync(new URL('../../src/app/image/haproxy.cfg', import.meta.url), 'utf8');
  const replaced = delivered
    .replace(/^resolvers docker\n( .*\n)+/m, '')
    // Compose allows that many; this machine may not.
    .replace('maxconn 20000', 'maxconn 500')
    .replace('bind :4000', `bind 127.0.0.1:${port}`)
    .replace(' init-addr none resolvers docker', '')
    .replace('  server-template api 10 api:4000', servers.map((url, place) => `  server api${place} ${new URL(url).host}`).join('\n'));
  if (/docker|:4000/.test(replaced.replace(/#.*/g, ''))) throw new Error('the delivered haproxy.cfg has a form that the test does not know');
  return replaced;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    }).on('error', () => resolve(false));
  });
}
