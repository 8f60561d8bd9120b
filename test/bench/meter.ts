import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { Client } from 'pg';
import { machineCpu, postgresCpu, treeCpu } from './processes.ts';

/** What a piece of work cost, beside the server process that did it. */
export interface Cost {
  readonly milliseconds: number;
  /** CPU of all processes of the bench's PostgreSQL, in milliseconds. */
  readonly postgresCpu: number;
  /** Bytes of WAL. */
  readonly wal: number;
  /** The share of the machine's CPU that others used meanwhile, 0..1; NaN where the kernel does not say. */
  readonly foreign: number;
}

/** Measures what the bench's PostgreSQL spends, and what the machine does beside the bench. */
export interface Meter {
  /** Starts measuring; call the result for the cost since. */
  start(): Promise<() => Promise<Cost>>;
  close(): Promise<void>;
}

/** Opens a meter on a database of the bench's own. `pidFile` is the server's `postmaster.pid`. */
export async function openMeter(adminUrl: string, pidFile: string): Promise<Meter> {
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();
  const read = async () => {
    const { rows } = await admin.query<{ at: string }>(`select pg_current_wal_insert_lsn() - '0/0'::pg_lsn as at`);
    // The server is started again should it end by itself; its id is then another one.
    const postmaster = Number((await readFile(pidFile, 'utf8')).split('\n', 1)[0]);
    return { at: performance.now(), postgres: postgresCpu(postmaster), wal: Number(rows[0]?.at), machine: machineCpu(), own: treeCpu(process.pid) };
  };
  return {
    async start() {
      const before = await read();
      return async () => {
        const now = await read();
        const milliseconds = now.at - before.at;
        const others = now.machine - before.machine - (now.own - before.own);
        return { milliseconds, postgresCpu: now.postgres - before.postgres, wal: now.wal - before.wal, foreign: Math.max(0, others / (milliseconds * cpus().length)) };
      };
    },
    close: () => admin.end(),
  };
}
