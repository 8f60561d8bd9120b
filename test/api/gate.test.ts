import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultLimits } from '../../src/api/limits/policy.ts';
import type { Role } from '../../src/features/access/index.ts';
import { startTestProgram, type TestProgram } from '../harness/program.ts';

let program: TestProgram;
beforeAll(async () => {
  // More strangers than one address may bring.
  program = await startTestProgram({ policy: { ...defaultLimits, strangerRate: { points: 10_000, seconds: 60 } } });
});
afterAll(() => program?.close());

interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
  readonly error: { readonly code: string; readonly message: string; readonly path: readonly string[]; readonly requestId: string };
}
async function send(method: string, path: string, { role, body, type = 'application/json', claims }: { role?: Role; body?: string; type?: string; claims?: Record<string, unknown> } = {}): Promise<Answer> {
  const authorization: Record<string, string> = role ? { authorization: `Bearer ${await program.token(role, claims ? { claims } : {})}` } : {};
  const response = await fetch(`${program.url}${path}`, { method, headers: { ...(body === undefined ? {} : { 'content-type': type }), ...authorization }, ...(body === undefined ? {} : { body }) });
  const text = await response.text();
  const { error } = JSON.parse(text) as { error: Answer['error'] };
  expect(error.requestId).toBe(response.headers.get('x-request-id'));
  expect(Object.keys(error).slice(0, 2)).toContain('code');
  return { status: response.status, type: response.headers.get('content-type'), text, error };
}

const action = `Action_${'0'.repeat(32)}`;
/** Every door that asks who is there, and a role that it refuses. */
const doors: readonly (readonly [string, string, Role])[] = [
  ['POST', '/api/signals', 'viewer'],
  ['POST', `/api/actions/${action}/approve`, 'viewer'],
  ['POST', `/api/actions/${action}/reject`, 'agent'],
  ['POST', '/api/laboratory/experiments/any/promote', 'approver'],
  ['POST', '/api/consent', 'viewer'],
  ['GET', '/api/consent/nobody', 'approver'],
  ['DELETE', '/api/consent/nobody?purpose=1&purpose=2', 'viewer'],
  ['GET', '/api/subjects/nobody/export', 'analyst'],
  ['GET', '/api/audit/export?from=never', 'approver'],
  ['POST', '/admin/profiles/expire-stale', 'analyst'],
];

describe.each(doors)('%s %s', (method, path, refused) => {
  const bodies = method === 'POST' ? ['{', '[]', '{}', '{"__proto__":1}', 'x'.repeat(3_000_000)] : [undefined];

  test('tells strangers and those who may not that, whatever they send, before it is looked at', async () => {
    for (const body of bodies) {
      expect(await send(method, path, body === undefined ? {} : { body })).toMatchObject({ status: 401, error: { code: 'UNAUTHENTICATED', path: [] } });
      expect(await send(method, path, { role: refused, ...(body === undefined ? {} : { body }) })).toMatchObject({ status: 403, error: { code: 'FORBIDDEN', path: [] } });
    }
    if (method === 'POST') expect(await send(method, path, { body: 'a,b', type: 'text/csv' })).toMatchObject({ status: 401 });
  });
});

test('the queue is read by whoever is known, and by nobody else', async () => {
  expect(await send('GET', '/api/actions/pending?first=x')).toMatchObject({ status: 401 });
  expect(await send('GET', '/api/actions/pending?first=x', { role: 'viewer' })).toMatchObject({ status: 400, error: { path: ['first'] } });
});

test('an agent decides nothing by REST, whatever other roles its token bears', async () => {
  for (const step of ['approve', 'reject']) {
    expect(await send('POST', `/api/actions/${action}/${step}`, { role: 'approver', claims: { roles: ['agent', 'approver', 'admin'] }, body: '{' })).toMatchObject({ status: 403, error: { message: expect.stringContaining('Only a person may') as string } });
  }
});

