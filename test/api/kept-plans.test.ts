import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pause } from '../../src/platform/pause.ts';
import { accountRecords } from '../../src/features/accounts/index.ts';
import type { Read } from '../../src/platform/postgres/read.ts';
import { arrange, crm, samples, type Arranged } from '../accounts/arrange.ts';
import { until } from '../harness/program.ts';
import { policy } from '../enrichment/arrange.ts';
import { noteReads } from '../harness/note-reads.ts';

const repetitions = 8;
let program: Arranged;
let ids: string[] = [];
const reads: Read[] = [];
beforeAll(async () => {
  program = await arrange();
  const names = Array.from({ length: 20 }, (_, index) => `account-${index}`);
  ids = (await program.upsertAccounts(names.map((name) => ({ externalRef: crm(name), name })))).results.map(({ id }) => id ?? '');
  for (const { plural } of accountRecords) await program.upsert(plural, names.map((name) => ({ account: { externalRef: crm(name) }, externalRef: crm(`${name}-1`), ...samples[plural]?.[0] })));
  for (const type of ['stage_change', 'meeting']) await program.ingest(names.map((name) => ({ account: { externalRef: crm(name) }, type, source: 'test', sourceEventId: `${name}-${type}` })));
  await policy(program, { provider: 'MOCK_CLEARBIT', qualityBelow: 0 });
  for (const id of ids.slice(0, 3)) expect((await program.query('mutation($id: ID!) { enrichAccount(input: { accountId: $id }) { ... on Enrichment { id } } }', { id }, { role: 'analyst' })).errors).toBeUndefined();
  await until('the enrichments ended', async () => (await program.count(`select from enrichment where status = 'COMPLETED'`)) === 3);
  await program.settled();
  noteReads(program.database, reads);
});
afterAll(() => program.close());

/** How often each statement of reads ran by a plan that was kept, and by one made for the call, on all connections together. */
async function planned(): Promise<Map<string, { kept: number; made: number }>> {
  const { pool } = program.database;
  const clients = await Promise.all(Array.from({ length: pool.totalCount }, () => pool.connect()));
  const counted = new Map<string, { kept: number; made: number }>();
  try {
    for (const client of clients) {
      const { rows } = await client.query<{ name: string; kept: number; made: number }>('select substr(name, 6) as name, generic_plans as kept, custom_plans as made from pg_prepared_statements where name like $1', ['read %']);
      for (const { name, kept, made } of rows) {
        const so = counted.get(name);
        counted.set(name, { kept: (so?.kept ?? 0) + kept, made: (so?.made ?? 0) + made });
      }
    }
  } finally {
    for (const client of clients) client.release();
  }
  return counted;
}

/** The same, once nothing reads any more: workers may still have what was taken in before in hand. */
async function plannedBefore(): Promise<Map<string, { kept: number; made: number }>> {
  let last = await planned();
  await until('nothing reads any more', async () => {
    await pause(200);
    const now = await planned();
    const isQuiet = isDeepStrictEqual(now, last);
    last = now;
    return isQuiet;
  });
  return last;
}

const children = 'opportunities(first: 3) { edges { node { id name daysInStage } } } contacts(first: 3) { edges { node { name title } } } tickets(first: 3, filter: { open: true }) { totalCount edges { node { key } } } signals(first: 10) { totalCount edges { cursor node { id type payload } } } weeklySummary { status } externalRefs { system id }';
const operations = [
  ['the account page', () => ({ query: `query($id: ID!) { account(id: $id) { id name ${children} intent { ... on IntentScore { value trend contributions(first: 5) { points signal { id } } } } } }`, variables: { id: ids[3] } })],
  ['twenty accounts', () => ({ query: `{ accounts(first: 20) { edges { node { id name ${children} intent { ... on IntentScore { value } } } } } }`, variables: {} })],
  ['the portfolio', () => ({ query: '{ accounts(first: 20, filter: { minIntent: 0, statuses: [ACTIVE] }, orderBy: { field: INTENT, direction: DESC }) { edges { cursor node { id name contacts(first: 3) { edges { node { name } } } } } } }', variables: {} })],
  ['the feed', () => ({ query: 'query($id: ID!) { account(id: $id) { signals(first: 50) { pageInfo { hasNextPage endCursor } edges { cursor node { id type source occurredAt payload } } } } }', variables: { id: ids[5] } })],
  ['the enrichments of twenty accounts', () => ({ query: '{ accounts(first: 20) { edges { node { id enrichments(first: 5) { totalCount edges { node { id status fields { name value } account { name } } } } enrichmentBudget { month limit { amountMinor } spent { amountMinor } } } } } }', variables: {} })],
] as const;

test.each(operations)('every statement of %s keeps its plan', async (_name, operation) => {
  const { query, variables } = operation();
  const before = await plannedBefore();
  reads.length = 0;
  for (let turn = 0; turn < repetitions; turn += 1) expect((await program.query(query, variables, { role: 'analyst' })).errors).toBeUndefined();
  const asked = reads.flatMap((read) => [...read.asked]);
  const after = await planned();
  expect(asked.length).toBeGreaterThanOrEqual(repetitions);
  for (const name of new Set(asked)) {
    const runs = asked.filter((each) => each === name).length;
    const kept = (after.get(name)?.kept ?? 0) - (before.get(name)?.kept ?? 0);
    // Jobs of the program ask some of them, too.
    expect({ name, keptAtLeast: Math.min(kept, runs), made: after.get(name)?.made ?? 0 }).toEqual({ name, keptAtLeast: runs, made: 0 });
  }
});

test('a filter that only its value makes selective is planned by its value', async () => {
  reads.length = 0;
  for (const text of ['account-1', 'nobody', 'a']) expect((await program.query('query($text: String) { accounts(first: 20, filter: { nameStartsWith: $text }) { edges { node { id } } } }', { text }, { role: 'analyst' })).errors).toBeUndefined();
  const [name = ''] = reads.flatMap((read) => [...read.asked]);
  expect((await planned()).get(name)).toEqual({ kept: 0, made: 3 });
});
