import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createGzip } from 'node:zlib';
import { Client } from 'pg';
import { checksumTable, migrationsTable, type MigrationStep } from '../migration-step.ts';
import { stepsRun } from '../recorded-steps.ts';
import { checksumOf } from '../step-checksum.ts';
import { BackupFault, type BackupEnd, type BackupHeader } from './backup-file.ts';
import { copyOut } from './copy.ts';

/** What a backup is made of. */
export interface WriteBackupOptions {
  /** The owner's URL. */
  readonly adminUrl: string;
  readonly file: string;
  readonly steps: readonly MigrationStep[];
  readonly madeAt: string;
  readonly keyCheck: string;
  readonly secrets: string | null;
  readonly consumers: BackupHeader['consumers'];
  /** Signs the digest and the audit heads. */
  sign(backup: { readonly header: BackupHeader; readonly sha256: string }): Pick<BackupEnd, 'keyId' | 'signature' | 'heads'>;
}

/** What was written. */
export interface WrittenBackup {
  readonly header: BackupHeader;
  readonly sha256: string;
  readonly rows: number;
}

/** Tables that the steps fill, and nothing else does: part of the schema. */
export const seeded: readonly string[] = ['public.personal_text'];

/** The tables whose rows a backup holds: all of the program's own and of the job engine's, but records of steps. A partitioned table stands for its partitions. */
export const tablesOf = `
select format('%I.%I', n.nspname, c.relname) as name,
  (select json_agg(attname order by attnum) from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped and attgenerated = '') as columns
from pg_class c join pg_namespace n on n.oid = relnamespace
where c.relkind in ('r', 'p') and not relispartition
  and (n.nspname = 'public' and relname not in ('${migrationsTable}', '${checksumTable}', 'personal_text') or n.nspname = 'lab' or n.nspname = 'graphile_worker' and relname <> 'migrations')
order by 1`;

const partitions = `
select i.inhparent::regclass::text as parent, to_char(to_date(right(c.relname, 6), 'YYYYMM'), 'YYYY-MM-DD') as month
from pg_inherits i join pg_class c on c.oid = i.inhrelid
where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname ~ '_[0-9]{6}$' order by 1, 2`;

/**
 * Writes a backup of a database that may be in use: all of it as of one instant, in one REPEATABLE READ transaction. The
 * file gets its name when it is whole.
 */
export async function writeBackup(options: WriteBackupOptions): Promise<WrittenBackup> {
  const { file } = options;
  const partial = `${file}.partial`;
  const handle = await open(partial, 'w', 0o600).catch((error: NodeJS.ErrnoException) => {
    throw new BackupFault(`${file} cannot be written (${error.code}).`);
  });
  await handle.close();
  try {
    const written = await writeTo(partial, options);
    const finished = await open(partial, 'r');
    await finished.sync();
    await finished.close();
    await rename(partial, file);
    const folder = await open(dirname(file), 'r');
    await folder.sync();
    await folder.close();
    return written;
  } catch (error) {
    await rm(partial, { force: true });
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') throw new BackupFault(`There is no space left on the disk of ${file}. Free some, or write the backup elsewhere.`);
    throw error;
  }
}

async function writeTo(partial: string, options: WriteBackupOptions): Promise<WrittenBackup> {
  const client = new Client({ connectionString: options.adminUrl, application_name: 'context-graph backup' });
  await client.connect();
  client.on('error', () => undefined);
  const gzip = createGzip({ level: 6 });
  const output = createWriteStream(partial, { mode: 0o600 });
  const failed = new Promise<never>((_, reject) => void output.once('error', reject));
  failed.catch(() => undefined);
  gzip.pipe(output);
  const digest = createHash('sha256');
  const write = async (text: string | Buffer): Promise<void> => {
    digest.update(text);
    if (!gzip.write(text)) await Promise.race([once(gzip, 'drain'), failed]);
  };
  try {
    await client.query("begin isolation level repeatable read read only; set local row_security = off; set local timezone = 'UTC'; set local datestyle = 'ISO'; set local intervalstyle = 'postgres'; set local extra_float_digits = 1; set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0");
    const header = await readHeader(client, options);
    await write(`${JSON.stringify(header)}\n`);
    let rows = 0;
    const tables = await client.query<{ name: string; columns: readonly string[] }>(tablesOf);
    for (const { name, columns } of tables.rows) {
      await write(`${JSON.stringify({ table: name, columns })}\n`);
      const listed = columns.map((column) => client.escapeIdentifier(column)).join(', ');
      rows += await copyOut(client, `copy (select ${listed} from ${name}) to stdout`, write);
      await write('\\.\n');
    }
    await client.query('commit');
    const sha256 = digest.copy().digest('hex');
    const end: BackupEnd = { type: 'end', rows, sha256, ...options.sign({ header, sha256 }) };
    gzip.end(`${JSON.stringify(end)}\n`);
    await Promise.race([once(output, 'close'), failed]);
    return { header, sha256, rows };
  } finally {
    gzip.destroy();
    output.destroy();
    await client.end();
  }
}

async function readHeader(client: Client, { steps, madeAt, keyCheck, secrets, consumers }: WriteBackupOptions): Promise<BackupHeader> {
  const known = new Map(steps.map((step) => [step.name, step]));
  const ran = await stepsRun(client);
  if (ran.length === 0) throw new BackupFault('The database is empty: the program has not been started on it.');
  const unknown = ran.filter((name) => !known.has(name));
  if (unknown.length > 0) throw new BackupFault(`The database has ${unknown.join(', ')}, which this version of the program does not know. Make the backup with the version that runs on it.`);
  const heads = await client.query<{ tenantId: string; sequence: string; hash: string }>(`select tenant_id as "tenantId", sequence, encode(hash, 'hex') as hash from audit_head order by tenant_id`);
  const jobs = await client.query<{ id: number }>('select coalesce(max(id), 0)::int as id from graphile_worker.migrations');
  const months = await client.query<{ parent: string; month: string }>(partitions);
  const sequences = await client.query<{ name: string; schema: string }>(`select sequencename as name, schemaname as schema from pg_sequences where schemaname in ('public', 'lab', 'graphile_worker') and sequencename not like '${migrationsTable}%' order by 1`);
  const values: BackupHeader['sequences'] = [];
  for (const { name, schema } of sequences.rows) {
    const sequence = `${client.escapeIdentifier(schema)}.${client.escapeIdentifier(name)}`;
    const { rows } = await client.query<{ value: string; called: boolean }>(`select last_value as value, is_called as called from ${sequence}`);
    for (const { value, called } of rows) values.push({ name: sequence, value: Number(value), called });
  }
  return {
    type: 'context-graph-backup',
    version: 1,
    madeAt,
    steps: ran.flatMap((name) => {
      const step = known.get(name);
      return step ? [{ name, checksum: checksumOf(step) }] : [];
    }),
    jobSchema: jobs.rows[0]?.id ?? 0,
    keyCheck,
    secrets,
    heads: heads.rows.map(({ sequence, ...head }) => ({ ...head, sequence: Number(sequence) })),
    partitions: months.rows,
    sequences: values,
    consumers,
  };
}
