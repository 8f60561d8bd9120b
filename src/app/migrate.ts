import { migrations } from '../../migrations/index.ts';
import { landed } from '../../migrations/landed.ts';
import { migrate } from '../platform/postgres/migrate.ts';
import { readConfig } from './config.ts';
import { requireFittingKeys } from './require-keys.ts';
import { CommandFault, runCommand } from './run-command.ts';

const usage = `Usage: npm run migrate

Brings the database of DATABASE_URL to this version, as the owner of DATABASE_ADMIN_URL, and makes the program's login.
Make a backup first: npm run backup -- --to <file>. Stop the processes of the former version before. All steps run in one
transaction: if one fails, the database stays as it was. The embedded start migrates by itself.
`;

await runCommand({ usage, options: {} }, async () => {
  const config = readConfig();
  const { database } = config;
  if (!database?.adminUrl) throw new CommandFault("Set DATABASE_URL (the program's login) and DATABASE_ADMIN_URL (the owner's). The embedded start migrates by itself.");
  await requireFittingKeys(config, database.adminUrl);
  const ran = await migrate({ adminUrl: database.adminUrl, appUrl: database.url, migrations, landed });
  process.stdout.write(ran.length > 0 ? `Ran ${ran.join(', ')}.\n` : 'The schema is up to date.\n');
  return 0;
});
