import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeAccount } from '../harness/accounts.ts';
import { roles } from '../../src/app/config.ts';
import { startTestProgram, until, type TestProgram } from '../harness/program.ts';
import { tracesOf, type Traces } from '../harness/traces.ts';

let program: TestProgram;
let traces: Traces;
let own: string;
let foreign: string;
let before: Record<string, number>;

beforeAll(async () => {
  program = await startTestProgram({ roles: roles.filter((role) => role !== 'scheduler') });
  own = await makeAccount(program, 'own');
  const token = await program.token('admin', { tenant: program.otherTenant });
  const made = await program.query<{ upsertAccounts: { results: { id: string }[] } }, Record<string, unknown>>(
    'mutation { upsertAccounts(input: [{ externalRef: { system: "crm", id: "theirs" }, name: "Theirs" }]) { results { ... on Upserted { id } } } }',
    undefined,
    { token },
  );
  foreign = made.data?.upsertAccounts.results[0]?.id ?? '';
  traces = await tracesOf(program);
  await settled();
  before = await traces.count();
});
afterAll(async () => {
  await traces?.close();
  await program?.close();
});

/** Until every group has read everything recorded, so that later counts tell of new facts only. */
const settled = () => until('every group has read every fact', async () => (await traces.unread()) === 0);

const unknown = `Account_${'0'.repeat(32)}`;
const ids = (): [string, string][] => [
  ['unknown', unknown],
  ['malformed', 'nonsense'],
  ['of another type', own.replace('Account', 'Signal')],
  ['of another tenant', foreign],
  ['with a quote', `${own}' or true --`],
  ['huge', `Account_${'f'.repeat(10_000)}`],
];

describe('ids that are nobody\'s', () => {
  test('read as nothing, in every query alike', async () => {
    for (const [what, id] of ids()) {
      const { data, errors } = await program.query<Record<string, unknown>, Record<string, unknown>>(
        'query ($id: ID!) { account(id: $id) { id } accountBy(by: { id: $id }) { id } node(id: $id) { id } nodes(ids: [$id]) { id } }',
        { id },
      );
      expect(errors, what).toBeUndefined();
      expect(data, what).toEqual({ account: null, accountBy: null, node: null, nodes: [null] });
    }
  });

  test('are refused by ingestion with one and the same answer', async () => {
    const answers = new Set<string>();
    for (const [, id] of ids().filter(([what]) => what !== 'huge')) {
      const { data } = await program.query<{ ingestSignals: { rejected: number; results: object[] } }, Record<string, unknown>>(
        'mutation ($input: [SignalInput!]!) { ingestSignals(input: $input) { rejected results { __typename ... on UserError { message code path } } } }',
        { input: [{ account: { id }, type: 'meeting', source: 'crm' }] },
      );
      answers.add(JSON.stringify(data));
    }
    expect([...answers]).toHaveLength(1);
    expect([...answers][0]).toContain('"NOT_FOUND"');
  });
});

