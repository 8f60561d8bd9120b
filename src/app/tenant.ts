import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { systemClock } from '../platform/clock.ts';
import { createIds } from '../platform/ids.ts';
import { openDatabase } from '../platform/postgres/database.ts';
import { readConfig } from './config.ts';
import { requireFittingKeys } from './require-keys.ts';
import { createTenant } from './create-tenant.ts';

const { values } = parseArgs({ options: { slug: { type: 'string' }, name: { type: 'string' } } });
const config = readConfig();
if (!config.database || !values.slug || !/^[a-z][a-z0-9-]{0,62}$/.test(values.slug) || !values.name?.trim()) {
  process.stderr.write('Usage: DATABASE_URL=… npm run tenant -- --slug acme --name "Acme Inc"\nslug: lower-case letters, digits and -, at most 63. The embedded start has demo tenants.\n');
  process.exit(1);
}
await requireFittingKeys(config, config.database.url);
const newId = createIds(systemClock);
const database = await openDatabase({ url: config.database.url, connections: 2, clock: systemClock, newId, entities: [], onError: (error) => process.stderr.write(`${error.message}\n`) });
try {
  const id = await createTenant(database, newId, { slug: values.slug, name: values.name.trim(), highIntentThreshold: config.highIntentThreshold });
  process.stdout.write(`${id}\n`);
} finally {
  await database.close();
}
