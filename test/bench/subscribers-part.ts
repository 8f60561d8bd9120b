import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { answer } from './part.ts';

/** What one process of subscribers is to do. */
export interface SubscribersPlan {
  readonly url: string;
  readonly count: number;
  /** Sent one by one, each after an answer to the one before; none against the bare broadcast. */
  readonly hello: readonly string[];
  /** Messages each gets before it counts as subscribed. */
  readonly before: number;
}

/** What came to the subscribers of one process since it was last asked. */
export interface Deliveries {
  readonly count: number;
  /** Epoch milliseconds of the first and the last. */
  readonly first: number;
  readonly last: number;
}

const atOnce = 100;
const sockets: WebSocket[] = [];
let count = 0;
let first = 0;
let last = 0;

answer(
  '',
  {
    async connect({ url, count: wanted, hello, before }: SubscribersPlan) {
      for (let made = 0; made < wanted; made += atOnce) {
        await Promise.all(Array.from({ length: Math.min(atOnce, wanted - made) }, () => connectOne(url, hello.map(withOwnId), before)));
      }
    },
    deliveries(): Deliveries {
      return { count, first, last };
    },
    forget() {
      count = 0;
    },
  },
  () => {
    for (const socket of sockets) socket.terminate();
  },
);

/** Clients choose an id of their own for each operation. */
function withOwnId(message: string): string {
  return message.replace('"id":"1"', () => `"id":"${randomUUID()}"`);
}

/** Opens a socket and resolves once it is subscribed; from then on its messages are counted, and not looked into. */
async function connectOne(url: string, hello: readonly string[], before: number): Promise<void> {
  const socket = new WebSocket(url, 'graphql-transport-ws', { perMessageDeflate: false });
  sockets.push(socket);
  socket.on('error', (error) => {
    console.error('a subscriber failed', error.message);
  });
  const subscribed = new Promise<void>((resolve, reject) => {
    let told = 0;
    socket.on('close', (code, reason) => reject(new Error(`a socket was closed with ${code} ${reason.toString()}`)));
    socket.on('message', (message: Buffer) => {
      // On a busy machine a limit may refuse it for now; one that listens to nothing would not count.
      if (told < before && message.includes('"type":"error"')) return void setTimeout(() => socket.send(hello[told] ?? ''), 250);
      told += 1;
      if (told <= before) {
        const next = hello[told];
        if (next !== undefined) socket.send(next);
        if (told === before) resolve();
        return;
      }
      last = performance.timeOrigin + performance.now();
      if (count === 0) first = last;
      count += 1;
    });
    if (before === 0) resolve();
  });
  await once(socket, 'open');
  if (hello[0] !== undefined) socket.send(hello[0]);
  await subscribed;
}
