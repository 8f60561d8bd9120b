import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTenant } from '../../src/app/create-tenant.ts';
import { defaultScoringModelParameters } from '../../src/features/scoring/index.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createIds, type Id } from '../../src/platform/ids.ts';
import { openDatabase } from '../../src/platform/postgres/database.ts';
import { random } from '../harness/random.ts';
import { startKafka } from '../services/kafka.ts';
import { startPostgres, type PostgresService } from '../services/postgres.ts';
import { redisAvailable, startTestRedis, type TestRedis } from '../services/redis.ts';
import { startCity, type City } from './city.ts';
import { deliver, doorsOf, follow } from './traffic.ts';
import { recomputeScores, verifyChain } from './truth.ts';
import { takenIn } from '../harness/facts.ts';

/** How many ends there are: `npm run test:chaos` asks for 200. */
const kills = Number(process.env['KILLS'] ?? 15);
const seed = Number(process.env['SEED'] ?? 20_261_121);
/** Everything in flight must have arrived after this. Milliseconds. */
const longestDrain = 120_000;

const kafka = redisAvailable('test/backbone/chaos.test.ts') ? await startKafka({ mustBeOurs: true }) : null;

describe.skipIf(!kafka)('the program spread over processes, any of which is killed at any moment', () => {
  let postgres: PostgresService;
  let redis: TestRedis;
  let city: City;
  let admin: Pool;
  let tenant: Id<'Tenant'>;

  beforeAll(async () => {
    [postgres, redis] = await Promise.all([startPostgres(), startTestRedis()]);
    admin = new Pool({ connectionString: postgres.adminUrl, max: 2 });
    admin.on('error', () => undefined);
    const newId = createIds(systemClock);
    const database = await openDatabase({ url: postgres.url, connections: 2, clock: systemClock, newId, entities: [], onError: () => undefined });
    tenant = await createTenant(database, newId, { slug: 'chaos', name: 'Chaos', highIntentThreshold: 75 });
    await database.close();
    city = await startCity(
      { databaseUrl: postgres.url, brokers: kafka?.brokers ?? [], redisUrl: redis.urls[0] ?? '' },
      {
        'api-1': 'api',
        'api-2': 'api',
        'worker-1': 'outbox-relay,context-engine',
        'worker-2': 'outbox-relay,context-engine,live-bridge',
        'worker-3': 'context-engine,live-bridge,orchestration,executor,scheduler',
      },
    );
  }, 400_000);
  afterAll(async () => {
    await city?.stop();
    await admin?.end();
    await Promise.all([kafka?.stop(), redis?.close(), postgres?.stop()]);
  }, 60_000);

  test(`${kills} times: every accepted signal is stored, counted, audited and pushed once`, async () => {
    const next = random(seed);
    const urls = city.apis.map(({ url }) => url);
    const token = await city.token(tenant, 'agent');
    const accounts = Array.from({ length: 8 }, (_, index) => `account-${index}`);
    const types = defaultScoringModelParameters(75).signalTypes.map(({ type }) => type);
    const statementOf = (event: number) => {
      const account = accounts[event % accounts.length] ?? '';
      return { account: { externalRef: { system: 'salesforce', id: account } }, type: types[event % types.length], source: 'chaos', sourceEventId: `event-${event}` };
    };
    // Stubs of the accounts, so that there is something to follow.
    const accepted = new Map<string, string>();
    for (let event = 0; event < accounts.length; event += 1) accepted.set(`event-${event}`, await deliver(doorsOf(urls, token), statementOf(event)));
    const uuids = (await admin.query<{ id: string }>('select node_id as id from external_ref where tenant_id = $1 order by external_id', [tenant])).rows.map(({ id }) => id);
    const globalId = (uuid: string): string => `Account_${uuid.replaceAll('-', '')}`;

    const watcher = await city.token(tenant, 'viewer');
    const scores = 'subscription ($accountIds: [ID!], $after: String) { intentScoreChanged(accountIds: $accountIds, after: $after) { cursor __typename ... on IntentScoreChange { current account { name } } } }';
    const feed = 'subscription ($accountId: ID!, $after: String) { signalIngested(accountId: $accountId, after: $after) { cursor __typename ... on SignalIngest { signal { type } } } }';
    const followers = [
      { is: `kind = 'context.updated'`, follower: follow(doorsOf(urls, watcher), scores) },
      { is: `kind = 'context.updated' and account_id = any(array['${uuids[0]}', '${uuids[1]}']::uuid[])`, follower: follow(doorsOf(urls, watcher), scores, { accountIds: uuids.slice(0, 2).map(globalId) }) },
      { is: `kind = 'signal.ingested' and account_id = '${uuids[2]}'`, follower: follow(doorsOf(urls, watcher), feed, { accountId: globalId(uuids[2] ?? '') }) },
    ];

    const pouring = new AbortController();
    let events = accounts.length;
    const source = async (index: number): Promise<void> => {
      const doors = doorsOf(index % 2 === 0 ? urls : urls.toReversed(), token);
      while (!pouring.signal.aborted) {
        const event = (events += 1);
        const statement = statementOf(event);
        accepted.set(statement.sourceEventId, await deliver(doors, statement));
        // A source that forgot what it has sent.
        if (event % 10 === 0) expect(await deliver(doors, statement)).toBe(accepted.get(statement.sourceEventId));
        await sleep(10);
      }
    };
    const sources = Array.from({ length: 6 }, (_, index) => source(index));

    const ended = new Map<string, number>();
    for (let kill = 0; kill < kills; kill += 1) {
      await sleep(next() * 2_000);
      const chance = next();
      const victim = city.processes[Math.floor(next() * city.processes.length)];
      // Longer than a consumer's session: others take over its work, and then it comes back.
      const manner = next();
      const name = chance < 0.04 ? 'PostgreSQL' : chance < 0.08 ? 'Kafka' : chance < 0.14 ? 'Redis' : (victim?.name ?? '');
      const how = name === victim?.name ? (manner < 0.06 ? ' frozen' : manner < 0.2 ? ' replaced' : '') : '';
      ended.set(name + how, (ended.get(name + how) ?? 0) + 1);
      if (name === 'PostgreSQL') {
        await postgres.kill();
        await sleep(next() * 1_000);
        await postgres.restart();
      } else if (name === 'Kafka') {
        await kafka?.kill?.();
        await kafka?.restart?.();
      } else if (name === 'Redis') {
        await redis.stop();
        await sleep(next() * 1_000);
        await redis.start();
      } else if (manner < 0.06) await victim?.freeze(8_000);
      else if (manner < 0.2) await victim?.replace();
      else await victim?.killAndRestart();
    }
    pouring.abort();
    await Promise.all(sources);

    const count = async (text: string): Promise<number> => (await admin.query<{ count: number }>(`select count(*)::int as count from ${text}`, [tenant])).rows[0]?.count ?? -1;
    const uncounted = `audit_logs a where tenant_id = $1 and kind = 'signal.ingested' and not ${takenIn('context-engine')}`;
    await until('every fact has arrived', async () => (await count('outbox where $1::uuid is not null')) === 0 && (await count(uncounted)) === 0);

    const { rows: stored } = await admin.query<{ event: string; id: string }>('select source_event_id as event, id from signal where tenant_id = $1', [tenant]);
    expect(stored).toHaveLength(accepted.size);
    expect(new Map(stored.map(({ event, id }) => [event, `Signal_${id.replaceAll('-', '')}`]))).toEqual(accepted);
    const { rows: audited } = await admin.query<{ id: string }>(`select data->>'signalId' as id from audit_logs where tenant_id = $1 and kind = 'signal.ingested'`, [tenant]);
    expect(audited.map(({ id }) => id).toSorted()).toEqual(stored.map(({ id }) => id).toSorted());
    expect(await verifyChain(admin, tenant)).toMatchObject({ broken: null });

    // The sums of each type, not the score: caps and the curve would hide one signal more.
    for (const { accountId, stored: kept, recomputed } of await recomputeScores(admin, tenant)) expect(kept, accountId).toEqual(recomputed);

    for (const { is, follower } of followers) {
      const expected = async (): Promise<number[]> =>
        (await admin.query<{ sequence: number }>(`select sequence::int as sequence from audit_logs where tenant_id = $1 and sequence > $2 and ${is} order by sequence`, [tenant, follower.from()])).rows.map(({ sequence }) => sequence);
      const last = (await expected()).at(-1) ?? 0;
      await until(`a follower of ${is} has seen the last event, ${last}; it saw ${follower.places.at(-1)}`, async () => (follower.places.at(-1) ?? 0) >= last);
      await follower.stop();
      expect(follower.refusals).toEqual([]);
      expect(follower.places).toEqual(await expected());
    }
    expect(city.ownEnds).toEqual([]);
    const told = [...ended].map(([name, times]) => `${name} ${times}`).join(', ');
    process.stdout.write(`ends: ${told}; signals: ${accepted.size}; facts: ${(await verifyChain(admin, tenant)).length}; returns of followers: ${followers.map(({ follower }) => follower.returns()).join(', ')}\n`);
  }, kills * 15_000 + 2 * longestDrain);
});

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + longestDrain; !(await holds()); await sleep(100)) {
    if (performance.now() > end) throw new Error(`it did not come about that ${what}`);
  }
}
