import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { systemClock } from '../../src/platform/clock.ts';
import { mintToken, type Role } from '../../src/features/access/index.ts';
import type { Id } from '../../src/platform/ids.ts';
import { freePort } from '../../src/platform/postgres/server-process.ts';

/** The services that an installation has beside its own processes. */
export interface CityServices {
  readonly databaseUrl: string;
  readonly brokers: readonly string[];
  readonly redisUrl: string;
}

/** One process of the program, which may be killed and started again. */
export interface CityProcess {
  readonly name: string;
  readonly url: string;
  /** Whether it was started and not killed since. */
  readonly up: boolean;
  /** Ends it at once, and starts it again. */
  killAndRestart(): Promise<void>;
  /** Asks it to end, as an update does, and starts it again. An end that is not in order is one of `ownEnds`. */
  replace(): Promise<void>;
  /** Lets it stand still for so long, as a starved machine does, and go on as if nothing had been. */
  freeze(milliseconds: number): Promise<void>;
}

/** The program spread over processes, as in production. */
export interface City {
  readonly processes: readonly CityProcess[];
  /** The processes that callers may ask. */
  readonly apis: readonly CityProcess[];
  /** Ends that nobody asked for, with what the process said last. */
  readonly ownEnds: readonly string[];
  token(tenantId: Id<'Tenant'>, role: Role): Promise<string>;
  stop(): Promise<void>;
}

const root = join(import.meta.dirname, '../..');
const issued = { issuer: 'context-graph', audience: 'context-graph' };

/** Starts a process per entry of `plan` (its name to its roles), and resolves when all are ready. */
export async function startCity(services: CityServices, plan: Readonly<Record<string, string>>): Promise<City> {
  const secret = randomBytes(32).toString('hex');
  const environment = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    DATABASE_URL: services.databaseUrl,
    DATABASE_CONNECTIONS: '8',
    KAFKA_BROKERS: services.brokers.join(','),
    KAFKA_PARTITIONS: '4',
    REDIS_URL: services.redisUrl,
    JWT_SECRET: secret,
    MASTER_KEY: randomBytes(32).toString('base64'),
    LOG_LEVEL: 'warn',
  };
  const ownEnds: string[] = [];
  const processes = await Promise.all(
    Object.entries(plan).map(async ([name, roles]) => {
      const port = await freePort();
      return openProcess({ name, url: `http://127.0.0.1:${port}`, environment: { ...environment, ROLES: roles, PORT: String(port) }, ownEnds });
    }),
  );
  await Promise.all(processes.map((each) => each.ready()));
  return {
    processes,
    apis: processes.filter(({ name }) => plan[name]?.includes('api')),
    ownEnds,
    token: (tenantId, role) => mintToken({ ...issued, secret, clock: systemClock, tenantId, subject: `city-${role}`, roles: [role], hours: 8 }),
    async stop() {
      await Promise.all(processes.map((each) => each.end('SIGTERM')));
    },
  };
}

function openProcess({ name, url, environment, ownEnds }: { name: string; url: string; environment: NodeJS.ProcessEnv; ownEnds: string[] }) {
  let child: ChildProcess | null = null;
  const start = (): void => {
    const started = spawn(process.execPath, ['--disable-warning=TimeoutNegativeWarning', '--import', 'tsx', 'src/main.ts'], { cwd: root, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [started.stdout, started.stderr]) stream.on('data', (text: Buffer) => (said = (said + text.toString()).slice(-3_000)));
    started.once('exit', (code, signal) => {
      if (child === started) ownEnds.push(`${name} ended by itself (${code ?? signal}): ${said}`);
    });
    child = started;
  };
  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    const ended = child;
    child = null;
    if (!ended || ended.exitCode !== null || ended.signalCode !== null) return;
    const exit = once(ended, 'exit');
    ended.kill(signal);
    await exit;
    // One that has only just begun knows of no signals yet.
    if (signal === 'SIGTERM' && ended.exitCode !== 0 && ended.signalCode === null) ownEnds.push(`${name} did not end in order: ${ended.exitCode}`);
  };
  start();
  return {
    name,
    url,
    get up() {
      return child !== null;
    },
    end,
    async ready() {
      while (!(await fetch(`${url}/health/ready`).then(({ ok }) => ok, () => false))) {
        if (ownEnds.length > 0) throw new Error(ownEnds.join('\n'));
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    async killAndRestart() {
      await end('SIGKILL');
      start();
    },
    async replace() {
      await end('SIGTERM');
      start();
    },
    async freeze(milliseconds: number) {
      const frozen = child;
      frozen?.kill('SIGSTOP');
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      frozen?.kill('SIGCONT');
    },
  };
}
