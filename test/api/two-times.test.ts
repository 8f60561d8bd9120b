import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseStateId, toGlobalId } from '../../src/platform/ids.ts';
import { Moment } from '../../src/platform/moment.ts';
import { accountRecords } from '../../src/features/accounts/index.ts';
import { arrange, crm, samples, type Arranged } from '../accounts/arrange.ts';

let program: Arranged;
let id = '';
const day = 86_400_000;
/** What was known at some instants. */
const known = { before: '', after: '' };
beforeAll(async () => {
  program = await arrange();
  id = await program.account('acme', { name: 'Acme', industry: 'Software', occurredAt: '2026-11-01T00:00:00.000Z' });
  const account = { externalRef: crm('acme') };
  const deal = (stage: string, occurredAt: string) => program.upsert('opportunities', [{ account, externalRef: crm('deal'), name: 'Deal', stage, closeDate: '2026-12-31', occurredAt }]);
  await deal('Prospecting', '2026-11-05T00:00:00.000Z');
  await deal('Negotiation', '2026-11-15T00:00:00.000Z');
  await program.upsert('contacts', [{ account, externalRef: crm('ada'), ...samples['contacts']?.[0], occurredAt: '2026-11-10T00:00:00.000Z' }]);
  await program.upsert('kpis', [{ account, externalRef: crm('kpi'), ...samples['kpis']?.[0], occurredAt: '2026-11-10T00:00:00.000Z' }]);
  await program.ingest([{ account, type: 'demo_request', source: 'web', sourceEventId: '1', occurredAt: '2026-11-10T00:00:00.000Z' }]);
  await program.settled();
  known.before = program.clock.now().toISOString();
  program.clock.advance(day);
  // Late: what was true in between, and a signal of then.
  await deal('Qualification', '2026-11-10T00:00:00.000Z');
  await program.upsertAccounts([{ externalRef: crm('acme'), industry: 'Retail', occurredAt: '2026-11-12T00:00:00.000Z' }]);
  await program.ingest([{ account, type: 'demo_request', source: 'web', sourceEventId: '2', occurredAt: '2026-11-09T00:00:00.000Z' }]);
  await program.settled();
  known.after = program.clock.now().toISOString();
  program.clock.advance(day);
});
afterAll(() => program.close());

type Page = { id: string; asOf: string; validAt: string; presentId: string; industry: string; opportunities: { totalCount: number; edges: { node: { id: string; stage: string } }[] }; signals: { totalCount: number }; intent: { value?: number } } | null;
const fields = 'id presentId asOf validAt name industry opportunities(first: 5) { totalCount edges { node { id stage closeDate } } } signals { totalCount } intent { ... on IntentScore { id value trend contributions { points signal { id } } } }';
const page = async (asOf: string | null, validAt: string | null): Promise<Page> =>
  (await program.see<{ account: Page }>(`query($id: ID!, $asOf: DateTime, $validAt: DateTime) { account(id: $id, asOf: $asOf, validAt: $validAt) { ${fields} } }`, { id, asOf, validAt })).account;

