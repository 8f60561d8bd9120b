import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { memorySettings } from './server-memory.ts';
import { EmbeddedFault } from './embedded-fault.ts';
import type { ServerBinaries } from './server-binaries.ts';
import type { ServerUser } from './server-user.ts';

/** A server that takes connections. */
export interface ServerProcess {
  readonly port: number;
  /** Resolves when the server is gone, for whatever reason. */
  readonly ended: Promise<void>;
  /** The last lines of its log. */
  readonly lastLines: readonly string[];
  /** Ends all sessions, writes everything down, and resolves when the server is gone. */
  stop(): Promise<void>;
}

/** What to run, on what, as whom. */
export interface ServerOptions {
  readonly binaries: ServerBinaries;
  readonly data: string;
  /** Null: as ourselves. */
  readonly user: ServerUser | null;
  /** False gives up all safety for speed: a crash of the machine loses the data. For tests only. */
  readonly durable: boolean;
  readonly onLog: (line: string) => void;
}

/** Given at every start, so that a data folder of an older version gets these settings, too. */
const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  // Pages that do not fit are read through the operating system's cache, which costs a system call each.
  huge_pages: 'off',
  random_page_cost: '1.1',
  // Sorts of a page or of an export; a read has few of them at once.
  work_mem: '8MB',
  max_wal_size: '2GB',
  min_wal_size: '256MB',
  wal_compression: 'on',
  // All queries are short: compiling them costs more than it saves.
  jit: 'off',
  // Ends what a killed program left running.
  client_connection_check_interval: '10s',
  // whenReady and startServer's callers read the log.
  lc_messages: 'C',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

const fastAndLoose = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum: 'off' };

/** Runs one of the server's programs to its end; throws with what it said when it fails. */
export async function runProgram(program: string, parameters: readonly string[], user: ServerUser | null): Promise<void> {
  const child = spawn(program, parameters, { ...user, stdio: ['ignore', 'pipe', 'pipe'], cwd: '/', windowsHide: true });
  const said: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  if (code !== 0) throw new EmbeddedFault('SERVER_FAILED', `${program} failed: ${said.join('').trim()}`);
}

/** A port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}

/** Starts the server and resolves when it takes connections; throws with its log when it does not come up. */
export async function startServer(port: number, options: ServerOptions): Promise<ServerProcess> {
  const { binaries, data, user, durable } = options;
  const values = { ...settings, ...memorySettings(), ...(durable ? {} : fastAndLoose), port: String(port) };
  const child = spawn(
    binaries.postgres,
    ['-D', data, ...Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    // In a session of its own: Ctrl-C in the terminal is meant for us, and we stop the server last.
    { ...user, stdio: ['ignore', 'ignore', 'pipe'], cwd: '/', detached: true, windowsHide: true },
  );
  const lastLines: string[] = [];
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  // For a program that ends without stopping us: the server then shuts down by itself.
  const farewell = (): void => void child.kill('SIGINT');
  process.once('exit', farewell);
  void ended.then(() => process.off('exit', farewell));
  await whenReady(child, { ...options, onLog: (line) => (lastLines.push(line) > 40 && lastLines.shift(), options.onLog(line)) });
  return {
    port,
    ended,
    lastLines,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) await askToStop(child, options);
      await ended;
    },
  };
}

async function whenReady(child: ChildProcess, options: ServerOptions): Promise<void> {
  if (!child.stderr) throw new Error('the server has no stderr');
  const said: string[] = [];
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stderr ?? process.stdin }).on('line', (line) => {
      options.onLog(line);
      if (said.length < 40) said.push(line);
      if (line.includes('database system is ready to accept connections')) resolve();
    });
    child.once('error', reject);
    child.once('close', () => reject(new EmbeddedFault('SERVER_FAILED', `PostgreSQL did not start. It said: ${said.join('\n')}`)));
  });
}

async function askToStop(child: ChildProcess, { binaries, data, user }: ServerOptions): Promise<void> {
  // Windows knows no signals; there the server listens on a pipe that pg_ctl knows.
  if (process.platform === 'win32') await runProgram(binaries.pgCtl, ['stop', '-D', data, '-m', 'fast', '-W'], user);
  else child.kill('SIGINT');
}
