import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import type { Fetcher } from '@graphiql/toolkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFetcher } from '../../src/console/graphiql/fetcher.ts';
import type { LiveState } from '../../src/console/live.ts';
import { startSmallProgram, type Program } from './small-program.ts';

let program: Program;
let headers: Record<string, string>;
let states: LiveState[];
let fetcher: Fetcher;

beforeEach(async () => {
  program = await startSmallProgram({ folder: tmpdir() });
  headers = { Authorization: `Bearer ${program.tokens[0]?.token}` };
  states = [];
  fetcher = createFetcher({ url: `${program.url}/graphql`, onLive: (state) => void states.push(state) });
});
afterEach(() => program.stop());

/** Subscribes as GraphiQL does; `shown` fills with what it would show. */
async function subscribe(operation: { query: string; variables?: unknown }, sent: Record<string, string> = headers) {
  const observable = await fetcher(operation, { headers: sent });
  if (!('subscribe' in observable)) throw new Error('Not a subscription.');
  const shown: unknown[] = [];
  const done = vi.fn<() => void>();
  const { unsubscribe } = observable.subscribe({ next: (result) => void shown.push(result), error: done, complete: done });
  return { shown, done, unsubscribe };
}

const event = (value: number) => ({ data: { counted: { cursor: String(value), value } } });

describe('a query', () => {
  it('goes by POST with the headers of the editor', async () => {
    expect(await fetcher({ query: program.query.text }, { headers })).toEqual({ data: { role: 'admin of acme' } });
  });

  it('is found by itself when GraphiQL still names the operation that stood there before', async () => {
    const operation = { query: 'query Now { role }', operationName: 'Before' };
    expect(await fetcher(operation, { headers })).toEqual({ data: { role: 'admin of acme' } });
  });

  it('is the named one of several', async () => {
    const operation = { query: 'query One { broken } query Two { role }', operationName: 'Two' };
    expect(await fetcher(operation, { headers })).toEqual({ data: { role: 'admin of acme' } });
  });

  it('shows the errors of the API as they are', async () => {
    expect(await fetcher({ query: program.failing.text }, { headers })).toMatchObject({
      errors: [{ message: 'The reservoir is dry', extensions: { code: 'UNAVAILABLE' } }],
    });
  });

  it('that does not parse is sent, and the API says what is wrong', async () => {
    expect(await fetcher({ query: '{ role' }, { headers })).toMatchObject({ errors: [{ message: expect.stringMatching(/^Syntax Error/) }] });
  });

  it('says so when nobody answers', async () => {
    const silent = createFetcher({ url: 'http://127.0.0.1:1/graphql', onLive: () => undefined });
    expect(await silent({ query: '{ role }' })).toMatchObject({
      errors: [{ message: expect.stringMatching(/^No answer from http:\/\/127\.0\.0\.1:1\/graphql\. Is the server running\?/) }],
    });
  });

  it.each([
    ['a page of a proxy', 502, '<html><h1>Bad  Gateway</h1></html>', 'The server answered 502 Bad Gateway, which is not a GraphQL answer: Bad Gateway'],
    ['nothing', 413, '', 'The server answered 413 Payload Too Large, which is not a GraphQL answer.'],
    ['other JSON', 200, '{"hello":1}', 'The server answered 200 OK, which is not a GraphQL answer: {"hello":1}'],
  ])('says so when the answer is %s', async (_what, status, body, message) => {
    const answered = await withServer(
      (_request, response) => void response.writeHead(status).end(body),
      (url) => Promise.resolve(createFetcher({ url, onLive: () => undefined })({ query: '{ role }' })),
    );
    expect(JSON.parse(JSON.stringify(answered))).toEqual({ errors: [{ message }] });
  });
});

describe('a subscription', () => {
  it('shows the present state, then each event, and closes its socket when it is stopped', async () => {
    const { shown, done, unsubscribe } = await subscribe({ query: program.subscription });
    await vi.waitFor(() => expect(shown).toEqual([event(0)]));
    await program.push();
    await vi.waitFor(() => expect(shown).toEqual([event(0), event(1)]));
    unsubscribe();
    await program.push();
    expect(states).toEqual(['connecting', 'live', 'off']);
    expect(done).not.toHaveBeenCalled();
    expect(shown).toHaveLength(2);
  });

  it('goes on behind the last cursor after a lost connection: no gap, no duplicate', async () => {
    const { shown, unsubscribe } = await subscribe({ query: program.subscription, variables: { after: null } });
    await vi.waitFor(() => expect(shown).toEqual([event(0)]));
    await program.push();
    await vi.waitFor(() => expect(shown).toHaveLength(2));
    program.cutSockets();
    await program.push();
    await program.push();
    await vi.waitFor(() => expect(shown).toEqual([0, 1, 2, 3].map(event)), { timeout: 5_000 });
    unsubscribe();
    expect(program.subscribed).toEqual([{ after: null }, { after: '1' }]);
    expect(states).toEqual(['connecting', 'live', 'reconnecting', 'live', 'off']);
  });

  it('without the variable after starts afresh after a lost connection', async () => {
    const { shown, unsubscribe } = await subscribe({ query: 'subscription { counted { cursor value } }' });
    await vi.waitFor(() => expect(shown).toEqual([event(0)]));
    program.cutSockets();
    await program.push();
    await vi.waitFor(() => expect(shown).toEqual([event(0), event(1)]), { timeout: 5_000 });
    unsubscribe();
    expect(program.subscribed.map((variables) => variables ?? null)).toEqual([null, null]);
  });

  it('shows what the API finds wrong with it', async () => {
    const { shown, done } = await subscribe({ query: 'subscription { uncounted }' });
    await vi.waitFor(() => expect(done).toHaveBeenCalled());
    expect(shown).toMatchObject([{ errors: [{ message: expect.stringContaining('Cannot query field "uncounted"') }] }]);
  });

  it('points to the token when the server refuses it, and does not ask again', async () => {
    const { shown, done } = await subscribe({ query: program.subscription }, {});
    await vi.waitFor(() => expect(done).toHaveBeenCalled());
    expect(JSON.parse(JSON.stringify(shown))).toEqual([
      { errors: [{ message: 'The server closed the live connection: Forbidden (4403). Check the token in the Authorization header.' }] },
    ]);
    expect(states).toEqual(['connecting', 'off']);
  });

  it('says so when no socket can be opened', async () => {
    fetcher = createFetcher({ url: 'http://127.0.0.1:1/graphql', onLive: () => undefined });
    const { shown, done } = await subscribe({ query: program.subscription });
    await vi.waitFor(() => expect(done).toHaveBeenCalled());
    expect(JSON.parse(JSON.stringify(shown))).toEqual([
      { errors: [{ message: 'No live connection to ws://127.0.0.1:1/graphql. Is the server running, and does it accept the token?' }] },
    ]);
  });
});

async function withServer<T>(listener: RequestListener, use: (url: string) => Promise<T>): Promise<T> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  try {
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    if (typeof address !== 'object' || !address) throw new Error('Not listening.');
    return await use(`http://127.0.0.1:${address.port}/graphql`);
  } finally {
    server.close();
  }
}
