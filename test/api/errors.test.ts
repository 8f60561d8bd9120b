import fastify from 'fastify';
import { buildSchema, execute, GraphQLError, GraphQLScalarType, parse, validate, type GraphQLSchema } from 'graphql';
import { ArgumentValidationError, AuthenticationError, AuthorizationError } from 'type-graphql';
import { describe, expect, test } from 'vitest';
import { createRunCompiled } from '../../src/api/graphql/compile-operations.ts';
import { createErrorFormatter } from '../../src/api/graphql/format-error.ts';
import { toProblem } from '../../src/api/http/problem.ts';
import { parseDocument } from '../../src/api/limits/parse-document.ts';
import { defaultLimits } from '../../src/api/limits/policy.ts';
import { createDisclosure, type Failure } from '../../src/api/public-error.ts';
import { Conflict, errorCodes, Forbidden, InvalidInput, LimitExceeded, NotFound, ProductError, Unauthenticated, Unavailable } from '../../src/platform/errors.ts';

const requestId = 'request-1';

function translator() {
  const log: Failure[] = [];
  const disclose = createDisclosure((failure) => void log.push(failure));
  const format = createErrorFormatter(disclose);
  return { log, disclose, format, shown: (error: unknown) => format(error, requestId).toJSON() };
}

const masked = {
  message: 'Something went wrong on our side. If it happens again, report it with the request id request-1.',
  extensions: { code: 'INTERNAL_SERVER_ERROR', requestId },
};

const schema = buildSchema('scalar Even type Query { answer: Int sure: Int! ask(even: Even, first: Int! = 20): Int }');
const even = schema.getType('Even');
if (even instanceof GraphQLScalarType) {
  even.parseValue = (value) => {
    if (Number(value) === 13) throw new InvalidInput('13 brings bad luck. Take 14.');
    throw new Error(`${String(value)} is odd`);
  };
}

/** The errors of an operation as graphql-js gives them: from parsing, validating or executing. */
async function errorsOf(source: string, root: object = {}, variableValues: Readonly<Record<string, unknown>> = {}, on: GraphQLSchema = schema): Promise<readonly GraphQLError[]> {
  const document = parse(source);
  const invalid = validate(on, document);
  if (invalid.length > 0) return invalid;
  return (await execute({ schema: on, document, rootValue: root, variableValues })).errors ?? [];
}

const throwing = (error: unknown) => ({
  answer: () => {
    throw error;
  },
});

const codeOf = async (errors: Promise<readonly GraphQLError[]>): Promise<unknown[]> => (await errors).map((error) => translator().shown(error).extensions?.['code']);
const problem = (error: unknown) => toProblem(translator().disclose(error, requestId), requestId);

describe('an error of the product', () => {
  test.each([
    [new InvalidInput('Take 14.', ['input', 'n']), { code: 'BAD_USER_INPUT', requestId, inputPath: ['input', 'n'] }],
    [new Unauthenticated('Sign in.'), { code: 'UNAUTHENTICATED', requestId }],
    [new Forbidden('Ask an admin.'), { code: 'FORBIDDEN', requestId }],
    [new NotFound('Nothing there.'), { code: 'NOT_FOUND', requestId }],
    [new Conflict('It is done.'), { code: 'CONFLICT', requestId }],
    [new LimitExceeded('Too much.'), { code: 'LIMIT_EXCEEDED', requestId }],
    [new LimitExceeded('Too fast.', 7), { code: 'LIMIT_EXCEEDED', requestId, retryAfterSeconds: 7 }],
    [new Unavailable('Later.'), { code: 'UNAVAILABLE', requestId }],
  ])('%s is shown as it is', async (error, extensions) => {
    const { shown } = translator();
    expect(shown(error)).toEqual({ message: error.message, extensions });
    const [located] = await errorsOf('{ answer }', throwing(error));
    expect(shown(located)).toEqual({ message: error.message, locations: [{ line: 1, column: 3 }], path: ['answer'], extensions });
  });

  test('only what callers cannot mend is logged, each error once', async () => {
    const { log, shown } = translator();
    for (const error of [new NotFound('x'), new InvalidInput('x'), new LimitExceeded('x', 1), new Unauthenticated('x')]) shown(error);
    expect(log).toEqual([]);
    const unavailable = new Unavailable('Later.');
    for (const error of await errorsOf('{ a: answer b: answer c: answer }', throwing(unavailable))) shown(error);
    expect(log).toEqual([{ error: unavailable, code: 'UNAVAILABLE', requestId }]);
  });
});

