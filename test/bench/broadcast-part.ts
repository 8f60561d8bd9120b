import { createServer } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { WebSocketServer } from 'ws';
import { servePart } from './part.ts';

/** A bare broadcast of `ws`: the same bytes to every socket. */
const http = createServer();
const sockets = new WebSocketServer({ server: http, perMessageDeflate: false });
await servePart(
  http,
  {
    async broadcast({ messages, bytes }: { messages: number; bytes: number }) {
      const text = 'x'.repeat(bytes);
      for (let sent = 0; sent < messages; sent += 1) {
        for (const socket of sockets.clients) socket.send(text);
        await turn();
      }
    },
  },
  () => {
    for (const socket of sockets.clients) socket.terminate();
  },
);
