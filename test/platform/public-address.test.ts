import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, LookupFunction } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPublicFetch, inLaboratory, OutboundRefused, publicFetch } from '../../src/platform/outbound-http.ts';
import { InnerAddress, isPublicAddress, publicLookup, type ResolveHost } from '../../src/platform/public-address.ts';

const inner = ['127.0.0.1', '127.9.9.9', '0.0.0.0', '10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.1.1', '169.254.169.254', '100.100.100.200', '168.63.129.16', '192.0.2.1', '224.0.0.1', '255.255.255.255',
  '::1', '::', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '::127.0.0.1', '64:ff9b::7f00:1', 'fe80::1', 'fe80::1%eth0', 'fc00::1', 'fd00:ec2::254', 'ff02::1', '2001::1', '2001:db8::1', '2002:7f00:1::', '3fff::1', 'localhost', ''];
test.each(inner)('%s is no place on the Internet', (address) => expect(isPublicAddress(address)).toBe(false));
test.each(['8.8.8.8', '172.15.0.1', '172.32.0.1', '100.128.0.1', '169.253.0.1', '2606:4700::1111', '2a00:1450:4001::64'])('%s is one', (address) => expect(isPublicAddress(address)).toBe(true));

/** Asks the guarded lookup while names stand for these addresses. */
function look(addresses: readonly string[], all: boolean): Promise<unknown> {
  const resolve = ((_host: string, _options: object, done: (error: null, found: object[]) => void) => done(null, addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })))) as unknown as ResolveHost;
  return new Promise((settle, reject) => publicLookup(resolve)('name.example', { all }, (error, found, family) => (error ? reject(error) : settle(all ? found : [found, family]))));
}

test('a name that stands for an inner address is refused, also one among others', async () => {
  for (const all of [true, false]) {
    await expect(look(['127.0.0.1'], all)).rejects.toThrow(InnerAddress);
    await expect(look(['8.8.8.8', '10.0.0.1'], all)).rejects.toThrow(InnerAddress);
    await expect(look(['8.8.8.8', '::1'], all)).rejects.toThrow(InnerAddress);
    await expect(look([], all)).rejects.toThrow(InnerAddress);
  }
  expect(await look(['8.8.8.8', '2606:4700::1111'], true)).toEqual([{ address: '8.8.8.8', family: 4 }, { address: '2606:4700::1111', family: 6 }]);
  expect(await look(['8.8.8.8'], false)).toEqual(['8.8.8.8', 4]);
});

let server: Server;
let port = 0;
let ca = '';
const received: { readonly url: string | undefined; readonly headers: object; readonly body: string }[] = [];
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'public-address-'));
  const file = (name: string): string => join(folder, name);
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', file('key.pem'), '-out', file('cert.pem'), '-subj', '/CN=api.provider.example', '-addext', 'subjectAltName=DNS:api.provider.example'], { stdio: 'ignore' });
  ca = readFileSync(file('cert.pem'), 'utf8');
  server = createServer({ key: readFileSync(file('key.pem')), cert: ca }, (incoming, response) => {
    void (async () => {
      let body = '';
      for await (const part of incoming) body += String(part);
      received.push({ url: incoming.url, headers: incoming.headers, body });
      if (incoming.url === '/moved') return response.writeHead(302, { location: 'https://169.254.169.254/' }).end();
      if (incoming.url === '/empty') return response.writeHead(204).end();
      if (incoming.url === '/silent') return undefined;
      if (incoming.url === '/cut') return response.write('{', () => response.destroy());
      return response.end('{"ok":true}');
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const toServer: LookupFunction = (_host, { all }, done) => (all === true ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4));
const call = (signal: AbortSignal = AbortSignal.timeout(20_000)) => ({ method: 'POST', headers: { 'x-key': 'one' }, body: '{"a":"ä"}', signal });
const at = (path: string): string => `https://api.provider.example:${port}${path}`;

test('a request arrives as it was made, and redirects are not followed', async () => {
  const reach = createPublicFetch({ lookup: toServer, ca });
  const answer = await reach(at('/v1?x=1'), call());
  expect([answer.status, await answer.json()]).toEqual([200, { ok: true }]);
  expect(received.at(-1)).toMatchObject({ url: '/v1?x=1', body: '{"a":"ä"}', headers: { 'x-key': 'one', host: `api.provider.example:${port}`, 'accept-encoding': 'identity' } });
  const before = received.length;
  expect((await reach(at('/moved'), call())).status).toBe(302);
  expect((await reach(at('/empty'), call())).status).toBe(204);
  expect(received).toHaveLength(before + 2);
  await expect(reach(at('/cut'), call()).then((cut) => cut.text())).rejects.toThrow();
  const stop = new AbortController();
  const silent = reach(at('/silent'), call(stop.signal));
  stop.abort();
  await expect(silent).rejects.toThrow(/abort/i);
});

test('nothing is sent where the name stands for an inner address, the certificate is not of the host, or the laboratory asks', async () => {
  const before = received.length;
  await expect(publicFetch(`https://localhost:${port}/`, call())).rejects.toThrow(InnerAddress);
  await expect(publicFetch(`https://127.0.0.1:${port}/`, call())).rejects.toThrow(InnerAddress);
  await expect(publicFetch(`https://[::ffff:127.0.0.1]:${port}/`, call())).rejects.toThrow(InnerAddress);
  // 2130706433 is 127.0.0.1, written otherwise.
  await expect(publicFetch(`https://2130706433:${port}/`, call())).rejects.toThrow(InnerAddress);
  await expect(publicFetch(`http://api.provider.example:${port}/`, call())).rejects.toThrow('only https');
  await expect(createPublicFetch({ lookup: toServer })(at('/'), call())).rejects.toThrow(/certificate/);
  await expect(createPublicFetch({ lookup: toServer, ca })(`https://other.example:${port}/`, call())).rejects.toThrow(/altnames/);
  await expect(inLaboratory(() => createPublicFetch({ lookup: toServer, ca })(at('/'), call()))).rejects.toThrow(OutboundRefused);
  expect(received).toHaveLength(before);
});
