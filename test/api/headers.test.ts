import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { roles } from '../../src/app/config.ts';
import { startTestProgram, until, type TestProgram } from '../harness/program.ts';
import { takenIn } from '../harness/facts.ts';

let program: TestProgram;
let owner: Client;
beforeAll(async () => {
  program = await startTestProgram({ origins: ['https://app.example'] });
  owner = new Client({ connectionString: program.testDatabase.adminUrl });
  await owner.connect();
});
afterAll(async () => {
  await owner?.end();
  await program?.close();
});

const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
const post = async (path: string, body: object, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${program.url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${await program.token('agent')}`, ...headers }, body: JSON.stringify(body) });

test('a request id goes from the header to the answer, the log, the audit row and what follows from it', async () => {
  const signal = { account: { externalRef: { system: 'crm', id: 'traced' } }, type: 'meeting', source: 'calendar', sourceEventId: 'traced-1' };
  const response = await post('/api/signals', signal, { 'x-request-id': trace });
  expect([response.status, response.headers.get('x-request-id')]).toEqual([202, trace]);
  await until('the request is logged', () => program.logged.some(({ message, fields }) => message === 'request' && fields['requestId'] === trace));
  const { rows } = await owner.query<{ kind: string; request_id: string }>(`select kind, request_id from audit_logs where kind = 'signal.ingested'`);
  expect(rows).toEqual([{ kind: 'signal.ingested', request_id: trace }]);
  await until('a consumer has taken it in', async () => (await owner.query(`select from audit_logs a where kind = 'signal.ingested' and request_id = '${trace}' and ${takenIn('context-engine')}`)).rowCount);
  // What follows from it, too.
  await until('the score bears the same id', async () => (await owner.query(`select from audit_logs where kind = 'context.updated' and request_id = '${trace}'`)).rowCount);
});

test('a malformed request id is replaced, and errors name the one that counts', async () => {
  for (const bad of ['spaces in it', 'x'.repeat(65), '../etc', '', 'ada@example.com', '14155550100', '1-415-555-0100', 'tel:14155550100', '192.168.1.17', '10.0.0.1', 'fe80::1', 'día-1']) {
    const response = await post('/graphql', { query: '{ nothing }' }, { 'x-request-id': bad });
    const id = response.headers.get('x-request-id');
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    const { errors } = (await response.json()) as { errors: { extensions: { requestId: string } }[] };
    expect(errors[0]?.extensions.requestId).toBe(id);
  }
});

test('a request id is 1 to 64 letters, digits, dots, underscores, hyphens and colons', async () => {
  for (const good of ['0192F0C1-0000-7000-8000-000000000001', '01ARZ3NDEKTSV4RRFFQ69G5FAV', 'a'.repeat(64), 'trace-123', 'x', 'web:checkout_7.2', '1-67f0c1a2-8f3e4d5c6b7a', '123456']) {
    expect((await fetch(`${program.url}/health`, { headers: { 'x-request-id': good } })).headers.get('x-request-id')).toBe(good);
  }
});

test('only pages of the configured origin may call', async () => {
  const preflight = (origin: string): Promise<Response> =>
    fetch(`${program.url}/graphql`, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization,content-type' } });
  expect((await preflight('https://app.example')).headers.get('access-control-allow-origin')).toBe('https://app.example');
  expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
});

test('what a foreign page could send without asking is refused', async () => {
  const simple = await fetch(`${program.url}/graphql`, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{"query":"{ __typename }"}' });
  expect(simple.status).toBeGreaterThanOrEqual(400);
  const get = await fetch(`${program.url}/graphql?query=%7B__typename%7D`);
  expect(get.status).toBeGreaterThanOrEqual(400);
  const mutation = await fetch(`${program.url}/graphql?query=${encodeURIComponent('mutation { upsertAccounts(input: []) { accepted } }')}`, { headers: { authorization: `Bearer ${await program.token()}` } });
  expect(mutation.status).toBe(405);
});

test('every answer carries the headers that keep browsers careful', async () => {
  const { headers } = await fetch(`${program.url}/health`);
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(headers.get('strict-transport-security')).toContain('max-age');
  expect(headers.get('x-powered-by')).toBeNull();
});

test('an address where nothing is answers as a problem', async () => {
  const response = await fetch(`${program.url}/nowhere`);
  expect([response.status, await response.json()]).toMatchObject([404, { error: { code: 'NOT_FOUND', requestId: expect.any(String) } }]);
});

test('metrics have the names that operators know', async () => {
  const text = await (await fetch(`${program.url}/metrics`)).text();
  for (const name of ['signals_processed_total', 'intent_score_calculation_seconds', 'api_request_seconds', 'kafka_consumers_active', 'kafka_consumer_lag', 'dlq_messages_total', 'graphql_operation_seconds', 'graphql_loader_batch_keys']) {
    expect(text).toMatch(new RegExp(`^# HELP ${name} .{20,}$`, 'm'));
  }
  expect(text).toMatch(/signals_processed_total\{source="calendar",type="meeting",status="accepted"\} 1/);
});

test('health tells of each part, and of a database that is gone', async () => {
  expect(await (await fetch(`${program.url}/health`)).json()).toMatchObject({ status: 'ok' });
  const well = await fetch(`${program.url}/health/detailed`);
  expect([well.status, await well.json()]).toMatchObject([200, { status: 'ok', dependencies: { database: { status: 'up', latencyMilliseconds: expect.any(Number) } } }]);
  const { workers } = (await (await fetch(`${program.url}/health/workers`)).json()) as { workers: { role: string; lag: number | null }[] };
  expect(workers.map(({ role }) => role)).toEqual([...roles]);

  const name = new URL(program.testDatabase.url).pathname.slice(1);
  const elsewhere = new Client({ connectionString: Object.assign(new URL(program.testDatabase.adminUrl), { pathname: '/postgres' }).href });
  await elsewhere.connect();
  try {
    await elsewhere.query(`alter database ${name} allow_connections false`);
    await elsewhere.query(`select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and usename = 'context_graph'`, [name]);
    const ill = await until('the database is missed', async () => {
      const response = await fetch(`${program.url}/health/detailed`);
      return response.status === 503 && response;
    });
    expect(await ill.json()).toMatchObject({ status: 'down', dependencies: { database: { status: 'down', kind: 'postgres' }, redis: { status: 'up' } } });
    expect((await fetch(`${program.url}/health`)).status).toBe(200);
    const refused = await post('/api/signals', { account: { externalRef: { system: 'crm', id: 'a' } }, type: 'meeting', source: 'x' });
    expect([refused.status, await refused.json()]).toMatchObject([503, { error: { code: 'UNAVAILABLE' } }]);
  } finally {
    await elsewhere.query(`alter database ${name} allow_connections true`);
    await elsewhere.end();
  }
  await until('it is well again', async () => (await fetch(`${program.url}/health/detailed`)).status === 200);
});
