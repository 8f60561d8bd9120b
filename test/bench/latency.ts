import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { signWebhook } from '../../src/features/connectors/signed-webhook.ts';
import { observe, type Bench } from './bench.ts';
import { Caller } from './load.ts';
import { operations } from './operations.ts';
import type { Part } from './part.ts';
import type { Work } from './rounds.ts';

/** Signed webhooks at steady rates; how long until a subscriber has the change of the score that each brought about. */
export interface LatencyPlan {
  /** Measures are named so, and end with the rate. */
  readonly name: string;
  readonly title: string;
  /** The process that takes webhooks and has the subscriber, with those that work for it. */
  readonly part: Part;
  /** Webhooks a second. */
  readonly rates: readonly number[];
}

/** A webhook counts as told when its change arrives within these milliseconds. */
const patience = 10_000;

/** Measures each rate by itself. A webhook that is not told in time counts with the time that was waited for it. */
export async function measureLatency(bench: Bench, { name, title, part, rates }: LatencyPlan): Promise<void> {
  const { id, secret } = await part.ask<{ id: string; secret: string }>('webhookSecret');
  const caller = new Caller(part.url, 64);
  const sentAt = new Map<string, number>();
  const early = new Map<string, number>();
  const waits: number[] = [];
  const socket = await subscribe(part.url, bench.token, (signalId, at) => {
    const sent = sentAt.get(signalId);
    if (sent === undefined) return void early.set(signalId, at);
    waits.push(at - sent);
    sentAt.delete(signalId);
  });
  const run = randomUUID();
  let turn = 0;
  const post = async (): Promise<void> => {
    turn += 1;
    const body = JSON.stringify({ AccountId: `salesforce-${1 + ((turn * 7_919) % bench.plan.accounts)}`, Id: `opportunity-${run}-${turn}`, StageName: 'Demo Scheduled' });
    const timestamp = String(Math.floor(Date.now() / 1_000));
    const sent = performance.now();
    const answer = await caller.post('/api/integrations/salesforce/webhook', body, { 'x-webhook-id': id, 'x-webhook-timestamp': timestamp, 'x-webhook-signature': signWebhook(Buffer.from(secret, 'base64'), timestamp, Buffer.from(body)) });
    const { signalId } = JSON.parse(answer) as { signalId: string };
    const already = early.get(signalId);
    if (already === undefined) sentAt.set(signalId, sent);
    else waits.push(already - sent);
  };
  const send = async (rate: number, seconds: number): Promise<Work> => {
    const count = Math.max(1, Math.floor(rate * seconds));
    const from = performance.now();
    const [posts, failures]: [Promise<void>[], unknown[]] = [[], []];
    for (let sent = 0; sent < count; sent += 1) {
      const pause = from + (sent * 1_000) / rate - performance.now();
      if (pause > 1) await wait(pause);
      posts.push(post().catch((error: unknown) => void failures.push(error)));
    }
    // A server that takes them later than they are sent does not keep up, either.
    for (const end = performance.now() + patience; waits.length < count && performance.now() < end; ) await wait(20);
    const milliseconds = performance.now() - from;
    const told = waits.filter((each) => each <= patience);
    const times = [...waits, ...Array.from({ length: count - waits.length }, () => patience)];
    await Promise.all(posts);
    if (failures.length > 0) bench.report.note(`${failures.length} of ${count} webhooks at ${rate} a second failed, for example: ${String(failures[0]).slice(0, 300)}`);
    return { units: count, milliseconds, times, figures: { value: told.length / count } };
  };
  // What still comes of earlier work is not counted.
  const settle = async (): Promise<void> => {
    for (const end = performance.now() + patience; sentAt.size > 0 && performance.now() < end; ) await wait(20);
    for (const each of [sentAt, early]) each.clear();
    waits.length = 0;
  };
  try {
    await send(rates[0] ?? 50, Math.min(3, bench.plan.seconds));
    for (const rate of rates) {
      await observe(bench, { name: `${name}.${rate}`, title: `${title}, ${rate.toLocaleString('en')} a second`, unit: 'webhook' }, { part, prepare: settle, turn: () => send(rate, bench.plan.seconds / 2) });
    }
  } finally {
    socket.terminate();
    caller.close();
  }
}

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
      told(change.causedBy.id, at);
    });
  });
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
  await ready;
  return socket;
}
