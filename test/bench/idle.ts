import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import type { Part } from './part.ts';
import { printTable } from './table.ts';

const run = promisify(execFile);

/** What the idle program and its PostgreSQL use. */
export interface IdleCost {
  readonly statementsPerSecond: number;
  /** Of one core, 0..1. */
  readonly program: number;
  readonly postgres: number;
  /** Resident memory of the program, and what its PostgreSQL's processes have that is not shared. Megabytes. */
  readonly programMemory: number;
  readonly postgresMemory: number;
}

/** Leaves the program alone for some seconds, all roles in one process, and measures what it does all the same. */
export async function measureIdle({ part, adminUrl }: { readonly part: Part; readonly adminUrl: string }, { seconds }: { readonly seconds: number }): Promise<IdleCost> {
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();
  try {
    // What the start leaves to do is done.
    await wait(10_000);
    const before = { at: performance.now(), statements: await statements(admin), program: await part.cpu(), postgres: await postgresCpu(admin) };
    await wait(seconds * 1_000);
    const after = { at: performance.now(), statements: await statements(admin), program: await part.cpu(), postgres: await postgresCpu(admin) };
    const elapsed = after.at - before.at;
    const cost: IdleCost = {
      statementsPerSecond: ((after.statements - before.statements) / elapsed) * 1_000,
      program: (after.program - before.program) / elapsed,
      postgres: (after.postgres - before.postgres) / elapsed,
      programMemory: (await part.ask<number>('memory')) / 1e6,
      postgresMemory: await postgresMemory(admin),
    };
    printTable(`Idle, all roles in one process, over ${seconds} s`, ['transactions/s', 'program, % of a core', 'PostgreSQL, % of a core', 'program, MB resident', 'PostgreSQL, MB of its own'], [
      [cost.statementsPerSecond, cost.program * 100, cost.postgres * 100, cost.programMemory, cost.postgresMemory],
    ]);
    return cost;
  } finally {
    await admin.end();
  }
}

/** Transactions so far; a statement outside of one is one. */
async function statements(admin: Client): Promise<number> {
  await admin.query('select pg_stat_force_next_flush()');
  const { rows } = await admin.query<{ count: string }>('select sum(xact_commit + xact_rollback) as count from pg_stat_database');
  return Number(rows[0]?.count);
}

async function postmaster(admin: Client): Promise<string> {
  const { rows } = await admin.query<{ folder: string }>(`select current_setting('data_directory') as folder`);
  return (await readFile(`${rows[0]?.folder}/postmaster.pid`, 'utf8')).split('\n', 1)[0] ?? '';
}

/** CPU of the server and its children that run, in milliseconds. */
async function postgresCpu(admin: Client): Promise<number> {
  const server = await postmaster(admin);
  const { stdout } = await run('ps', ['-o', 'pid=', '--ppid', server]);
  const times = await Promise.all([server, ...stdout.trim().split(/\s+/)].map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')));
  return times.reduce((sum, stat) => {
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ').map(Number);
    return sum + ((fields[11] ?? 0) + (fields[12] ?? 0)) * 10;
  }, 0);
}

async function postgresMemory(admin: Client): Promise<number> {
  const server = await postmaster(admin);
  const { stdout } = await run('ps', ['-o', 'pid=', '--ppid', server]);
  const sizes = await Promise.all([server, ...stdout.trim().split(/\s+/)].map((pid) => readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '')));
  return sizes.reduce((sum, text) => sum + [...text.matchAll(/^Private_(?:Clean|Dirty):\s+(\d+) kB/gm)].reduce((own, [, kilobytes]) => own + Number(kilobytes), 0), 0) / 1_000;
}
