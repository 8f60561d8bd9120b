import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Client, Pool } from 'pg';
import { targetOf, type Bench } from './bench.ts';
import { Caller, percentile } from './load.ts';
import { operations } from './operations.ts';
import type { Part } from './part.ts';
import { printTable, times } from './table.ts';

/** How many signals each way of taking them in is given. */
export interface IngestPlan {
  readonly bulk: number;
  readonly single: number;
}

/** Signals a second, each way. */
export interface IngestRates {
  readonly bulk: number;
  readonly single: number;
}

const concurrency = 32;
const batchOf = { program: 1_000, baseline: 500 };
const types = ['website_visit', 'email_open', 'product_usage', 'meeting'];

/** A new signal about an account that is there, as a client sends it. */
export function newSignal(accounts: number, turn: number): { account: { externalRef: { system: string; id: string } }; type: string; source: string; sourceEventId: string; payload: object } {
  const account = 1 + ((turn * 7_919) % accounts);
  return { account: { externalRef: { system: 'salesforce', id: `salesforce-${account}` } }, type: types[turn % types.length] ?? 'meeting', source: 'bench', sourceEventId: randomUUID(), payload: { page: `/page/${turn % 50}`, seconds: turn % 600 } };
}

/** PostgreSQL alone first, since the program's relay would take its rows; then the program. */
export async function measureAllIngest(bench: Bench): Promise<void> {
  const bare = await measureBareIngest(bench.adminUrl, bench.tenantId, bench.plan);
  await measureIngest(await targetOf(bench), bench.plan, bare);
}

/** What `pg` alone reaches: signal, score and outbox row, in batches and one by one. The program must not run: its relay would take the rows. */
export async function measureBareIngest(adminUrl: string, tenantId: string, plan: IngestPlan): Promise<IngestRates> {
  const pool = new Pool({ connectionString: adminUrl, max: concurrency / 2 });
  try {
    const { rows } = await pool.query<{ id: string }>('select id from account where tenant_id = $1 order by id', [tenantId]);
    const write = (first: number, count: number): Promise<unknown> => {
      const turns = Array.from({ length: count }, (_, index) => first + index);
      const accounts = turns.map((turn) => rows[(turn * 7_919) % rows.length]?.id);
      return pool.query({ name: 'bare_ingest', text: bareIngest, values: [tenantId, accounts, turns.map((turn) => types[turn % types.length]), turns.map(() => randomUUID()), turns.map((turn) => JSON.stringify({ page: `/page/${turn % 50}`, seconds: turn % 600 }))] });
    };
    let from = performance.now();
    for (let first = 0; first < plan.bulk; first += batchOf.baseline) await write(first, batchOf.baseline);
    const bulk = (plan.bulk / (performance.now() - from)) * 1_000;
    from = performance.now();
    await atOnce(plan.single, async (turn) => void (await write(turn, 1)));
    const single = (plan.single / (performance.now() - from)) * 1_000;
    await pool.query('truncate outbox');
    return { bulk, single };
  } finally {
    await pool.end();
  }
}

const bareIngest = `
with given as (
  select uuidv7() as id, account_id, type, key, payload from unnest($2::uuid[], $3::text[], $4::text[], $5::jsonb[]) as g(account_id, type, key, payload)
), stored as (
  insert into signal (tenant_id, id, account_id, type, source, source_event_id, dedupe_key, occurred_at, recorded_at, payload, request_id)
  select $1, id, account_id, type, 'bare', key, 'bare:' || key, now(), now(), payload, 'bare' from given
), scored as (
  update account_contexts c set intent_score = least(100, c.intent_score + 0.1), scored_at = now() from (select distinct account_id from given) g where c.tenant_id = $1 and c.account_id = g.account_id
)
insert into outbox (tenant_id, event) select $1, json_build_object('id', uuidv7(), 'kind', 'signal.ingested', 'accountId', account_id, 'data', json_build_object('signalId', id, 'accountId', account_id, 'type', type)) from given`;

