import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Read } from '../../src/platform/postgres/read.ts';
import { arrange, crm, type Arranged } from '../accounts/arrange.ts';
import { noteReads } from '../harness/note-reads.ts';
import { create } from '../snapshots/arrange.ts';
import { originClasses, type OriginClass } from '../../src/features/trust/index.ts';

let program: Arranged;
let account = '';
let told = 0;

interface Trust { readonly level: OriginClass | null; readonly because: readonly { readonly id: string; readonly type: string }[] }
interface Signalled { readonly result: { readonly signal: { readonly id: string } | null; readonly message?: string; readonly code?: string; readonly path?: readonly string[] } }

/** Delivers a signal as somebody, and waits for the score. */
async function tell(type: string, { origin, role = 'admin' }: { origin?: OriginClass; role?: 'admin' | 'agent' } = {}): Promise<Signalled['result']> {
  const input = [{ account: { id: account }, type, source: 'test', sourceEventId: String((told += 1)), ...(origin ? { origin } : {}) }];
  const answer = await program.query<{ ingestSignals: { results: Signalled['result'][] } }, Record<string, unknown>>(
    'mutation($input: [SignalInput!]!) { ingestSignals(input: $input) { results { ... on SignalAccepted { signal { id } } ... on UserError { message code path } } } }', { input }, { role });
  await program.settled();
  return answer.data?.ingestSignals.results[0] ?? expect.fail(JSON.stringify(answer.errors));
}

const idOf = ({ signal }: Signalled['result']): string => signal?.id ?? expect.fail('it was refused');
const trust = '{ level because { id type } }';
const trustOf = async (id: string, asOf: string | null = null): Promise<Trust> =>
  (await program.see<{ lineage: { root: { trust: Trust } } }>(`query($id: ID!, $asOf: DateTime) { lineage(of: $id, asOf: $asOf) { root { trust ${trust} } } }`, { id, asOf })).lineage.root.trust;

/** The minimum over the lineage as it is shown, by walking it. */
async function naiveTrust(id: string): Promise<OriginClass | null> {
  const { lineage } = await program.see<{ lineage: { truncated: boolean; nodes: { node: { origin?: OriginClass; trust?: { level: OriginClass | null } } | null }[] } }>(
    'query($id: ID!) { lineage(of: $id, maxDepth: 1000, maxNodes: 500) { truncated nodes { node { ... on SourceStatement { origin } ... on Signal { trust { level } } } } } }', { id });
  expect(lineage.truncated).toBe(false);
  const ranks = lineage.nodes.flatMap(({ node }) => node?.origin ?? node?.trust?.level ?? []).map((origin) => originClasses.indexOf(origin));
  return ranks.length === 0 ? null : (originClasses[Math.min(...ranks)] ?? null);
}

beforeAll(async () => {
  program = await arrange();
  const published = await program.query('mutation { publishScoringModel(input: { signalTypes: [{ type: "demo_request", weight: 40, halfLifeHours: 100 }, { type: "meeting", weight: 10, halfLifeHours: 100 }] icp: { industries: ["Software"], minEmployees: 100, mismatchFactor: 0.5 } }) { __typename } }', {}, { role: 'admin' });
  expect(published.errors).toBeUndefined();
  account = await program.account('acme', { industry: 'Retail' });
});
afterAll(() => program.close());

test('the channel decides, a caller may lower what it decides, and a higher class is refused', async () => {
  const [machine, person, lowered] = [await tell('demo_request', { role: 'agent' }), await tell('demo_request'), await tell('other', { role: 'agent', origin: 'THIRD_PARTY_TEXT' })];
  expect(await trustOf(idOf(machine))).toEqual({ level: 'SIGNED_SYSTEM', because: [{ id: idOf(machine), type: 'SIGNAL' }] });
  expect((await trustOf(idOf(person))).level).toBe('VERIFIED_PERSON');
  expect((await trustOf(idOf(lowered))).level).toBe('THIRD_PARTY_TEXT');
  expect(await tell('demo_request', { origin: 'SIGNED_SYSTEM' })).toMatchObject({ code: 'BAD_USER_INPUT', path: ['input', '0', 'origin'], message: 'origin must not be above VERIFIED_PERSON, the class of what is delivered this way. Leave it out, or state a lower class.' });
});

test('a written text is trusted as its writer, whoever delivers it', async () => {
  const note = async (id: string, noteType: string): Promise<string> => (await program.upsert('notes', [{ account: { id: account }, externalRef: crm(id), noteType, content: 'Hello', occurredAt: '2026-11-20T00:00:00.000Z' }])).results[0]?.id ?? '';
  expect((await trustOf(await note('met', 'MEETING'))).level).toBe('COLLEAGUE_TEXT');
  const mail = await note('mail', 'EMAIL');
  expect((await trustOf(mail)).level).toBe('CUSTOMER_TEXT');
  const shown = await program.see<{ node: { trust: Trust; statements: { edges: { node: { id: string; origin: OriginClass; trust: Trust } }[] } } }>(`query($id: ID!) { node(id: $id) { ... on Note { trust ${trust} statements(first: 1) { edges { node { id origin trust ${trust} } } } } } }`, { id: mail });
  const said = shown.node.statements.edges[0]?.node;
  expect(said).toMatchObject({ origin: 'CUSTOMER_TEXT', trust: { level: 'CUSTOMER_TEXT', because: [{ id: said?.id }] } });
  expect(shown.node.trust.because.map(({ id }) => id)).toEqual([said?.id, mail]);
  const [refused] = (await program.upsert('notes', [{ account: { id: account }, externalRef: crm('raised'), noteType: 'EMAIL', content: 'Hello', occurredAt: '2026-11-20T00:00:00.000Z', origin: 'COLLEAGUE_TEXT' }])).results;
  expect(refused).toMatchObject({ code: 'BAD_USER_INPUT' });
});

