import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serveConsole } from '../../src/api/http/console.ts';

const settings = { tokens: [{ role: 'admin', tenant: 'acme', token: 'a-secret-token' }], examples: { acme: { id: 'x' } } };
let app: FastifyInstance;
let folder: string;
let port: number;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'console-'));
  // As behind a proxy that is trusted: forwarded addresses must not count here.
  app = fastify({ trustProxy: true });
  await serveConsole(app, { folder, settings: () => settings });
  await app.listen({ host: '0.0.0.0', port: 0 });
  const address = app.server.address();
  port = typeof address === 'object' && address ? address.port : 0;
});
afterAll(async () => {
  await app.close();
  await rm(folder, { recursive: true });
});

/** What is answered to a request of these bytes, which no client library corrects. */
async function ask(headers: Readonly<Record<string, string>>, { peer = '127.0.0.1', version = '1.1' } = {}): Promise<string> {
  const socket = connect(port, peer);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.write(`GET /graphiql/settings.json HTTP/${version}\r\n${lines}Connection: close\r\n\r\n`);
  let text = '';
  socket.on('data', (chunk) => (text += String(chunk)));
  await once(socket, 'close');
  return text;
}

const own = () => `127.0.0.1:${port}`;

test.each([
  ['an address', () => ({ Host: own() })],
  ['a name', () => ({ Host: `localhost:${port}` })],
  ['IPv6', () => ({ Host: `[::1]:${port}` })],
  ['a browser that fetches from its own page', () => ({ Host: own(), 'Sec-Fetch-Site': 'same-origin' })],
  ['a browser whose page says where it is', () => ({ Host: own(), Origin: `http://${own()}` })],
])('demo tokens are given to this machine: %s', async (_what, headers) => {
  expect(await ask(headers())).toContain('a-secret-token');
});

test.each([
  ['DNS rebinding', () => ({ Host: `evil.example:${port}` })],
  ['a name that begins as an address', () => ({ Host: `127.0.0.1.evil.example:${port}` })],
  ['a name that begins as localhost', () => ({ Host: `localhost.evil.example:${port}` })],
  ['a Host that hides one behind user info', () => ({ Host: `evil.example@127.0.0.1:${port}` })],
  ['an address of another machine', () => ({ Host: `192.0.2.7:${port}` })],
  ['an empty Host', () => ({ Host: '' })],
  ['a proxy that forwards', () => ({ Host: own(), 'X-Forwarded-For': '127.0.0.1' })],
  ['a proxy that forwards by the standard', () => ({ Host: own(), Forwarded: 'for=127.0.0.1' })],
  ['a proxy that says so', () => ({ Host: own(), Via: '1.1 proxy' })],
  ['a proxy that names the caller', () => ({ Host: own(), 'X-Real-IP': '203.0.113.9' })],
  ['a page of another site', () => ({ Host: own(), 'Sec-Fetch-Site': 'cross-site' })],
  ['a page of another port', () => ({ Host: own(), 'Sec-Fetch-Site': 'same-site' })],
  ['another origin', () => ({ Host: own(), Origin: 'http://localhost:9' })],
])('demo tokens are not given away: %s', async (_what, headers) => {
  expect(await ask(headers())).not.toContain('a-secret-token');
});

test('a proxy with a Host of its own and no header, as nginx is by itself, gets none', async () => {
  expect(await ask({ Host: own() }, { version: '1.0' })).not.toContain('a-secret-token');
});

test('a peer on another address gets none, whatever Host it claims', async () => {
  const outward = Object.values(networkInterfaces()).flat().find((found) => found && !found.internal && found.family === 'IPv4')?.address;
  // A machine without a network has only loopback: its peers are all local.
  if (outward === undefined) return;
  expect(await ask({ Host: own() }, { peer: outward })).toContain('"tokens":[]');
});
