import { Migrator, type Migration } from '@mikro-orm/migrations';
import { MikroORM, PostgreSqlDriver } from '@mikro-orm/postgresql';
import { PostgresDialect } from 'kysely';
import { Client, Pool } from 'pg';
import { installJobSchema } from './job-schema.ts';
import { ensureLogin } from './login.ts';

/** One step of the schema, as listed in /migrations. */
export interface MigrationStep {
  readonly name: string;
  readonly class: new (...parameters: ConstructorParameters<typeof Migration>) => Migration;
}

/** What `migrate` needs. */
export interface MigrateOptions {
  /** A login that may create tables and roles, and owns what it creates. */
  readonly adminUrl: string;
  /** The program's own login, as the program will use it; made here. */
  readonly appUrl: string;
  readonly migrations: readonly MigrationStep[];
  /** Told how many steps are about to run, when there are any. */
  onPending?(steps: number): void;
}

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

/** The table in which MikroORM keeps what has run. */
export const migrationsTable = 'mikro_orm_migrations';

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
    migrations: { migrationsList: [...migrations], snapshot: false, tableName: migrationsTable, transactional: true, allOrNothing: true },
  });
  try {
    const known = new Set(migrations.map(({ name }) => name));
    const executed = (await orm.migrator.getExecuted()).map(({ name }) => name);
    const unknown = executed.filter((name) => !known.has(name));
    if (unknown.length > 0) throw new DatabaseNewerThanProgram(unknown);
    const pending = known.size - executed.length;
    if (pending > 0) onPending?.(pending);
    return (await orm.migrator.up()).map(({ name }) => name);
  } finally {
    await orm.close(true);
  }
}