test('a score is trusted as the least trusted signal that it ever counted, and says which', async () => {
  const intent = `query($id: ID!) { account(id: $id) { trust ${trust} intent { ... on IntentScore { trust ${trust} history(first: 1) { edges { node { id trust ${trust} } } } contributions(first: 5) { signal { trust { level } } } } } } }`;
  type Shown = { account: { trust: Trust; intent: { trust: Trust; history: { edges: { node: { id: string; trust: Trust } }[] }; contributions: { signal: { trust: { level: OriginClass } } }[] } } };
  const pointOf = ({ account: { intent: { history } } }: Shown): { id: string; trust: Trust } => history.edges[0]?.node ?? expect.fail('no point');
  const before = pointOf(await program.see<Shown>(intent, { id: account }));
  expect(before.trust.level).toBe('VERIFIED_PERSON');
  program.clock.advance(60_000);
  const low = idOf(await tell('meeting', { origin: 'CUSTOMER_TEXT' }));
  const counting = pointOf(await program.see<Shown>(intent, { id: account }));
  expect(counting.trust).toEqual({ level: 'CUSTOMER_TEXT', because: [{ id: low, type: 'SIGNAL' }, { id: counting.id, type: 'SCORE_POINT' }] });
  program.clock.advance(60_000);
  await tell('meeting');
  // Traits, and a model that counts all anew: the chain goes on.
  await program.upsertAccounts([{ externalRef: crm('acme'), industry: 'Software', employeeCount: 500 }]);
  await program.settled();
  const now = await program.see<Shown>(intent, { id: account });
  const latest = pointOf(now);
  expect(latest.trust.because.map(({ id }) => id)).toEqual([low, counting.id, latest.id]);
  expect(now.account.intent.trust.because.map(({ id }) => id)).toEqual([low, counting.id, latest.id, account]);
  expect(now.account.trust.level).toBe('CUSTOMER_TEXT');
  expect(now.account.intent.contributions.map(({ signal }) => signal.trust.level)).toContain('CUSTOMER_TEXT');
  for (const id of [account, before.id, counting.id, latest.id]) expect((await trustOf(id)).level, id).toBe(await naiveTrust(id));
  // What was known before it came is trusted as before.
  expect((await trustOf(before.id)).level).toBe('VERIFIED_PERSON');
});

test('a snapshot, health and a field are trusted as what they are made of', async () => {
  await program.upsert('kpis', [{ account: { id: account }, externalRef: crm('kpi'), category: 'usage', parameter: 'Adoption', value: '70%', origin: 'THIRD_PARTY_TEXT' }]);
  await program.settled();
  const { account: { health } } = await program.see<{ account: { health: { trust: Trust } } }>(`query($id: ID!) { account(id: $id) { health { trust ${trust} } } }`, { id: account });
  expect(health.trust).toMatchObject({ level: 'THIRD_PARTY_TEXT', because: [{ type: 'STATEMENT' }, { type: 'EXTERNAL_RECORD' }, { type: 'DERIVED_VALUE' }] });
  await create(program, [account]);
  await program.settled();
  const { account: { latestSnapshot } } = await program.see<{ account: { latestSnapshot: { id: string; trust: Trust } } }>(`query($id: ID!) { account(id: $id) { latestSnapshot { id trust ${trust} } } }`, { id: account });
  expect(latestSnapshot.trust.level).toBe('THIRD_PARTY_TEXT');
  expect(await naiveTrust(latestSnapshot.id)).toBe('THIRD_PARTY_TEXT');
  const put = `mutation($id: ID!, $source: FieldSource!, $item: ID) { updateProfileField(input: { account: { id: $id }, name: "seats", value: 12, source: $source, sourceItemId: $item }) { ... on ProfileField { id trust ${trust} } ... on UserError { message } } }`;
  const field = async (source: string, item: string | null = null): Promise<{ id: string; trust: Trust }> => (await program.see<{ updateProfileField: { id: string; trust: Trust } }>(put, { id: account, source, item })).updateProfileField;
  expect((await field('USER')).trust.level).toBe('VERIFIED_PERSON');
  expect((await field('LLM')).trust.level).toBe('MODEL_INFERRED');
  const low = idOf(await tell('meeting', { origin: 'ANONYMOUS' }));
  const derived = await field('USER', low);
  expect(derived.trust).toMatchObject({ level: 'ANONYMOUS', because: [{ id: low }, { id: derived.id }] });
});

test('however many items are asked, the statements are as many', async () => {
  const reads: Read[] = [];
  const stop = noteReads(program.database, reads);
  const asked = async (first: number): Promise<number> => {
    reads.length = 0;
    await program.see(`query($id: ID!, $first: Int!) { account(id: $id) { trust ${trust} signals(first: $first) { edges { node { trust ${trust} } } } notes(first: $first) { edges { node { trust ${trust} } } } } }`, { id: account, first });
    // Background work reads meanwhile, too.
    return reads.filter((read) => read.asked.some((name) => name.startsWith('signals_'))).flatMap((read) => read.asked).length;
  };
  // A document is served interpreted at first, and compiled from then on.
  await asked(2);
  expect(await asked(5)).toBe(await asked(1));
  stop();
});
