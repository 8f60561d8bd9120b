import { migrations } from '../../migrations/index.ts';
import { landed } from '../../migrations/landed.ts';
import { migrate } from '../platform/postgres/migrate.ts';
import { requireReachable } from '../platform/postgres/reach.ts';
import { readConfig } from './config.ts';
import { checkInstallation } from './open-keys.ts';
import { CommandFault, runCommand } from './run-command.ts';
import { readSecrets } from './secrets.ts';

const usage = `Usage: npm run migrate

Brings the database of DATABASE_URL to this version, as the owner of DATABASE_ADMIN_URL, and makes the program's login.
Make a backup first: npm run backup -- --to <file>. Stop the processes of the former version before. All steps run in one
transaction: if one fails, the database stays as it was. The embedded start migrates by itself.
`;

await runCommand({ usage, options: {} }, async () => {
  const config = readConfig();
  const { database } = config;
  if (!database) {
    process.stdout.write('Nothing to do: DATABASE_URL is not set, and the embedded database is migrated by each start (npm start).\n');
    return 0;
  }
  if (!database.adminUrl) throw new CommandFault("DATABASE_ADMIN_URL is needed beside DATABASE_URL: the login of the owner, who may create tables.");
  await requireReachable({ url: database.adminUrl, variable: 'DATABASE_ADMIN_URL' });
  await checkInstallation(database.adminUrl, (await readSecrets(config)).masterKeys);
  const ran = await migrate({ adminUrl: database.adminUrl, appUrl: database.url, migrations, landed });
  process.stdout.write(ran.length > 0 ? `Ran ${ran.join(', ')}.\n` : 'The schema is up to date.\n');
  return 0;
});
