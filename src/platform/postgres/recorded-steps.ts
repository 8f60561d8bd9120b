import type { Client } from 'pg';
import { catalogDifferences, readCatalog, type Catalog } from './catalog.ts';
import { checksumTable, migrationsTable, type MigrationStep } from './migration-step.ts';
import { checksumOf } from './step-checksum.ts';

/** A version of the schema that landed before checksums were recorded in databases. */
export interface LandedSchema {
  /** The last of its steps. */
  readonly last: string;
  readonly catalog: Catalog;
}

/** What is known of landed steps. */
export interface Landed {
  /** The checksum of each landed step, in order. */
  readonly steps: Readonly<Record<string, string>>;
  /** The schemas of versions that recorded no checksums. */
  readonly schemas: readonly LandedSchema[];
  /** Steps that existed in development and never landed. */
  readonly withdrawn: readonly string[];
}

/** The database does not have the schema that this program's steps make. The message says what to do. */
export class SchemaMismatch extends Error {
  override readonly name = 'SchemaMismatch';
}

const wayOut = 'Restore a backup made by a released version, or start with an empty database.';
const repair = 'To repair it, run "npm run backup -- --to repair.backup" and then "npm run restore -- --from repair.backup --replace": its rows are loaded into the released schema, or it stays as it is.';

/**
 * Checks that the steps a database ran are those of this program, before any further step runs. Databases of versions
 * that recorded no checksums are recognised by their catalog, and their checksums are recorded.
 */
export async function checkRecordedSteps(admin: Client, steps: readonly MigrationStep[], landed: Landed): Promise<void> {
  await admin.query(`create table if not exists ${checksumTable} (name text primary key, checksum text not null, recorded_at timestamptz not null default now())`);
  const ran = await stepsRun(admin);
  const withdrawn = ran.filter((name) => landed.withdrawn.includes(name));
  if (withdrawn.length > 0) throw new SchemaMismatch(`The database was made by an unreleased version of this program: it has the step ${withdrawn.join(', ')}, which was withdrawn. ${wayOut}`);
  const recorded = new Map((await admin.query<{ name: string; checksum: string }>(`select name, checksum from ${checksumTable}`)).rows.map(({ name, checksum }) => [name, checksum]));
  const known = new Map(steps.map((step) => [step.name, step]));
  const changed = ran.filter((name) => {
    const step = known.get(name);
    const checksum = recorded.get(name);
    return step !== undefined && checksum !== undefined && checksumOf(step) !== checksum;
  });
  if (changed.length > 0) throw new SchemaMismatch(`The database ran another version of the migration ${changed.join(', ')} than this program has. Start the version that made it, or: ${lowerFirst(wayOut)}`);
  const unrecorded = ran.filter((name) => !recorded.has(name) && known.has(name));
  if (unrecorded.length === 0) return;
  await requireLandedSchema(admin, ran, landed);
  for (const name of unrecorded) {
    const step = known.get(name);
    if (step) await admin.query(`insert into ${checksumTable} (name, checksum) values ($1, $2) on conflict do nothing`, [name, checksumOf(step)]);
  }
}

/** The names of the steps that a database ran, in order. */
export async function stepsRun(admin: Client): Promise<readonly string[]> {
  const { rows } = await admin.query<{ found: string | null }>('select to_regclass($1) as found', [migrationsTable]);
  if (rows[0]?.found === null) return [];
  return (await admin.query<{ name: string }>(`select name from ${migrationsTable} order by id`)).rows.map(({ name }) => name);
}

async function requireLandedSchema(admin: Client, ran: readonly string[], landed: Landed): Promise<void> {
  const schema = landed.schemas.find(({ last }) => last === ran.at(-1));
  if (!schema) throw new SchemaMismatch(`The database was made by an unreleased version of this program, which stopped after the migration ${ran.at(-1)}. ${repair}`);
  const differences = catalogDifferences(schema.catalog, await readCatalog(admin));
  if (differences.length === 0) return;
  const shown = differences.slice(0, 3).join(', ');
  const rest = differences.length > 3 ? ` and ${differences.length - 3} more` : '';
  throw new SchemaMismatch(`The database was made by an unreleased version of this program: ${shown}${rest} differ from every released version. ${repair}`);
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