describe('any other error', () => {
  test.each([
    ['an error', new Error('password=hunter2 at db.internal')],
    ['an error that names itself internal', new ProductError('INTERNAL_SERVER_ERROR', 'hunter2')],
    ['an error with a code of somebody else', Object.assign(new Error('hunter2'), { extensions: { code: 'BAD_USER_INPUT' } })],
    ['a vendor\'s refusal of us', Object.assign(new Error('hunter2'), { code: 'slack_error', statusCode: 404 })],
    ['an error of the database', Object.assign(new Error('duplicate key value hunter2'), { code: '23505' })],
    ['a GraphQLError of a resolver', new GraphQLError('Syntax Error: hunter2')],
    ['a text', 'hunter2'],
    ['nothing', null],
  ])('%s is hidden behind the request id and logged with the original', async (_, error) => {
    const { log, shown } = translator();
    const [located] = await errorsOf('{ answer }', throwing(error));
    const result = shown(located);
    expect(result).toEqual({ ...masked, locations: [{ line: 1, column: 3 }], path: ['answer'] });
    expect(JSON.stringify(result)).not.toMatch(/hunter2|stack|\.ts/);
    expect(log).toHaveLength(1);
    if (error instanceof Error && !(error instanceof GraphQLError)) expect(log[0]?.error).toBe(error);
    expect(log[0]).toMatchObject({ code: 'INTERNAL_SERVER_ERROR', requestId });
  });

  test('a null where none may be, or a value that does not fit its type, is our fault', async () => {
    const { log, shown } = translator();
    for (const root of [{ sure: null }, { sure: 'many' }]) {
      const [error] = await errorsOf('{ sure }', root);
      expect(shown(error)).toMatchObject(masked);
    }
    expect(log).toHaveLength(2);
  });

  test('thrown without any GraphQL around it is hidden too, and what is translated stays as it is', () => {
    const { log, format, shown } = translator();
    expect(shown(new TypeError('x is not a function'))).toEqual(masked);
    const once = format(new Error('x'), requestId);
    expect(format(once, 'another')).toBe(once);
    expect(once.originalError).toBeUndefined();
    expect(once.extensions['stacktrace']).toBeUndefined();
    expect(log).toHaveLength(2);
  });
});

describe('compiled execution', () => {
  test('leaves every error to the interpreter, which says where it is and why', async () => {
    const failing = buildSchema('type Query { sure: Int answer: Int }');
    const answer = failing.getQueryType()?.getFields()['answer'];
    const run = createRunCompiled(failing);
    const document = parse('{ sure answer }');
    const execution = { document, contextValue: {} };
    await run(execution);
    for (const fail of [throwing(new NotFound('Nothing there.')).answer, () => Promise.reject(new Error('hunter2')), () => new Error('as a value'), () => 'no number']) {
      if (answer) answer.resolve = fail;
      expect(await run(execution)).toBeNull();
    }
    if (answer) answer.resolve = () => 42;
    expect(String(await run(execution))).toBe('{"data":{"sure":null,"answer":42}}\n');
  });

  test('and variables that are refused', async () => {
    const run = createRunCompiled(schema);
    const execution = { document: parse('query ($n: Int!) { ask(first: $n) }'), contextValue: {} };
    await run({ ...execution, variables: { n: 1 } });
    expect(await run({ ...execution, variables: { n: 'x' } })).toBeNull();
    expect(String(await run({ ...execution, variables: { n: 1 } }))).toBe('{"data":{"ask":null}}\n');
  });
});

