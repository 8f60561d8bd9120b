import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrations } from '../../migrations/index.ts';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/platform/postgres/embedded.ts';
import { migrate } from '../../src/platform/postgres/migrate.ts';

/** A migrated PostgreSQL of a test's own, which may be killed. It keeps what it has said it kept. */
export interface PostgresService {
  readonly url: string;
  readonly adminUrl: string;
  /** Ends it at once, as a power cut would. */
  kill(): Promise<void>;
  /** Starts it again, at the same address, on the same data. */
  restart(): Promise<void>;
  /** Stops it from answering, connections standing. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  stop(): Promise<void>;
}

/** PostgreSQL from npm: it needs nothing that is not installed already. */
export async function startPostgres(): Promise<PostgresService> {
  const folder = await mkdtemp(join(tmpdir(), 'context-graph-own-postgres-'));
  await chmod(folder, 0o711);
  const start = (): Promise<EmbeddedPostgres> => startEmbeddedPostgres({ folder, onLog: () => undefined });
  let server = await start();
  await migrate({ adminUrl: server.adminUrl, appUrl: server.url, migrations });
  const pid = async (): Promise<number> => Number((await readFile(join(folder, 'data', 'postmaster.pid'), 'utf8')).split('\n', 1)[0]);
  return {
    url: server.url,
    adminUrl: server.adminUrl,
    async kill() {
      process.kill(await pid(), 'SIGKILL');
      await server.stop();
    },
    async restart() {
      server = await start();
    },
    freeze: async () => signalAll(await pid(), 'SIGSTOP'),
    thaw: async () => signalAll(await pid(), 'SIGCONT'),
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Signals a server and each of its sessions. */
async function signalAll(server: number, signal: 'SIGSTOP' | 'SIGCONT'): Promise<void> {
  process.kill(server, signal);
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const status = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    // pid (name) state parent …
    if (Number(status.slice(status.lastIndexOf(')') + 2).split(' ')[1]) === server) process.kill(Number(name), signal);
  }
}
