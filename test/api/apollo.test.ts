import { ApolloServer, HeaderMap, type BaseContext } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apolloErrors } from '../../src/api/graphql/apollo-errors.ts';
import { createErrorFormatter } from '../../src/api/graphql/format-error.ts';
import { limitsPlugin } from '../../src/api/graphql/limits-plugin.ts';
import { defaultLimits } from '../../src/api/limits/policy.ts';
import { createMemoryRateLimiter } from '../../src/platform/rate-limiter.ts';
import { refuse } from '../../src/api/limits/charges.ts';
import { createDisclosure, type Failure } from '../../src/api/public-error.ts';
import { NotFound, Unauthenticated } from '../../src/platform/errors.ts';
import { limitedSchema } from './limited-schema.ts';

interface Context extends BaseContext {
  readonly requestId: string;
  readonly signedIn: boolean;
}

const log: Failure[] = [];
const errors = apolloErrors<Context>(createErrorFormatter(createDisclosure((failure) => void log.push(failure))), (context) => context?.requestId ?? 'before any context');
const rate = createMemoryRateLimiter('apollo', { points: 100_000, seconds: 3_600 });
let server: ApolloServer<Context>;

beforeAll(async () => {
  server = new ApolloServer<Context>({
    schema: limitedSchema(),
    rootValue: {
      account: () => ({ id: 'a', name: () => Promise.reject(new Error('hunter2')), account: () => Promise.reject(new NotFound('No such account.')) }),
    },
    plugins: [
      limitsPlugin({
        policy: defaultLimits,
        introspection: ({ signedIn }) => signedIn,
        async charge({ requestId }, points) {
          const left = await rate.take(requestId, points);
          if (!left.allowed) refuse(left.resetsIn);
          return left;
        },
      }),
      errors.plugin,
      ApolloServerPluginCacheControlDisabled(),
    ],
    formatError: errors.formatError,
    introspection: true,
    parseOptions: { maxTokens: defaultLimits.tokens },
    dangerouslyDisableValidation: true,
    includeStacktraceInErrorResponses: true,
    stopOnTerminationSignals: false,
  });
  await server.start();
});
afterAll(() => server.stop());

async function send(query: string, { context = { requestId: 'request-1', signedIn: false }, body = {} }: { context?: Context | Error; body?: object } = {}) {
  const response = await server.executeHTTPGraphQLRequest({
    httpGraphQLRequest: { method: 'POST', headers: new HeaderMap([['content-type', 'application/json']]), search: '', body: { query, ...body } },
    context: async () => (context instanceof Error ? errors.refuse(context, 'request-1') : context),
  });
  const text = response.body.kind === 'complete' ? response.body.string : '';
  expect(text).not.toMatch(/stack|hunter2|\.ts:/);
  return { status: response.status ?? 200, headers: Object.fromEntries(response.headers), ...(JSON.parse(text) as { data?: unknown; errors?: { message: string; extensions: Record<string, unknown> }[] }) };
}
const refused = async (query: string, options: Parameters<typeof send>[1] = {}) => {
  const { status, data, errors: [first] = [] } = await send(query, options);
  expect(data).toBeUndefined();
  return [status, first?.extensions['code'], first?.extensions['requestId']];
};

test('what a resolver throws is translated, with data beside it, and logged once', async () => {
  const { status, data, errors: shown } = await send('{ account { id name account { id } } }');
  expect(status).toBe(200);
  expect(data).toEqual({ account: { id: 'a', name: null, account: null } });
  expect(shown).toMatchObject([
    { path: ['account', 'name'], extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: 'request-1' } },
    { path: ['account', 'account'], message: 'No such account.', extensions: { code: 'NOT_FOUND', requestId: 'request-1' } },
  ]);
  expect(log.splice(0)).toMatchObject([{ error: { message: 'hunter2' }, requestId: 'request-1' }]);
});

test('what never runs has a status that says so', async () => {
  expect(await refused('{')).toEqual([400, 'GRAPHQL_PARSE_FAILED', 'request-1']);
  expect(await refused('{ nobody }')).toEqual([400, 'GRAPHQL_VALIDATION_FAILED', 'request-1']);
  expect(await refused('query ($n: Int!) { priced(weight: $n) { id } }')).toEqual([400, 'BAD_USER_INPUT', 'request-1']);
  expect(await refused('query A { account { id } } query B { account { id } }')).toEqual([400, 'BAD_USER_INPUT', 'request-1']);
  expect(await refused(`{ ${'account { id } '.repeat(2_000)} }`)).toEqual([400, 'LIMIT_EXCEEDED', 'request-1']);
  expect(await refused('{ accounts(first: 100) { nodes { contacts(first: 100) { edges { node { id } } } } } }')).toEqual([400, 'LIMIT_EXCEEDED', 'request-1']);
  expect(log).toEqual([]);
});

test('variables are resolved before an operation is weighed', async () => {
  const query = 'query ($n: Int!) { accounts(first: $n) { nodes { contacts(first: $n) { edges { node { id } } } } } }';
  expect(await refused(query, { body: { variables: { n: 100 } } })).toEqual([400, 'LIMIT_EXCEEDED', 'request-1']);
  expect((await send(query, { body: { variables: { n: 5 } } })).data).toEqual({ accounts: null });
});

test('introspection is for signed-in callers, also of a document that was seen before', async () => {
  const query = '{ __schema { queryType { name } } }';
  const signedIn = { context: { requestId: 'request-2', signedIn: true } };
  expect((await send(query, signedIn)).data).toEqual({ __schema: { queryType: { name: 'Query' } } });
  expect(await refused(query)).toEqual([401, 'UNAUTHENTICATED', 'request-1']);
  expect((await send(query, signedIn)).data).toEqual({ __schema: { queryType: { name: 'Query' } } });
});

test('each operation is charged at least the least, and the refusal says when to come again', async () => {
  const busy = { context: { requestId: 'busy', signedIn: true } };
  expect((await send('{ __typename }', busy)).data).toEqual({ __typename: 'Query' });
  const before = (await rate.take('busy', 0)).remaining;
  const { headers: limits } = await send('{ __typename }', busy);
  const { remaining } = await rate.take('busy', 0);
  expect(before - remaining).toBeGreaterThanOrEqual(100);
  expect(limits['ratelimit']).toMatch(new RegExp(`^"caller";r=${remaining};t=\\d+$`));
  await rate.take('busy', remaining);
  const { status, headers, errors: shown } = await send('{ __typename }', busy);
  expect(status).toBe(429);
  expect(Number(headers['retry-after'])).toBeGreaterThan(3_500);
  expect(shown).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED', retryAfterSeconds: Number(headers['retry-after']) } }]);
});

test('a caller who is refused before there is a context gets the same form', async () => {
  const { status, headers, errors: shown } = await send('{ __typename }', { context: new Unauthenticated('Sign in.') });
  expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer']);
  expect(shown).toEqual([{ message: 'Sign in.', extensions: { code: 'UNAUTHENTICATED', requestId: 'request-1' } }]);
  expect(await refused('{ __typename }', { context: new Error('hunter2') })).toEqual([500, 'INTERNAL_SERVER_ERROR', 'request-1']);
  expect(log.splice(0)).toHaveLength(1);
});

test('so does a request that is none', async () => {
  expect(await refused('', { body: { query: 7 } })).toEqual([400, 'BAD_USER_INPUT', 'before any context']);
});
