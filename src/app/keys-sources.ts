import type { Database } from '../platform/postgres/database.ts';
import { KeyFault } from '../platform/postgres/keys/key-fault.ts';
import { readConfig, type Config } from './config.ts';
import { openInstallation } from './open-installation.ts';
import type { MasterKeys } from './open-keys.ts';

/** What the keys command works on: a database that is there, and master keys of which one fits. */
export interface KeySources {
  readonly config: Config;
  readonly database: Database;
  /** As configured, or as secrets.json has them. */
  readonly masterKeys: MasterKeys;
  close(): Promise<void>;
}

/** Opens the database of an installation, as every command does. Throws a `KeyFault` when it has no key ring yet. */
export async function openKeySources(): Promise<KeySources> {
  const config = readConfig();
  const { database, masterKeys, keyCheck, close } = await openInstallation(config, { connections: 4 });
  if (keyCheck.state === 'RECORDED') return { config, database, masterKeys, close };
  await close();
  throw new KeyFault('ROTATION', 'This database has no key ring yet: start the program on it once, then run this command again.');
}
