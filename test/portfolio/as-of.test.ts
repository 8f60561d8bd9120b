import { afterAll, beforeAll, expect, test } from 'vitest';
import { roles } from '../../src/app/config.ts';
import { parseGlobalId, type Id } from '../../src/platform/ids.ts';
import { reprojectAccounts } from '../../src/features/accounts/index.ts';
import { storeStatements } from '../../src/features/sources/index.ts';
import { arrange, crm, type Arranged } from '../accounts/arrange.ts';

const hour = 3_600_000;
let program: Arranged;
const ids = new Map<string, string>();
let then = '';
beforeAll(async () => {
  program = await arrange({ roles: roles.filter((role) => role !== 'scheduler') });
  for (const [name, industry, revenue] of [['Élan', 'Retail', 300], ['Beta', 'Software', 200], ['Gone', 'Retail', 100]] as const) {
    ids.set(name, await program.account(name, { industry, revenue: { amountMinor: revenue, currency: 'EUR' } }));
    await program.upsert('products', [{ account: { externalRef: crm(name) }, externalRef: crm(`product ${name}`), name: `Product of ${name}` }]);
    await program.upsert('opportunities', [{ account: { externalRef: crm(name) }, externalRef: crm(`deal ${name}`), name: `Deal of ${name}`, stage: 'Open', amount: { amountMinor: revenue, currency: 'EUR' } }]);
    await program.ingest([{ account: { externalRef: crm(name) }, type: name === 'Beta' ? 'meeting' : 'demo_request', source: 'web', sourceEventId: name }]);
  }
  await program.settled();
  program.clock.advance(hour);
  then = program.clock.now().toISOString();
  program.clock.advance(hour);
  await program.upsertAccounts([{ externalRef: crm('Élan'), name: 'Renamed', industry: 'Software', revenue: { amountMinor: 1, currency: 'EUR' } }, { externalRef: crm('new'), name: 'New' }]);
  await program.ingest(Array.from({ length: 5 }, (_, n) => ({ account: { externalRef: crm('Beta') }, type: 'demo_request', source: 'web', sourceEventId: `later ${n}` })));
  const gone = (parseGlobalId(ids.get('Gone') ?? '')?.id ?? '') as Id<'Account'>;
  await program.database.transact({ tenantId: program.tenant, actor: { kind: 'system', id: 'test' }, requestId: 'test' }, async (work) => {
    await storeStatements(work, 'Account', [{ id: work.newId(), nodeId: gone, accountId: null, source: 'salesforce', mode: 'RETIRE', occurredAt: work.now, modifiedAt: null, timed: true, origin: 6, recordedAt: work.now, fields: { reason: 'left' }, subjectId: null, statedBy: 'system:test', current: true }], []);
    await reprojectAccounts(work, program.seal, [gone]);
  });
  await program.settled();
  program.clock.advance(hour);
});
afterAll(() => program.close());

