import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { statement } from '../../src/platform/postgres/statement.ts';
import { makeAccount, signal } from '../harness/accounts.ts';
import { acceptance, liveAs, metric, type LiveClient } from '../harness/live-client.ts';
import { startTestProgram, until, type TestProgram } from '../harness/program.ts';
import { redisAvailable, startTestRedis, type TestRedis } from '../services/redis.ts';

const api = ['api'] as const;
const rest = ['api', 'outbox-relay', 'context-engine', 'live-bridge', 'scheduler'] as const;
const model = 'query { scoringModel { version } }';

describe.runIf(redisAvailable(import.meta.filename))('two processes with a Redis that goes and comes back', () => {
  let redis: TestRedis;
  /** Everything but Redis is its own; the other one serves the API only. */
  let whole: TestProgram;
  let other: TestProgram;
  const clients: LiveClient[] = [];
  /** Whether every fact so far was relayed, and taken in by the consumer that makes caches forget. */
  const invalidated = async (): Promise<boolean> => {
    const [{ waiting } = { waiting: 1 }] = await whole.database.system((sql) => sql.rows(statement<{ waiting: number }>('test_outbox', 'select count(*)::int as waiting from outbox')));
    const text = await (await fetch(`${whole.healthUrl}/metrics`)).text();
    const lags = text.split('\n').filter((line) => line.startsWith('kafka_consumer_lag{group="cache-invalidation"'));
    return waiting === 0 && lags.every((line) => line.endsWith(' 0'));
  };
  let account: string;
  let events = 0;
  beforeAll(async () => {
    redis = await startTestRedis();
    whole = await startTestProgram({ roles: rest, redisUrls: redis.urls });
    other = await startTestProgram({ roles: api, redisUrls: redis.urls }, whole);
    clients.push(await liveAs(whole), await liveAs(other));
    account = await makeAccount(whole, 'acme');
  });
  afterAll(async () => {
    for (const client of clients) await client.close();
    await other?.close();
    await whole?.close();
    await redis?.close();
  });

  const ingest = (count: number): Promise<unknown> => signal(whole, Array.from({ length: count }, () => ({ account: 'acme', event: `event-${(events += 1)}` })));
  /** Both processes have found Redis again. */
  const isBack = async (): Promise<void> => {
    for (const program of [whole, other]) await until('Redis is found again', async () => ((await (await fetch(`${program.url}/health/detailed`)).json()) as { status: string }).status === 'ok');
  };
  const signals = (subscription: { events: readonly object[] }): unknown[] => subscription.events.flatMap((event) => ('signal' in event && event.signal ? [(event.signal as { id: string }).id] : []));

  it('shows every subscriber each event once and in order, before, during and after the outage, and goes on serving', async () => {
    const feeds = clients.map((client) => client.subscribe(acceptance('signals', 'Feed'), { accountId: account }));
    for (const feed of feeds) await feed.atLeast(1);
    await ingest(5);
    for (const feed of feeds) await until('the first come', () => signals(feed).length === 5);

    for (const signalOfEnd of ['SIGKILL', 'SIGTERM'] as const) {
      const before = signals(feeds[0] ?? { events: [] }).length;
      await redis.stop(signalOfEnd);
      await ingest(5);
      for (const program of [whole, other]) expect(await program.query(model)).toMatchObject({ status: 200, data: { scoringModel: { version: 1 } }, errors: undefined });
      for (const feed of feeds) await until('those of the outage come', () => signals(feed).length === before + 5);
      // Begun while Redis is away: it is told the latest signal, and then looks itself.
      const late = clients[1]?.subscribe(acceptance('signals', 'Feed'), { accountId: account });
      await late?.atLeast(1);
      await ingest(1);
      await until('the late one is told', () => late && signals(late).length === 2);
      await redis.start();
      await ingest(5);
      for (const feed of feeds) await until('the last come', () => signals(feed).length === before + 11);
      await until('the late one is told of them, too', () => late && signals(late).length === 7);
      expect(late && new Set(signals(late)).size).toBe(7);
      late?.stop();
    }
    const [one, two] = feeds.map(signals);
    expect(one).toEqual(two);
    expect(new Set(one).size).toBe(27);
    expect([...whole.logged, ...other.logged].filter(({ level }) => level === 'error')).toEqual([]);
    for (const feed of feeds) feed.stop();
  });

  it('nudges through Redis again once it is back', async () => {
    await isBack();
    const feed = clients[1]?.subscribe(acceptance('signals', 'Feed'), { accountId: account });
    await feed?.atLeast(1);
    await until('the server knows of the follower', async () => ((await redis.client().call('PUBSUB', 'CHANNELS', `live:{${whole.tenant}}`)) as string[]).length === 1);
    const lost = await metric('live_announcements_lost_total');
    await ingest(1);
    await feed?.atLeast(2);
    expect(await metric('live_announcements_lost_total')).toBe(lost);
    feed?.stop();
  });

  it('shows the model in force in both processes after it was published in one, also when Redis was away meanwhile', async () => {
    await isBack();
    const publish = (version: number, program: TestProgram) =>
      program.query(
        'mutation($input: ScoringModelInput!) { publishScoringModel(input: $input) { __typename ... on ScoringModel { version } } }',
        { input: { signalTypes: [{ type: 'meeting', weight: version, halfLifeHours: 24 }], saturation: 50, highIntentThreshold: 75, mediumShare: 0.6 } },
      );
    const versionAt = async (program: TestProgram): Promise<unknown> => ((await program.query<{ scoringModel: { version: number } }, never>(model)).data?.scoringModel.version);
    const key = `scoring_model_in_force:{${whole.tenant}}:in_force`;
    await until('it is kept in Redis', async () => {
      await versionAt(other);
      return String(await redis.client().get(key)).startsWith('={"version":1,');
    });
    expect((await publish(2, whole)).data).toEqual({ publishScoringModel: { __typename: 'ScoringModel', version: 2 } });
    // The process that published has told Redis before it answered.
    expect([await versionAt(other), await versionAt(whole)]).toEqual([2, 2]);
    // The bus forgets it once more; only after that it stays.
    await until('the new one is kept', async () => {
      await versionAt(other);
      return (await invalidated()) && String(await redis.client().get(key)).startsWith('={"version":2,');
    });
    expect(await other.query(model, {}, { token: await whole.token('viewer', { tenant: whole.otherTenant }) })).toMatchObject({ data: { scoringModel: { version: 1 } } });

    // It refuses what it is asked, and holds what it holds: the old model is still there when it answers again.
    await redis.client().call('ACL', 'SETUSER', 'default', '-eval', '-evalsha', '-unlink');
    try {
      expect((await publish(3, whole)).data).toEqual({ publishScoringModel: { __typename: 'ScoringModel', version: 3 } });
      expect(await versionAt(other)).toBe(3);
    } finally {
      expect(await redis.client().get(key)).toMatch(/^={"version":2,/);
      await redis.client().call('ACL', 'SETUSER', 'default', '+eval', '+evalsha', '+unlink');
    }
    await until('the old one is forgotten', async () => (await versionAt(other)) === 3 && String(await redis.client().get(key)).startsWith('={"version":3,'));
    expect(await versionAt(whole)).toBe(3);

    // Full, it takes nothing new; what is wrong by now goes all the same.
    await redis.client().config('SET', 'maxmemory-policy', 'noeviction');
    await redis.client().config('SET', 'maxmemory', '1');
    try {
      expect((await publish(4, whole)).data).toEqual({ publishScoringModel: { __typename: 'ScoringModel', version: 4 } });
      expect([await versionAt(other), await versionAt(whole)]).toEqual([4, 4]);
    } finally {
      await redis.client().config('SET', 'maxmemory', '0');
    }
    await until('the new one is kept', async () => (await versionAt(other)) === 4 && String(await redis.client().get(key)).startsWith('={"version":4,'));
  });

  it('starts and serves without its Redis', async () => {
    const alone = await startTestProgram({ roles: api, redisUrls: ['redis://127.0.0.1:1'] }, whole);
    try {
      expect(await alone.query(model)).toMatchObject({ status: 200, errors: undefined });
      expect(alone.logged.filter(({ message }) => message === 'redis_unavailable, falling_back_to_backend')).toHaveLength(1);
    } finally {
      await alone.close();
    }
  });

  it('fails no request while Redis dies and comes back under load', async () => {
    const query = '{ scoringModel { version } accounts(first: 5) { totalCount edges { node { name intent { ... on IntentScore { value band } } } } } }';
    const stop = new AbortController();
    const answers: { status: number; errors: unknown }[] = [];
    const ask = async (program: TestProgram): Promise<void> => {
      while (!stop.signal.aborted) {
        const { status, errors } = await program.query(query);
        answers.push({ status, errors });
      }
    };
    const asking = [whole, other, whole, other].map(ask);
    for (const how of ['SIGKILL', 'SIGTERM', 'SIGKILL'] as const) {
      const before = answers.length;
      await until('some are answered', () => answers.length > before + 20);
      await redis.stop(how);
      await until('some are answered without it', () => answers.length > before + 60);
      await ingest(3);
      await redis.start();
    }
    stop.abort();
    await Promise.all(asking);
    expect(answers.filter(({ status, errors }) => status !== 200 || errors !== undefined)).toEqual([]);
    const fallbacks = [...whole.logged, ...other.logged].filter(({ message }) => message === 'redis_unavailable, falling_back_to_backend');
    expect(fallbacks.length).toBeGreaterThan(0);
    // A line in ten seconds and process, however many requests.
    expect(fallbacks.length).toBeLessThan(20);
  });
});
