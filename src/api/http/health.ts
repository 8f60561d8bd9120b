import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/postgres/database.ts';
import { statement } from '../../platform/postgres/statement.ts';

/** What health is told of. */
export interface HealthOptions {
  readonly database: Pick<Database, 'system'>;
  readonly clock: Clock;
  /** The parts that this process plays. */
  readonly roles: readonly string[];
  /** Events that a consumer group has still to take in; null for a part that is no consumer. */
  lagOf(role: string): Promise<number | null>;
}

const answers = statement('health_check', 'select 1 as answer');

/** `/health`: the process answers. `/health/detailed`: each dependency's state and latency. `/health/workers`: the parts. */
export function healthRoutes(app: FastifyInstance, { database, clock, roles, lagOf }: HealthOptions): void {
  app.get('/health', async () => ({ status: 'ok', at: clock.now().toISOString() }));
  app.get('/health/detailed', async (_request, reply) => {
    const began = performance.now();
    const up = await database.system((sql) => sql.rows(answers)).then(
      () => true,
      () => false,
    );
    const dependency = { status: up ? 'up' : 'down', latencyMilliseconds: Math.round((performance.now() - began) * 100) / 100 };
    const body = {
      status: up ? 'ok' : 'degraded',
      dependencies: {
        database: dependency,
        bus: { ...dependency, kind: 'postgres' },
        cache: { status: 'up', kind: 'in-process', latencyMilliseconds: 0 },
      },
    };
    return reply.code(up ? 200 : 503).send(body);
  });
  app.get('/health/workers', async () => ({
    workers: await Promise.all(roles.map(async (role) => ({ role, status: 'running', process: process.pid, lag: await lagOf(role) }))),
  }));
}