describe('what was true on a day, as it was known on another day', () => {
  test('follows late deliveries from when they are known, and only for the days they are about', async () => {
    const stage = async (asOf: string, validAt: string) => (await page(asOf, validAt))?.opportunities.edges[0]?.node.stage ?? null;
    expect(await page(known.before, '2026-10-31T00:00:00Z')).toBeNull();
    expect(await stage(known.before, '2026-11-04T00:00:00Z')).toBeNull();
    expect(await stage(known.before, '2026-11-05T00:00:00Z')).toBe('Prospecting');
    expect(await stage(known.before, '2026-11-12T00:00:00Z')).toBe('Prospecting');
    expect(await stage(known.after, '2026-11-12T00:00:00Z')).toBe('Qualification');
    expect(await stage(known.after, '2026-11-09T00:00:00Z')).toBe('Prospecting');
    expect(await stage(known.after, '2026-11-16T00:00:00Z')).toBe('Negotiation');
    expect((await page(known.before, '2026-11-13T00:00:00Z'))?.industry).toBe('Software');
    expect((await page(known.after, '2026-11-13T00:00:00Z'))?.industry).toBe('Retail');
    expect((await page(known.after, '2026-11-11T00:00:00Z'))?.industry).toBe('Software');
  });

  test('counts the signals that were known and had occurred, with the score that they made', async () => {
    const look = async (asOf: string, validAt: string) => {
      const read = await page(asOf, validAt);
      return [read?.signals.totalCount, read?.intent.value ?? null];
    };
    expect(await look(known.before, '2026-11-09T12:00:00Z')).toEqual([0, null]);
    expect(await look(known.after, '2026-11-09T12:00:00Z')).toEqual([1, expect.any(Number)]);
    const [one, two] = [await look(known.before, '2026-11-20T00:00:00Z'), await look(known.after, '2026-11-20T00:00:00Z')];
    expect([one[0], two[0]]).toEqual([1, 2]);
    expect(two[1]).toBeGreaterThan(Number(one[1]));
  });

  test('at the instant at which it is known, is what asOf reads', async () => {
    const [one, two] = [await page(known.after, null), await page(known.after, known.after)];
    expect(two).toMatchObject({ asOf: known.after, validAt: known.after, industry: one?.industry });
    const plain = (read: Page) => [read?.industry, read?.opportunities.edges.map(({ node }) => node.stage), read?.signals.totalCount, read?.intent.value?.toFixed(9)];
    expect(plain(two)).toEqual(plain(one));
  });

  test('is read as the acceptance operation writes it', async () => {
    const document = 'query TwoTimes($id: ID!, $knownAt: DateTime!, $validAt: DateTime!) { account(id: $id, asOf: $knownAt, validAt: $validAt) { id name industry opportunities(first: 5) { edges { node { id stage closeDate } } } } }';
    const { account } = await program.see<{ account: object }>(document, { id, knownAt: known.after, validAt: '2026-11-12T00:00:00Z' });
    expect(account).toMatchObject({ name: 'Acme', industry: 'Retail', opportunities: { edges: [{ node: { stage: 'Qualification', closeDate: '2026-12-31' } }] } });
  });
});

describe('ids', () => {
  test('carry both instants; node returns the same state for them', async () => {
    const read = await page(known.after, '2026-11-12T00:00:00.000Z');
    expect(read).toMatchObject({ presentId: id, asOf: known.after, validAt: '2026-11-12T00:00:00.000Z' });
    expect(parseStateId(read?.id ?? '')).toEqual({ type: 'Account', id: parseStateId(id)?.id, asOf: new Moment(known.after, '2026-11-12T00:00:00.000Z') });
    const { node, account, other } = await program.see<Record<string, object>>(`query($id: ID!, $later: DateTime) { node(id: $id) { ... on Account { ${fields} } } account(id: $id) { ${fields} } other: node(id: $id, validAt: $later) { ... on Account { asOf validAt } } }`, { id: read?.id, later: '2026-11-13T00:00:00.000Z' });
    expect(node).toEqual(read);
    expect(account).toEqual(read);
    expect(other).toEqual({ asOf: known.after, validAt: '2026-11-13T00:00:00.000Z' });
    const deal = read?.opportunities.edges[0]?.node.id;
    const found = await program.see<{ nodes: object[] }>('query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Opportunity { stage validAt account { id industry } } } }', { ids: [deal, id] });
    expect(found.nodes).toEqual([{ id: deal, stage: 'Qualification', validAt: '2026-11-12T00:00:00.000Z', account: { id: read?.id, industry: 'Retail' } }, { id }]);
    const refused = await program.query<{ ingestSignals: { results: { code: string }[] } }, { id: string }>('mutation($id: ID!) { ingestSignals(input: [{ account: { id: $id }, type: "call", source: "x" }]) { results { ... on UserError { code message } } } }', { id: read?.id ?? '' }, { role: 'agent' });
    expect(refused.data?.ingestSignals.results[0]?.code).toBe('BAD_USER_INPUT');
  });

  test('of any two instants name their state again, and none that is true after it is known', () => {
    const uuid = '01a1fd8c-6900-70ee-b0c2-badc54e13795';
    for (const [knownAt, validAt] of [['2026-11-21T09:00:00.000Z', '2026-11-01T00:00:00.000Z'], ['2026-11-21T09:00:00.123456Z', '1969-07-20T20:17:40.000Z'], ['1970-01-01T00:00:00.000Z', '0001-01-01T00:00:00.000Z']] as const) {
      const moment = new Moment(knownAt, validAt);
      expect(parseStateId(toGlobalId('Account', uuid, moment))).toEqual({ type: 'Account', id: uuid, asOf: moment });
    }
    expect(parseStateId(toGlobalId('Account', uuid, new Moment('2026-11-01T00:00:00.000Z', '2026-11-01T00:00:00.001Z')))).toBeNull();
  });
});

