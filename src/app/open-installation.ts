import { setTimeout as wait } from 'node:timers/promises';
import { systemClock } from '../platform/clock.ts';
import { createIds, isUuid, type Id, type NewId } from '../platform/ids.ts';
import { openDatabase, type Database } from '../platform/postgres/database.ts';
import { EmbeddedFault } from '../platform/postgres/embedded-fault.ts';
import { embeddedUrl, startEmbeddedPostgres } from '../platform/postgres/embedded.ts';
import type { KeyCheck } from '../platform/postgres/keys/check-keys.ts';
import { DatabaseUnreachable, requireReachable } from '../platform/postgres/reach.ts';
import { statement } from '../platform/postgres/statement.ts';
import type { Config } from './config.ts';
import { findTenant } from './create-tenant.ts';
import { Releases } from './lifecycle.ts';
import { checkInstallation, type MasterKeys } from './open-keys.ts';
import { CommandFault } from './run-command.ts';
import { holdsData, readSecrets } from './secrets.ts';

/** The database of an installation as a command uses it. */
export interface Installation {
  readonly database: Database;
  readonly url: string;
  readonly newId: NewId;
  /** The master keys as configured or kept in the data folder; one of them fits. */
  readonly masterKeys: MasterKeys;
  readonly keyCheck: KeyCheck;
  close(): Promise<void>;
}

/** How long a program that starts or stops in the data folder is waited for. Milliseconds. */
const patience = 30_000;

/**
 * Opens the database for a command: the configured one; the embedded one that runs in the data folder, beside the program;
 * or that one started for as long as the command runs. Throws a fault of one sentence when there is none, or when no
 * master key fits it, before anything is changed.
 */
export async function openInstallation(config: Config, { connections = 2 }: { readonly connections?: number } = {}): Promise<Installation> {
  const releases = new Releases();
  try {
    if (!config.database && !(await holdsData(config.dataFolder))) {
      throw new CommandFault(`There is no database: DATABASE_URL is not set, and ${config.dataFolder} (DATA_FOLDER) holds none. Start the program there once (npm start), or set DATABASE_URL.`);
    }
    const { masterKeys } = await readSecrets(config);
    const url = await openUrl(config, releases);
    const keyCheck = await checkInstallation(url, masterKeys);
    const newId = createIds(systemClock);
    const database = await openDatabase({ url, connections, clock: systemClock, newId, entities: [], onError: (error) => process.stderr.write(`${error.message}\n`) });
    releases.add('database', () => database.close());
    return { database, url, newId, masterKeys, keyCheck, close: () => releases.run() };
  } catch (error) {
    await releases.run();
    throw error;
  }
}

async function openUrl({ database, dataFolder }: Pick<Config, 'database' | 'dataFolder'>, releases: Releases): Promise<string> {
  if (database) {
    await requireReachable({ url: database.url, variable: 'DATABASE_URL' });
    return database.url;
  }
  for (const end = performance.now() + patience; ; await wait(200)) {
    const running = await embeddedUrl(dataFolder);
    if (running !== null && (await answers(running))) return running;
    try {
      const server = await startEmbeddedPostgres({ folder: dataFolder, onLog: () => undefined });
      releases.add('embedded PostgreSQL', () => server.stop());
      return server.url;
    } catch (error) {
      // A program holds the folder, and its server is on its way up or down.
      if (!(error instanceof EmbeddedFault) || error.reason !== 'FOLDER_LOCKED' || performance.now() > end) throw error;
    }
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    await requireReachable({ url, variable: 'DATA_FOLDER' });
    return true;
  } catch (error) {
    if (error instanceof DatabaseUnreachable) return false;
    throw error;
  }
}

const byId = statement<{ id: Id<'Tenant'> }>('tenant_by_id', 'select id from tenant where id = $1');
const slugs = statement<{ slug: string }>('tenant_slugs', 'select slug from tenant order by slug limit 11');

/** The tenant that a command names by its id or slug. Throws a `CommandFault` that names the tenants there are. */
export async function requireTenant(database: Database, named: string): Promise<Id<'Tenant'>> {
  const found = isUuid(named) ? (await database.system((sql) => sql.rows(byId, [named])))[0]?.id : await findTenant(database, named);
  if (found) return found;
  const known = (await database.system((sql) => sql.rows(slugs))).map(({ slug }) => slug);
  const listed = known.length === 0 ? 'There are no tenants; make one with npm run tenant.' : `Tenants are ${known.slice(0, 10).join(', ')}${known.length > 10 ? ' and more' : ''}.`;
  throw new CommandFault(`There is no tenant "${named}". ${listed}`);
}
