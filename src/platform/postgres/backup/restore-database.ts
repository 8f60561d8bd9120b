import { randomBytes } from 'node:crypto';
import { Client, escapeIdentifier } from 'pg';
import { migrate } from '../migrate.ts';
import { migrationsTable, type MigrationStep } from '../migration-step.ts';
import type { Landed } from '../recorded-steps.ts';
import { checksumOf } from '../step-checksum.ts';
import { BackupFault } from './backup-file.ts';
import { loadBackup, type CheckedBackup } from './load-backup.ts';

/** The restored database, before it takes its place. */
export type RestoredClient = Pick<Client, 'query'>;

/** What a restore works on. */
export interface RestoreOptions {
  readonly backup: CheckedBackup;
  /** The owner's URL of the database to be replaced; it may create databases. */
  readonly adminUrl: string;
  readonly appUrl: string;
  readonly steps: readonly MigrationStep[];
  readonly landed: Landed;
  /** Whether data that is there may be replaced; it is kept under another name. */
  readonly replace: boolean;
  /** Called with the database that is to be replaced, when it holds data: for what must not be lost with it. Reads only. */
  look?(present: RestoredClient): Promise<void>;
  /** Called on the restored database before it takes the place of the present one, with its URLs and the present audit heads. A fault leaves everything as it was. */
  finish(restored: RestoredClient, more: { readonly previousHeads: ReadonlyMap<string, number>; readonly url: string; readonly appUrl: string }): Promise<void>;
}

/** What was done. */
export interface RestoredDatabase {
  /** Under which name the data that was there is kept; null: there was none. */
  readonly previous: string | null;
}

/**
 * Restores a backup beside the present database and then exchanges the two in one transaction: whatever fails before
 * that leaves the present database as it was. Refuses while anything is connected to it.
 */
export async function restoreDatabase(options: RestoreOptions): Promise<RestoredDatabase> {
  const { backup, adminUrl, appUrl, steps, landed } = options;
  const own = stepsOf(backup, steps);
  const target = databaseOf(adminUrl);
  const scratch = `${target.slice(0, 40)}_restore_${randomBytes(4).toString('hex')}`;
  const server = await connect(on(adminUrl, 'postgres'), 'The maintenance database "postgres" of the server');
  try {
    const present = await lookAt(server, { adminUrl, target, look: options.look });
    if (present.used && !options.replace) throw new BackupFault(`The database ${target} holds data. Run the restore with --replace to put the backup in its place; the present data is kept as ${target}_previous.`);
    await requireUnused(server, target);
    await server.query(`create database ${escapeIdentifier(scratch)} template template0`).catch((error: unknown) => {
      throw new BackupFault(`The login of DATABASE_ADMIN_URL may not create databases, which a restore needs (${error instanceof Error ? error.message : String(error)}).`);
    });
    try {
      await migrate({ adminUrl: on(adminUrl, scratch), appUrl: on(appUrl, scratch), migrations: own, landed });
      await loadBackup(on(adminUrl, scratch), backup);
      await migrate({ adminUrl: on(adminUrl, scratch), appUrl: on(appUrl, scratch), migrations: steps, landed });
      const restored = await connect(on(adminUrl, scratch), 'The restored database');
      try {
        await requireHeads(restored, backup);
        await options.finish(restored, { previousHeads: present.heads, url: on(adminUrl, scratch), appUrl: on(appUrl, scratch) });
      } finally {
        await restored.end();
      }
      return { previous: await exchange(server, { target, scratch, ...present }) };
    } catch (error) {
      await server.query(`drop database if exists ${escapeIdentifier(scratch)} with (force)`);
      throw error;
    }
  } finally {
    await server.end();
  }
}

