import { Redis } from 'ioredis';
import { z } from 'zod';
import { redisAvailable, startTestRedis } from '../services/redis.ts';
import { compare, turnOf, type Bench } from './bench.ts';
import { Caller, closedLoop } from './load.ts';
import { startPart, type Part } from './part.ts';
import type { Contestant, Work } from './rounds.ts';

const connections = 4;
const steps = 10;
const started = z.object({ session: z.object({ id: z.string() }), fencingToken: z.int() });
const context = { goal: 'book a tour', slots: ['Monday 10:00', 'Tuesday 14:00'], asked: 3, notes: 'prefers mornings '.repeat(12) };

/** Does one unit of a contestant's work. */
type Unit = () => Promise<number>;

/**
 * Sessions of one start, ten steps and an end, and drains while nothing waits: the program with Redis and on PostgreSQL alone beside the same
 * keys written by bare Redis commands, turn by turn in one run. The commands know no HTTP, no token, no sealing, no audit and no fencing, and
 * lose everything with Redis.
 */
export async function measureSessions(bench: Bench): Promise<void> {
  if (!redisAvailable('the benchmark of sessions')) return;
  const redis = await startTestRedis();
  const bare = new Redis(redis.urls[0] ?? '');
  const parts = await Promise.all([{ redisUrls: redis.urls }, {}].map((more) => startPart('./program-part.ts', { ...bench.options, ...more, roles: ['api'] })));
  const callers = parts.map((part) => new Caller(part.url, connections, { authorization: `Bearer ${bench.token}` }));
  const [withRedis, alone] = parts.map((part, index) => ({ part, caller: callers[index] as Caller })) as [Program, Program];
  try {
    for (const { caller } of [withRedis, alone]) for (let turn = 0; turn < 20; turn += 1) await sessionOf(caller)();
    await compare(bench, {
      name: 'sessions.whole', title: `An agent session of one start, ${steps} steps and one end, ${connections} connections`, unit: 'session',
      contestants: [programOf('program', bench, { ...withRedis, unit: sessionOf(withRedis.caller) }), programOf('program on PostgreSQL alone', bench, { ...alone, unit: sessionOf(alone.caller) }), { name: 'bare Redis commands', part: null, turn: () => loop(bench, sessionByRedis(bare)) }],
    });
    await compare(bench, {
      name: 'sessions.drain', title: `A drain of a session's queue while nothing waits, ${connections} connections`, unit: 'drain',
      contestants: [programOf('program', bench, { ...withRedis, unit: await drainOf(withRedis.caller) }), programOf('program on PostgreSQL alone', bench, { ...alone, unit: await drainOf(alone.caller) })],
    });
  } finally {
    for (const caller of callers) caller.close();
    bare.disconnect();
    for (const part of parts) await part.stop();
    await redis.close();
  }
}

interface Program {
  readonly part: Part;
  readonly caller: Caller;
}

function programOf(name: string, bench: Bench, { part, caller, unit }: Program & { readonly unit: Unit }): Contestant {
  return {
    name, part,
    // A server that stood still has given up its connections.
    prepare: async () => caller.reconnect(),
    async turn() {
      const before = await part.ask<number>('statements');
      const work = await loop(bench, unit);
      return { ...work, figures: { statements: ((await part.ask<number>('statements')) - before) / work.units } };
    },
  };
}

async function loop({ plan }: Bench, send: Unit): Promise<Work> {
  const { times } = await closedLoop({ connections, ...turnOf(plan), send });
  return { units: times.length, times };
}

let next = 0;

/** A session by REST. */
function sessionOf(caller: Caller): Unit {
  return async () => {
    const { at, fencingToken } = await start(caller);
    for (let step = 0; step < steps; step += 1) await caller.post(`${at}/steps`, JSON.stringify({ fencingToken, content: { step }, activeContext: context }));
    return (await caller.post(`${at}/end`, JSON.stringify({ fencingToken, persistentContext: context }))).length;
  };
}

/** Drains of sessions whose queues are empty. */
async function drainOf(caller: Caller): Promise<Unit> {
  const held = await Promise.all(Array.from({ length: connections }, () => start(caller)));
  let turn = 0;
  return async () => {
    const { at, fencingToken } = held[(turn += 1) % held.length] as (typeof held)[number];
    return (await caller.post(`${at}/drain`, JSON.stringify({ fencingToken }))).length;
  };
}

async function start(caller: Caller): Promise<{ readonly at: string; readonly fencingToken: number }> {
  const { session, fencingToken } = started.parse(JSON.parse(await caller.post('/api/sessions', JSON.stringify({ inboxId: 1, contactId: `bench-${(next += 1)}`, holder: 'bench' }))));
  return { at: `/api/sessions/${session.id}`, fencingToken };
}

/** The same keys with the same times to live, as the source of the key structure uses them. */
function sessionByRedis(bare: Redis): Unit {
  return async () => {
    const of = (suffix: string): string => `{1_bare-${(next += 1)}}:${suffix}`;
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
}
