import { setTimeout as wait } from 'node:timers/promises';
import { newSignal } from './ingest.ts';
import { Caller } from './load.ts';
import { operations } from './operations.ts';
import { startPart, type Part } from './part.ts';
import type { Deliveries } from './subscribers-part.ts';
import { printTable, times } from './table.ts';

/** How many listen, and to how much. */
export interface FanOutPlan {
  readonly subscribers: number;
  readonly events: number;
}

interface FanOut extends Deliveries {
  readonly cpu: number;
  readonly connected: number;
}

const processes = 2;
const mostSeconds = 60;

/** Sends events to many equal subscriptions of one process, and as many bytes to as many sockets by `ws` alone. */
export async function measureFanOut(target: { program: Part; token: string; accounts: number }, plan: FanOutPlan): Promise<void> {
  const { program, token, accounts } = target;
  const caller = new Caller(program.url, 1, { authorization: `Bearer ${token}` });
  const query = operations.intentLive;
  const hello = [JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }), JSON.stringify({ id: '1', type: 'subscribe', payload: { query, variables: {} } })];
  // Each event is a signal of another account: as many score changes as signals.
  const input = Array.from({ length: plan.events }, (_, turn) => ({ ...newSignal(accounts, turn), type: 'meeting' }));
  try {
    const ours = await listen({ part: program, path: '/graphql', hello, before: 2 }, plan, () => caller.query(operations.ingest, { input }));
    const memory = await program.ask<number>('memory');
    const bare = await startPart('./broadcast-part.ts', {});
    try {
      const theirs = await listen({ part: bare, path: '/', hello: [], before: 0 }, plan, () => bare.ask('broadcast', { messages: plan.events, bytes: 420 }));
      const row = (name: string, { count, first, last, cpu, connected }: FanOut) => [name, count, (count / (last - first)) * 1_000, (cpu / count) * 1_000, connected, times((count / (last - first)) / (theirs.count / (theirs.last - theirs.first))), times((theirs.cpu / theirs.count) / (cpu / count))];
      printTable(`Fan-out: ${plan.events} events to ${plan.subscribers.toLocaleString('en')} equal subscriptions of one process`, ['', 'deliveries', 'deliveries/s', 'CPU µs/delivery', 'connects/s', 'of ws alone', 'of ws alone (CPU)'], [row('program, ingest and scoring included', ours), row('ws alone', theirs)]);
      process.stdout.write(`program with ${plan.subscribers.toLocaleString('en')} subscribers: ${Math.round(memory / 1e6)} MB resident\n`);
    } finally {
      await bare.stop();
    }
  } finally {
    caller.close();
  }
}

async function listen(server: { part: Part; path: string; hello: readonly string[]; before: number }, plan: FanOutPlan, send: () => Promise<unknown>): Promise<FanOut> {
  const { part, path, hello, before } = server;
  const listeners: Part[] = [];
  try {
    for (let started = 0; started < processes; started += 1) listeners.push(await startPart('./subscribers-part.ts', {}));
    const from = performance.now();
    await Promise.all(listeners.map((each) => each.ask('connect', { url: `${part.url.replace('http', 'ws')}${path}`, count: plan.subscribers / processes, hello, before })));
    const connected = (plan.subscribers / (performance.now() - from)) * 1_000;
    // What still comes of earlier measurements is not counted.
    await wait(1_500);
    for (const each of listeners) await each.ask('forget');
    const cpu = await part.cpu();
    await send();
    const arrived = await allArrived(listeners, plan.subscribers * plan.events);
    return { ...arrived, cpu: (await part.cpu()) - cpu, connected };
  } finally {
    await Promise.all(listeners.map((each) => each.stop()));
  }
}

async function allArrived(listeners: readonly Part[], wanted: number): Promise<Deliveries> {
  const end = performance.now() + mostSeconds * 1_000;
  for (;;) {
    const parts = await Promise.all(listeners.map((each) => each.ask<Deliveries>('deliveries')));
    const count = parts.reduce((sum, each) => sum + each.count, 0);
    if (count >= wanted || performance.now() > end) {
      if (count < wanted) process.stdout.write(`only ${count} of ${wanted} deliveries came within ${mostSeconds} s\n`);
      return { count, first: Math.min(...parts.map(({ first }) => first)), last: Math.max(...parts.map(({ last }) => last)) };
    }
    await wait(100);
  }
}