/** The program's steps that the backup had run. A backup of another version, or of changed steps, is refused. */
function stepsOf({ file, header }: CheckedBackup, steps: readonly MigrationStep[]): MigrationStep[] {
  const known = new Map(steps.map((step) => [step.name, step]));
  return header.steps.map(({ name, checksum }) => {
    const step = known.get(name);
    if (!step) throw new BackupFault(`${file} was made by a newer version of this program: it has the migration ${name}, which this version does not know. Restore it with the newer version.`);
    if (checksumOf(step) !== checksum) throw new BackupFault(`${file} was made by an unreleased version of this program: its migration ${name} is another than this version has.`);
    return step;
  });
}

const databaseOf = (url: string): string => decodeURIComponent(new URL(url).pathname.slice(1));
const on = (url: string, database: string): string => Object.assign(new URL(url), { pathname: `/${encodeURIComponent(database)}` }).href;

async function connect(url: string, what: string): Promise<Client> {
  const client = new Client({ connectionString: url, application_name: 'context-graph restore' });
  await client.connect().catch((error: unknown) => {
    throw new BackupFault(`${what} cannot be reached (${error instanceof Error ? error.message : String(error)}).`);
  });
  client.on('error', () => undefined);
  return client;
}

interface Present {
  readonly exists: boolean;
  readonly used: boolean;
  readonly heads: ReadonlyMap<string, number>;
}

async function lookAt(server: Client, { adminUrl, target, look }: { readonly adminUrl: string; readonly target: string; readonly look: RestoreOptions['look'] }): Promise<Present> {
  const { rowCount } = await server.query('select from pg_database where datname = $1', [target]);
  if (rowCount === 0) return { exists: false, used: false, heads: new Map() };
  await requireUnused(server, target);
  const client = await connect(adminUrl, `The database ${target}`);
  try {
    const { rows } = await client.query<{ migrated: boolean; tables: number }>(`select to_regclass($1) is not null as migrated, (select count(*)::int from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')) as tables`, [migrationsTable]);
    const [found] = rows;
    if (!found || found.tables === 0) return { exists: true, used: false, heads: new Map() };
    if (!found.migrated) return { exists: true, used: true, heads: new Map() };
    const heads = await client.query<{ tenant: string; sequence: string }>('select tenant_id as tenant, sequence from audit_head').catch(() => ({ rows: [] }));
    await look?.(client);
    return { exists: true, used: true, heads: new Map(heads.rows.map(({ tenant, sequence }) => [tenant, Number(sequence)])) };
  } finally {
    await client.end();
  }
}

async function requireUnused(server: Client, target: string): Promise<void> {
  const { rows } = await server.query<{ connected: number }>('select count(*)::int as connected from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()', [target]);
  const connected = rows[0]?.connected ?? 0;
  if (connected > 0) throw new BackupFault(`The database ${target} is in use (${connected} connections). Stop every process of the program first.`);
}

async function requireHeads(restored: Client, { file, header }: CheckedBackup): Promise<void> {
  const { rows } = await restored.query<{ head: string }>(`select tenant_id || ' ' || sequence || ' ' || encode(hash, 'hex') as head from audit_head order by tenant_id`);
  const expected = header.heads.map(({ tenantId, sequence, hash }) => `${tenantId} ${sequence} ${hash}`);
  if (rows.map(({ head }) => head).join('\n') !== expected.join('\n')) throw new BackupFault(`What ${file} holds is not what its header names: the ends of the audit chains differ. Use another copy of the backup.`);
}

/** One transaction: the restored database is there under the name, or the present one still is. */
async function exchange(server: Client, { target, scratch, exists, used }: Present & { readonly target: string; readonly scratch: string }): Promise<string | null> {
  await requireUnused(server, target);
  const previous = `${target}_previous`;
  if (used) await server.query(`drop database if exists ${escapeIdentifier(previous)}`);
  const discarded = used ? previous : `${scratch}_empty`;
  await server.query('begin');
  if (exists) await server.query(`alter database ${escapeIdentifier(target)} rename to ${escapeIdentifier(discarded)}`);
  await server.query(`alter database ${escapeIdentifier(scratch)} rename to ${escapeIdentifier(target)}`);
  await server.query('commit');
  if (exists && !used) await server.query(`drop database ${escapeIdentifier(discarded)}`);
  return used ? previous : null;
}
