import { randomUUID } from 'node:crypto';
import { signWebhook } from '../../src/features/connectors/signed-webhook.ts';
import { property } from '../connectors/payloads/hubspot.ts';
import { jiraEvent } from '../connectors/payloads/jira.ts';
import { notionEvent } from '../connectors/payloads/notion.ts';
import { message } from '../connectors/payloads/slack.ts';
import { signatures } from '../connectors/vendor-requests.ts';
import { compare, type Bench } from './bench.ts';
import { Caller } from './load.ts';
import { newSignal } from './new-signal.ts';
import { startPart, type Part } from './part.ts';
import type { Contestant, Work } from './rounds.ts';

/** What a vendor delivers about an account that it did not deliver before: one record each, and what follows from it. */
const bodies: Readonly<Record<string, (turn: number, account: number) => object>> = {
  salesforce: (turn, account) => ({ AccountId: `salesforce-${account}`, Id: `opportunity-${run}-${turn}`, StageName: 'Demo Scheduled', SystemModstamp: new Date().toISOString() }),
  jira: (turn, account) => jiraEvent({ name: 'jira:issue_created', key: `BENCH-${startedAt}${turn}`, labels: [`account-salesforce:salesforce-${account}`] }),
  slack: (turn, account) => message(turn, { channel: `C0BENCH${account % 20}` }),
  notion: (turn) => notionEvent(`153104cd-477e-809d-8dc4-${String(turn).padStart(12, '0')}`, new Date().toISOString()),
  hubspot: (turn, account) => [property('company.propertyChange', account, new Date().toISOString(), ['name', `Bench ${run} ${turn}`])],
};
const [run, startedAt] = [randomUUID(), Date.now() % 1e8];

/** Sends one event; a number that was not used before makes it a new one. */
type SendOne = (turn: number) => Promise<unknown>;

/**
 * What an event of each vendor costs until it is stored, beside a plain signal: CPU, WAL and SQL statements, turn by turn in one run.
 * One at a time, where each has a transaction of its own; and many at once, where deliveries share transactions.
 */
export async function measureConnectors(bench: Bench): Promise<void> {
  const { plan: { accounts, single, rounds }, options, token } = bench;
  const part = await startPart('./program-part.ts', { ...options, roles: ['api'] });
  const caller = new Caller(part.url, 32, { authorization: `Bearer ${token}` });
  let turn = 0;
  try {
    const senders: [name: string, send: SendOne][] = [['signal', (number) => caller.post('/api/signals', JSON.stringify(newSignal(accounts, number)))]];
    for (const vendor of Object.keys(bodies)) senders.push([vendor, await senderOf(part, caller, { vendor, accounts })]);
    for (const [, send] of senders) await atOnce(4, 50, () => send(turn++));
    for (const [name, title, concurrency] of [['connectors.one', 'An event of each vendor beside a plain signal, one at a time', 1], ['connectors.many', 'An event of each vendor beside a plain signal, 32 at once', 32]] as const) {
      const count = Math.max(20, Math.ceil(single / rounds / (concurrency === 1 ? 4 : 1)));
      const contestants = senders.map(([vendor, send]): Contestant => ({
        name: vendor,
        part,
        async turn(): Promise<Work> {
          const before = await part.ask<number>('statements');
          const times = await atOnce(concurrency, count, () => send(turn++));
          return { units: count, times, figures: { statements: ((await part.ask<number>('statements')) - before) / count } };
        },
      }));
      await compare(bench, { name, title, unit: 'event', contestants });
    }
  } finally {
    caller.close();
    await part.stop();
  }
}

async function senderOf(part: Part, caller: Caller, { vendor, accounts }: { readonly vendor: string; readonly accounts: number }): Promise<SendOne> {
  const { id, secret } = await part.ask<{ id: string; secret: string }>('webhookSecret', vendor);
  const key = Buffer.from(secret, 'base64');
  return (turn) => {
    const body = JSON.stringify(bodies[vendor]?.(turn, 1 + ((turn * 7_919) % accounts)));
    const timestamp = String(Math.floor(Date.now() / 1_000));
    const headers = vendor === 'salesforce'
      ? { 'x-webhook-id': id, 'x-webhook-timestamp': timestamp, 'x-webhook-signature': signWebhook(key, timestamp, Buffer.from(body)) }
      : (signatures[vendor]?.(Buffer.from(body), { id, secret: key, now: new Date() }) ?? {});
    return caller.post(`/api/integrations/${vendor}/webhook?id=${id}`, body, headers);
  };
}

/** Runs a body so many times, several at once; returns how long each took, in milliseconds. */
async function atOnce(concurrency: number, count: number, body: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  let begun = 0;
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, async () => {
    while (begun++ < count) {
      const from = performance.now();
      await body();
      times.push(performance.now() - from);
    }
  }));
  return times;
}
