import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createApiKey, revocationDelay, revokeApiKey } from '../../src/features/access/index.ts';
import { makeAccount, signal } from '../harness/accounts.ts';
import { acceptance, liveAs, liveClient, metric, type LiveClient } from '../harness/live-client.ts';
import { startTestProgram, until, type TestProgram } from '../harness/program.ts';

let program: TestProgram;
const clients: { close(): Promise<void> | void }[] = [];
const reviewEvery = 25;
// Long enough for a busy machine: a client that does not get to answer within it is cut.
const heartbeatEvery = 300;

beforeAll(async () => {
  program = await startTestProgram({ live: { reviewEvery, heartbeatEvery } });
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map(async (client) => client.close()));
  await until('everything is let go', async () => (await metric('live_subscribers')) + (await metric('live_groups')) + (await metric('live_tenants_followed')) === 0);
});
afterAll(() => program?.close());

const scores = acceptance('signals', 'IntentLive');
const caller = () => ({ tenantId: program.tenant, actor: { kind: 'system', id: 'test' }, requestId: 'test' }) as const;

const kept = <Client extends { close(): Promise<void> | void }>(client: Client): Client => {
  clients.push(client);
  return client;
};
const closing = (client: LiveClient) => until('the server closes the socket', () => client.closed());

/** A socket without a client's manners. */
async function rawSocket(options: { protocol?: string; autoPong?: boolean } = {}): Promise<{ socket: WebSocket; closed: () => number | null; received: Record<string, unknown>[]; close(): void; send(message: unknown): void }> {
  const { protocol = 'graphql-transport-ws', autoPong = true } = options;
  const socket = new WebSocket(`${program.url.replace('http', 'ws')}/graphql`, protocol, { autoPong });
  let code: number | null = null;
  const received: Record<string, unknown>[] = [];
  socket.on('close', (given) => (code = given));
  socket.on('error', () => undefined);
  socket.on('message', (data: Buffer) => void received.push(JSON.parse(data.toString()) as Record<string, unknown>));
  await once(socket, 'open');
  return kept({ socket, closed: () => code, received, close: () => socket.terminate(), send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)) });
}

describe('a socket', () => {
  it.each([
    ['without a token', {}],
    ['with nonsense for a token', { authorization: 'Bearer nonsense' }],
    ['with an unknown API key', { 'x-api-key': `cg_${'A'.repeat(43)}` }],
    ['with a number for a token', { authorization: 12 }],
  ])('%s is refused', async (_what, connectionParams) => {
    const client = liveClient(program, connectionParams);
    const subscription = client.subscribe(scores);
    expect(await closing(client)).toMatchObject({ code: 4401 });
    expect(subscription.events).toEqual([]);
  });

  it('is closed when its token expires', async () => {
    const shortly = kept(await liveAs(program, 'viewer', { hours: 1 }));
    const longer = kept(await liveAs(program, 'viewer', { hours: 3 }));
    const watchers = [shortly.subscribe(scores), longer.subscribe(scores)];
    await Promise.all(watchers.map((watcher) => watcher.atLeast(1)));
    // Clocks of issuers differ: five seconds are forgiven.
    program.clock.advance(3_605_000);
    expect(await closing(shortly)).toEqual({ code: 4401, reason: 'The token has expired. Connect again with a fresh one.' });
    expect(longer.closed()).toBeNull();
  });

  it('is closed when its API key was taken back, within the stated time', async () => {
    const { id, key } = await program.database.transact(caller(), (work) => createApiKey(work, { name: 'Sync', roles: ['agent'], expiresAt: null }));
    const client = kept(liveClient(program, { 'x-api-key': key }));
    await client.subscribe(scores).atLeast(1);
    await program.database.transact(caller(), (work) => revokeApiKey(work, id));
    // An address whose failures are used up learns nothing of keys any more; that must not keep this socket open.
    for (let guess = 0; guess < 40; guess += 1) await fetch(`${program.url}/api/signals`, { method: 'POST', headers: { authorization: 'Bearer nonsense' } });
    program.clock.advance(revocationDelay + 1);
    expect(await closing(client)).toEqual({ code: 4401, reason: 'The API key is no longer valid.' });
  });

  it('that answers no heartbeat is cut, and one that does stays', async () => {
    const silent = await rawSocket({ autoPong: false });
    const alive = await rawSocket();
    let beats = 0;
    alive.socket.on('ping', () => (beats += 1));
    await until('the silent one is cut', () => silent.closed() !== null);
    await until('the other one has had some heartbeats', () => beats >= 5);
    expect(silent.closed()).toBe(1006);
    expect(alive.closed()).toBeNull();
  });

  it('is closed when it breaks the protocol', async () => {
    const garbled = await rawSocket();
    garbled.send('{nonsense');
    await until('it is closed', () => garbled.closed());
    expect(garbled.closed()).toBe(4400);

    const early = await rawSocket();
    early.send({ id: '1', type: 'subscribe', payload: { query: '{ __typename }' } });
    await until('it is closed', () => early.closed());
    expect(early.closed()).toBe(4401);

    const other = new WebSocket(`${program.url.replace('http', 'ws')}/graphql`, 'graphql-ws');
    const [error] = (await once(other, 'error')) as [Error];
    expect(error.message).toContain('subprotocol');
    other.terminate();
  });

  it('that brings too large a message is closed', async () => {
    const large = await rawSocket();
    large.send({ type: 'connection_init', payload: { authorization: 'x'.repeat(5 * 1024 * 1024) } });
    await until('it is closed', () => large.closed());
    expect(large.closed()).toBe(1009);
  });

  it('at another path is not opened', async () => {
    const socket = new WebSocket(`${program.url.replace('http', 'ws')}/elsewhere`, 'graphql-transport-ws');
    await once(socket, 'error');
    socket.terminate();
  });
});

