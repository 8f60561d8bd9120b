import { Client } from 'pg';
import { roles } from '../../src/app/config.ts';
import { startKafka } from '../services/kafka.ts';
import { redisAvailable, startTestRedis } from '../services/redis.ts';
import { compare, type Bench } from './bench.ts';
import { factsScored, until } from './caught-up.ts';
import { measureLatency } from './latency.ts';
import { atOnce, Caller } from './load.ts';
import { newSignal } from './new-signal.ts';
import { operations } from './operations.ts';
import { startPart, together, type Part } from './part.ts';

/** The program in two processes, the API and everything else, on a Kafka and a Redis of their own, whose CPU is not counted. */
export async function measureBackbone(bench: Bench): Promise<void> {
  const kafka = redisAvailable('the benchmark by way of Kafka and Redis') ? await startKafka({ mustBeOurs: true }) : null;
  if (!kafka) return bench.report.note('backbone: there is no Kafka or no Redis on this machine; not measured');
  const redis = await startTestRedis();
  const spread = { ...bench.options, backbone: { brokers: kafka.brokers, redisUrls: redis.urls } };
  const parts: Part[] = [];
  try {
    parts.push(await startPart('./program-part.ts', { ...spread, roles: roles.filter((role) => role !== 'api') }));
    const api = await startPart('./program-part.ts', { ...spread, roles: ['api'] });
    parts.push(api);
    const part = together(api, ...parts.filter((each) => each !== api));
    await measureLatency(bench, { name: 'backbone.latency', title: 'Webhook to subscriber through Kafka and Redis, an API process and a worker process', part, rates: [50, 500, 1_000] });
    await measureToScores(bench, part);
  } finally {
    await Promise.all(parts.map((part) => part.stop()));
    await Promise.all([kafka.stop(), redis.close()]);
  }
}

const batchOf = 1_000;
const concurrency = 64;

async function measureToScores(bench: Bench, part: Part): Promise<void> {
  const { token, adminUrl, plan } = bench;
  const caller = new Caller(part.url, concurrency, { authorization: `Bearer ${token}` });
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();
  let next = 0;
  const signals = (count: number): object[] => Array.from({ length: count }, () => newSignal(plan.accounts, next++));
  const bulk = async (count: number): Promise<void> => {
    for (let done = 0; done < count; done += batchOf) await caller.query(operations.ingest, { input: signals(Math.min(batchOf, count - done)) });
  };
  const single = (count: number): Promise<void> => atOnce(concurrency, count, () => caller.post('/api/signals', JSON.stringify(signals(1)[0])));
  const measure = (name: string, title: string, total: number, send: (count: number) => Promise<void>): Promise<void> => {
    const units = Math.ceil(total / plan.rounds);
    return compare(bench, { name, title, unit: 'signal', contestants: [{ name: 'program', part, async turn() {
      const before = await factsScored(admin);
      const from = performance.now();
      await send(units);
      const stored = performance.now() - from;
      await until('the scores', async () => (await factsScored(admin)) >= before + units);
      const milliseconds = performance.now() - from;
      return { units, milliseconds, figures: { storedPerSecond: (units / stored) * 1_000, scoredPerSecond: (units / milliseconds) * 1_000 } };
    } }] });
  };
  try {
    await measure('backbone.bulk', `Bulk ingest with scores through Kafka, calls of ${batchOf}`, plan.bulk, bulk);
    await measure('backbone.single', `Single ingest with scores through Kafka, ${concurrency} at once`, plan.single, single);
  } finally {
    caller.close();
    await admin.end();
  }
}
