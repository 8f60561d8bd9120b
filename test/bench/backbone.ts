import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { roles } from '../../src/app/config.ts';
import { startKafka } from '../services/kafka.ts';
import { redisAvailable, startTestRedis } from '../services/redis.ts';
import { newSignal } from './ingest.ts';
import { measureLatency } from './latency.ts';
import { Caller } from './load.ts';
import { operations } from './operations.ts';
import { startPart, type Part, type PartOptions } from './part.ts';
import { printTable } from './table.ts';

/** How much, and for how long. */
export interface BackbonePlan {
  readonly token: string;
  readonly adminUrl: string;
  readonly accounts: number;
  readonly bulk: number;
  readonly single: number;
  readonly seconds: number;
}

/** The program in two processes, the API and everything else, on a Kafka and a Redis of their own. */
export async function measureBackbone(options: PartOptions, plan: BackbonePlan): Promise<void> {
  const kafka = redisAvailable('the benchmark by way of Kafka and Redis') ? await startKafka({ mustBeOurs: true }) : null;
  if (!kafka) return;
  const redis = await startTestRedis();
  const spread = { ...options, backbone: { brokers: kafka.brokers, redisUrls: redis.urls } };
  const parts: Part[] = [];
  try {
    parts.push(await startPart('./program-part.ts', { ...spread, roles: roles.filter((role) => role !== 'api') }));
    const api = await startPart('./program-part.ts', { ...spread, roles: ['api'] });
    parts.push(api);
    await measureLatency({ part: api, token: plan.token, accounts: plan.accounts }, { rates: [50, 500], seconds: plan.seconds }, 'Webhook to subscriber, by way of Kafka and Redis, an API and a worker process');
    await measureToScores(api, plan);
  } finally {
    await Promise.all(parts.map((part) => part.stop()));
    await Promise.all([kafka.stop(), redis.close()]);
  }
}

const batchOf = 1_000;
const atOnce = 64;

async function measureToScores(api: Part, { token, adminUrl, accounts, bulk, single }: BackbonePlan): Promise<void> {
  const caller = new Caller(api.url, atOnce, { authorization: `Bearer ${token}` });
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();
  const counted = async (): Promise<number> => Number((await admin.query(`select coalesce(sum(bit_count(seen)), 0) as count from inbox_block where consumer = 'context-engine'`)).rows[0].count);
  const rows: (string | number)[][] = [];
  const take = async (name: string, count: number, body: () => Promise<unknown>): Promise<void> => {
    const before = await counted();
    const from = performance.now();
    await body();
    const stored = performance.now() - from;
    while ((await counted()) < before + count) await wait(20);
    rows.push([name, count, (count / stored) * 1_000, (count / (performance.now() - from)) * 1_000]);
  };
  try {
    await take('ingestSignals, 1,000 a call', bulk, async () => {
      for (let done = 0; done < bulk; done += batchOf) await caller.query(operations.ingest, { input: Array.from({ length: Math.min(batchOf, bulk - done) }, (_, turn) => newSignal(accounts, done + turn)) });
    });
    await take(`POST /api/signals, ${atOnce} at once`, single, async () => {
      let turn = 0;
      await Promise.all(Array.from({ length: atOnce }, async () => {
        while (turn < single) await caller.post('/api/signals', JSON.stringify(newSignal(accounts, turn++)));
      }));
    });
    printTable('Ingest by way of Kafka', ['', 'signals', 'signals/s stored', 'signals/s to scores'], rows);
  } finally {
    caller.close();
    await admin.end();
  }
}
