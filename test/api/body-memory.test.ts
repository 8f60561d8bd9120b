import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { defaultLimits } from '../../src/api/limits/policy.ts';
import { startTestProgram, type TestProgram } from '../harness/program.ts';

// A client announces a body and does not finish it: what arrived of it is held in memory.
let program: TestProgram;
beforeAll(async () => {
  program = await startTestProgram();
});
afterAll(() => program?.close());

const webhook = '/api/integrations/salesforce/webhook';

/** Sends the headers of a request, and some of its body; `answered` is the first line of the response. */
async function begin(path: string, { length, token }: { readonly length: number | null; readonly token?: string }): Promise<{ socket: Socket; answered: Promise<string> }> {
  const { hostname, port } = new URL(program.url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  const answered = once(socket, 'data').then(([bytes]) => String(bytes).split('\r\n')[0] ?? '');
  socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${length === null ? 'Transfer-Encoding: chunked' : `Content-Length: ${length}`}\r\n${token ? `Authorization: Bearer ${token}\r\n` : ''}\r\n${length === null ? '1\r\n{\r\n' : '{'}`);
  return { socket, answered };
}

test.for([
  ['/graphql', 'viewer', 'a caller'],
  ['/api/signals', 'agent', 'a caller'],
] as const)('%s: unfinished bodies of %s are bounded', async ([path, role]) => {
  const [token, other] = [await program.token(role, { subject: 'hoarder' }), await program.token(role, { subject: 'neighbour' })];
  const most = defaultLimits.bodies.ofCaller / defaultLimits.bytes;
  const open = await Promise.all(Array.from({ length: most }, (_, place) => begin(path, { length: place % 2 ? defaultLimits.bytes : null, token })));
  try {
    await vi.waitFor(async () => {
      const more = await begin(path, { length: defaultLimits.bytes, token });
      const line = await Promise.race([more.answered, new Promise<string>((done) => setTimeout(() => done('accepted'), 500))]);
      more.socket.destroy();
      expect(line).toMatch(/ 429 /);
    }, 10_000);
    expect((await program.query('{ __typename }', undefined, { token: other })).errors).toBeUndefined();
  } finally {
    for (const { socket } of open) socket.destroy();
  }
  // Whoever is gone holds nothing.
  await vi.waitFor(async () => expect((await program.query('{ __typename }', undefined, { token })).errors).toBeUndefined(), 10_000);
});

test('webhooks are small, and unfinished ones of an address are bounded before anybody is known', async () => {
  const { webhook: largest, ofAddress } = defaultLimits.bodies;
  const large = await begin(webhook, { length: largest + 1 });
  expect(await large.answered).toMatch(/ 413 /);
  const open = await Promise.all(Array.from({ length: ofAddress / largest }, () => begin(webhook, { length: largest })));
  try {
    await vi.waitFor(async () => {
      const more = await begin(webhook, { length: largest });
      const line = await Promise.race([more.answered, new Promise<string>((done) => setTimeout(() => done('accepted'), 500))]);
      more.socket.destroy();
      expect(line).toMatch(/ 429 /);
    }, 10_000);
  } finally {
    for (const { socket } of open) socket.destroy();
  }
});