describe('an operation over the socket', () => {
  it('that is a query is answered, and so is a mutation, from after it', async () => {
    const account = await makeAccount(program, 'by-socket');
    const client = kept(await liveAs(program));
    const query = client.subscribe('query ($id: ID!) { account(id: $id) { cursor: id name } }', { id: account });
    expect(await query.atLeast(1)).toEqual([{ cursor: account, name: 'Account by-socket' }]);
    await until('the query ends', () => query.ended());
    const input = [{ account: { id: account }, type: 'call', source: 'phone' }];
    const mutation = client.subscribe(acceptance('signals', 'IngestSignals'), { input });
    expect(await mutation.atLeast(1)).toEqual([{ accepted: 1, duplicates: 0, rejected: 0, results: [{ __typename: 'SignalAccepted', signal: expect.objectContaining({ account: { id: account } }) }] }]);
    expect(client.closed()).toBeNull();
  });

  it.each([
    ['does not parse', 'subscription {', {}, 'GRAPHQL_PARSE_FAILED'],
    ['does not validate', 'subscription { nothing }', {}, 'GRAPHQL_VALIDATION_FAILED'],
    ['lacks a variable', 'subscription ($id: ID!) { signalIngested(accountId: $id) { cursor } }', {}, 'BAD_USER_INPUT'],
    ['has a variable of another type', scores, { accountIds: [{}] }, 'BAD_USER_INPUT'],
    ['asks for two at once', 'subscription { a: intentScoreChanged { cursor } b: intentScoreChanged { cursor } }', {}, 'GRAPHQL_VALIDATION_FAILED'],
    ['asks for an unknown account', 'subscription { signalIngested(accountId: "nonsense") { cursor } }', {}, 'NOT_FOUND'],
  ])('that %s is refused by a message, and the socket goes on', async (_what, query, variables, code) => {
    const client = kept(await liveAs(program));
    const refused = client.subscribe(query, variables);
    expect(await refused.refused()).toMatchObject({ message: expect.any(String), extensions: { code, requestId: expect.any(String) } });
    await until('it ends', () => refused.ended());
    await client.subscribe(scores).atLeast(1);
    expect(client.closed()).toBeNull();
  });

  it('that the roles do not allow is refused in its answer', async () => {
    const client = kept(await liveAs(program, 'viewer'));
    const input = [{ account: { externalRef: { system: 'salesforce', id: 'forbidden' } }, type: 'call', source: 'phone' }];
    expect(await client.subscribe(acceptance('signals', 'IngestSignals'), { input }).refused()).toMatchObject({ extensions: { code: 'FORBIDDEN' } });
  });

  it('beyond the hundredth under way is refused', async () => {
    const client = kept(await liveAs(program));
    const watchers = Array.from({ length: 100 }, () => client.subscribe(scores));
    await Promise.all(watchers.map((watcher) => watcher.atLeast(1)));
    expect(await client.subscribe(scores).refused()).toMatchObject({ extensions: { code: 'LIMIT_EXCEEDED' } });
    watchers[0]?.stop();
    await until('one is gone', async () => (await metric('live_subscribers')) === 99);
    await client.subscribe(scores).atLeast(1);
  });
});

describe('a program that stops', () => {
  it('tells its clients, ends their streams, and lets go of everything', async () => {
    const stopping = await startTestProgram();
    const client = await liveAs(stopping);
    const subscription = client.subscribe(scores);
    await subscription.atLeast(1);
    await makeAccount(stopping, 'last');
    await signal(stopping, [{ account: 'last', event: 'last' }]);
    await stopping.close();
    expect(await closing(client)).toEqual({ code: 1001, reason: 'The server is going away. Connect again.' });
    await until('the stream ends', () => subscription.ended());
    expect([await metric('live_subscribers'), await metric('live_groups')]).toEqual([0, 0]);
    expect(stopping.logged.filter(({ level }) => level === 'error')).toEqual([]);
  });
});
