import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import type { Bench } from './bench.ts';

/** What the start leaves to do is done after this. Milliseconds. */
const settling = 15_000;

/** Leaves the program alone for some seconds, all roles in one process, and measures what it and its PostgreSQL do all the same. */
export async function measureIdle(bench: Bench): Promise<void> {
  const { adminUrl, meter, plan, report } = bench;
  const part = await bench.program();
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();
  try {
    await wait(settling);
    const [before, cpu, end] = [await transactions(admin), await part.cpu(), await meter.start()];
    await wait(plan.seconds * 1_000);
    const { milliseconds, postgresCpu, wal, foreign } = await end();
    const serverCpu = (await part.cpu()) - cpu;
    const seconds = milliseconds / 1_000;
    const figures = {
      perSecond: ((await transactions(admin)) - before) / seconds,
      serverCpu: serverCpu / seconds,
      postgresCpu: postgresCpu / seconds,
      wal: wal / seconds,
      memory: (await part.ask<number>('memory')) / 1e6,
      value: (serverCpu + postgresCpu) / milliseconds,
    };
    report.measure({
      name: 'idle', title: `Idle for ${plan.seconds} s, all roles in one process: transactions, CPU of a second, resident memory, share of a core`, unit: 'second',
      contestants: { program: figures }, rounds: [{ program: figures }], discarded: 0, foreign, isQuiet: !(foreign > plan.foreign),
    });
  } finally {
    await admin.end();
  }
}

/** Transactions so far; a statement outside of one is one. */
async function transactions(admin: Client): Promise<number> {
  const { rows } = await admin.query<{ count: string }>('select sum(xact_commit + xact_rollback) as count from pg_stat_database');
  return Number(rows[0]?.count);
}
