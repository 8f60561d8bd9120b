import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { migrations } from '../../migrations/index.ts';
import type { Log } from '../platform/log.ts';
import { pendingSteps } from '../platform/postgres/migrate.ts';
import type { Config } from './config.ts';
import { makeBackup } from './make-backup.ts';

/** Where the embedded start puts the backup that it makes before migrations run, below the data folder. */
const folderName = 'backups';

/** Before an embedded database is migrated it is backed up; a new database, and one that is up to date, are not. */
export async function backupBeforeUpgrade(config: Config, { adminUrl, log, root }: { readonly adminUrl: string; readonly log: Log; readonly root: Buffer }): Promise<void> {
  const { ran, pending } = await pendingSteps(adminUrl, migrations);
  const [last] = ran.toReversed();
  if (last === undefined || pending.length === 0) return;
  const folder = join(config.dataFolder, folderName);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, `${last}.backup`);
  const { rows } = await makeBackup({ config, adminUrl, root, file, secrets: null });
  log.info({ file, rows, pending }, 'backup written before the upgrade');
}
