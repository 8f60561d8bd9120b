import { readdir, readFile } from 'node:fs/promises';
import { Client } from 'pg';
import { Caller } from './load.ts';
import type { Part } from './part.ts';
import { scoresCaughtUp } from './caught-up.ts';
import { printTable } from './table.ts';

/** How many items each way of upserting is given. */
export interface UpsertPlan {
  readonly bulk: number;
  readonly single: number;
}

const batchSize = 1_000;
const concurrency = 16;
const upsertAccounts = 'mutation($input: [AccountInput!]!) { upsertAccounts(input: $input) { accepted rejected } }';
const upsertOpportunities = 'mutation($input: [OpportunityInput!]!) { upsertOpportunities(input: $input) { accepted rejected } }';

const account = (turn: number, version: number): object => ({
  externalRef: { system: 'hubspot', id: `upsert-${turn}` }, name: `Upserted ${turn} Ltd`, industry: 'Software', region: 'EMEA', website: `https://upserted-${turn}.example`, employeeCount: 100 + version, status: 'ACTIVE', tier: 'enterprise',
  revenue: { amountMinor: 5_000_000 + version, currency: 'EUR' }, owner: { name: 'Olga Owner', email: 'olga@vendor.example' }, lifecycleStage: 'GROWTH',
});
const opportunity = (turn: number, version: number): object => ({
  account: { externalRef: { system: 'hubspot', id: `upsert-${turn % 500}` } }, externalRef: { system: 'hubspot', id: `deal-${turn}` }, name: `Renewal ${turn}`, stage: version % 2 === 0 ? 'Proposal' : 'Negotiation',
  amount: { amountMinor: 100_000 + version, currency: 'EUR' }, closeDate: '2027-01-31', probability: 0.5, nextStep: 'Send the offer',
});

/** CPU of the PostgreSQL server so far, in milliseconds: of its processes that run, and of those that ended. */
async function serverCpu(admin: Client): Promise<number> {
  const { rows } = await admin.query<{ pid: string }>(`select split_part(pg_read_file('postmaster.pid'), E'\\n', 1) as pid`);
  const server = rows[0]?.pid ?? '';
  const ticks = await Promise.all((await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(async (pid) => {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ').map(Number);
    const [parent = 0, user = 0, system = 0, endedUser = 0, endedSystem = 0] = [fields[1], fields[11], fields[12], fields[13], fields[14]];
    if (pid === server) return user + system + endedUser + endedSystem;
    return String(parent) === server ? user + system : 0;
  }));
  return ticks.reduce((sum, each) => sum + each, 0) * 10;
}

/** Upserts of accounts and of a kind of record: new, changed, unchanged, one by one; with CPU of both processes and bytes of WAL for each item. */
export async function measureUpserts({ part, token, adminUrl }: { part: Part; token: string; adminUrl: string }, plan: UpsertPlan): Promise<void> {
  const caller = new Caller(part.url, concurrency, { authorization: `Bearer ${token}` });
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();
  const rows: (string | number)[][] = [];
  const take = async (name: string, count: number, body: () => Promise<void>): Promise<void> => {
    await scoresCaughtUp(admin, performance.now());
    await admin.query('checkpoint');
    const wal = async (): Promise<number> => Number((await admin.query<{ at: string }>(`select pg_current_wal_insert_lsn() - '0/0'::pg_lsn as at`)).rows[0]?.at);
    const [cpu, database, written, from] = [await part.cpu(), await serverCpu(admin), await wal(), performance.now()];
    await body();
    const took = performance.now() - from;
    await scoresCaughtUp(admin, performance.now());
    rows.push([name, count, (count / took) * 1_000, (((await part.cpu()) - cpu) / count) * 1_000, (((await serverCpu(admin)) - database) / count) * 1_000, ((await wal()) - written) / count]);
  };
  const bulk = (query: string, make: (turn: number, version: number) => object, version: number) => async (): Promise<void> => {
    for (let first = 0; first < plan.bulk; first += batchSize) await caller.query(query, { input: Array.from({ length: Math.min(batchSize, plan.bulk - first) }, (_, index) => make(first + index, version)) });
  };
  const single = (query: string, make: (turn: number, version: number) => object, version: number) => async (): Promise<void> => {
    let next = 0;
    const one = async (): Promise<void> => {
      while (next < plan.single) await caller.query(query, { input: [make(next++, version)] });
    };
    await Promise.all(Array.from({ length: concurrency }, one));
  };
  try {
    await take('accounts, new, 1,000 a call', plan.bulk, bulk(upsertAccounts, account, 1));
    await take('accounts, changed', plan.bulk, bulk(upsertAccounts, account, 2));
    await take('accounts, unchanged', plan.bulk, bulk(upsertAccounts, account, 2));
    await take('deals, new, 1,000 a call', plan.bulk, bulk(upsertOpportunities, opportunity, 1));
    await take('deals, changed', plan.bulk, bulk(upsertOpportunities, opportunity, 2));
    await take('deals, unchanged', plan.bulk, bulk(upsertOpportunities, opportunity, 2));
    await take(`deals, changed, one by one, ${concurrency} at once`, plan.single, single(upsertOpportunities, opportunity, 3));
    await take(`accounts, changed, one by one, ${concurrency} at once`, plan.single, single(upsertAccounts, account, 3));
    printTable('Upserts: until stored; CPU and WAL until every score holds them', ['', 'items', 'items/s', 'program µs', 'PostgreSQL µs', 'WAL bytes'], rows);
  } finally {
    caller.close();
    await admin.end();
  }
}