/** Takes signals in through the mutation, the use case and REST, and waits until the scores hold them all. */
export async function measureIngest(target: { part: Part; token: string; adminUrl: string; accounts: number; tenantId: string }, plan: IngestPlan, bare: IngestRates): Promise<IngestRates> {
  const { part, token, adminUrl, accounts } = target;
  const caller = new Caller(part.url, concurrency, { authorization: `Bearer ${token}` });
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();
  const rows: (string | number)[][] = [];
  const take = async (name: string, count: number, baseline: number, body: () => Promise<void>): Promise<number> => {
    const cpu = await part.cpu();
    const from = performance.now();
    await body();
    const stored = performance.now() - from;
    const used = (await part.cpu()) - cpu;
    const caughtUp = await scoresCaughtUp(admin, from);
    const rate = (count / stored) * 1_000;
    rows.push([name, count, rate, (used / count) * 1_000, caughtUp - stored, (count / caughtUp) * 1_000, times(rate / baseline)]);
    return rate;
  };
  try {
    await caller.query(operations.ingest, { input: [newSignal(accounts, 0)] });
    await scoresCaughtUp(admin, performance.now());
    const batches = Math.ceil(plan.bulk / batchOf.program);
    const batch = (number: number) => Array.from({ length: batchOf.program }, (_, turn) => newSignal(accounts, number * batchOf.program + turn));
    const bulk = await take('ingestSignals, 1,000 a call', batches * batchOf.program, bare.bulk, async () => {
      for (let number = 0; number < batches; number += 1) await caller.query(operations.ingest, { input: batch(number) });
    });
    await take('use case, 1,000 a transaction', batches * batchOf.program, bare.bulk, async () => void (await part.ask('ingest', Array.from({ length: batches }, (_, number) => batch(number)))));
    const waits: number[] = [];
    const single = await take(`POST /api/signals, ${concurrency} at once`, plan.single, bare.single, () =>
      atOnce(plan.single, async (turn) => {
        const from = performance.now();
        await caller.post('/api/signals', JSON.stringify(newSignal(accounts, turn)));
        waits.push(performance.now() - from);
      }));
    rows.push([`pg alone, batches of ${batchOf.baseline}`, plan.bulk, bare.bulk, Number.NaN, Number.NaN, Number.NaN, times(1)]);
    rows.push([`pg alone, one by one, ${concurrency} at once`, plan.single, bare.single, Number.NaN, Number.NaN, Number.NaN, times(1)]);
    printTable('Ingest: until stored, audited and in the outbox; then until every score holds it', ['', 'signals', 'signals/s', 'CPU µs/signal', 'scores later, ms', 'signals/s to scores', 'of pg alone'], rows);
    process.stdout.write(`single: p50 ${percentile(waits, 0.5).toFixed(1)} ms, p99 ${percentile(waits, 0.99).toFixed(1)} ms\n`);
    return { bulk, single };
  } finally {
    caller.close();
    await admin.end();
  }
}

/** Runs a body so many times, several at once. */
async function atOnce(count: number, body: (turn: number) => Promise<void>): Promise<void> {
  let turn = 0;
  const one = async (): Promise<void> => {
    while (turn < count) await body(turn++);
  };
  await Promise.all(Array.from({ length: concurrency }, one));
}

const waiting = `select (select count(*) from outbox)::int + (
  select coalesce(sum(p.next_offset - coalesce(c.next_offset, 0)), 0)::int from bus_partition p
  left join bus_cursor c on c.consumer_group = 'context-engine' and c.topic = p.topic and c.partition = p.partition
  where p.topic in ('signal.ingested', 'account.changed')) as waiting`;

/** Milliseconds since `from` until no fact waits for the context engine. */
export async function scoresCaughtUp(admin: Client, from: number): Promise<number> {
  for (let looks = 0; looks < 12_000; looks += 1) {
    const { rows } = await admin.query<{ waiting: number }>(waiting);
    if (rows[0]?.waiting === 0) return performance.now() - from;
    await wait(10);
  }
  throw new Error('the scores did not catch up');
}
