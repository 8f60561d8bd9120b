import { systemClock } from '../platform/clock.ts';
import { createIds } from '../platform/ids.ts';
import { openDatabase, type Database } from '../platform/postgres/database.ts';
import { embeddedUrl, startEmbeddedPostgres } from '../platform/postgres/embedded.ts';
import { KeyFault } from '../platform/postgres/keys/key-fault.ts';
import { readConfig, type Config } from './config.ts';
import { Releases } from './lifecycle.ts';
import { checkInstallation, type MasterKeys } from './open-keys.ts';
import { holdsData, readSecrets } from './secrets.ts';

/** What the keys command works on: a database that is there, and master keys of which one fits. */
export interface KeySources {
  readonly config: Config;
  readonly database: Database;
  /** As configured, or as secrets.json has them. */
  readonly masterKeys: MasterKeys;
  close(): Promise<void>;
}

/**
 * Opens the configured database, or the embedded one: that of a program that runs in the data folder, or its files, whose
 * server is started for as long as the command runs. Throws a `KeyFault` when no master key fits.
 */
export async function openKeySources(): Promise<KeySources> {
  const config = readConfig();
  const { masterKeys } = await readSecrets(config);
  const releases = new Releases();
  try {
    const url = config.database?.url ?? (await openEmbedded(config, releases));
    const { state } = await checkInstallation(url, masterKeys);
    if (state !== 'RECORDED') throw new KeyFault('ROTATION', 'This database has no key ring yet: start the program on it once, then run this command again.');
    const database = await openDatabase({ url, connections: 4, clock: systemClock, newId: createIds(systemClock), entities: [], onError: (error) => process.stderr.write(`${error.message}\n`) });
    releases.add('database', () => database.close());
    return { config, database, masterKeys, close: () => releases.run() };
  } catch (error) {
    await releases.run();
    throw error;
  }
}

async function openEmbedded({ dataFolder }: Config, releases: Releases): Promise<string> {
  if (!(await holdsData(dataFolder))) throw new KeyFault('ROTATION', `There is no DATABASE_URL, and no embedded database in ${dataFolder} (DATA_FOLDER): give one of them.`);
  const running = await embeddedUrl(dataFolder);
  if (running !== null && (await answers(running))) return running;
  const server = await startEmbeddedPostgres({ folder: dataFolder, onLog: () => undefined });
  releases.add('embedded PostgreSQL', () => server.stop());
  return server.url;
}

async function answers(url: string): Promise<boolean> {
  const database = await openDatabase({ url, connections: 1, clock: systemClock, newId: createIds(systemClock), entities: [], onError: () => undefined });
  try {
    await database.system((sql) => sql.rows({ name: 'keys_ping', text: 'select 1' }));
    return true;
  } catch {
    return false;
  } finally {
    await database.close();
  }
}