test('instants to come, and validAt after asOf, are refused everywhere, with their place', async () => {
  const later = new Date(program.clock.now().getTime() + 1).toISOString();
  const reads = ['account(id: $id, ARGS) { id }', 'accountBy(by: { id: $id }, ARGS) { id }', 'accounts(ARGS) { totalCount }', 'accountStats(ARGS) { count }', 'node(id: $id, ARGS) { id }', 'nodes(ids: [$id], ARGS) { id }',
    ...['contacts', 'opportunities', 'tickets', 'notes', 'signals'].map((field) => `${field}(ARGS) { totalCount }`)];
  const uses = (read: string): string => (read.includes('$id') ? '($id: ID!)' : '');
  for (const read of reads) {
    const ask = async (args: string) => (await program.query(`query${uses(read)} { ${read.replace('ARGS', args)} }`, { id })).errors?.map(({ extensions }) => [extensions['code'], (extensions['inputPath'] as string[] | undefined)?.join('.')]);
    expect(await ask(`asOf: "${later}"`), read).toEqual([['BAD_USER_INPUT', 'asOf']]);
    expect(await ask(`validAt: "${later}"`), read).toEqual([['BAD_USER_INPUT', 'validAt']]);
    expect(await ask(`asOf: "${known.before}", validAt: "${known.after}"`), read).toEqual([['BAD_USER_INPUT', 'validAt']]);
    expect(await ask(`asOf: "${known.after}", validAt: "${known.before}"`), read).toBeUndefined();
  }
});

test('every list of the account, and every list of the tenant, reads at two times', async () => {
  const lists = accountRecords.map(({ plural, paged }) => (paged ? `${plural}(first: 5) { totalCount edges { node { id asOf validAt } } }` : `${plural} { id asOf validAt }`)).join(' ');
  const args = `asOf: "${known.after}", validAt: "2026-11-12T00:00:00.000Z"`;
  const { account, accounts, accountStats, ...tenant } = await program.see<Record<string, never>>(`query($id: ID!) {
    account(id: $id, ${args}) { ${lists} health { overallScore healthSource } profile { fields { id } } consideration { id } actions { totalCount } snapshots { totalCount } externalRefs { id } weeklySummary { id } primaryChampion { id } }
    accounts(${args}, filter: { nameContains: "cm", minIntent: 1, industries: ["Retail"] }, orderBy: { field: INTENT, direction: DESC }) { totalCount edges { node { id industry intent { ... on IntentScore { value } } } } }
    accountStats(${args}) { count byStatus { count } byIntentBand { band count } openPipeline { stage count } }
    contacts(${args}) { totalCount edges { node { name email } } } opportunities(${args}) { totalCount edges { node { stage account { industry } } } } tickets(${args}) { totalCount } notes(${args}) { totalCount } signals(${args}) { totalCount }
  }`, { id });
  expect(account).toMatchObject({ opportunities: { totalCount: 1 }, contacts: { totalCount: 1 }, kpis: { edges: [{ node: { validAt: '2026-11-12T00:00:00.000Z' } }] }, tickets: { totalCount: 0 }, health: { healthSource: 'PROXY' } });
  expect(accounts).toMatchObject({ totalCount: 1, edges: [{ node: { industry: 'Retail' } }] });
  expect(accountStats).toMatchObject({ count: 1, byStatus: [{ count: 1 }], openPipeline: [{ stage: 'Qualification', count: 1 }] });
  expect(tenant).toMatchObject({ contacts: { totalCount: 1, edges: [{ node: { name: 'Ada Byron', email: 'ada@example.com' } }] }, opportunities: { edges: [{ node: { stage: 'Qualification', account: { industry: 'Retail' } } }] }, tickets: { totalCount: 0 }, signals: { totalCount: 2 } });
});
