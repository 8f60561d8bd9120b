import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import type { ProcessRole } from '../../src/app/config.ts';
import { signWebhook } from '../../src/features/connectors/signed-webhook.ts';
import { jiraEvent } from '../connectors/payloads/jira.ts';
import { message } from '../connectors/payloads/slack.ts';
import { signatures } from '../connectors/vendor-requests.ts';
import { newSignal } from './ingest.ts';
import { Caller } from './load.ts';
import { operations } from './operations.ts';
import { startPart, type Part, type PartOptions } from './part.ts';
import { grown, serverCost } from './server-cost.ts';
import { printTable } from './table.ts';

/** How many signals each way of taking them in is given. */
export interface IngestCostPlan {
  readonly token: string;
  readonly adminUrl: string;
  readonly accounts: number;
  readonly bulk: number;
  readonly single: number;
}

const batchOf = 1_000;
const concurrency = 32;
/** How long a process with nothing to do is watched, in milliseconds. */
const idleSample = 1_000;
/** The stages after storing, each run by a process of its own once the one before is through. */
const later: readonly { readonly name: string; readonly roles: readonly ProcessRole[] }[] = [
  { name: 'scored', roles: ['outbox-relay', 'context-engine'] },
  { name: 'orchestrated', roles: ['outbox-relay', 'orchestration'] },
];

/**
 * What a signal costs in each stage, the stages one after the other: CPU of the program and of PostgreSQL, WAL, rows and
 * index entries; then what it leaves on the disk for good. Ways in: bulk, REST, webhooks, and events of Jira and Slack one by one.
 */
export async function measureIngestCost(options: PartOptions, { token, adminUrl, accounts, bulk, single }: IngestCostPlan): Promise<void> {
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();
  const rows: (string | number)[][] = [];
  const details: string[] = [];
  const measure = async (name: string, part: Part, count: number, body: () => Promise<unknown>): Promise<void> => {
    await admin.query('checkpoint');
    const [own, before, from] = [await part.cpu(), await serverCost(admin), performance.now()];
    await body();
    const took = performance.now() - from;
    await quiet(admin);
    const [busy, used, until] = [await serverCost(admin), (await part.cpu()) - own, performance.now()];
    // What a process costs that has nothing to do is no cost of a signal.
    await wait(idleSample);
    const [idle, rest] = [await serverCost(admin), (await part.cpu()) - own - used];
    const idleShare = (until - from) / idleSample;
    await part.stop();
    // Backends tell how many rows they wrote when they end.
    const after = await serverCost(admin);
    const [written, entries] = [grown(before.rows, after.rows), grown(before.entries, after.entries)];
    const sum = (all: readonly [string, number][]): number => all.reduce((total, [, each]) => total + each, 0) / count;
    const server = busy.cpu - before.cpu - (idle.cpu - busy.cpu) * idleShare;
    rows.push([name, count, (count / took) * 1_000, ((used - rest * idleShare) / count) * 1_000, (server / count) * 1_000, (busy.wal - before.wal) / count, sum(written), sum(entries)]);
    details.push(`${name}: ${written.filter(([, each]) => each / count >= 0.01).map(([table, each]) => `${table} ${(each / count).toFixed(2)}`).join(', ')}`);
  };
  const stages = async (name: string, count: number, send: (api: Part) => Promise<unknown>): Promise<void> => {
    const api = await startPart('./program-part.ts', { ...options, roles: ['api'] });
    await measure(`${name}: stored`, api, count, () => send(api));
    for (const { name: stage, roles } of later) await measure(`${name}: ${stage}`, await startPart('./program-part.ts', { ...options, roles }), count, () => quiet(admin));
  };
  try {
    const warm = await startPart('./program-part.ts', options);
    await new Caller(warm.url, 1, { authorization: `Bearer ${token}` }).query(operations.ingest, { input: Array.from({ length: batchOf }, (_, turn) => newSignal(accounts, turn)) });
    await quiet(admin);
    await warm.stop();
    const kept = await sizes(admin);
    await stages('bulk, 1,000 a call', bulk, (api) => sendBulk(api, { token, accounts, bulk }));
    details.push(`bulk: kept per signal, bytes: ${grown(kept, await sizes(admin)).map(([table, bytes]) => `${table} ${Math.round(bytes / bulk)}`).join(', ')}`);
    await stages(`REST one by one, ${concurrency} at once`, single, (api) => sendSingle(api, { token, accounts, single }));
    await stages(`webhooks one by one, ${concurrency} at once`, single, (api) => sendWebhooks(api, { accounts, single }));
    await stages(`issues of Jira one by one, ${concurrency} at once`, single, (api) => sendVendors(api, { vendor: 'jira', accounts, single }));
    await stages(`messages of Slack one by one, ${concurrency} at once`, single, (api) => sendVendors(api, { vendor: 'slack', accounts, single }));
    printTable('What a signal costs, by stage', ['', 'signals', 'signals/s', 'program µs', 'PostgreSQL µs', 'WAL bytes', 'rows', 'index entries'], rows);
    process.stdout.write(`${details.map((line) => `  ${line}`).join('\n')}\n`);
  } finally {
    await admin.end();
  }
}

