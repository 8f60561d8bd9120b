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
    return {
      url: server.url,
      adminUrl: server.adminUrl,
      pidFile: join(folder, 'data', 'postmaster.pid'),
      async stop() {
        await server.stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
