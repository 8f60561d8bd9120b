import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startProgram, type Program } from '../../src/app/compose.ts';
import { roles } from '../../src/app/config.ts';
import { startTestProgram, until, type TestProgram } from '../harness/program.ts';
import { redisAvailable, startTestRedis, type TestRedis } from '../services/redis.ts';

/** A door's answer. */
interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: Record<string, unknown>;
}
async function look(program: Pick<Program, 'healthUrl'>, path: string): Promise<Answer> {
  const response = await fetch(`${program.healthUrl}${path}`);
  return { status: response.status, retryAfter: response.headers.get('retry-after'), body: (await response.json()) as Record<string, unknown> };
}

const latencyMilliseconds = expect.any(Number) as number;
const pace = { every: 100, deadAfter: 1_000, forgetAfter: 60_000 };

describe('a process of workers alone', () => {
  let whole: TestProgram;
  let workers: Program | null = null;
  beforeAll(async () => {
    whole = await startTestProgram();
  });
  afterEach(async () => {
    await workers?.stop();
    workers = null;
  });
  afterAll(() => whole?.close());

  const startWorkers = (more: { drainSeconds?: number; starting?: () => boolean } = {}): Promise<Program> =>
    startProgram({
      roles: ['context-engine', 'scheduler'], databaseUrl: whole.testDatabase.url, connections: 8, host: '127.0.0.1', port: 0, keys: { secret: 'x'.repeat(32) }, issuer: 'i', audience: 'a',
      masterKey: whole.masterKey, origins: [], trustedHops: 0, log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }, ...more,
    });

  it('has the health doors and metrics, and nothing of the API', async () => {
    workers = await startWorkers();
    expect(workers.url).toBeNull();
    expect(await look(workers, '/health')).toMatchObject({ status: 200, body: { status: 'ok' } });
    expect(await look(workers, '/health/ready')).toMatchObject({ status: 200, body: { status: 'ready' } });
    expect(await look(workers, '/health/detailed')).toEqual({ status: 200, retryAfter: null, body: { status: 'ok', dependencies: { database: { status: 'up', kind: 'postgres', latencyMilliseconds }, redis: { status: 'up', kind: 'in-process', latencyMilliseconds }, bus: { status: 'up', kind: 'postgres', latencyMilliseconds } } } });
    expect(await look(workers, '/health/workers')).toMatchObject({ status: 200, body: { registry: { kind: 'in-process', status: 'up' }, workers: [{ role: 'context-engine', status: 'running', lag: expect.any(Number) }, { role: 'scheduler', status: 'running', lag: null }], jobs: expect.arrayContaining([expect.objectContaining({ name: 'prune-events', cron: '45 0 * * *', nextRunAt: expect.stringMatching(/T00:45:00.000Z$/), waiting: 0, failed: 0 })]) } });
    expect(await (await fetch(`${workers.healthUrl}/metrics`)).text()).toContain('kafka_consumers_active{group="context-engine"}');
    for (const path of ['/graphql', '/api/signals', '/graphiql']) expect((await look(workers, path)).status).toBe(404);
  });

  it('says that it is not ready while it still prepares what callers need', async () => {
    let starting = true;
    workers = await startWorkers({ starting: () => starting });
    expect(await look(workers, '/health/ready')).toEqual({ status: 503, retryAfter: '1', body: { status: 'starting', reason: 'The process is starting.' } });
    expect(await look(workers, '/health')).toMatchObject({ status: 200 });
    starting = false;
    expect(await look(workers, '/health/ready')).toMatchObject({ status: 200, body: { status: 'ready' } });
  });

  it('says that it is not ready once it is told to stop, while it still answers', async () => {
    workers = await startWorkers({ drainSeconds: 1 });
    const stopping = workers.stop();
    expect(await look(workers, '/health/ready')).toEqual({ status: 503, retryAfter: '1', body: { status: 'draining', reason: 'The process is stopping.' } });
    expect((await look(workers, '/health')).status).toBe(200);
    await stopping;
    await expect(look(workers, '/health')).rejects.toThrow('fetch failed');
  });

  it('lives without its database, and is not ready', async () => {
    workers = await startWorkers();
    const program = workers;
    const name = new URL(whole.testDatabase.url).pathname.slice(1);
    const elsewhere = new Client({ connectionString: Object.assign(new URL(whole.testDatabase.adminUrl), { pathname: '/postgres' }).href });
    await elsewhere.connect();
    try {
      await elsewhere.query(`alter database ${name} allow_connections false`);
      await elsewhere.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
      await until('it is not ready', async () => (await look(program, '/health/ready')).status === 503);
      expect(await look(program, '/health/ready')).toEqual({ status: 503, retryAfter: '1', body: { status: 'not ready', reason: 'The database does not answer.' } });
      expect((await look(program, '/health')).status).toBe(200);
      expect(await look(program, '/health/workers')).toMatchObject({ status: 200, body: { workers: [{ role: 'context-engine', status: 'running', lag: null }, { role: 'scheduler' }], jobs: null } });
      expect((await fetch(`${program.healthUrl}/metrics`)).status).toBe(200);
    } finally {
      await elsewhere.query(`alter database ${name} allow_connections true`);
      await elsewhere.end();
    }
    await until('it is ready again', async () => (await look(program, '/health/ready')).status === 200);
  });
});

