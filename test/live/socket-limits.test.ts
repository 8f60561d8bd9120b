import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { defaultLimits } from '../../src/api/limits/policy.ts';
import { acceptance, liveAs } from '../harness/live-client.ts';
import { startTestProgram, until, type TestProgram } from '../harness/program.ts';

const sockets = { ...defaultLimits.sockets, perCaller: 5, perAddress: 12, framesPerSecond: 50, signIn: 300, buffered: 1024 * 1024 };
const time = { headers: 500, request: 1_000 };

let program: TestProgram;
const open: { terminate(): void }[] = [];
beforeAll(async () => {
  program = await startTestProgram({ policy: { ...defaultLimits, sockets, time }, trustedHops: 1 });
});
afterEach(async () => {
  for (const socket of open.splice(0)) socket.terminate();
});
afterAll(() => program?.close());

interface Raw {
  readonly socket: WebSocket;
  readonly closed: () => { code: number; reason: string } | null;
  readonly received: { type: string; payload?: unknown; id?: string }[];
  send(message: object): void;
  ended(): Promise<{ code: number; reason: string }>;
}

/** A socket without a client's manners, from a client address of its own. */
async function raw(address: string, params: { signIn?: boolean; subject?: string } = {}): Promise<Raw> {
  const socket = new WebSocket(`${program.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers: { 'x-forwarded-for': address } });
  open.push(socket);
  let closed: { code: number; reason: string } | null = null;
  const received: Raw['received'] = [];
  socket.on('close', (code, reason) => (closed = { code, reason: String(reason) }));
  socket.on('error', () => undefined);
  socket.on('message', (data: Buffer) => void received.push(JSON.parse(data.toString()) as Raw['received'][number]));
  await once(socket, 'open');
  const made: Raw = {
    socket,
    received,
    closed: () => closed,
    send: (message) => socket.send(JSON.stringify(message)),
    ended: () => until('the server closes the socket', () => closed),
  };
  if (params.signIn) {
    made.send({ type: 'connection_init', payload: { authorization: `Bearer ${await program.token('viewer', params.subject ? { subject: params.subject } : {})}` } });
    await until('it is signed in', () => received.some(({ type }) => type === 'connection_ack') || closed);
  }
  return made;
}

const megabyte = 'x'.repeat(1024 * 1024);
const rss = (): number => process.memoryUsage().rss;

describe('before sign-in', () => {
  it('a socket that sends more than a sign-in needs is closed, in one message or many', async () => {
    const large = await raw('192.0.2.1');
    large.send({ type: 'ping', payload: { text: megabyte } });
    expect(await large.ended()).toEqual({ code: 1009, reason: 'At most 16384 bytes before sign-in.' });
    const many = await raw('192.0.2.1');
    for (let i = 0; i < 40; i += 1) many.send({ type: 'ping', payload: { text: 'x'.repeat(900) } });
    expect((await many.ended()).code).toBe(1009);
  });

  it('a message that never ends takes no memory', async () => {
    const endless = await raw('192.0.2.2');
    const below = (endless.socket as unknown as { _socket: Socket })._socket;
    // The head of a masked text frame of 4 MB, of which only some comes.
    below.write(Buffer.concat([Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 0x3f, 0xff, 0xff, 0, 0, 0, 0]), Buffer.alloc(60_000)]));
    expect((await endless.ended()).code).toBe(1009);
  });

  it('a socket that does not sign in is closed', async () => {
    expect(await (await raw('192.0.2.3')).ended()).toMatchObject({ code: 4408 });
  });
});

describe('after sign-in', () => {
  it('pings of 1 MB that are never read back are not buffered', async () => {
    const before = rss();
    const closes: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const greedy = await raw('192.0.2.4', { signIn: true });
      (greedy.socket as unknown as { _socket: Socket })._socket.pause();
      for (let ping = 0; ping < 20; ping += 1) greedy.send({ type: 'ping', payload: { text: megabyte } });
      (greedy.socket as unknown as { _socket: Socket })._socket.resume();
      closes.push((await greedy.ended()).code);
    }
    // The client's reset may overtake the reason.
    for (const code of closes) expect([1009, 1006]).toContain(code);
    expect(closes).toContain(1009);
    expect(rss() - before).toBeLessThan(300 * 1024 * 1024);
  });

  it('small pings are answered with what they carry', async () => {
    const polite = await raw('192.0.2.5', { signIn: true });
    polite.send({ type: 'ping', payload: { n: 1 } });
    await until('it is answered', () => polite.received.find(({ type, payload }) => type === 'pong' && JSON.stringify(payload) === '{"n":1}'));
    expect(polite.closed()).toBeNull();
  });

  it('too many messages in a second close the socket', async () => {
    const hasty = await raw('192.0.2.6', { signIn: true });
    for (let ping = 0; ping < 200; ping += 1) hasty.send({ type: 'ping' });
    expect(await hasty.ended()).toEqual({ code: 4429, reason: 'Too many messages in one second. Send fewer, and connect again later.' });
    const frames = await raw('192.0.2.6', { signIn: true });
    for (let ping = 0; ping < 200; ping += 1) frames.socket.ping('x');
    expect((await frames.ended()).code).toBe(4429);
  });

  it('a client that does not read what it is sent is cut off', async () => {
    const before = rss();
    const deaf = await raw('192.0.2.7', { signIn: true });
    const query = '{ __schema { types { name description fields { name description args { name description } type { name ofType { name } } } } } }';
    (deaf.socket as unknown as { _socket: Socket })._socket.pause();
    let id = 0;
    // Introspection is large; each second a little fewer messages than are allowed.
    const timer = setInterval(() => {
      for (let i = 0; i < 4; i += 1) if (deaf.socket.readyState === WebSocket.OPEN) deaf.send({ id: String((id += 1)), type: 'subscribe', payload: { query } });
    }, 100);
    try {
      await until('the server gives it up', async () => (await program.query('{ __typename }')).status === 200 && /socket_limit_closes_total\{code="4429"\} [3-9]/.test(await (await fetch(`${program.url}/metrics`)).text()), 30_000);
    } finally {
      clearInterval(timer);
    }
    expect(rss() - before).toBeLessThan(300 * 1024 * 1024);
  });

  it('a caller, and an address, has so many sockets, and may open another when one is gone', async () => {
    const mine = await Promise.all(Array.from({ length: 5 }, () => raw('192.0.2.8', { signIn: true, subject: 'collector' })));
    const sixth = await raw('192.0.2.9', { signIn: true, subject: 'collector' });
    expect(await sixth.ended()).toEqual({ code: 4429, reason: 'At most 5 sockets of one caller. Close some, and connect again.' });
    const other = await raw('192.0.2.9', { signIn: true, subject: 'another' });
    expect(other.closed()).toBeNull();
    mine[0]?.socket.close();
    await until('another is taken', async () => (await raw('192.0.2.9', { signIn: true, subject: 'collector' })).closed() === null);

    const crowd = await Promise.all(Array.from({ length: 12 }, (_, place) => raw('192.0.2.10', { signIn: true, subject: `crowd-${place % 4}` })));
    expect(crowd.map(({ closed }) => closed())).toEqual(Array.from({ length: 12 }, () => null));
    expect(await (await raw('192.0.2.10')).ended()).toEqual({ code: 4429, reason: 'At most 12 sockets of one address. Close some, and connect again.' });
    // Another address is not affected, whatever it says of itself in front of the proxy's entry.
    expect((await raw('192.0.2.10, 192.0.2.11', { signIn: true, subject: 'free' })).closed()).toBeNull();
  });

  it('sockets that close while they sign in give back nothing that was never counted', async () => {
    const subject = 'hasty';
    await Promise.all(Array.from({ length: 5 }, () => raw('192.0.2.20', { signIn: true, subject })));
    const token = await program.token('viewer', { subject });
    for (let turn = 0; turn < 10; turn += 1) {
      const { socket, send } = await raw('192.0.2.21');
      send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
      socket.close();
      await once(socket, 'close');
    }
    expect(await (await raw('192.0.2.22', { signIn: true, subject })).ended()).toMatchObject({ code: 4429 });
  });

  it('a subscription goes on as ever', async () => {
    const client = await liveAs(program);
    await client.subscribe(acceptance('signals', 'IntentLive')).atLeast(1);
    expect(client.closed()).toBeNull();
    await client.close();
  });
});

describe('a slow request', () => {
  const head = (more: string): string => `POST /graphql HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n${more}`;
  const sent = async (text: string): Promise<{ answer: () => string; closed: () => boolean; socket: Socket }> => {
    const { port } = new URL(program.url);
    const socket = connect(Number(port), '127.0.0.1');
    let answer = '';
    let closed = false;
    socket.on('data', (chunk) => (answer += String(chunk))).on('error', () => undefined).on('close', () => (closed = true));
    socket.write(text);
    open.push({ terminate: () => socket.destroy() });
    return { answer: () => answer, closed: () => closed, socket };
  };

  it('whose body does not end in time is answered 408 and closed, 300 of them alike; those who are served in time are not', async () => {
    const authorization = `authorization: Bearer ${await program.token('viewer')}\r\n`;
    const slow = await Promise.all(Array.from({ length: 300 }, () => sent(`${head(authorization)}content-length: 1000\r\n\r\n{"query":`)));
    expect((await program.query('{ __typename }')).status).toBe(200);
    await until('all are closed', () => slow.every(({ closed }) => closed()));
    expect(new Set(slow.map(({ answer }) => answer().split('\r\n')[0]))).toEqual(new Set(['HTTP/1.1 408 Request Timeout']));
  });

  it('whose headers do not end in time is closed, too', async () => {
    const slow = await sent(head('x-slow: '));
    await until('it is closed', () => slow.closed());
    expect(slow.answer()).toMatch(/^HTTP\/1.1 408/);
  });
});
