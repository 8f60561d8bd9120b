import { spawn, type ChildProcess } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrations } from '../../migrations/index.ts';
import { startEmbeddedPostgres } from '../../src/platform/postgres/embedded.ts';
import { migrate } from '../../src/platform/postgres/migrate.ts';

/** A migrated PostgreSQL in a folder that goes away with it. */
export interface BenchDatabase {
  readonly url: string;
  readonly adminUrl: string;
  /** The server's own file, whose first line is its process id. */
  readonly pidFile: string;
  stop(): Promise<void>;
}

/** Starts PostgreSQL as `npm start` would, durable, in a temporary folder, and migrates it. */
export async function startBenchDatabase(): Promise<BenchDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'context-graph-bench-'));
  await chmod(folder, 0o711);
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const server = await startEmbeddedPostgres({ folder, onLog: () => undefined });
    await migrate({ adminUrl: server.adminUrl, appUrl: server.url, migrations });
    const pidFile = join(folder, 'data', 'postmaster.pid');
    const guard = guardServer(pidFile, folder);
    return {
      url: server.url,
      adminUrl: server.adminUrl,
      pidFile,
      async stop() {
        guard.kill('SIGKILL');
        await server.stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Ends the server and removes its folder when this process dies without doing so: the guard then reads the end of its input. */
function guardServer(pidFile: string, folder: string): ChildProcess {
  const script = 'read -r line; pid=$(head -n 1 "$1"); kill -INT "$pid"; while kill -0 "$pid"; do sleep 0.2; done; rm -rf "$2"';
  const guard = spawn('sh', ['-c', script, 'guard', pidFile, folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  guard.unref();
  return guard;
}
