import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { onTestFinished } from 'vitest';
import { migrations } from '../../migrations/index.ts';
import { migrate } from '../../src/platform/postgres/migrate.ts';
import { createTestDatabase } from './database.ts';

/** A database as it was before a step, for what the step does to existing rows. Gone when the test has finished. */
export interface DatabaseBefore {
  /** The owner's connection. */
  readonly admin: Client;
  /** Applies the step and all that follow. */
  update(): Promise<void>;
}

/** Makes a database with every step before the one of a name, which is given without its number. */
export async function databaseBefore(step: string): Promise<DatabaseBefore> {
  const place = migrations.findIndex(({ name }) => name.endsWith(`-${step}`));
  if (place < 0) throw new Error(`there is no step ${step}`);
  const database = await createTestDatabase('empty');
  const role = `app_${randomBytes(5).toString('hex')}`;
  const urls = { adminUrl: database.adminUrl, appUrl: Object.assign(new URL(database.url), { username: role, password: 'x' }).href };
  const admin = new Client({ connectionString: database.adminUrl });
  await admin.connect();
  onTestFinished(async () => {
    await admin.query(`drop owned by ${role}`);
    await admin.query(`drop role ${role}`);
    await admin.end();
    await database.drop();
  });
  await migrate({ ...urls, migrations: migrations.slice(0, place) });
  return { admin, update: async () => void (await migrate({ ...urls, migrations })) };
}
