import { gzipSync } from 'node:zlib';
import { buildSchema, extendSchema, isScalarType, isSpecifiedScalarType, parse, validate, type GraphQLScalarType } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildGraph } from '../../src/api/graphql/schema.ts';
import { liveAs } from '../harness/live-client.ts';
import { startTestProgram, type TestProgram } from '../harness/program.ts';

let program: TestProgram;
let authorization: string;
beforeAll(async () => {
  program = await startTestProgram();
  authorization = `Bearer ${await program.token('admin')}`;
});
afterAll(() => program?.close());

interface Refusal {
  readonly status: number;
  readonly headers: Headers;
  readonly code: string | undefined;
  readonly message: string | undefined;
  readonly requestId: string | undefined;
}

async function send(method: string, path: string, options: { body?: string | Buffer; headers?: Record<string, string> } = {}): Promise<Refusal> {
  const { body, headers = {} } = options;
  const response = await fetch(`${program.url}${path}`, { method, headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers }, ...(body === undefined ? {} : { body: body as BodyInit }) });
  const text = await response.text();
  const { error, errors } = (text ? JSON.parse(text) : {}) as { error?: { code: string; message: string; requestId: string }; errors?: { message: string; extensions: { code: string; requestId: string } }[] };
  const first = error ?? (errors?.[0] && { message: errors[0].message, ...errors[0].extensions });
  return { status: response.status, headers: response.headers, code: first?.code, message: first?.message, requestId: first?.requestId };
}
const graph = (body: object, headers?: Record<string, string>): Promise<Refusal> => send('POST', '/graphql', { body: JSON.stringify(body), ...(headers ? { headers } : {}) });

describe('a method that an address does not accept', () => {
  test.each([
    ['GET', '/api/signals', 'POST'],
    ['PUT', '/api/signals', 'POST'],
    ['PATCH', '/api/actions/any/approve', 'POST'],
    ['DELETE', '/api/actions/any/reject', 'POST'],
    ['GET', '/api/account-snapshots/create', 'POST'],
    ['GET', '/api/integrations/salesforce/webhook', 'POST'],
    ['DELETE', '/api/consent', 'POST'],
    ['PUT', '/api/consent/ada@acme.example', 'DELETE, GET, HEAD'],
    ['POST', '/api/actions/pending', 'GET, HEAD'],
    ['DELETE', '/health', 'GET, HEAD'],
    ['PUT', '/graphql', 'GET, OPTIONS, POST'],
    ['DELETE', '/graphql', 'GET, OPTIONS, POST'],
    ['PATCH', '/graphql', 'GET, OPTIONS, POST'],
    ['POST', '/console/approvals', 'GET, HEAD'],
    ['GET', '/admin/profiles/expire-stale', 'POST'],
  ])('%s %s is 405 with Allow', async (method, path, allow) => {
    for (const body of method === 'GET' ? [undefined] : [undefined, '{}', '{']) {
      const refused = await send(method, path, body === undefined ? {} : { body });
      expect([refused.status, refused.headers.get('allow'), refused.code]).toEqual([405, allow, 'BAD_USER_INPUT']);
      expect(refused.message).toContain(method);
    }
  });

  test('HEAD is told so, too, and has no body', async () => {
    const { status, headers } = await send('HEAD', '/graphql');
    expect([status, headers.get('allow')]).toEqual([405, 'GET, OPTIONS, POST']);
  });

  test.each(['GET', 'PUT', 'POST'])('%s of an address that does not exist stays 404', async (method) => {
    expect(await send(method, '/api/nothing', method === 'GET' ? {} : { body: '{' })).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  });
});

test.each(['/graphql', '/api/signals', '/api/consent'])('a compressed body is refused at %s: it says how to send it', async (path) => {
  const refused = await send('POST', path, { body: gzipSync('{"query":"{ caller { id } }"}'), headers: { 'content-encoding': 'gzip' } });
  expect(refused).toMatchObject({ status: 415, code: 'BAD_USER_INPUT', message: 'The body must not be compressed. Send it without Content-Encoding.' });
  expect(refused.headers.get('accept-encoding')).toBe('identity');
});

describe('early refusals of the graph name the request', () => {
  test.each<readonly [string, string, Parameters<typeof send>[2], number]>([
    ['no query', 'POST', { body: '{}' }, 400],
    ['a list', 'POST', { body: '[]' }, 400],
    ['variables that are a text', 'POST', { body: '{"query":"{ caller { id } }","variables":"x"}' }, 400],
    ['a type that is not offered', 'POST', { body: '{"query":"{ caller { id } }"}', headers: { accept: 'image/png' } }, 406],
    ['no content type', 'POST', { body: '{}', headers: { 'content-type': 'text/plain' } }, 400],
    ['a body that is no JSON', 'POST', { body: '{' }, 400],
    ['a persisted query that is not known', 'POST', { body: `{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"${'a'.repeat(64)}"}}}` }, 200],
  ])('%s', async (_what, method, options, status) => {
    const refused = await send(method, '/graphql', { ...options, headers: { ...options?.headers, 'x-request-id': 'trace-123' } });
    expect([refused.status, refused.requestId, refused.headers.get('x-request-id')]).toEqual([status, 'trace-123', 'trace-123']);
  });
});

