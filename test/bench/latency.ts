import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { signWebhook } from '../../src/features/connectors/signed-webhook.ts';
import { Caller, percentile } from './load.ts';
import { operations } from './operations.ts';
import type { Part } from './part.ts';
import { printTable } from './table.ts';

/** At which rates, and for how long each. */
export interface LatencyPlan {
  readonly rates: readonly number[];
  readonly seconds: number;
}

const patience = 10_000;

/** Signed webhooks at a steady rate; how long until a subscriber has the change of the score that each brought about. */
export async function measureLatency(target: { part: Part; token: string; accounts: number }, plan: LatencyPlan, title = 'Webhook to subscriber'): Promise<void> {
  const { part, token, accounts } = target;
  const { id, secret } = await part.ask<{ id: string; secret: string }>('webhookSecret');
  const caller = new Caller(part.url, 64);
  const sentAt = new Map<string, number>();
  const waits: number[] = [];
  const socket = await subscribe(part.url, token, (signalId, at) => {
    const sent = sentAt.get(signalId);
    if (sent !== undefined) waits.push(at - sent);
    sentAt.delete(signalId);
  });
  const run = randomUUID();
  let turn = 0;
  const post = async (): Promise<void> => {
    turn += 1;
    const body = JSON.stringify({ AccountId: `salesforce-${1 + ((turn * 7_919) % accounts)}`, Id: `opportunity-${run}-${turn}`, StageName: 'Demo Scheduled' });
    const timestamp = String(Math.floor(Date.now() / 1_000));
    const sent = performance.now();
    const answer = await caller.post('/api/integrations/salesforce/webhook', body, { 'x-webhook-id': id, 'x-webhook-timestamp': timestamp, 'x-webhook-signature': signWebhook(Buffer.from(secret, 'base64'), timestamp, Buffer.from(body)) });
    const { signalId } = JSON.parse(answer) as { signalId: string };
    const already = early.get(signalId);
    if (already === undefined) sentAt.set(signalId, sent);
    else waits.push(already - sent);
  };
  const rows: (string | number)[][] = [];
  try {
    // The first round warms everything up, and is not told.
    for (const [round, rate] of [plan.rates[0] ?? 50, ...plan.rates].entries()) {
      waits.length = 0;
      sentAt.clear();
      const count = Math.floor(rate * plan.seconds);
      const from = performance.now();
      const posts: Promise<void>[] = [];
      for (let sent = 0; sent < count; sent += 1) {
        const pause = from + (sent * 1_000) / rate - performance.now();
        if (pause > 1) await wait(pause);
        posts.push(post());
      }
      await Promise.all(posts);
      for (const end = performance.now() + patience; sentAt.size > 0 && performance.now() < end; ) await wait(20);
      if (round > 0) rows.push([`${Math.round(rate)} a second`, count, waits.length, percentile(waits, 0.5), percentile(waits, 0.99), Math.max(...waits)]);
      early.clear();
    }
    printTable(title, ['', 'webhooks', 'told by name', 'p50 ms', 'p99 ms', 'longest ms'], rows);
  } finally {
    socket.terminate();
    caller.close();
  }
}

/** Events that overtook the answer to their own webhook. */
const early = new Map<string, number>();

async function subscribe(url: string, token: string, told: (signalId: string, at: number) => void): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { perMessageDeflate: false });
  await once(socket, 'open');
  const ready = new Promise<void>((resolve) => {
    socket.on('message', (bytes: Buffer) => {
      const at = performance.now();
      const message = JSON.parse(bytes.toString()) as { type: string; payload?: { data?: { intentScoreChanged: { __typename: string; causedBy?: { id: string } | null } } } };
      if (message.type === 'connection_ack') socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: operations.intentLive, variables: {} } }));
      const change = message.payload?.data?.intentScoreChanged;
      if (change?.__typename === 'Listening') resolve();
      if (!change?.causedBy) return;
      early.set(change.causedBy.id, at);
      told(change.causedBy.id, at);
    });
  });
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
  await ready;
  return socket;
}
