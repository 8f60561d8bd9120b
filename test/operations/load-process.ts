import { Agent, request } from 'node:http';
import { once } from 'node:events';
import { getIntrospectionQuery } from 'graphql';
import { WebSocket } from 'ws';
import type { Attack, LoadAnswer, LoadCommand, Transport } from './load-client.ts';

const [url = '', token = ''] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: 256 });
let count = 0;

const huge = Array.from({ length: 60_000 }, (_, index) => `nobody-${index}-${'x'.repeat(30)}`);

/** A request of an attacker; none has a document that was sent before. */
const bodies: Readonly<Record<Attack, () => object>> = {
  'repeated fields': () => ({ query: `{ accounts(first: 1) { ${`edges { node { id nam${(count += 1) % 2 ? 'e' : 'e '} } } `.repeat(550)} } a${count}: nothing }` }),
  introspection: () => ({ query: getIntrospectionQuery().replace('query IntrospectionQuery', `query I${(count += 1)}`) }),
  'expensive queries': () => ({ query: `query E${(count += 1)} { accounts(first: 100) { edges { node { id name status contacts(first: 50) { edges { node { id name } } } tickets(first: 40) { edges { node { id } } } } } } }` }),
  'huge variables': () => ({ query: `query H${(count += 1)}($ids: [ID!]!) { nodes(ids: $ids) { id } }`, variables: { ids: huge } }),
  aliases: () => ({ query: `query A${(count += 1)} { ${Array.from({ length: 18 }, (_, index) => `a${index}: accounts(first: 50) { edges { node { id name } } }`).join(' ')} }` }),
  'syntax errors': () => ({ query: `{ ${'accounts { edges { node { id '.repeat(700)} ${(count += 1)}` }),
};

/** Which attack is on; those before it end. */
const round = { now: 0 };
let answers: Record<string, number> = {};
const note = (answer: string | number): void => void (answers[answer] = (answers[answer] ?? 0) + 1);

function post(body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}/graphql`, { method: 'POST', agent, headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), authorization: `Bearer ${token}` } }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

async function attackByHttp(attack: Attack, mine: number): Promise<void> {
  while (round.now === mine) note(await post(JSON.stringify(bodies[attack]())).catch((error: NodeJS.ErrnoException) => error.code ?? 'error'));
}

/** Keeps several operations under way on one socket. */
async function attackBySocket(attack: Attack, mine: number): Promise<void> {
  while (round.now === mine) {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    socket.on('error', () => undefined);
    const next = (): void => {
      if (round.now !== mine) return socket.close();
      if (socket.readyState === socket.OPEN) socket.send(JSON.stringify({ id: String((count += 1)), type: 'subscribe', payload: bodies[attack]() }));
    };
    socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } })));
    socket.on('message', (data: Buffer) => {
      const { type, payload } = JSON.parse(data.toString()) as { type: string; payload?: { extensions?: { code?: string } }[] };
      if (type === 'connection_ack') for (let i = 0; i < 4; i += 1) next();
      if (type === 'next') note('next');
      if (type === 'error') note(payload?.[0]?.extensions?.code ?? 'error');
      if (type === 'error' || type === 'complete') next();
    });
    const [code] = (await once(socket, 'close')) as [number];
    if (round.now === mine) note(`closed ${code}`);
  }
}

async function measure(reads: number): Promise<number[]> {
  const milliseconds: number[] = [];
  const body = JSON.stringify({ query: '{ accounts(first: 1) { edges { node { id name } } } }' });
  for (let read = 0; read < reads; read += 1) {
    const began = performance.now();
    const status = await post(body);
    if (status !== 200) throw new Error(`the neighbour was answered ${status}`);
    milliseconds.push(performance.now() - began);
    // A caller reads what it got before it asks again.
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return milliseconds;
}

const ways: Readonly<Record<Transport, (attack: Attack, mine: number) => Promise<void>>> = { http: attackByHttp, socket: attackBySocket };

async function obey(command: LoadCommand): Promise<LoadAnswer> {
  if (command.do === 'measure') return { milliseconds: await measure(command.count) };
  round.now += 1;
  const before = answers;
  answers = {};
  if (command.do === 'attack') for (let connection = 0; connection < command.connections; connection += 1) void ways[command.transport](command.attack, round.now);
  return { answers: before };
}

process.on('message', (command: LoadCommand) => void obey(command).then((answer) => process.send?.(answer)));
process.on('disconnect', () => process.exit());
