import { Migrator } from '@mikro-orm/migrations';
import { MikroORM, PostgreSqlDriver } from '@mikro-orm/postgresql';
import { PostgresDialect } from 'kysely';
import { Client, Pool } from 'pg';
import { installJobSchema } from './job-schema.ts';
import { ensureLogin } from './login.ts';
import { migrationsTable, type MigrationStep } from './migration-step.ts';
import { checkRecordedSteps, stepsRun, type Landed } from './recorded-steps.ts';
import { recordingStep } from './step-checksum.ts';

export type { MigrationStep } from './migration-step.ts';

/** What `migrate` needs. */
export interface MigrateOptions {
  /** A login that may create tables and roles, and owns what it creates. */
  readonly adminUrl: string;
  /** The program's own login, as the program will use it; made here. */
  readonly appUrl: string;
  readonly migrations: readonly MigrationStep[];
  /** Told how many steps are about to run, when there are any. */
  onPending?(steps: number): void;
  /** What is known of landed steps: databases made before checksums were recorded are recognised by it. */
  readonly landed?: Landed;
}

const nothingLanded: Landed = { steps: {}, schemas: [], withdrawn: [] };

/** The database knows steps that this program does not: it was migrated by a newer one. */
export class DatabaseNewerThanProgram extends Error {
  readonly unknown: readonly string[];

  constructor(unknown: readonly string[]) {
    super(
      `The database was migrated by a newer version of this program; it has ${unknown.join(', ')}, which this version does not know. Start the newer version, or restore a backup of before.`,
    );
    this.name = 'DatabaseNewerThanProgram';
    this.unknown = unknown;
  }
}

/** Any number; it only has to be the same in every process. */
const migrationLock = 7_203_114_418;
/** How far ahead the audit's months have partitions of their own, the present month included. */
const monthsAhead = 4;

/**
 * Brings a database to this program's schema: the steps not yet run, the job engine's own schema, the program's login,
 * and the audit's next months. Several processes may call it at once; one works, the others wait and find it done.
 *
 * @returns the names of the steps it ran, in order
 */
export async function migrate(options: MigrateOptions): Promise<readonly string[]> {
  const admin = new Client({ connectionString: options.adminUrl, application_name: 'context-graph migrate' });
  await admin.connect();
  try {
    await admin.query("set timezone to 'UTC'");
    await admin.query('select pg_advisory_lock($1)', [migrationLock]);
    // A database of a newer version is refused before anything else about it is judged.
    await requireKnownSteps(admin, options.migrations, options.landed?.withdrawn ?? []);
    await checkRecordedSteps(admin, options.migrations, options.landed ?? nothingLanded);
    const ran = await runSteps(options, admin.database ?? '');
    await installJobSchema(admin, options.adminUrl);
    await ensureLogin(admin, options.appUrl);
    await admin.query('select ensure_audit_partitions(now()::date, $1)', [monthsAhead]);
    return ran;
  } finally {
    await admin.end();
  }
}

async function runSteps({ adminUrl, migrations, onPending }: MigrateOptions, dbName: string): Promise<readonly string[]> {
  const orm = await MikroORM.init({
    driver: PostgreSqlDriver,
    dbName,
    // Our own pool: the ORM reads host, port, user and database from a URL, and leaves out sslmode and the rest.
    driverOptions: new PostgresDialect({ pool: new Pool({ connectionString: adminUrl, max: 1 }) }),
    entities: [],
    discovery: { warnWhenNoEntities: false },
    extensions: [Migrator],
    logger: () => undefined,
    migrations: { migrationsList: migrations.map(recordingStep), snapshot: false, tableName: migrationsTable, transactional: true, allOrNothing: true },
  });
  try {
    const pending = await orm.migrator.getPending();
    if (pending.length > 0) onPending?.(pending.length);
    return (await orm.migrator.up()).map(({ name }) => name);
  } finally {
    await orm.close(true);
  }
}

async function requireKnownSteps(admin: Client, migrations: readonly MigrationStep[], withdrawn: readonly string[]): Promise<void> {
  const known = new Set([...migrations.map(({ name }) => name), ...withdrawn]);
  const unknown = (await stepsRun(admin)).filter((name) => !known.has(name));
  if (unknown.length > 0) throw new DatabaseNewerThanProgram(unknown);
}

/** The steps that a database ran, and those of the program's that it has not. Changes nothing. */
export async function pendingSteps(adminUrl: string, migrations: readonly MigrationStep[]): Promise<{ readonly ran: readonly string[]; readonly pending: readonly string[] }> {
  const admin = new Client({ connectionString: adminUrl, application_name: 'context-graph migrate' });
  await admin.connect();
  try {
    const ran = await stepsRun(admin);
    return { ran, pending: migrations.map(({ name }) => name).filter((name) => !ran.includes(name)) };
  } finally {
    await admin.end();
  }
}