describe('signals that cannot be taken', () => {
  const good = { account: { externalRef: { system: 'crm', id: 'never-made' } }, type: 'meeting', source: 'calendar', sourceEventId: 'x-1' };
  const bad: [string, Record<string, unknown>][] = [
    ['a type that is no name', { type: '1; drop table signal' }],
    ['an empty source', { source: '' }],
    ['a NUL', { sourceEventId: 'a\0b' }],
    ['half a surrogate pair', { sourceEventId: '\ud800' }],
    ['an empty event id', { sourceEventId: '' }],
    ['an instant beyond the tolerance', { occurredAt: '2026-11-21T09:05:00.001Z' }],
    ['an instant before 1970', { occurredAt: '1969-12-31T23:59:59Z' }],
    ['a day that does not exist', { occurredAt: '2026-02-30T00:00:00Z' }],
    ['an instant without an offset', { occurredAt: '2026-11-21T09:00:00' }],
    ['a payload that is a list', { payload: [] }],
    ['a NUL in the payload', { payload: { note: 'a\0b' } }],
    ['a payload of 65 KiB', { payload: { note: 'x'.repeat(65 * 1024) } }],
    ['two names for the account', { account: { id: unknown, externalRef: { system: 'crm', id: 'x' } } }],
    ['no name for the account', { account: {} }],
    ['a system that is no name', { account: { externalRef: { system: 'C R M', id: 'x' } } }],
  ];

  test.each(bad)('%s is refused at POST /api/signals', async (_what, part) => {
    const response = await fetch(`${program.url}/api/signals`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await program.token('agent')}` },
      body: JSON.stringify({ ...good, ...part }),
    });
    const body = (await response.json()) as { error: { code: string; message: string; requestId: string } };
    expect([response.status, body.error.code]).toEqual([400, 'BAD_USER_INPUT']);
    expect(body.error.message.length).toBeGreaterThan(10);
    expect(body.error.requestId).toBe(response.headers.get('x-request-id'));
  });

  test.each(bad)('%s is refused by the mutation', async (_what, part) => {
    const { status, data, errors } = await program.query<{ ingestSignals: { accepted: number; results: { code: string }[] } }, Record<string, unknown>>(
      'mutation ($input: [SignalInput!]!) { ingestSignals(input: $input) { accepted results { ... on UserError { code message path } } } }',
      { input: [{ ...good, ...part }] },
    );
    if (errors) expect([status, errors[0]?.extensions['code']]).toEqual([400, 'BAD_USER_INPUT']);
    else expect([data?.ingestSignals.accepted, data?.ingestSignals.results[0]?.code]).toEqual([0, 'BAD_USER_INPUT']);
  });
});

describe('bodies that are no requests', () => {
  const bodies: [string, string | Uint8Array<ArrayBuffer>, number][] = [
    ['invalid JSON', '{"query": ', 400],
    ['invalid UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 400],
    ['a key __proto__', '{"query": "{ __typename }", "variables": {"__proto__": {"admin": true}}}', 400],
    ['NaN', '{"query": "{ __typename }", "variables": {"first": NaN}}', 400],
    ['ten megabytes', JSON.stringify({ query: `{ __typename }${' '.repeat(10_000_000)}` }), 413],
    ['a list of operations', '[{"query":"{ __typename }"},{"query":"{ __typename }"}]', 400],
  ];

  test.each(bodies)('%s', async (_what, body, status) => {
    for (const path of ['/graphql', '/api/signals', '/api/integrations/salesforce/webhook']) {
      const response = await fetch(`${program.url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${await program.token('agent')}` }, body });
      const answer = await response.text();
      // The webhook asks who sends it before it looks at what is sent.
      expect([status, 401], `${path}: ${answer}`).toContain(response.status);
      expect(answer).toMatch(/BAD_USER_INPUT|LIMIT_EXCEEDED|UNAUTHENTICATED/);
      expect(answer).not.toMatch(/node_modules|at \w+ \(/);
    }
  });
});

describe('operations that cannot run', () => {
  const operations: [string, string, Record<string, unknown> | undefined, string][] = [
    ['an unknown enum value', '{ accounts(first: 1, filter: { statuses: [GONE] }) { totalCount } }', undefined, 'GRAPHQL_VALIDATION_FAILED'],
    ['an unknown enum value in a variable', 'query ($s: [AccountStatus!]) { accounts(first: 1, filter: { statuses: $s }) { totalCount } }', { s: ['GONE'] }, 'BAD_USER_INPUT'],
    ['a page of 0', '{ accounts(first: 0) { totalCount } }', undefined, 'BAD_USER_INPUT'],
    ['a page of 101', '{ accounts(first: 101) { totalCount } }', undefined, 'BAD_USER_INPUT'],
    ['a page of -1', '{ accounts(first: -1) { totalCount } }', undefined, 'BAD_USER_INPUT'],
    ['a page of 2^31', '{ accounts(first: 2147483648) { totalCount } }', undefined, 'GRAPHQL_VALIDATION_FAILED'],
    ['a cursor of somebody else', '{ accounts(first: 1, after: "bm9uc2Vuc2U") { edges { cursor } } }', undefined, 'BAD_USER_INPUT'],
    ['NaN written as a text', 'query ($n: Float) { accounts(first: 1, filter: { minIntent: $n }) { totalCount } }', { n: 'NaN' }, 'BAD_USER_INPUT'],
    ['an instant to come', `{ account(id: "${unknown}", asOf: "2027-01-01T00:00:00Z") { id } }`, undefined, 'BAD_USER_INPUT'],
    ['a field that is not there', '{ accounts(first: 1) { edges { node { secret } } } }', undefined, 'GRAPHQL_VALIDATION_FAILED'],
    ['a syntax error', '{ accounts(', undefined, 'GRAPHQL_PARSE_FAILED'],
    ['a subscription by POST', 'subscription { intentScoreChanged { cursor } }', undefined, 'BAD_USER_INPUT'],
    ['too many aliases', `{ ${Array.from({ length: 60 }, (_, index) => `a${index}: scoringModel { version }`).join(' ')} }`, undefined, 'LIMIT_EXCEEDED'],
    ['a tower of fields', `{ accounts(first: 100) { edges { node { signals(first: 100) { edges { node { account { signals(first: 100) { edges { node { id } } } } } } } } } } }`, undefined, 'LIMIT_EXCEEDED'],
    ['more tokens than allowed', `{ ${'__typename '.repeat(6_000)} }`, undefined, 'LIMIT_EXCEEDED'],
  ];

  test.each(operations)('%s', async (_what, query, variables, code) => {
    const { data, errors } = await program.query<unknown, Record<string, unknown>>(query, variables);
    expect(Object.values(data ?? {})).not.toContainEqual(expect.anything());
    expect(errors?.[0]?.extensions['code'], errors?.[0]?.message).toBe(code);
    expect(errors?.[0]?.extensions['requestId']).toEqual(expect.any(String));
  });
});

describe('callers who may not', () => {
  test('a role that may not write is told so at each door', async () => {
    const signal = { account: { externalRef: { system: 'crm', id: 'never-made' } }, type: 'meeting', source: 'calendar' };
    const mutation = 'mutation ($input: [SignalInput!]!) { ingestSignals(input: $input) { accepted } }';
    for (const role of ['viewer', 'analyst', 'approver', 'privacy_officer'] as const) {
      const { errors } = await program.query(mutation, { input: [signal] }, { role });
      expect(errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
      const response = await fetch(`${program.url}/api/signals`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${await program.token(role)}` }, body: JSON.stringify(signal) });
      expect([response.status, await response.json()]).toMatchObject([403, { error: { code: 'FORBIDDEN', message: expect.stringContaining('agent or admin') } }]);
      const upsert = await program.query('mutation { upsertAccounts(input: [{ externalRef: { system: "crm", id: "never-made" }, name: "X" }]) { accepted } }', undefined, { role });
      expect(upsert.errors?.[0]?.extensions['code']).toBe('FORBIDDEN');
    }
  });

  test('a token that is missing, expired, unsigned or for somebody else is refused at each door', async () => {
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify({ tenant: program.tenant, roles: ['admin'], sub: 'x', exp: 9_999_999_999, iss: 'test-issuer', aud: 'test-audience' })).toString('base64url')}.`;
    const expired = await program.token('admin', { hours: -1 });
    const strange = await program.token('admin', { tenant: '01a1fcaa-6c0f-70b7-bce1-3c824077f803' });
    for (const authorization of [undefined, 'Bearer ', `Bearer ${unsigned}`, `Bearer ${expired}`, `Bearer ${strange}`, 'Basic YWRtaW46YWRtaW4=']) {
      for (const [path, body] of [['/graphql', '{"query":"{ __typename }"}'], ['/api/signals', '{}']]) {
        const response = await fetch(`${program.url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }) }, body: body ?? '' });
        const answer = await response.text();
        expect(response.status, `${path} ${authorization}: ${answer}`).toBe(401);
        expect(answer).toContain('UNAUTHENTICATED');
        expect(response.headers.get('www-authenticate')).toBe('Bearer');
      }
    }
  });
});

test('none of all this left a trace', async () => {
  await settled();
  expect(await traces.count()).toEqual(before);
});
