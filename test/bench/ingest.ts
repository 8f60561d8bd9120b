import { Client } from 'pg';
import { openBareIngest } from './bare-ingest.ts';
import { compare, type Bench } from './bench.ts';
import { consumersCaughtUp, scoresCaughtUp } from './caught-up.ts';
import { rowsWritten, watchGrowth } from './kept-bytes.ts';
import { atOnce, Caller } from './load.ts';
import { newSignal } from './new-signal.ts';
import { operations } from './operations.ts';
import { startPart, type Part } from './part.ts';
import type { Contestant } from './rounds.ts';

export { newSignal };

const concurrency = 32;
const batchOf = { program: 1_000, baseline: 500 };
const bare = 'PostgreSQL alone';

/** What the program's contestants are made of. */
interface Taking {
  readonly part: Part;
  readonly caller: Caller;
  signals(count: number): ReturnType<typeof newSignal>[];
}

/** One way of taking signals in: sends so many; returns how long each request took, where that is of interest. */
type Send = (taking: Taking, count: number) => Promise<readonly number[] | void>;

const mutation: Send = async ({ caller, signals }, count) => {
  for (let done = 0; done < count; done += batchOf.program) await caller.query(operations.ingest, { input: signals(Math.min(batchOf.program, count - done)) });
};
const useCase: Send = async ({ part, signals }, count) => {
  const batches = Array.from({ length: Math.ceil(count / batchOf.program) }, (_, number) => signals(Math.min(batchOf.program, count - number * batchOf.program)));
  await part.ask('ingest', batches);
};
const oneByOne: Send = async ({ caller, signals }, count) => {
  const times: number[] = [];
  await atOnce(concurrency, count, async () => {
    const [signal, from] = [signals(1)[0], performance.now()];
    await caller.post('/api/signals', JSON.stringify(signal));
    times.push(performance.now() - from);
  });
  return times;
};

/** Signals in bulk until every score holds them, and one by one until they are stored: the program and PostgreSQL alone, turn by turn. */
export async function measureAllIngest(bench: Bench): Promise<void> {
  const { bulk, single } = bench.plan;
  await measureIngest(bench, { name: 'ingest.bulk', title: `Bulk ingest with scores, calls of ${batchOf.program} (PostgreSQL alone: statements of ${batchOf.baseline})`, count: bulk, size: batchOf.baseline, ways: { program: mutation, 'program, use case without a door': useCase }, until: 'scored' });
  await measureIngest(bench, { name: 'ingest.single', title: `Single ingest, POST /api/signals, ${concurrency} at once`, count: single, size: 1, ways: { program: oneByOne }, until: 'stored' });
}

interface Way {
  readonly name: string;
  readonly title: string;
  /** Signals of each contestant in all rounds together. */
  readonly count: number;
  /** Signals in a statement of PostgreSQL alone. */
  readonly size: number;
  readonly ways: Readonly<Record<string, Send>>;
  /** What `per second` counts; CPU, WAL and rows are always of everything, until no consumer has anything left to do. */
  readonly until: 'stored' | 'scored';
}

async function measureIngest({ options, adminUrl, tenantId, token, plan, meter, report }: Bench, { name, title, count, size, ways, until }: Way): Promise<void> {
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();
  const alone = await openBareIngest(adminUrl, tenantId);
  const rowsBefore = await rowsWritten(admin);
  const part = await startPart('./program-part.ts', options);
  const caller = new Caller(part.url, concurrency, { authorization: `Bearer ${token}` });
  const growth = watchGrowth(admin);
  const units = new Map<string, number>();
  const perTurn = Math.ceil(count / plan.rounds);
  let [next, bareRows] = [0, 0];
  const taking: Taking = { part, caller, signals: (wanted) => Array.from({ length: wanted }, () => newSignal(plan.accounts, next++)) };
  const done = (who: string): void => void units.set(who, (units.get(who) ?? 0) + perTurn);
  const program = ([who, send]: [string, Send]): Contestant => ({
    name: who, part,
    async prepare(round) {
      caller.reconnect();
      await growth.turn('warm-up');
      // Compiled, planned and cached before anything counts; later, what the pause left undone.
      await send(taking, round === 0 ? Math.min(perTurn, 1_000) : 1);
      await consumersCaughtUp(admin);
      await growth.turn(who);
    },
    async turn() {
      const from = performance.now();
      const times = (await send(taking, perTurn)) ?? [];
      const stored = performance.now() - from;
      const scored = await scoresCaughtUp(admin, from);
      await consumersCaughtUp(admin);
      done(who);
      return { units: perTurn, milliseconds: until === 'stored' ? stored : scored, times, figures: { storedPerSecond: (perTurn / stored) * 1_000, scoredPerSecond: (perTurn / scored) * 1_000 } };
    },
  });
  const postgres: Contestant = {
    name: bare, part: null,
    async prepare() {
      await alone.prepare();
      await growth.turn(bare);
    },
    async turn() {
      const rows = await alone.write(perTurn, size);
      bareRows += rows;
      done(bare);
      return { units: perTurn, figures: { rows: rows / perTurn } };
    },
  };
  try {
    await admin.query('checkpoint');
    await compare({ plan, meter, report }, {
      name, title, unit: 'signal', contestants: [...Object.entries(ways).map(program), postgres],
      async afterwards() {
        const bytes = await growth.end();
        caller.close();
        // Connections report the rows they wrote when they end.
        await Promise.all([part.stop(), alone.close()]);
        const rows = ((await rowsWritten(admin)) - rowsBefore - bareRows) / next;
        return Object.fromEntries([...units].map(([who, number]) => [who, { kept: (bytes.get(who) ?? Number.NaN) / number, ...(who === bare ? {} : { rows }) }]));
      },
    });
  } finally {
    await part.stop();
    await admin.end();
  }
}
