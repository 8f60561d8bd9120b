import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultLimits } from '../../src/api/limits/policy.ts';
import { acceptanceOperations } from './acceptance.ts';
import { liveAs } from '../harness/live-client.ts';
import { startTestProgram, until, type TestProgram } from '../harness/program.ts';

let program: TestProgram;
const rate = { points: 50_000, seconds: 3_600 };
beforeAll(async () => {
  program = await startTestProgram({ roles: ['api'], policy: { ...defaultLimits, principalRate: rate } });
});
afterAll(() => program?.close());

const limits = 'query MyLimits { limits { maxDepth maxCost maxAliases maxPageSize requestsRemaining resetsAt } }';

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: { data?: Record<string, never>; errors?: { message: string; extensions: Record<string, unknown> }[]; extensions?: { cost?: Record<string, number> } };
}
async function post(body: object, subject: string, path = '/graphql'): Promise<Answer> {
  const response = await fetch(`${program.url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${await program.token('admin', { subject })}` }, body: JSON.stringify(body) });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] };
}

describe('limits are published', () => {
  test('by a query, as client teams wrote it', async () => {
    const written = acceptanceOperations.find(({ name }) => name === 'MyLimits');
    const first = await post({ query: written?.source ?? limits }, 'reader');
    expect(first.body.data?.['limits']).toEqual({ maxDepth: 15, maxCost: 20_000, maxAliases: 50, maxPageSize: 100, requestsRemaining: expect.any(Number) as number, resetsAt: expect.stringMatching(/^2026-11-21T09:\d\d:\d\d\.\d{3}Z|^2026-11-21T10:00:00.000Z/) as string });
    const remaining = async (): Promise<number> => {
      const { body } = await post({ query: limits }, 'reader');
      return (body.data?.['limits'] as { requestsRemaining: number } | undefined)?.requestsRemaining ?? NaN;
    };
    const before = await remaining();
    expect(before).toBeLessThan(rate.points / defaultLimits.leastCharge);
    expect(await remaining()).toBeLessThan(before);
  });

  test('by the fields RateLimit and RateLimit-Policy of each response, of the graph and of REST', async () => {
    for (const [body, path] of [[{ query: limits }, '/graphql'], [{ query: '{ nothing }' }, '/graphql'], [{}, '/api/signals'], [{ account_id: 'nothing' }, '/api/account-snapshots/create']] as const) {
      const { headers } = await post(body, 'header', path);
      expect(headers.get('ratelimit-policy'), path).toBe('"caller";q=50000;w=3600');
      expect(headers.get('ratelimit'), path).toMatch(/^"caller";r=\d+;t=\d+$/);
    }
  });

  test('by extensions.cost where the request asks for it, over HTTP and over the socket, and only there', async () => {
    const query = '{ accounts(first: 5) { edges { node { id } } } }';
    const { body } = await post({ query, extensions: { cost: true } }, 'asker');
    expect(body.extensions?.cost).toEqual({ estimated: 1 + 5 * 2, charged: expect.toSatisfy((points: number) => points >= 100) as number, limit: 20_000, remaining: expect.any(Number) as number, resetsInSeconds: expect.any(Number) as number });
    for (const extensions of [undefined, {}, { cost: 'yes' }]) expect((await post({ query, extensions }, 'asker')).body.extensions).toBeUndefined();
    // Compiled from the second time on.
    expect((await post({ query, extensions: { cost: true } }, 'asker')).body.extensions?.cost?.['estimated']).toBe(11);
    const client = await liveAs(program, 'admin', { subject: 'asker' });
    const socket = await new Promise<{ extensions?: Answer['body']['extensions'] }>((resolve) => {
      void (async () => {
        await client.subscribe(query).atLeast(1);
        const raw = client.socket();
        raw?.on('message', (data: Buffer) => {
          const message = JSON.parse(data.toString()) as { id?: string; type: string; payload: never };
          if (message.id === 'mine' && message.type === 'next') resolve(message.payload);
        });
        raw?.send(JSON.stringify({ id: 'mine', type: 'subscribe', payload: { query, extensions: { cost: true } } }));
      })();
    });
    expect(socket.extensions?.cost?.['estimated']).toBe(11);
    await client.close();
  });
});

