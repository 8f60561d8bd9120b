import { migrations } from '../../migrations/index.ts';
import { landed } from '../../migrations/landed.ts';
import { migrate } from '../platform/postgres/migrate.ts';
import { readConfig } from './config.ts';

const { database } = readConfig();
if (!database?.adminUrl) {
  process.stderr.write('Give DATABASE_URL (the program\'s login) and DATABASE_ADMIN_URL (the owner\'s). The embedded start migrates by itself.\n');
  process.exit(1);
}
const ran = await migrate({ adminUrl: database.adminUrl, appUrl: database.url, migrations, landed });
process.stdout.write(ran.length > 0 ? `Ran ${ran.join(', ')}.\n` : 'The schema is up to date.\n');
