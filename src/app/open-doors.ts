import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../platform/clock.ts';
import type { Bus } from '../platform/events/bus.ts';
import { measureLag } from '../platform/events/event-metrics.ts';
import { StorageFull } from '../platform/errors.ts';
import type { Heartbeats } from '../platform/heartbeats.ts';
import { listJobs } from '../platform/jobs/job-list.ts';
import type { Task } from '../platform/jobs/task.ts';
import type { Log } from '../platform/log.ts';
import type { Database } from '../platform/postgres/database.ts';
import { statement } from '../platform/postgres/statement.ts';
import { healthRoutes, type Dependency } from '../api/http/health.ts';
import { createHttpServer, type HttpServer } from '../api/http/server.ts';
import type { LimitPolicy } from '../api/limits/policy.ts';
import { createDisclosure, type Disclose } from '../api/public-error.ts';
import type { Releases } from './lifecycle.ts';

/** Where a process listens, and how it takes its leave. */
export interface DoorOptions {
  readonly host: string;
  readonly port: number;
  readonly origins: readonly string[];
  readonly trustedHops: number;
  readonly log: Log;
  /** How long it goes on serving once told to stop, while its readiness says no; 0 when absent. */
  readonly drainSeconds?: number;
  /** Whether what callers need is still being prepared, so that readiness says no; never when absent. */
  starting?(): boolean;
}

/** What the doors of every process show. */
export interface DoorParts {
  readonly policy: LimitPolicy;
  readonly database: Pick<Database, 'system' | 'checkStorage'>;
  /** Whether the embedded server stands still because its disk is full. */
  readonly diskFull: () => boolean;
  readonly bus: Bus;
  readonly busKind: string;
  readonly redis: Dependency;
  readonly clock: Clock;
  readonly heartbeats: Heartbeats;
  /** Sets the gauges that are read from the database, before metrics are shown. */
  measure(): Promise<unknown>;
  /** Every background task there is, whether this process runs them or not. */
  readonly tasks: Readonly<Record<string, Task>>;
  /** The consumer groups; those of roles bear their names. */
  readonly groups: readonly string[];
  readonly releases: Releases;
  /** Adds the doors of the API before the server listens; answers what is to be closed before it. */
  addRoutes(app: HttpServer, disclose: Disclose): Promise<{ close(): Promise<void> } | null>;
}

const answers = statement('health_check', 'select 1 as answer');
const total = (lags: ReadonlyMap<string, number>): number => [...lags.values()].reduce((sum, lag) => sum + lag, 0);

/** Throws when the database does not answer, or cannot store anything. */
async function checkDatabase({ database, diskFull }: DoorParts): Promise<void> {
  if (diskFull()) throw new StorageFull();
  await database.system((sql) => sql.rows(answers));
  await database.checkStorage();
}

/** Opens the doors: health and metrics on every process, and what `addRoutes` adds. Answers where they are. */
export async function openDoors(options: DoorOptions, parts: DoorParts): Promise<string> {
  const { log, host } = options;
  const { bus, database, groups, releases } = parts;
  let draining = false;
  const disclose = createDisclosure(({ error, code, requestId }) => log.error({ error, code, requestId }, 'a request failed on our side'));
  const app = await createHttpServer({
    ...options,
    disclose,
    policy: parts.policy,
    newRequestId: randomUUID,
    refreshMetrics: async () => void (await Promise.all([...groups.map((group) => measureLag(bus, group)), parts.measure()])),
    onBrokenOff: (requestId) => log.debug({ requestId }, 'client closed the connection before its request had arrived'),
    onRequest: (entry) => log.info(entry, 'request'),
  });
  healthRoutes(app, {
    clock: parts.clock,
    database: { kind: 'postgres', check: () => checkDatabase(parts) },
    redis: parts.redis,
    bus: { kind: parts.busKind, check: () => bus.check() },
    workers: () => parts.heartbeats.list(),
    jobs: () => listJobs(database, parts.clock, parts.tasks),
    starting: () => options.starting?.() ?? false,
    draining: () => draining,
    lagOf: async (role) => (groups.includes(role) ? total(await bus.lag(role)) : null),
  });
  const more = await parts.addRoutes(app, disclose);
  await app.listen({ host, port: options.port });
  releases.add('http', () => app.close());
  if (more) releases.add('sockets', () => more.close());
  releases.add('readiness', async () => {
    draining = true;
    // Until balancers have seen it, callers still come.
    if (options.drainSeconds) await wait(options.drainSeconds * 1_000);
  });
  if (!app.server.listening) await once(app.server, 'listening');
  const { port } = app.server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
