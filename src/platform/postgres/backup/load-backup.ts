import { Client } from 'pg';
import { backupEnd, BackupFault, readBackup, type BackupEnd, type BackupHeader } from './backup-file.ts';
import { copyIn } from './copy.ts';
import { seeded, tablesOf } from './write-backup.ts';

/** A backup whose digest was checked from its first byte to its last. */
export interface CheckedBackup {
  readonly file: string;
  readonly header: BackupHeader;
  readonly end: BackupEnd;
}

/** Reads a whole backup and checks its digest, before anything is done with it. */
export async function checkBackup(file: string): Promise<CheckedBackup> {
  let header: BackupHeader | null = null;
  let end: BackupEnd | null = null;
  for await (const part of readBackup(file)) {
    if ('header' in part) header = part.header;
    else if ('end' in part) end = backupEnd.parse(part.end);
  }
  if (!header || !end) throw new BackupFault(`${file} is not a backup.`);
  return { file, header, end };
}

/** The function that makes a month's partition of a partitioned table. */
const partitionMakers: Readonly<Record<string, string>> = { audit_logs: 'ensure_audit_partitions', account_snapshot: 'ensure_snapshot_partitions' };

const foreignKeys = `
select conrelid::regclass::text as owner, conname as name, pg_get_constraintdef(c.oid) as definition
from pg_constraint c where contype = 'f' and conparentid = 0 and connamespace in (select oid from pg_namespace where nspname in ('public', 'lab', 'graphile_worker'))`;

/**
 * Loads a backup into a database that has run exactly the backup's steps, in one transaction: all of it or nothing. What
 * the steps themselves put into tables is replaced. The login may be any owner of the tables: triggers are turned off
 * table by table, and foreign keys are dropped and added again, which checks every row.
 */
export async function loadBackup(adminUrl: string, { file, header, end }: CheckedBackup): Promise<void> {
  const client = new Client({ connectionString: adminUrl, application_name: 'context-graph restore' });
  await client.connect();
  client.on('error', () => undefined);
  try {
    await client.query("begin; set local row_security = off; set local timezone = 'UTC'; set local datestyle = 'ISO'; set local intervalstyle = 'postgres'; set local statement_timeout = 0");
    const { rows: tables } = await client.query<{ name: string; columns: readonly string[] }>(tablesOf);
    const triggered = await client.query<{ name: string }>(
      `select c.oid::regclass::text as name from pg_class c where relnamespace in (select oid from pg_namespace where nspname in ('public', 'lab')) and relkind in ('r', 'p')
       and exists (select from pg_trigger where tgrelid = c.oid and not tgisinternal and tgparentid = 0)`,
    );
    for (const { name } of triggered.rows) await client.query(`alter table ${name} disable trigger user`);
    await client.query(`truncate ${tables.map(({ name }) => name).join(', ')}`);
    for (const { parent, month } of header.partitions) {
      const maker = partitionMakers[parent];
      if (maker) await client.query(`select ${maker}($1::date, 1)`, [month]);
    }
    // Tables refer to each other in circles; the keys are checked when they come back.
    const keys = await client.query<{ owner: string; name: string; definition: string }>(foreignKeys);
    for (const { owner, name } of keys.rows) await client.query(`alter table ${owner} drop constraint ${client.escapeIdentifier(name)}`);
    const rows = await loadTables(client, file, tables);
    if (rows !== end.rows) throw new BackupFault(`${file} holds ${rows} rows where its end names ${end.rows}. Use another copy of the backup.`);
    for (const { owner, name, definition } of keys.rows) await client.query(`alter table ${owner} add constraint ${client.escapeIdentifier(name)} ${definition}`);
    for (const { name, value, called } of header.sequences) await client.query('select setval($1::regclass, $2, $3)', [name, value, called]);
    // Whoever held a job when the backup was made no longer works on it.
    await client.query('update graphile_worker._private_jobs set locked_at = null, locked_by = null where locked_at is not null');
    await client.query('update graphile_worker._private_job_queues set locked_at = null, locked_by = null where locked_at is not null');
    for (const { name } of triggered.rows) await client.query(`alter table ${name} enable trigger user`);
    await client.query('commit');
    await client.query('analyze');
  } finally {
    await client.end();
  }
}

async function loadTables(client: Client, file: string, tables: readonly { readonly name: string; readonly columns: readonly string[] }[]): Promise<number> {
  const known = new Map(tables.map(({ name, columns }) => [name, new Set(columns)]));
  const parts = readBackup(file);
  let rows = 0;
  let next = await parts.next();
  while (!next.done) {
    const part = next.value;
    next = await parts.next();
    if (!('table' in part)) continue;
    const { table, columns } = part.table;
    const ofTable = async function* (): AsyncGenerator<Buffer> {
      for (; !next.done && 'rows' in next.value; next = await parts.next()) yield next.value.rows;
    };
    if (seeded.includes(table)) {
      for await (const piece of ofTable()) rows += countLines(piece);
      continue;
    }
    const there = known.get(table);
    const lacking = there ? columns.filter((column) => !there.has(column)) : [];
    if (!there || lacking.length > 0) throw new BackupFault(`The backup has ${there ? `the column ${table}.${lacking[0]}` : `the table ${table}`}, which this version does not have. Restore it with the version that made it.`);
    rows += await copyIn(client, `copy ${table} (${columns.map((column) => client.escapeIdentifier(column)).join(', ')}) from stdin`, ofTable());
  }
  return rows;
}

const countLines = (piece: Buffer): number => piece.reduce((count, byte) => (byte === 0x0a ? count + 1 : count), 0);
