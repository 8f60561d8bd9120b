import { Redis } from 'ioredis';
import { z } from 'zod';
import { redisAvailable, startTestRedis } from '../services/redis.ts';
import type { Bench } from './bench.ts';
import { closedLoop, Caller, percentile } from './load.ts';
import { printTable, times } from './table.ts';

const connections = 4;
const steps = 10;
const started = z.object({ session: z.object({ id: z.string() }), fencingToken: z.int() });
const context = { goal: 'book a tour', slots: ['Monday 10:00', 'Tuesday 14:00'], asked: 3, notes: 'prefers mornings '.repeat(12) };

/** A session of one start, ten steps and an end: the program on PostgreSQL alone beside the same keys written by bare Redis commands, in turns. */
export async function measureSessions(bench: Bench): Promise<void> {
  if (!redisAvailable('the benchmark of sessions')) return;
  const { plan, token } = bench;
  const redis = await startTestRedis();
  const bare = new Redis(redis.urls[0] ?? '');
  const part = await bench.program();
  const caller = new Caller(part.url, connections, { authorization: `Bearer ${token}` });
  let next = 0;
  const byProgram = async (): Promise<number> => {
    const answer = started.parse(JSON.parse(await caller.post('/api/sessions', JSON.stringify({ inboxId: 1, contactId: `bench-${(next += 1)}`, holder: 'bench' }))));
    const at = `/api/sessions/${answer.session.id}`;
    for (let step = 0; step < steps; step += 1) await caller.post(`${at}/steps`, JSON.stringify({ fencingToken: answer.fencingToken, content: { step }, activeContext: context }));
    return (await caller.post(`${at}/end`, JSON.stringify({ fencingToken: answer.fencingToken, persistentContext: context }))).length;
  };
  const byRedis = async (): Promise<number> => {
    const of = (suffix: string): string => `{bare:${(next += 1)}}:${suffix}`;
    const [active, persistent, lock] = [of('active_context'), of('persistent_context'), of('session_lock')];
    await bare.get(persistent);
    await bare.set(lock, 'bench', 'PX', 300_000, 'NX');
    for (let step = 0; step < steps; step += 1) {
      await bare.set(active, JSON.stringify({ ...context, step }), 'EX', 3_600);
      await bare.pexpire(lock, 300_000);
    }
    await bare.set(persistent, JSON.stringify(context), 'EX', 2_592_000);
    return bare.del(active, lock);
  };
  try {
    const [ours, theirs]: [number[], number[]] = [[], []];
    const run = async (into: number[], send: () => Promise<number>): Promise<number> => {
      const from = performance.now();
      into.push(...(await closedLoop({ connections, requests: plan.requests, mostSeconds: plan.seconds, send })).times);
      return performance.now() - from;
    };
    await run([], byProgram);
    let [own, other] = [0, 0];
    for (let round = 0; round < plan.rounds; round += 1) {
      own += await run(ours, byProgram);
      other += await run(theirs, byRedis);
    }
    const rates = [ours.length / own, theirs.length / other].map((rate) => rate * 1_000) as [number, number];
    printTable(`Sessions of one start, ${steps} steps and one end, ${connections} connections`, ['', 'sessions/s', 'p50 ms', 'p99 ms', 'program is'], [
      ['program (sealed, audited, fenced in PostgreSQL)', rates[0], percentile(ours, 0.5), percentile(ours, 0.99), times(rates[0] / rates[1])],
      ['bare Redis commands', rates[1], percentile(theirs, 0.5), percentile(theirs, 0.99), ''],
    ]);
  } finally {
    caller.close();
    bare.disconnect();
    await redis.close();
  }
}
