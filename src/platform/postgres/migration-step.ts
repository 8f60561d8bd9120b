import type { Migration } from '@mikro-orm/migrations';

/** One step of the schema, as listed in /migrations. */
export interface MigrationStep {
  readonly name: string;
  readonly class: new (...parameters: ConstructorParameters<typeof Migration>) => Migration;
}

/** The table in which MikroORM keeps what has run. */
export const migrationsTable = 'mikro_orm_migrations';

/** The table in which `migrate` records the checksum of each step that ran. The owner's alone. */
export const checksumTable = 'migration_checksum';
