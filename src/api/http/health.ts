import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../platform/clock.ts';
import { StorageFull } from '../../platform/errors.ts';
import type { WorkerList } from '../../platform/heartbeats.ts';
import type { JobState } from '../../platform/jobs/job-list.ts';
import { within } from '../../platform/within.ts';

/** A part outside the process, and how to find out whether it answers. */
export interface Dependency {
  /** What is configured: `postgres`, `kafka`, `redis`, `in-process`, …. */
  readonly kind: string;
  /** Throws when it does not. */
  check(): Promise<unknown>;
}

/** What health is told of. */
export interface HealthOptions {
  readonly clock: Clock;
  readonly database: Dependency;
  readonly redis: Dependency;
  readonly bus: Dependency;
  workers(): Promise<WorkerList>;
  /** Every background task, over all processes. */
  jobs(): Promise<readonly JobState[]>;
  /** Whether the process still prepares what callers need, such as the demo's data. */
  starting(): boolean;
  /** Whether the process has begun to stop. */
  draining(): boolean;
  /** Events that a role's consumer group has still to take in; null for a role that is no consumer. */
  lagOf(role: string): Promise<number | null>;
}

/** How long a dependency may take before it counts as down. Milliseconds. */
const patience = 1_000;

/**
 * `/health`: the process answers; it asks nobody. `/health/ready`: it can serve. `/health/detailed`: each dependency's
 * state and latency. `/health/workers`: every part of every process, and every background task.
 */
export function healthRoutes(app: FastifyInstance, options: HealthOptions): void {
  const { clock, lagOf } = options;
  const [database, redis, bus] = [once(options.database), once(options.redis), once(options.bus)];
  const jobStates = askedOnce(() => options.jobs());

  app.get('/health', async () => ({ status: 'ok', at: clock.now().toISOString() }));

  // Without the database nothing can be served. Redis away only makes reads dearer and subscriptions slower; Kafka away
  // lets facts wait in the outbox: a process that left its balancer for these would take the service down with them.
  app.get('/health/ready', async (_request, reply) => {
    if (options.starting()) return reply.code(503).header('retry-after', '1').send({ status: 'starting', reason: 'The process is starting.' });
    const draining = options.draining();
    const examined = draining ? null : await examine(database);
    if (examined?.status === 'up') return { status: 'ready' };
    const reason = draining ? 'The process is stopping.' : (examined?.reason ?? 'The database does not answer.');
    return reply.code(503).header('retry-after', '1').send({ status: draining ? 'draining' : 'not ready', reason, ...(examined?.cause ? { cause: examined.cause } : {}) });
  });

  app.get('/health/detailed', async (_request, reply) => {
    const [onDatabase, onRedis, onBus] = await Promise.all([examine(database), examine(redis), examine(bus)]);
    const down = onDatabase.status === 'down';
    const degraded = onRedis.status === 'down' || onBus.status === 'down';
    return reply.code(down ? 503 : 200).send({
      status: down ? 'down' : degraded ? 'degraded' : 'ok',
      dependencies: { database: onDatabase, redis: onRedis, bus: onBus },
    });
  });

  app.get('/health/workers', async () => {
    const { workers, registry } = await options.workers();
    const roles = [...new Set(workers.map(({ role }) => role))];
    // A lag belongs to the group, so to all workers of a role alike.
    const lags = new Map(await Promise.all(roles.map(async (role) => [role, await within(patience, lagOf(role), 'The bus').catch(() => null)] as const)));
    // Without the database nothing is known of them.
    const jobs = await within(patience, jobStates(), 'The database').catch(() => null);
    return { registry, jobs, workers: workers.map((worker) => ({ ...worker, lag: lags.get(worker.role) ?? null })) };
  });
}

function once({ kind, check }: Dependency): Dependency {
  return { kind, check: askedOnce(check) };
}

/**
 * A question that those who ask at the same time ask together. A silent database holds each question, and with it a
 * connection, for long; probes must not take them all. After five seconds another question may be tried.
 */
function askedOnce<Answer>(ask: () => Promise<Answer>): () => Promise<Answer> {
  let asked: { readonly answer: Promise<Answer>; readonly at: number } | null = null;
  return () => {
    if (asked && performance.now() - asked.at < 5_000) return asked.answer;
    const mine = { answer: ask().finally(() => void (asked === mine && (asked = null))), at: performance.now() };
    asked = mine;
    return mine.answer;
  };
}

/** A dependency's state as it is told. */
interface Examined {
  readonly status: 'up' | 'down';
  readonly kind: string;
  readonly latencyMilliseconds: number;
  readonly error?: string;
  /** A code of the closed list, where the cause is known. */
  readonly cause?: 'STORAGE_FULL';
  /** What is wrong and what to do, where that is known. */
  readonly reason?: string;
}

const storageFull = { cause: 'STORAGE_FULL', reason: 'The disk of the database is full. Free disk space or enlarge the disk; the program goes on by itself.' } as const;

async function examine({ kind, check }: Dependency): Promise<Examined> {
  const began = performance.now();
  const error = await within(patience, check(), 'It').then(
    () => null,
    (fault: unknown) => fault,
  );
  const latencyMilliseconds = Math.round((performance.now() - began) * 100) / 100;
  // The kind of fault only: messages may name hosts, and the door is open to everybody.
  return error === null ? { status: 'up', kind, latencyMilliseconds } : { status: 'down', kind, latencyMilliseconds, error: nameOf(error), ...(error instanceof StorageFull ? storageFull : {}) };
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'Error';
  const cause = error.cause;
  return cause instanceof Error ? (('code' in cause && typeof cause.code === 'string' ? cause.code : null) ?? cause.name) : error.name;
}
