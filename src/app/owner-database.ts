import { embeddedUrls, startEmbeddedPostgres } from '../platform/postgres/embedded.ts';
import { EmbeddedFault } from '../platform/postgres/embedded-fault.ts';
import { requireReachable } from '../platform/postgres/reach.ts';
import type { Config } from './config.ts';
import { CommandFault } from './run-command.ts';

/** The database of an installation as its owner reaches it. */
export interface OwnerDatabase {
  readonly adminUrl: string;
  readonly appUrl: string;
  close(): Promise<void>;
}

/** The configured database, the embedded one that runs in the data folder, or that one started for as long as the command runs. */
export async function openOwnerDatabase(config: Config, { beside }: { readonly beside: boolean }): Promise<OwnerDatabase> {
  if (config.database) {
    const { adminUrl, url } = config.database;
    if (!adminUrl) throw new CommandFault('DATABASE_ADMIN_URL is needed beside DATABASE_URL: this command works as the owner of the database.');
    await requireReachable({ url: adminUrl, variable: 'DATABASE_ADMIN_URL' });
    return { adminUrl, appUrl: url, close: async () => undefined };
  }
  try {
    const server = await startEmbeddedPostgres({ folder: config.dataFolder, onLog: () => undefined });
    return { adminUrl: server.adminUrl, appUrl: server.url, close: () => server.stop() };
  } catch (error) {
    if (!(error instanceof EmbeddedFault) || error.reason !== 'FOLDER_LOCKED' || !beside) throw error;
    const running = await embeddedUrls(config.dataFolder);
    if (!running) throw error;
    return { adminUrl: running.adminUrl, appUrl: running.url, close: async () => undefined };
  }
}
