import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { inject } from 'vitest';
import { landed } from '../../migrations/landed.ts';
import { migrations } from '../../migrations/index.ts';
import { checkBackup } from '../../src/platform/postgres/backup/load-backup.ts';
import { restoreDatabase, type RestoreOptions } from '../../src/platform/postgres/backup/restore-database.ts';

/** A database of a test's own on the test server, made by a restore. */
export interface RestoredFixture {
  readonly adminUrl: string;
  readonly appUrl: string;
  drop(): Promise<void>;
}

/** URLs of a database of this name on the test server. Logins belong to the whole server, so the program's is the database's own. */
export function urlsOf(name: string): { readonly adminUrl: string; readonly appUrl: string } {
  const on = (url: string, more = {}): string => Object.assign(new URL(url), { pathname: `/${name}`, ...more }).href;
  return { adminUrl: on(inject('templateAdminUrl')), appUrl: on(inject('templateUrl'), { username: `app_${name}`, password: 'app' }) };
}

/** Removes what `urlsOf` names, and what a restore kept of it. */
export async function dropRestored(name: string): Promise<void> {
  for (const each of [name, `${name}_previous`]) await onServer(`drop database if exists ${each} with (force)`);
  await onServer(`drop role if exists app_${name}`);
}

/** Runs a statement as the superuser, beside the databases of tests. */
export async function onServer(sql: string, database = 'postgres'): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: urlsOf(database).adminUrl });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Restores a backup into a new database. */
export async function restoreFixture(file: string, more: Partial<RestoreOptions> = {}): Promise<RestoredFixture> {
  const name = `restored_${process.pid}_${randomBytes(4).toString('hex')}`;
  const urls = urlsOf(name);
  await restoreDatabase({ backup: await checkBackup(file), ...urls, steps: migrations, landed, replace: false, finish: async () => undefined, ...more });
  return {
    ...urls,
    drop: () => dropRestored(name),
  };
}