type Listed = { totalCount: number; edges: { cursor: string; node: { id: string; presentId: string; name: string; intent: { value?: number } } }[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
const list = async (args: string, variables: Record<string, unknown> = {}): Promise<Listed> =>
  (await program.see<{ accounts: Listed }>(`query($asOf: DateTime, $after: String) { accounts(after: $after, asOf: $asOf ${args}) { totalCount edges { cursor node { id presentId name intent { ... on IntentScore { value } } } } pageInfo { hasNextPage endCursor } } }`, { asOf: then, ...variables })).accounts;
const namesOf = ({ edges }: Listed): string[] => edges.map(({ node }) => node.name);

test('a list as of an instant has the accounts of then, also those that have no row now, by the names and values of then', async () => {
  expect(namesOf(await list('', { asOf: null }))).toEqual(['Beta', 'New', 'Renamed']);
  const past = await list('');
  expect([past.totalCount, ...namesOf(past)]).toEqual([3, 'Beta', 'Gone', 'Élan']);
  expect(past.edges.map(({ node }) => node.presentId)).toEqual([ids.get('Beta'), ids.get('Gone'), ids.get('Élan')]);
  expect(namesOf(await list(', filter: { industries: ["Retail"] }'))).toEqual(['Gone', 'Élan']);
  expect(namesOf(await list(', filter: { nameContains: "ela" }'))).toEqual(['Élan']);
  expect(namesOf(await list(', filter: { nameStartsWith: "go" }'))).toEqual(['Gone']);
  expect(namesOf(await list(', filter: { productNames: ["Product of Gone"] }'))).toEqual(['Gone']);
  expect(namesOf(await list(', filter: { hasOpenAction: false, revenueCurrency: "EUR" }, orderBy: { field: REVENUE, direction: DESC }'))).toEqual(['Élan', 'Beta', 'Gone']);
});

test('intent orders and filters by the scores of then, computed for that instant', async () => {
  const past = await list(', orderBy: { field: INTENT, direction: DESC }');
  const values = past.edges.map(({ node }) => node.intent.value ?? -1);
  expect(namesOf(past).at(-1)).toBe('Beta');
  expect(values).toEqual(values.toSorted((one, other) => other - one));
  // The present differs: Beta leads.
  expect(namesOf(await list(', orderBy: { field: INTENT, direction: DESC }', { asOf: null }))[0]).toBe('Beta');
  const [first = 0, , last = 0] = values;
  expect(namesOf(await list(`, filter: { minIntent: ${first} }`)).length).toBe(2);
  expect((await list(`, filter: { minIntent: ${last} }`)).totalCount).toBe(3);
  expect((await list(`, filter: { minIntent: ${last + 1e-9} }`)).totalCount).toBe(2);
  const seen: string[] = [];
  for (let after: string | null = null, more = true; more; ) {
    const page: Listed = await list(', first: 1, orderBy: { field: INTENT, direction: ASC }', { after });
    seen.push(...namesOf(page));
    [after, more] = [page.pageInfo.endCursor, page.pageInfo.hasNextPage];
  }
  expect(seen.toSorted()).toEqual(['Beta', 'Gone', 'Élan']);
});

test('figures and lists across accounts are of then', async () => {
  const args = `asOf: "${then}"`;
  const { accountStats, opportunities, signals } = await program.see<Record<string, { edges: { node: { account: { name: string } } }[] }>>(`{
    accountStats(${args}) { count byStatus { status count } byIntentBand { count } openPipeline { stage count amounts { amountMinor currency } } }
    opportunities(${args}) { totalCount edges { node { account { name } } } } signals(${args}) { totalCount edges { node { id } } } }`);
  expect(accountStats).toEqual({ count: 3, byStatus: [{ status: 'ACTIVE', count: 3 }], byIntentBand: expect.arrayContaining([]) as object, openPipeline: [{ stage: 'Open', count: 3, amounts: [{ amountMinor: 600, currency: 'EUR' }] }] });
  expect(opportunities).toMatchObject({ totalCount: 3 });
  expect(opportunities?.edges.map(({ node }) => node.account.name).toSorted()).toEqual(['Beta', 'Gone', 'Élan']);
  expect(signals).toMatchObject({ totalCount: 3 });
  expect(await program.see('{ accountStats { count openPipeline { count } } opportunities { totalCount } signals { totalCount } }')).toMatchObject({ accountStats: { count: 3, openPipeline: [{ count: 2 }] }, opportunities: { totalCount: 2 } });
});

test('node and nodes read any id as of an instant; what was not recorded by then is null', async () => {
  const [signal] = (await program.see<{ signals: { edges: { node: { id: string } }[] } }>('{ signals(first: 1) { edges { node { id } } } }')).signals.edges;
  const elan = ids.get('Élan') ?? '';
  const { node, nodes } = await program.see<{ node: { id: string; name: string }; nodes: ({ id: string } | null)[] }>('query($id: ID!, $ids: [ID!]!, $at: DateTime) { node(id: $id, asOf: $at) { id ... on Account { name asOf } } nodes(ids: $ids, asOf: $at) { id } }', { id: elan, ids: [ids.get('Gone'), signal?.node.id, elan], at: then });
  expect(node).toMatchObject({ name: 'Élan', asOf: then });
  expect(nodes).toEqual([{ id: expect.stringContaining(`${ids.get('Gone') ?? ''}_`) as string }, null, { id: node.id }]);
  // The id of a past state keeps its instant, unless another one is asked for.
  const now = program.clock.now().toISOString();
  const again = await program.see('query($id: ID!, $at: DateTime) { same: node(id: $id) { ... on Account { name } } later: node(id: $id, asOf: $at) { ... on Account { name asOf } } }', { id: node.id, at: now });
  expect(again).toEqual({ same: { name: 'Élan' }, later: { name: 'Renamed', asOf: now } });
});
