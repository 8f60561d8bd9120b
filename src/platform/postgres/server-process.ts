import { spawn, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { EmbeddedFault } from './embedded-fault.ts';
import type { ServerBinaries } from './server-binaries.ts';

/** A running server, as its parent sees it. */
export interface ServerProcess {
  readonly port: number;
  /** Ends all sessions, writes everything down, and resolves when the server is gone. */
  stop(): Promise<void>;
}

/** What to start. */
export interface ServerOptions {
  readonly binaries: ServerBinaries;
  readonly data: string;
  /** False gives up all safety for speed: a crash of the machine loses the data. For tests only. */
  readonly durable: boolean;
  onLog(line: string): void;
}

/** Set anew at every start, so that a folder of an older program gets this program's settings. */
const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: '128MB',
  effective_cache_size: '1GB',
  random_page_cost: '1.1',
  max_wal_size: '2GB',
  wal_compression: 'on',
  // Short queries all: compiling them costs more than it saves.
  jit: 'off',
  // Ends what a killed program has left running.
  client_connection_check_interval: '10s',
  lc_messages: 'C',
  timezone: 'UTC',
  log_timezone: 'UTC',
};

const fastAndLoose = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum: 'off' };

/** Runs one of the server's programs to its end; throws with what it said when it fails. */
export async function runProgram(program: string, parameters: readonly string[], binaries: ServerBinaries): Promise<void> {
  const child = spawn(program, parameters, { ...binaries.user, stdio: ['ignore', 'pipe', 'pipe'], env: environment(), cwd: '/', windowsHide: true });
  const said: string[] = [];
  child.stdout.on('data', (chunk) => said.push(String(chunk)));
  child.stderr.on('data', (chunk) => said.push(String(chunk)));
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  if (code !== 0) throw new EmbeddedFault('SERVER_FAILED', `${program} failed: ${said.join('').trim()}`);
}

function environment(): NodeJS.ProcessEnv {
  return { ...process.env, LC_ALL: 'C' };
}

/** A port nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}

/** Starts the server and resolves when it takes connections. */
export async function startServer(port: number, options: ServerOptions): Promise<ServerProcess> {
  const { binaries, data, durable, onLog } = options;
  const values = { ...settings, ...(durable ? {} : fastAndLoose), port: String(port) };
  const child = spawn(
    binaries.postgres,
    ['-D', data, ...Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    // In a session of its own: Ctrl-C in the terminal is for us, and we stop the server last.
    { ...binaries.user, stdio: ['ignore', 'ignore', 'pipe'], env: environment(), cwd: '/', detached: true, windowsHide: true },
  );
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  // The last resort of a program that ends without stopping us: the server then shuts down on its own.
  const farewell = (): void => void child.kill('SIGINT');
  process.once('exit', farewell);
  void ended.then(() => process.off('exit', farewell));
  await whenReady(child, onLog);
  return {
    port,
    async stop() {
      child.kill('SIGINT');
      await ended;
    },
  };
}

async function whenReady(child: ChildProcess, onLog: (line: string) => void): Promise<void> {
  if (!child.stderr) throw new Error('the server has no stderr');
  const lines = createInterface({ input: child.stderr });
  const said: string[] = [];
  await new Promise<void>((resolve, reject) => {
    lines.on('line', (line) => {
      onLog(line);
      if (said.length < 50) said.push(line);
      if (line.includes('database system is ready to accept connections')) resolve();
    });
    child.once('error', reject);
    child.once('close', () => reject(new EmbeddedFault('SERVER_FAILED', `PostgreSQL did not start: ${said.join('\n')}`)));
  });
}
