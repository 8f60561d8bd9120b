import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Client } from 'pg';

const root = resolve(import.meta.dirname, '../..');

/** What a command came to. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const environment = (variables: Readonly<Record<string, string>>): NodeJS.ProcessEnv => {
  const { PATH = '', HOME = '' } = process.env;
  return { PATH, HOME, LOG_LEVEL: 'error', ...variables };
};

/** Runs one of the program's commands to its end, as an operator does. */
export function run(file: string, variables: Readonly<Record<string, string>>, ...parameters: string[]): Promise<Ended> {
  return new Promise((done) => {
    execFile(process.execPath, ['--import', 'tsx', `src/${file}`, ...parameters], { cwd: root, env: environment(variables) }, (error, stdout, stderr) => done({ code: error ? Number(error.code) : 0, stdout, stderr }));
  });
}

/** Starts one of the program's commands. `said`: what it has printed so far. */
export function start(file: string, variables: Readonly<Record<string, string>>, ...parameters: string[]): { readonly child: ChildProcess; said(): string; readonly ended: Promise<number | null> } {
  const child = spawn(process.execPath, ['--import', 'tsx', `src/${file}`, ...parameters], { cwd: root, env: environment(variables), stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => void (text += String(chunk)));
  const ended = new Promise<number | null>((tell) => void child.once('close', (code) => tell(code)));
  return { child, said: () => text, ended };
}

/** A digest of every row of every table and of the tables themselves, as the owner reads them. */
export async function digestOf(adminUrl: string): Promise<string> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const digest = createHash('sha256');
    const tables = await client.query<{ name: string }>(`select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema') order by 1`);
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ sum: string | null }>(`select md5(string_agg(t::text, '|' order by t::text)) as sum from ${name} t`);
      digest.update(`${name} ${rows[0]?.sum ?? ''}\n`);
    }
    return digest.digest('hex');
  } finally {
    await client.end();
  }
}

/** Every file below a folder with a digest of its content, without those that a server and the folder's lock touch whenever they run. */
export async function filesOf(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort();
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, createHash('sha256').update(await readFile(name)).digest('hex')] as const)));
}
