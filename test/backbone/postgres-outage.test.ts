import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { statement } from '../../src/platform/postgres/statement.ts';
import { makeAccount } from '../harness/accounts.ts';
import { acceptance, liveAs } from '../harness/live-client.ts';
import { startTestProgram, until, type TestProgram } from '../harness/program.ts';
import { startKafka } from '../services/kafka.ts';
import { startPostgres, type PostgresService } from '../services/postgres.ts';

const kafka = await startKafka();
let postgres: PostgresService;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(async () => {
  await kafka?.stop();
  await postgres?.stop();
});

// Of both programs, which share one database.
const masterKey = randomBytes(32);
const waiting = statement<{ events: number }>('test_waiting_facts', 'select count(*)::int as events from outbox');
const ask = 'query ($id: ID!) { account(id: $id) { name signals(first: 1) { totalCount } intent { __typename ... on IntentScore { value } } } }';

describe.each(kafka ? ['postgres', 'kafka'] : ['postgres'])('when PostgreSQL dies and comes back, with events by way of %s', (bus) => {
  let program: TestProgram;
  beforeAll(async () => {
    const settings = { brokers: kafka?.brokers ?? [], ssl: false, sasl: null, prefix: 'outage.', partitions: 4, replication: 1 };
    program = await startTestProgram({ databaseUrl: postgres.url, masterKey, slug: bus, ...(bus === 'kafka' && kafka ? { kafka: settings } : {}) });
  });
  afterAll(() => program?.close());

  const post = async (account: string, event: string): Promise<number> => {
    const response = await fetch(`${program.url}/api/signals`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await program.token('agent')}` },
      body: JSON.stringify({ account: { id: account }, type: 'meeting', source: 'calendar', sourceEventId: event }),
    });
    await response.arrayBuffer();
    return response.status;
  };
  const health = async (door: string): Promise<number> => (await fetch(`${program.healthUrl}${door}`)).status;

  test('requests are told so at once, nobody dies of it, and work goes on where it stood', async () => {
    const account = await makeAccount(program, `outage-${bus}`);
    const client = await liveAs(program, 'viewer');
    const feed = client.subscribe(acceptance('signals', 'Feed'), { accountId: account });
    await feed.atLeast(1);
    for (let index = 0; index < 10; index += 1) expect(await post(account, `before-${index}`)).toBe(202);
    await feed.atLeast(11);

    // Works are under way, connections are out, subscribers listen.
    const underWay = Array.from({ length: 20 }, (_, index) => post(account, `during-${index}`));
    await postgres.kill();
    const outcomes = await Promise.all(underWay);
    for (const status of outcomes) expect([202, 503]).toContain(status);
    const answer = await program.query(ask, { id: account });
    expect(answer.errors).toMatchObject([{ extensions: { code: 'UNAVAILABLE' } }]);
    expect(await post(account, 'while-away')).toBe(503);
    expect(await health('/health')).toBe(200);
    expect(await health('/health/ready')).toBe(503);
    expect(await health('/health/detailed')).toBe(503);
    expect(await health('/metrics')).toBe(200);
    expect(await health('/health/workers')).toBe(200);

    await postgres.restart();
    await until('the program is ready again', async () => (await health('/health/ready')) === 200);
    // What was not accepted is sent again; what was is known.
    for (let index = 0; index < 20; index += 1) expect(await post(account, `during-${index}`)).toBeOneOf([200, 202]);
    for (let index = 0; index < 10; index += 1) expect(await post(account, `after-${index}`)).toBe(202);

    const events = await feed.atLeast(41);
    expect(events).toHaveLength(41);
    expect(new Set(events.map(({ cursor }) => cursor)).size).toBe(41);
    expect(feed.ended()).toBe(false);
    const total = async (): Promise<unknown> => (await program.query<{ account: unknown }, { id: string }>(ask, { id: account })).data?.account;
    await until('everything is counted', async () => program.database.system((sql) => sql.rows(waiting)).then(([row]) => row?.events === 0));
    // Out of the outbox is not yet through the bus.
    await until('the score is there', async () => JSON.stringify(await total()).includes('IntentScore'));
    expect(await total()).toMatchObject({ signals: { totalCount: 40 }, intent: { __typename: 'IntentScore' } });
    await client.close();
  });

  // The bus makes no difference here.
  if (bus === 'postgres') test('a database that stands still is told of, too', async () => {
    const account = await makeAccount(program, 'frozen');
    const client = await liveAs(program, 'viewer');
    const feed = client.subscribe(acceptance('signals', 'Feed'), { accountId: account });
    await feed.atLeast(1);
    await postgres.freeze();
    try {
      expect(await health('/health')).toBe(200);
      expect(await health('/health/ready')).toBe(503);
      // Those who wait already are told once it is clear that it will not answer; those who come later at once.
      const waiting = await Promise.all([...Array.from({ length: 30 }, (_, index) => post(account, `frozen-${index}`)), program.query(ask, { id: account }).then(({ errors }) => errors?.[0]?.extensions['code'])]);
      expect(waiting).toEqual([...Array.from({ length: 30 }, () => 503), 'UNAVAILABLE']);
      expect(await post(account, 'frozen-late')).toBe(503);
      expect((await program.query(ask, { id: account })).errors).toMatchObject([{ extensions: { code: 'UNAVAILABLE' } }]);
    } finally {
      await postgres.thaw();
    }
    await until('the program is ready again', async () => (await health('/health/ready')) === 200);
    for (let index = 0; index < 30; index += 1) expect(await post(account, `frozen-${index}`)).toBeOneOf([200, 202]);
    expect(await post(account, 'thawed')).toBe(202);
    const events = await feed.atLeast(32);
    expect(new Set(events.map(({ cursor }) => cursor)).size).toBe(events.length);
    await client.close();
  });
});
