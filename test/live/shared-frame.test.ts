import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { SharedResult, withShared } from '../../src/api/live/broadcast-result.ts';

const http = createServer();
const sockets = new WebSocketServer({ noServer: true });
let connection: Duplex;
let client: WebSocket;

beforeAll(async () => {
  http.on('upgrade', (request, duplex, head) => sockets.handleUpgrade(request, duplex, head, () => (connection = duplex)));
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  client = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`);
  await once(client, 'open');
});
afterAll(() => {
  client.terminate();
  http.close();
});

describe('a result that many share', () => {
  // Frames state their length in one byte, in two more, or in eight more.
  it.each([0, 1, 60, 200, 4_000, 5_000, 65_400, 65_536, 200_000])('arrives whole with %i characters, for each under its own id', async (length) => {
    const data = { text: 'é"\u2028'.repeat(Math.ceil(length / 3)).slice(0, length) };
    const shared = new SharedResult({ data });
    for (const id of ['1', '1', 'a "quoted" id', '0f1e2d3c-0000-4000-8000-000000000000']) {
      const arrived = once(client, 'message');
      for (const part of shared.frame(id)) connection.write(part);
      const [message, isBinary] = (await arrived) as [Buffer, boolean];
      expect(isBinary).toBe(false);
      expect(JSON.parse(message.toString())).toEqual({ id, type: 'next', payload: { data } });
    }
  });

  it('is framed once for subscribers with equal ids', () => {
    const shared = new SharedResult({ data: { a: 1 } });
    expect(shared.frame('1')[0]).toBe(shared.frame('1')[0]);
  });

  it('is put into a message that was written around it', () => {
    const shared = new SharedResult({ data: { a: 'x"payload":"y' } });
    expect(JSON.parse(withShared(JSON.stringify({ id: '1', type: 'next', payload: shared })))).toEqual({ id: '1', type: 'next', payload: { data: { a: 'x"payload":"y' } } });
  });
});