describe.runIf(redisAvailable(import.meta.filename))('two processes with Redis', () => {
  let redis: TestRedis;
  let whole: TestProgram;
  let other: TestProgram;
  beforeAll(async () => {
    redis = await startTestRedis();
    whole = await startTestProgram({ redisUrls: redis.urls, heartbeats: pace });
    other = await startTestProgram({ roles: ['api', 'context-engine'], redisUrls: redis.urls, heartbeats: pace }, whole);
  });
  afterAll(async () => {
    await other?.close();
    await whole?.close();
    await redis?.close();
  });
  const rolesSeen = async (): Promise<unknown[]> => ((await look(other, '/health/workers')).body['workers'] as { role: string; status: string }[]).map(({ role, status }) => `${role} ${status}`).sort();

  it('know of each other\'s workers, and tell of Redis', async () => {
    const all = [...roles, 'api', 'context-engine'].map((role) => `${role} running`).sort();
    await until('all are heard of', async () => JSON.stringify(await rolesSeen()) === JSON.stringify(all));
    expect(await look(other, '/health/detailed')).toMatchObject({ status: 200, body: { status: 'ok', dependencies: { redis: { status: 'up', kind: 'redis', latencyMilliseconds } } } });
    expect(await redis.client().keys('heartbeat:{workers}:context-engine:*')).toHaveLength(2);
  });

  it.each([
    ['killed', () => redis.stop(), () => redis.start()],
    ['silent', async () => redis.freeze(), async () => redis.thaw()],
  ])('stay ready, say so and answer while Redis is %s', async (_how, away, back) => {
    await away();
    try {
      await until('it is missed', async () => {
        const { status, body } = await look(other, '/health/detailed');
        expect(status).toBe(200);
        return body['status'] === 'degraded';
      });
      expect((await look(other, '/health/detailed')).body).toMatchObject({ status: 'degraded', dependencies: { database: { status: 'up' }, redis: { status: 'down', kind: 'redis', error: expect.any(String) }, bus: { status: 'up' } } });
      expect(await look(other, '/health/ready')).toMatchObject({ status: 200 });
      expect(await look(other, '/health/workers')).toMatchObject({ status: 200, body: { registry: { kind: 'redis', status: 'down' }, workers: [{ role: 'api', status: 'running' }, { role: 'context-engine', status: 'running', lag: 0 }] } });
      expect((await fetch(`${other.url}/metrics`)).status).toBe(200);
      expect(await other.query('{ scoringModel { version } accounts(first: 1) { totalCount } }')).toMatchObject({ status: 200, errors: undefined });
    } finally {
      await back();
    }
    await until('all is well again', async () => (await look(other, '/health/detailed')).body['status'] === 'ok' && (await rolesSeen()).length === roles.length + 2);
  });

  it('take off what stops in order', async () => {
    await other.stop();
    await until('its workers are gone', async () => ((await look(whole, '/health/workers')).body['workers'] as unknown[]).length === roles.length);
  });
});