describe('what is spent is charged', () => {
  const remaining = (answer: Answer): number => Number(/r=(\d+)/.exec(answer.headers.get('ratelimit') ?? '')?.[1]);

  test('also when the operation is refused, by what finding that out took', async () => {
    const before = remaining(await post({ query: limits }, 'refused'));
    const refused = await post({ query: `{ ${'accounts(first: 1) { totalCount } '.repeat(550)} }` }, 'refused');
    expect([refused.status, refused.body.errors?.[0]?.extensions['code']]).toEqual([400, 'LIMIT_EXCEEDED']);
    const between = remaining(refused);
    expect(before - between).toBeGreaterThan(defaultLimits.leastCharge);
    await post({ query: '{' }, 'refused');
    expect(between - remaining(await post({ query: limits }, 'refused'))).toBeGreaterThanOrEqual(2 * defaultLimits.leastCharge);
  });

  test('until nothing is left: then each endpoint refuses before it reads the body, with the time to wait', async () => {
    const token = await program.token('admin', { subject: 'spender' });
    let last: Answer = await post({ query: limits }, 'spender');
    while (last.status === 200) last = await post({ query: '{ accounts(first: 100) { edges { node { id contacts(first: 50) { edges { node { id } } } } } } }' }, 'spender');
    expect(last.status).toBe(429);
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(last.body.errors?.[0]).toMatchObject({ message: expect.stringMatching(/^Rate limit exceeded\. Retry after \d+ s\.$/) as string, extensions: { code: 'LIMIT_EXCEEDED', retryAfterSeconds: Number(last.headers.get('retry-after')) } });
    for (const path of ['/graphql', '/api/signals', '/api/consent']) {
      const { port } = new URL(program.url);
      const answer = await new Promise<string>((resolve) => {
        const socket = connect(Number(port), '127.0.0.1');
        // A request that never ends would hold up the end of the program.
        socket.on('data', (chunk) => (resolve(String(chunk)), socket.destroy())).on('error', () => undefined);
        // Only the head of a request: its body never comes.
        socket.write(`POST ${path} HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\nauthorization: Bearer ${token}\r\ncontent-length: 100000\r\n\r\n`);
      });
      expect(answer, path).toMatch(/^HTTP\/1\.1 429 /);
      expect(answer, path).toMatch(/\r\nretry-after: \d+\r\n/);
    }
    const client = await liveAs(program, 'admin', { subject: 'spender' });
    expect(await client.subscribe(limits).refused()).toMatchObject({ extensions: { code: 'LIMIT_EXCEEDED', retryAfterSeconds: expect.any(Number) as number } });
    await client.close();
    // Another caller of the tenant goes on.
    expect((await post({ query: limits }, 'colleague')).status).toBe(200);
  });
});

test('a client that goes away in the middle of its request is no failure of ours', async () => {
  const { port } = new URL(program.url);
  const authorization = `Bearer ${await program.token('admin', { subject: 'leaver' })}`;
  for (const path of ['/graphql', '/api/signals', '/api/integrations/salesforce/webhook']) {
    const before = program.logged.filter(({ message }) => message.startsWith('client closed')).length;
    const socket = connect(Number(port), '127.0.0.1');
    socket.on('error', () => undefined).on('data', () => undefined);
    socket.write(`POST ${path} HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\nauthorization: ${authorization}\r\ncontent-length: 1000\r\n\r\n{"query":`);
    // What was written before a request that was answered has arrived, too.
    for (let times = 0; times < 3; times += 1) await post({ query: limits }, 'bystander');
    socket.resetAndDestroy();
    await until(`${path} says so for those who debug`, () => program.logged.filter(({ message }) => message.startsWith('client closed')).length > before);
  }
  expect(program.logged.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([]);
});
