import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from '../../src/platform/postgres/server-process.ts';

/** A Redis of a test file's own, which can be made to go and come back at the same address. */
export interface TestRedis {
  /** What the program is given. */
  readonly urls: readonly string[];
  /** A plain client, to look past the program. It is made anew after each start. */
  client(): Redis;
  /** Ends the server at once, or in order; what it held is gone either way. */
  stop(signal?: 'SIGKILL' | 'SIGTERM'): Promise<void>;
  /** Starts it again, empty, at the same port. */
  start(): Promise<void>;
  /** Stops it from answering, connections standing; and lets it answer again. */
  freeze(): void;
  thaw(): void;
  close(): Promise<void>;
}

const binary = [process.env['REDIS_SERVER'], '/usr/bin/redis-server', '/usr/local/bin/redis-server', '/opt/homebrew/bin/redis-server'].find((path) => path && existsSync(path)) ?? null;
const hasDocker = (): boolean => spawnSync('docker', ['info'], { stdio: 'ignore', timeout: 5_000 }).status === 0;
const image = 'redis:7-alpine';

/** How a Redis can be had here, or null: an engine for containers if one runs, else a server on this machine. */
const engine: 'docker' | 'binary' | null = hasDocker() ? 'docker' : binary ? 'binary' : null;

/**
 * Whether tests that need a Redis of their own are to be run. Without one they cannot be: in CI that is a failure, and
 * elsewhere it is said loudly, since a test that was not run has shown nothing.
 */
export function redisAvailable(testFile: string): boolean {
  if (engine) return true;
  const cure = 'No Redis found. Install one (Debian: apt-get install -y redis-server), run a Docker engine, or set REDIS_SERVER to its program.';
  if (process.env['CI'] === 'true') throw new Error(`${cure} In CI the Redis tests must run.`);
  process.stderr.write(`\n\n!!! NOT RUN: ${testFile}. ${cure}\n\n`);
  return false;
}

/** The URLs of a Redis that REDIS_URL names, for tests that do not stop it; their keys carry a tenant of the test's own. */
export const givenRedis: readonly string[] | null = process.env['REDIS_URL']?.split(',') ?? null;

/** Starts a Redis; as a cluster of one node, which refuses what a cluster would refuse, when asked to. */
export async function startTestRedis({ cluster = false } = {}): Promise<TestRedis> {
  if (!engine) throw new Error('Ask redisAvailable() first.');
  const folder = await mkdtemp(join(tmpdir(), 'context-graph-redis-'));
  const port = await portWithBus();
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--daemonize', 'no', ...(cluster ? ['--cluster-enabled', 'yes', '--cluster-config-file', `nodes-${port}.conf`, '--cluster-announce-ip', '127.0.0.1'] : [])];
  let server: ChildProcess | null = null;
  let client: Redis | null = null;

  const ended = (child: ChildProcess): Promise<void> => new Promise((resolve) => (child.exitCode !== null || child.signalCode !== null ? resolve() : void child.once('exit', () => resolve())));

  const test: TestRedis = {
    urls: cluster ? [`redis://127.0.0.1:${port}`, `redis://127.0.0.1:${port}`] : [`redis://127.0.0.1:${port}`],
    client() {
      if (!client) throw new Error('the Redis is stopped');
      return client;
    },
    async start() {
      server = engine === 'docker'
        ? spawn('docker', ['run', '--rm', '--init', '--network', 'host', '--name', `context-graph-redis-${port}`, image, 'redis-server', ...settings], { stdio: 'ignore' })
        : spawn(binary ?? '', [...settings, '--dir', folder], { stdio: 'ignore' });
      client = await answering(port);
      if (cluster) await ownAllSlots(client);
    },
    async stop(signal = 'SIGKILL') {
      client?.disconnect();
      client = null;
      if (!server) return;
      // The client of an engine does not pass on what it is killed by.
      if (engine === 'docker') spawnSync('docker', ['kill', '--signal', signal, `context-graph-redis-${port}`], { stdio: 'ignore' });
      else server.kill(signal);
      await ended(server);
      server = null;
    },
    freeze: () => signalServer('SIGSTOP'),
    thaw: () => signalServer('SIGCONT'),
    async close() {
      signalServer('SIGCONT');
      await test.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  const signalServer = (signal: 'SIGSTOP' | 'SIGCONT'): void => {
    if (engine === 'docker') spawnSync('docker', ['kill', '--signal', signal, `context-graph-redis-${port}`], { stdio: 'ignore' });
    else server?.kill(signal);
  };
  await test.start();
  return test;
}

/** A cluster's bus takes the port 10,000 above. */
async function portWithBus(): Promise<number> {
  const port = await freePort();
  return port > 55_000 ? portWithBus() : port;
}

/** A client of a server that has come up. */
async function answering(port: number): Promise<Redis> {
  const client = new Redis({ host: '127.0.0.1', port, maxRetriesPerRequest: null, retryStrategy: () => 20 });
  client.on('error', () => undefined);
  await client.ping();
  return client;
}

async function ownAllSlots(client: Redis): Promise<void> {
  // Started again it remembers them.
  if (!(await client.cluster('INFO')).includes('cluster_slots_assigned:16384')) await client.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
  while (!(await client.cluster('INFO')).includes('cluster_state:ok')) await new Promise((resolve) => setTimeout(resolve, 20));
}