test('text/event-stream is told what is offered instead', async () => {
  expect(await graph({ query: '{ caller { id } }' }, { accept: 'text/event-stream' })).toMatchObject({ status: 406, message: expect.stringMatching(/application\/json.*event-stream is not offered.*graphql-transport-ws/) });
});

test.each([['short', 'x'], ['of upper case', 'A'.repeat(64)], ['a number', 7], ['missing', undefined]])('a persisted-query hash that is %s is 400', async (_what, sha256Hash) => {
  const persisted = { persistedQuery: { version: 1, sha256Hash } };
  expect(await graph({ extensions: persisted })).toMatchObject({ status: 400, code: 'BAD_USER_INPUT', message: expect.stringContaining('64 lower-case hexadecimal digits') });
  expect(await send('GET', `/graphql?extensions=${encodeURIComponent(JSON.stringify(persisted))}`)).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' });
});

describe('an operation name', () => {
  const one = 'query A { caller { id } }';
  const two = `${one} query B { caller { id } }`;
  const cases = [
    ['that is empty chooses the only operation', one, '', null],
    ['that is empty chooses none of several', two, '', 'The document has several operations. Name one of them in operationName.'],
    ['that no operation has', one, 'C', 'The document has no operation named "C".'],
    ['that none of several has', two, 'C', 'The document has no operation named "C".'],
    ['that one of several has', two, 'B', null],
  ] as const;

  test.each(cases)('%s, over HTTP, compiled or not', async (_what, query, operationName, message) => {
    for (let turn = 0; turn < 3; turn += 1) {
      const { status, code, message: told } = await graph({ query, operationName });
      expect([status, code, told]).toEqual(message === null ? [200, undefined, undefined] : [400, 'BAD_USER_INPUT', message]);
    }
  });

  test.each(cases)('%s, over the socket', async (_what, query, operationName, message) => {
    const client = await liveAs(program);
    try {
      const asked = client.subscribe(query, {}, operationName);
      if (message === null) expect(await asked.atLeast(1)).toMatchObject([{ id: 'test-admin' }]);
      else expect(await asked.refused()).toMatchObject({ message, extensions: { code: 'BAD_USER_INPUT', requestId: expect.any(String) } });
    } finally {
      await client.close();
    }
  });
});

test('a literal of any scalar of ours that is wrong is told with its place in the document', () => {
  const schema = buildGraph();
  const scalars = Object.values(schema.getTypeMap()).filter((type): type is GraphQLScalarType => isScalarType(type) && !isSpecifiedScalarType(type));
  expect(scalars.map(({ name }) => name).sort()).toEqual(expect.arrayContaining(['Date', 'DateTime', 'JSONObject']));
  for (const scalar of scalars.filter(({ name }) => name !== 'JSON')) {
    const asking = extendSchema(buildSchema(`scalar ${scalar.name} type Query { field(of: ${scalar.name}): Int }`), parse('extend type Query { other: Int }'));
    Object.assign(asking.getType(scalar.name) ?? {}, { parseLiteral: scalar.parseLiteral, parseValue: scalar.parseValue });
    const [error] = validate(asking, parse('{ field(of: "not one") }'));
    expect(error?.locations, scalar.name).toEqual([{ line: 1, column: 13 }]);
  }
});

test('an empty cursor is refused: it does not start the list again', async () => {
  const wrong = { message: expect.stringContaining('cursor'), extensions: { code: 'BAD_USER_INPUT', inputPath: ['after'] } };
  for (const query of ['{ accounts(first: 1, after: "") { totalCount edges { cursor } } }', '{ actions(first: 1, after: "") { edges { cursor } } }', '{ auditEvents(first: 1, after: "") { edges { cursor } } }']) {
    expect((await program.query(query)).errors, query).toMatchObject([wrong]);
  }
  expect(await send('GET', '/api/actions/pending?after=')).toMatchObject({ status: 400, code: 'BAD_USER_INPUT' });
  const client = await liveAs(program);
  try {
    for (const field of ['intentScoreChanged', 'actionChanged', 'snapshotCreated']) {
      expect(await client.subscribe(`subscription { ${field}(after: "") { cursor } }`).refused(), field).toMatchObject(wrong);
    }
  } finally {
    await client.close();
  }
});