describe('what GraphQL libraries say of the caller\'s input', () => {
  test('parsing, validation and coercion have a code each, and the text that helps', async () => {
    const { shown } = translator();
    const parsing: unknown = await errorsOf('{').catch((error: unknown) => error);
    expect(shown(parsing)).toMatchObject({ message: 'Syntax Error: Expected Name, found <EOF>.', locations: [{ line: 1, column: 2 }], extensions: { code: 'GRAPHQL_PARSE_FAILED', requestId } });
    expect(await codeOf(errorsOf('{ answers }'))).toEqual(['GRAPHQL_VALIDATION_FAILED']);
    expect(await codeOf(errorsOf('query ($n: Int!) { ask(first: $n) }'))).toEqual(['BAD_USER_INPUT']);
    expect(await codeOf(errorsOf('query ($n: Int!) { ask(first: $n) }', {}, { n: null }))).toEqual(['BAD_USER_INPUT']);
    expect(await codeOf(errorsOf('query ($n: Int!) { ask(first: $n) }', {}, { n: 'x' }))).toEqual(['BAD_USER_INPUT']);
    expect(await codeOf(errorsOf('query ($n: Int = 1) { ask(first: $n) }', {}, { n: null }))).toEqual(['BAD_USER_INPUT']);
    expect(await codeOf(errorsOf('query ($e: Even) { ask(even: $e) }', {}, { e: 3 }))).toEqual(['BAD_USER_INPUT']);
    expect(await codeOf(errorsOf('query A { answer } query B { answer }'))).toEqual(['BAD_USER_INPUT']);
    const [unlucky] = await errorsOf('query ($e: Even) { ask(even: $e) }', {}, { e: 13 });
    expect(shown(unlucky)).toMatchObject({ message: '13 brings bad luck. Take 14.', extensions: { code: 'BAD_USER_INPUT' } });
  });

  test('too many tokens is a limit and no syntax error', () => {
    const { shown } = translator();
    const long = `{ ${'answer '.repeat(5_000)} }`;
    for (const parser of [() => parseDocument(long, defaultLimits), () => parse(long, { maxTokens: 5_000 })]) {
      let thrown: unknown;
      try {
        parser();
      } catch (error) {
        thrown = error;
      }
      expect(shown(thrown)).toMatchObject({ message: expect.stringContaining('more than 5000 tokens'), extensions: { code: 'LIMIT_EXCEEDED' } });
    }
  });

  test('what class-validator found is told, with its place', async () => {
    const { shown } = translator();
    const nested = { property: 'input', children: [{ property: 'name', constraints: { isString: 'name must be a string' } }] };
    const [error] = await errorsOf('{ answer }', throwing(new ArgumentValidationError([nested] as never)));
    expect(shown(error)).toMatchObject({ message: 'name must be a string.', path: ['answer'], extensions: { code: 'BAD_USER_INPUT', inputPath: ['input', 'name'] } });
    for (const found of [[{ property: 'input' }], [7]]) {
      expect(shown(new ArgumentValidationError(found as never))).toMatchObject({ message: 'The input is not of the declared form.', extensions: { code: 'BAD_USER_INPUT' } });
    }
    expect(shown(new AuthenticationError()).extensions).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(shown(new AuthorizationError()).extensions).toMatchObject({ code: 'FORBIDDEN' });
  });

  test('codes of Apollo Server become ours, and one that nobody knows is hidden', () => {
    const { shown } = translator();
    const of = (code: string): unknown => shown(new GraphQLError('as it was', { extensions: { code } })).extensions?.['code'];
    expect(['BAD_REQUEST', 'OPERATION_RESOLUTION_FAILURE', 'PERSISTED_QUERY_NOT_SUPPORTED', 'PERSISTED_QUERY_NOT_FOUND', 'GRAPHQL_VALIDATION_FAILED'].map(of)).toEqual([
      'BAD_USER_INPUT',
      'BAD_USER_INPUT',
      'BAD_USER_INPUT',
      'NOT_FOUND',
      'GRAPHQL_VALIDATION_FAILED',
    ]);
    expect(shown(new GraphQLError('PersistedQueryNotFound', { extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } })).message).toBe('PersistedQueryNotFound');
    expect(shown(new GraphQLError('hunter2', { extensions: { code: 'SOMETHING_ELSE' } }))).toEqual(masked);
  });
});

describe('at a REST door', () => {
  test('every code has a status, and the headers that go with it', () => {
    const statuses = errorCodes.map((code) => [code, problem(new ProductError(code, 'x')).status]);
    expect(Object.fromEntries(statuses)).toEqual({
      GRAPHQL_PARSE_FAILED: 400,
      GRAPHQL_VALIDATION_FAILED: 400,
      BAD_USER_INPUT: 400,
      UNAUTHENTICATED: 401,
      FORBIDDEN: 403,
      NOT_FOUND: 404,
      CONFLICT: 409,
      LIMIT_EXCEEDED: 400,
      UNAVAILABLE: 503,
      STORAGE_FULL: 507,
      SUPPRESSED: 422,
      INTERNAL_SERVER_ERROR: 500,
    });
    expect(problem(new LimitExceeded('Too fast.', 7))).toMatchObject({ status: 429, headers: { 'retry-after': '7' } });
    expect(problem(new Unauthenticated('Sign in.'))).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer' } });
  });

  test('the body says what, where, and under which request', () => {
    expect(problem(new InvalidInput('Take 14.', ['n'])).body).toEqual({ error: { code: 'BAD_USER_INPUT', message: 'Take 14.', path: ['n'], requestId } });
    expect(problem(new Error('hunter2')).body).toEqual({ error: { code: 'INTERNAL_SERVER_ERROR', message: masked.message, path: [], requestId } });
  });

  test('what the HTTP server refuses keeps its status and its words', async () => {
    const server = fastify({ bodyLimit: 100 });
    server.post('/', () => 'fine');
    server.setErrorHandler((error, _, reply) => {
      const { status, headers, body } = problem(error);
      return reply.status(status).headers(headers).send(body);
    });
    const post = async (payload: string, type = 'application/json') => {
      const response = await server.inject({ method: 'POST', url: '/', payload, headers: { 'content-type': type } });
      return [response.statusCode, response.json<{ error: { code: string } }>().error.code];
    };
    expect(await post('{')).toEqual([400, 'BAD_USER_INPUT']);
    expect(await post('')).toEqual([400, 'BAD_USER_INPUT']);
    expect(await post('{"__proto__":{}}')).toEqual([400, 'BAD_USER_INPUT']);
    expect(await post(JSON.stringify('x'.repeat(200)))).toEqual([413, 'LIMIT_EXCEEDED']);
    expect(await post('<a/>', 'text/xml')).toEqual([415, 'BAD_USER_INPUT']);
    await server.close();
  });
});
