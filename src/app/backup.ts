import 'reflect-metadata';
import { readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { BackupFault } from '../platform/postgres/backup/backup-file.ts';
import { readConfig } from './config.ts';
import { makeBackup } from './make-backup.ts';
import { checkInstallation } from './open-keys.ts';
import { openOwnerDatabase } from './owner-database.ts';
import { CommandFault, runCommand } from './run-command.ts';
import { readSecrets } from './secrets.ts';

const usage = `Usage: npm run backup -- --to <file> [--with-secrets] [--force]

Writes a backup of the whole database to a file, as of one instant. The program may run meanwhile.
It uses the embedded database in DATA_FOLDER, or DATABASE_URL with DATABASE_ADMIN_URL.

  --to <file>      where to write it; readable by you alone
  --with-secrets   also puts secrets.json of the data folder into the backup
  --force          replaces a file that is there

Not in the backup, and needed for a restore: MASTER_KEY (or secrets.json in the data folder), SIGNING_KEY where it is
set, and the configuration. Without the master key a backup cannot be read.
`;

await runCommand({ usage, options: { to: { type: 'string' }, 'with-secrets': { type: 'boolean' }, force: { type: 'boolean' } } }, async (values) => {
  const { to, force = false, 'with-secrets': withSecrets = false } = values;
  if (!to) throw new CommandFault('Name the file to write: npm run backup -- --to <file>.');
  const file = resolve(to);
  if (!force && (await stat(file).catch(() => null))) throw new CommandFault(`${file} exists. Name another file, or replace it with --force.`);
  const config = readConfig();
  if (!config.database && !(await stat(join(config.dataFolder, 'data')).catch(() => null))) {
    throw new CommandFault(`There is no database in ${config.dataFolder} (DATA_FOLDER), and no DATABASE_URL.`);
  }
  // A backup without its key could not be read.
  const { masterKeys } = await readSecrets(config);
  const secrets = withSecrets ? await readFile(join(config.dataFolder, 'secrets.json'), 'utf8').catch(() => null) : null;
  if (withSecrets && secrets === null) throw new CommandFault(`There is no secrets.json in ${config.dataFolder}: the keys come from the configuration. Run the backup without --with-secrets and keep MASTER_KEY.`);
  const database = await openOwnerDatabase(config, { beside: true });
  try {
    const { ring } = await checkInstallation(database.adminUrl, masterKeys);
    const { header, rows, sha256 } = await makeBackup({ config, adminUrl: database.adminUrl, root: ring.root, file, secrets }).catch((error: unknown) => {
      throw isUnreachable(error) && !config.database ? new BackupFault(`The embedded database in ${config.dataFolder} does not answer. Try again in a moment.`) : error;
    });
    const { size } = await stat(file);
    const kept = secrets === null ? 'MASTER_KEY or secrets.json is not in it: keep it, and SIGNING_KEY where it is set, apart from the backup.' : 'It holds secrets.json: who has the file can read everything.';
    process.stdout.write(`Wrote ${file}: ${rows} rows, ${size} bytes, schema ${header.steps.at(-1)?.name}, as of ${header.madeAt}.\nSHA-256 of the content: ${sha256}\n${kept}\n`);
    return 0;
  } finally {
    await database.close();
  }
});

function isUnreachable(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
}
