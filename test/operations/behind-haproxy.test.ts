import { once } from 'node:events';
import { request } from 'node:http';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createApiKey } from '../../src/features/access/index.ts';
import { startTestProgram, until, type TestProgram } from '../harness/program.ts';
import { haproxyAvailable, startHaproxy } from '../services/haproxy.ts';
import { redisAvailable, startTestRedis, type TestRedis } from '../services/redis.ts';

const runs = [haproxyAvailable(import.meta.filename), redisAvailable(import.meta.filename)].every(Boolean);
/** Attempts that an address has. */
const attempts = 30;

describe.runIf(runs)('behind the delivered haproxy, two API processes', () => {
  let redis: TestRedis;
  let one: TestProgram;
  let other: TestProgram;
  let balancer: { readonly url: string; close(): Promise<void> };
  let key: string;
  let admin: Client;
  beforeAll(async () => {
    redis = await startTestRedis();
    one = await startTestProgram({ roles: ['api'], redisUrls: redis.urls, trustedHops: 1 });
    other = await startTestProgram({ roles: ['api'], redisUrls: redis.urls, trustedHops: 1 }, one);
    balancer = await startHaproxy([one.url, other.url]);
    const caller = { tenantId: one.tenant, actor: { kind: 'system', id: 'test' }, requestId: 'test' } as const;
    ({ key } = await one.database.transact(caller, (work) => createApiKey(work, { name: 'Sync', roles: ['agent'], expiresAt: null })));
    // A process that was busy while it started may count by itself for a moment.
    for (const { url } of [one, other]) {
      await until('it counts in Redis', async () => {
        const counted = async (): Promise<number> => Number(await redis.client().get('rate:sign-in:192.0.2.99'));
        const before = await counted();
        await fetch(`${url}/graphql`, { method: 'POST', headers: { authorization: 'Bearer nonsense', 'x-forwarded-for': '192.0.2.99' } });
        return (await counted()) > before;
      });
    }
    admin = new Client({ connectionString: one.testDatabase.adminUrl });
    await admin.connect();
  });
  afterAll(async () => {
    await admin?.end();
    await balancer?.close();
    await other?.close();
    await one?.close();
    await redis?.close();
  });

  const wrong = (): string => `cg_${'A'.repeat(40)}${String(Math.floor(Math.random() * 1_000)).padStart(3, '0')}`;

  /** Signs in over a socket from a client address; answers the code it was closed with, or null when it was let in. */
  async function bySocket(apiKey: string, localAddress: string, headers: Record<string, string> = {}): Promise<number | null> {
    const socket = new WebSocket(`${balancer.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { localAddress, headers });
    const closed = once(socket, 'close').then(([code]) => code as number);
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init', payload: { 'x-api-key': apiKey } }));
    const answer = await Promise.race([once(socket, 'message').then(() => null), closed]);
    socket.terminate();
    return answer;
  }

  /** A request from a client address; answers its status. */
  function byHttp(path: string, localAddress: string, headers: Record<string, string>): Promise<number> {
    return new Promise((resolve, reject) => {
      const sent = request(`${balancer.url}${path}`, { method: 'POST', localAddress, agent: false, headers: { 'content-type': 'application/json', ...headers } }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0));
      });
      sent.on('error', reject).end('{"query":"{ __typename }"}');
    });
  }

  it('wrong API keys over sockets lock out the address that they came from, on both processes and by HTTP, and nobody else', async () => {
    const codes: (number | null)[] = [];
    for (let guess = 0; guess < attempts + 2; guess += 1) codes.push(await bySocket(wrong(), '127.0.0.2'));
    expect(codes.slice(0, attempts)).toEqual(Array.from({ length: attempts }, () => 4401));
    expect(codes.slice(attempts)).toEqual([1013, 1013]);
    // Each process learns of it with at most one more guess.
    await until('the right key is refused, too', async () => (await bySocket(key, '127.0.0.2')) === 1013 && (await bySocket(wrong(), '127.0.0.2')) === 1013);
    await until('also by HTTP', async () => (await byHttp('/graphql', '127.0.0.2', { 'x-api-key': wrong() })) === 429);
    for (let times = 0; times < 4; times += 1) {
      expect(await bySocket(key, '127.0.0.3')).toBeNull();
      expect(await byHttp('/graphql', '127.0.0.3', { 'x-api-key': key })).toBe(200);
    }
  });

  it('what a client writes into X-Forwarded-For neither helps the guesser nor harms the one it names', async () => {
    const statuses = new Set<number>();
    for (let guess = 0; guess < 2 * attempts; guess += 1) statuses.add(await byHttp('/graphql', '127.0.0.4', { 'x-api-key': wrong(), 'x-forwarded-for': guess % 2 ? '127.0.0.5' : `198.51.100.${guess}` }));
    expect(statuses).toEqual(new Set([401, 429]));
    expect(await byHttp('/graphql', '127.0.0.4', { 'x-api-key': wrong(), 'x-forwarded-for': '203.0.113.77' })).toBe(429);
    expect(await bySocket(wrong(), '127.0.0.4', { 'x-forwarded-for': '203.0.113.78' })).toBe(1013);
    expect(await byHttp('/graphql', '127.0.0.5', { 'x-api-key': key })).toBe(200);
    expect(await bySocket(key, '127.0.0.5')).toBeNull();
  });

  it('forged webhooks and guessed keys of an address without attempts do not reach the database', async () => {
    const forged = (): Promise<number> => byHttp('/api/integrations/salesforce/webhook', '127.0.0.6', { 'x-webhook-id': '0192f0c1-0000-7000-8000-000000000001', 'x-webhook-timestamp': '1', 'x-webhook-signature': 'sha256=00' });
    const statuses = new Set<number>();
    for (let guess = 0; guess < 2 * attempts; guess += 1) statuses.add(await forged());
    expect(statuses).toEqual(new Set([401, 429]));
    for (let guess = 0; guess < 2 * attempts; guess += 1) await byHttp('/graphql', '127.0.0.7', { 'x-api-key': wrong() });
    // A query of either table would wait for this lock.
    await admin.query('begin; lock table webhook_secret, api_key in access exclusive mode');
    try {
      for (let times = 0; times < 4; times += 1) {
        expect(await forged()).toBe(429);
        expect(await byHttp('/graphql', '127.0.0.7', { 'x-api-key': wrong() })).toBe(429);
      }
    } finally {
      await admin.query('rollback');
    }
  });
});
