import { setTimeout as wait } from 'node:timers/promises';
import { compare, type Bench } from './bench.ts';
import { Caller } from './load.ts';
import { newSignal } from './new-signal.ts';
import { operations } from './operations.ts';
import { startPart, type Part } from './part.ts';
import type { Contestant, Work } from './rounds.ts';
import type { Deliveries } from './subscribers-part.ts';

const processes = 2;
const mostSeconds = 60;
/** Every event goes to every subscriber; more rounds tell nothing new. */
const mostRounds = 3;

/** Who sends, to which sockets. */
interface Sender {
  readonly name: string;
  readonly part: Part;
  readonly path: string;
  readonly hello: readonly string[];
  /** Messages each subscriber gets before it counts as subscribed. */
  readonly before: number;
  send(): Promise<unknown>;
}

/** Sends events to many equal subscriptions of one process, and as many bytes to as many sockets by `ws` alone, turn by turn. */
export async function measureFanOut(bench: Bench): Promise<void> {
  const { plan, token } = bench;
  const program = await bench.program();
  const bare = await startPart('./broadcast-part.ts', {});
  const caller = new Caller(program.url, 1, { authorization: `Bearer ${token}` });
  const hello = [JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }), JSON.stringify({ id: '1', type: 'subscribe', payload: { query: operations.intentLive, variables: {} } })];
  let next = 0;
  // Each event is a signal of another account: as many score changes as signals.
  const events = (): object[] => Array.from({ length: plan.events }, () => ({ ...newSignal(plan.accounts, next++), type: 'meeting' }));
  const listeners: Part[] = [];
  try {
    const ours = await contestant(bench, listeners, { name: 'program', part: program, path: '/graphql', hello, before: 2, send: () => caller.query(operations.ingest, { input: events() }) });
    const theirs = await contestant(bench, listeners, { name: 'ws alone', part: bare, path: '/', hello: [], before: 0, send: () => bare.ask('broadcast', { messages: plan.events, bytes: 420 }) });
    await compare({ ...bench, plan: { ...plan, rounds: Math.min(plan.rounds, mostRounds) } }, {
      name: 'fan-out.deliveries', title: `Fan-out: ${plan.events} events to ${plan.subscribers.toLocaleString('en')} equal subscriptions of one process, ingest and scoring included`, unit: 'delivery', contestants: [ours, theirs],
    });
  } finally {
    caller.close();
    await Promise.all([bare, ...listeners].map((part) => part.stop()));
  }
}

async function contestant({ plan, report }: Bench, all: Part[], { name, part, path, hello, before, send }: Sender): Promise<Contestant> {
  const listeners: Part[] = [];
  for (let started = 0; started < processes; started += 1) listeners.push(await startPart('./subscribers-part.ts', {}));
  all.push(...listeners);
  const from = performance.now();
  await Promise.all(listeners.map((each) => each.ask('connect', { url: `${part.url.replace('http', 'ws')}${path}`, count: Math.ceil(plan.subscribers / processes), hello, before })));
  report.note(`${name}: ${Math.round((plan.subscribers / (performance.now() - from)) * 1_000).toLocaleString('en')} subscriptions a second`);
  const wanted = Math.ceil(plan.subscribers / processes) * processes * plan.events;
  return {
    name,
    // A server that stood still would miss its sockets' heartbeats and close them; idle, it takes nothing from the other.
    part: { ...part, pause: () => undefined, resume: () => undefined },
    async prepare() {
      // What still comes of earlier turns is not counted.
      await wait(1_500);
      for (const each of listeners) await each.ask('forget');
    },
    async turn(): Promise<Work> {
      await send();
      const { count, first, last } = await allArrived(listeners, wanted);
      if (count < wanted) report.note(`${name}: only ${count} of ${wanted} deliveries came within ${mostSeconds} s`);
      return { units: count, milliseconds: Math.max(1, last - first), figures: { memory: (await part.ask<number>('memory')) / 1e6 } };
    },
  };
}

async function allArrived(listeners: readonly Part[], wanted: number): Promise<Deliveries> {
  for (const end = performance.now() + mostSeconds * 1_000; ; await wait(100)) {
    const parts = await Promise.all(listeners.map((each) => each.ask<Deliveries>('deliveries')));
    const count = parts.reduce((sum, each) => sum + each.count, 0);
    if (count >= wanted || performance.now() > end) return { count, first: Math.min(...parts.map(({ first }) => first)), last: Math.max(...parts.map(({ last }) => last)) };
  }
}