async function sendBulk(api: Part, { token, accounts, bulk }: { token: string; accounts: number; bulk: number }): Promise<void> {
  const caller = new Caller(api.url, 1, { authorization: `Bearer ${token}` });
  for (let done = 0; done < bulk; done += batchOf) await caller.query(operations.ingest, { input: Array.from({ length: Math.min(batchOf, bulk - done) }, (_, turn) => newSignal(accounts, done + turn)) });
  caller.close();
}

async function sendSingle(api: Part, { token, accounts, single }: { token: string; accounts: number; single: number }): Promise<void> {
  const caller = new Caller(api.url, concurrency, { authorization: `Bearer ${token}` });
  await atOnce(single, (turn) => caller.post('/api/signals', JSON.stringify(newSignal(accounts, turn))));
  caller.close();
}

async function sendWebhooks(api: Part, { accounts, single }: { accounts: number; single: number }): Promise<void> {
  const { id, secret } = await api.ask<{ id: string; secret: string }>('webhookSecret');
  const caller = new Caller(api.url, concurrency);
  const run = randomUUID();
  await atOnce(single, async (turn) => {
    const body = JSON.stringify({ AccountId: `salesforce-${1 + ((turn * 7_919) % accounts)}`, Id: `opportunity-${run}-${turn}`, StageName: 'Demo Scheduled' });
    const timestamp = String(Math.floor(Date.now() / 1_000));
    await caller.post('/api/integrations/salesforce/webhook', body, { 'x-webhook-id': id, 'x-webhook-timestamp': timestamp, 'x-webhook-signature': signWebhook(Buffer.from(secret, 'base64'), timestamp, Buffer.from(body)) });
  });
  caller.close();
}

/** New issues, each with its signal; new threads, which make none. */
const vendorBodies: Readonly<Record<string, (turn: number, account: number) => object>> = {
  jira: (turn, account) => jiraEvent({ name: 'jira:issue_created', key: `BENCH-${Date.now() % 1e8}${turn}`, labels: [`account-salesforce:salesforce-${account}`] }),
  slack: (turn, account) => message(turn, { channel: `C0BENCH${account % 20}` }),
};

async function sendVendors(api: Part, { vendor, accounts, single }: { vendor: string; accounts: number; single: number }): Promise<void> {
  const { id, secret } = await api.ask<{ id: string; secret: string }>('webhookSecret', vendor);
  const caller = new Caller(api.url, concurrency);
  await atOnce(single, async (turn) => {
    const body = JSON.stringify(vendorBodies[vendor]?.(turn, 1 + ((turn * 7_919) % accounts)));
    await caller.post(`/api/integrations/${vendor}/webhook?id=${id}`, body, signatures[vendor]?.(Buffer.from(body), { id, secret: Buffer.from(secret, 'base64'), now: new Date() }) ?? {});
  });
  caller.close();
}

/** Runs a body so many times, several at once. */
async function atOnce(count: number, body: (turn: number) => Promise<unknown>): Promise<void> {
  let turn = 0;
  await Promise.all(Array.from({ length: concurrency }, async () => {
    while (turn < count) await body(turn++);
  }));
}

/** Waits until nothing was written for half a second. */
async function quiet(admin: Client): Promise<void> {
  for (let [last, same] = ['', 0]; same < 10; await wait(50)) {
    const { rows: [place] } = await admin.query<{ wal: string }>('select pg_current_wal_insert_lsn()::text as wal');
    same = place?.wal === last ? same + 1 : 0;
    last = place?.wal ?? '';
  }
}

/** Bytes of each table with its indexes. */
async function sizes(admin: Client): Promise<Map<string, number>> {
  const { rows } = await admin.query<{ table: string; bytes: string }>(`select relname as table, pg_total_relation_size(relid) as bytes from pg_stat_user_tables where schemaname = 'public'`);
  return new Map(rows.map(({ table, bytes }) => [table, Number(bytes)]));
}
