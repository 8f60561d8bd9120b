import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Read } from '../../src/platform/postgres/read.ts';
import { arrange, crm, type Arranged } from '../accounts/arrange.ts';
import { policy } from '../enrichment/arrange.ts';
import { until } from '../harness/program.ts';
import { noteReads } from '../harness/note-reads.ts';

let program: Arranged;
let id = '';
const reads: Read[] = [];
beforeAll(async () => {
  program = await arrange({ answerBytes: 4_000_000 });
  [{ id = '' } = {}] = (await program.upsertAccounts([{ externalRef: crm('acme'), name: 'Acme' }])).results;
  await program.ingest([{ account: { externalRef: crm('acme') }, type: 'meeting', source: 'test', sourceEventId: 'one' }]);
  await program.settled();
  noteReads(program.database, reads);
});
afterAll(() => program.close());

interface Sent {
  readonly status: number;
  readonly body: string;
  readonly headers: Headers;
  /** Whether statements of the operation ran. */
  readonly ran: boolean;
}

async function send(query: string, { variables = {}, role = 'admin', more = {}, subject }: { variables?: object; role?: 'admin' | 'viewer'; more?: object; subject?: string } = {}): Promise<Sent> {
  reads.length = 0;
  const token = await program.token(role, subject === undefined ? {} : { subject });
  const response = await fetch(`${program.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` }, body: JSON.stringify({ query, variables, ...more }) });
  return { status: response.status, body: await response.text(), headers: response.headers, ran: reads.some((read) => read.statements > 0) };
}

const name = 'query Name($id: ID!) { account(id: $id) { name contacts(first: 3) { edges { node { name email } } } } }';
const score = 'query Score($id: ID!) { account(id: $id) { intent { ... on IntentScore { value computedAt } } } }';

test('a query that is asked again is executed once more, then served without execution', async () => {
  const answers = [await send(name, { variables: { id } }), await send(name, { variables: { id } }), await send(name, { variables: { id } })];
  expect(answers.map(({ ran }) => ran)).toEqual([true, true, false]);
  expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
  const [first, , last] = answers;
  expect(last?.status).toBe(200);
  expect(last?.headers.get('content-type')).toBe(first?.headers.get('content-type'));
  expect(last?.headers.get('x-request-id')).not.toBe(first?.headers.get('x-request-id'));
  // Charged like any other.
  expect(last?.headers.get('ratelimit')).toMatch(/^"caller";r=\d+;t=\d+$/);
  expect(last?.headers.get('ratelimit')).not.toBe(first?.headers.get('ratelimit'));
});

test('the next read after a change is executed', async () => {
  for (let turn = 0; turn < 3; turn += 1) await send(name, { variables: { id } });
  await program.upsertAccounts([{ externalRef: crm('acme'), name: 'Acme Corporation' }]);
  const after = await send(name, { variables: { id } });
  expect(after.ran).toBe(true);
  expect(after.body).toContain('Acme Corporation');
});

test('another role, tenant or set of variables has an answer of its own', async () => {
  for (let turn = 0; turn < 3; turn += 1) await send(name, { variables: { id } });
  expect((await send(name, { variables: { id }, role: 'viewer' })).ran).toBe(true);
  expect((await send(name, { variables: { id: `${id} ` } })).ran).toBe(false);
  const stranger = await program.token('admin', { tenant: program.otherTenant });
  const response = await fetch(`${program.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${stranger}` }, body: JSON.stringify({ query: name, variables: { id } }) });
  expect(await response.json()).toEqual({ data: { account: null } });
});

test('an answer that depends on time holds for two seconds, and says its age', async () => {
  // What the tests before changed may still be on its way to the scores.
  await until('the answer is kept', async () => !(await send(score, { variables: { id } })).ran);
  const kept = await send(score, { variables: { id } });
  program.clock.advance(2_000);
  const later = await send(score, { variables: { id } });
  expect([kept.ran, later.ran]).toEqual([false, false]);
  expect(later.body).toBe(kept.body);
  expect(later.headers.get('age')).toBe('2');
  program.clock.advance(1);
  const fresh = await send(score, { variables: { id } });
  expect(fresh.ran).toBe(true);
  expect(fresh.body).not.toBe(kept.body);
  expect(fresh.headers.get('age')).toBeNull();
});

test('what depends on the caller, on limits or on the cost is never kept, nor is an error or a mutation', async () => {
  const asked = [
    ['{ caller { id } }', {}],
    ['{ limits { requestsRemaining } accounts(first: 1) { totalCount } }', {}],
    ['query($id: ID!) { account(id: $id) { id } }', { variables: { id }, more: { extensions: { cost: true } } }],
    ['query($id: ID!) { account(id: $id) { signals(first: 1000) { totalCount } } }', { variables: { id } }],
  ] as const;
  for (const [query, options] of asked) {
    const first = await send(query, options);
    for (let turn = 0; turn < 3; turn += 1) {
      const again = await send(query, { ...options, subject: `person-${turn}` });
      expect(again.body === first.body && !again.body.includes('errors') && !again.ran).toBe(false);
    }
  }
});

test('requests of one key at one time run the operation once', async () => {
  const query = `query Many($id: ID!) { account(id: $id) { name } }`;
  await send(query, { variables: { id } });
  const token = await program.token('admin');
  reads.length = 0;
  const bodies = await Promise.all(Array.from({ length: 12 }, async () => (await fetch(`${program.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` }, body: JSON.stringify({ query, variables: { id } }) })).text()));
  expect(new Set(bodies).size).toBe(1);
  expect(reads.filter((read) => read.asked.includes('accounts_by_id'))).toHaveLength(1);
});

test('a persisted query is served like any other', async () => {
  const query = 'query Persisted($id: ID!) { account(id: $id) { name industry } }';
  const persistedQuery = { version: 1, sha256Hash: createHash('sha256').update(query).digest('hex') };
  await send(query, { variables: { id }, more: { extensions: { persistedQuery } } });
  const ask = (): Promise<Sent> => send(query, { variables: { id }, more: { query: undefined, extensions: { persistedQuery } } });
  const answers = [await ask(), await ask(), await ask()];
  expect(answers.map(({ ran }) => ran)).toEqual([true, true, false]);
  expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
});

// Last, since jobs become due when a month has passed.
test('an enrichment and a new month are seen by the next read that is executed', async () => {
  const enriched = 'query Enriched($id: ID!) { account(id: $id) { industry enrichments(first: 3) { totalCount edges { node { status fields { name } } } } enrichmentBudget { month spent { amountMinor } } } }';
  const read = async () => ({ sent: await send(enriched, { variables: { id } }), month: /"month":"([^"]+)"/ });
  await until('the answer is kept', async () => !(await read()).sent.ran);
  await policy(program, { provider: 'MOCK_CLEARBIT', qualityBelow: 0 });
  await send('mutation($id: ID!) { enrichAccount(input: { accountId: $id }) { __typename } }', { variables: { id } });
  await until('the enrichment ended', async () => (await program.count(`select from enrichment where status not in ('REQUESTED', 'CALLING')`)) === 1);
  const after = (await read()).sent;
  expect([after.ran, after.body.includes('"totalCount":1'), /"spent":\{"amountMinor":(?:0|10)\}/.test(after.body)]).toEqual([true, true, true]);
  for (let turn = 0; turn < 3; turn += 1) await read();
  program.clock.advance(31 * 86_400_000);
  const { sent, month } = await read();
  expect([sent.ran, month.exec(sent.body)?.[1], /"spent":\{"amountMinor":0\}/.test(sent.body)]).toEqual([true, '2026-12', true]);
});