test('a webhook is told of its body once its signature was right, and not before', async () => {
  for (const body of ['{', '{}', '[]']) expect(await send('POST', '/api/integrations/salesforce/webhook', { body })).toMatchObject({ status: 401 });
});

test('faults are named by the fields of the body', async () => {
  expect(await send('POST', `/api/actions/${action}/approve`, { role: 'approver', body: '{}' })).toMatchObject({ status: 400, error: { path: ['evidenceDigest'] } });
  expect(await send('POST', `/api/actions/${action}/approve`, { role: 'approver', body: '{"evidenceDigest":"x"}' })).toMatchObject({ status: 404, error: { path: ['id'] } });
  expect(await send('POST', `/api/actions/${action}/reject`, { role: 'approver', body: '{"reason":" "}' })).toMatchObject({ status: 400, error: { path: ['reason'] } });
  expect(await send('POST', `/api/actions/${action}/reject`, { role: 'approver', body: JSON.stringify({ reason: 'x'.repeat(2_001) }) })).toMatchObject({ status: 400, error: { path: ['reason'] } });
  expect(await send('POST', '/api/signals', { role: 'agent', body: '{"account":{},"type":"meeting","source":"x"}' })).toMatchObject({ status: 400, error: { path: ['account'] } });
  const consent = (more: object) => send('POST', '/api/consent', { role: 'admin', body: JSON.stringify({ email: 'ada@example.com', purpose: 'OUTREACH', channel: 'EMAIL', basis: 'CONSENT', ...more }) });
  expect(await consent({ email: 'nobody' })).toMatchObject({ status: 400, error: { path: ['email'] } });
  expect(await consent({ purpose: 'PARTY' })).toMatchObject({ status: 400, error: { path: ['purpose'] } });
  expect(await consent({ expiresAt: '2020-01-01T00:00:00Z' })).toMatchObject({ status: 400, error: { path: ['expiresAt'] } });
});

test('what the HTTP server itself refuses is told in the same form, and repeats nothing that was sent', async () => {
  const who = 'ada.lovelace';
  for (const [answer, status] of [
    [await send('GET', `/api/consent/${who}%E0%A4%A`, { role: 'admin' }), 400],
    [await send('GET', `/api/consent/${who}${'x'.repeat(5_000)}`, { role: 'admin' }), 400],
    [await send('POST', '/api/signals', { role: 'agent', body: who, type: `text/${who}` }), 415],
    [await send('POST', '/api/signals', { role: 'agent', body: 'x'.repeat(5_000_000) }), 413],
    [await send('POST', '/api/signals', { role: 'agent', body: '' }), 400],
    [await send('POST', `/api/${who}`, { role: 'agent', body: '{}' }), 404],
    [await send('PUT', '/api/signals', { role: 'agent', body: '{}' }), 405],
  ] as const) {
    expect([answer.status, answer.type]).toEqual([status, 'application/json; charset=utf-8']);
    expect(answer.text).not.toMatch(/ada|FST_|statusCode/);
    expect(answer.error.path).toEqual([]);
  }
  const { port } = new URL(program.url);
  const raw = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => socket.write('ada lovelace\r\n\r\n'));
    let text = '';
    socket.on('data', (chunk) => (text += String(chunk))).on('close', () => resolve(text)).on('error', reject);
  });
  expect(raw).toMatch(/^HTTP\/1\.1 400 Bad Request/);
  expect(JSON.parse(raw.split('\r\n\r\n')[1] ?? '')).toEqual({ error: { code: 'BAD_USER_INPUT', message: 'That is no HTTP request.', path: [], requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string } });
});

test('an address of 254 characters is looked up like any other', async () => {
  const email = `${'a'.repeat(60)}@${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.example`;
  const response = await fetch(`${program.url}/api/consent/${encodeURIComponent(email)}`, { headers: { authorization: `Bearer ${await program.token('admin')}` } });
  expect([response.status, await response.json()]).toEqual([200, { consents: [] }]);
});
