import { isInterfaceType, isObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildGraph } from '../../src/api/graphql/schema.ts';
import { accountRecords } from '../../src/features/accounts/index.ts';
import { isTemporal } from '../../src/platform/graphql/node.ts';
import { parseGlobalId, parseItemId, parseStateId, toGlobalId } from '../../src/platform/ids.ts';
import { arrange, crm, samples, type Arranged } from '../accounts/arrange.ts';
import { momentOf } from '../../src/platform/moment.ts';

const minute = 60_000;
const schema = buildGraph();
let program: Arranged;
let id = '';
let then = '';
let pastId = '';

interface Known {
  readonly __typename: string;
  readonly id: string;
  readonly presentId: string;
  readonly asOf: string | null;
  readonly validAt: string | null;
}

const state = '__typename id presentId asOf validAt';
const below = `health { ${state} overallScore account { id } } profile { ${state} account { id } fields { ${state} name status } }
  intent { ... on IntentScore { ${state} value computedAt account { id } contributions { signal { id } } history { edges { node { id account { id name } } } } } }
  signals { edges { node { id account { id name } } } }
  ${accountRecords.map(({ plural, paged }) => (paged ? `${plural}(first: 5) { edges { node { ${state} recordedAt } } }` : `${plural} { ${state} recordedAt }`)).join('\n')}`;

/** Everything with an `asOf` in an answer. */
function states(value: unknown): Known[] {
  if (typeof value !== 'object' || value === null) return [];
  return [...('presentId' in value ? [value as Known] : []), ...Object.values(value).flatMap(states)];
}

const page = async (variables: { id: string; asOf?: string | null }) =>
  (await program.see<{ account: (Known & Record<string, never>) | null }>(`query($id: ID!, $asOf: DateTime) { account(id: $id, asOf: $asOf) { ${state} name externalRefs { id } ${below} } }`, variables)).account;

beforeAll(async () => {
  program = await arrange();
  id = await program.account('acme', { name: 'Acme then', industry: 'Software' });
  const account = { externalRef: crm('acme') };
  for (const { plural } of accountRecords) await program.upsert(plural, [{ account, externalRef: crm('1'), ...samples[plural]?.[0] }]);
  await program.upsert('notes', [2, 3].map((n) => ({ account, externalRef: crm(String(n)), ...samples['notes']?.[0] })));
  await program.query('mutation($id: ID!) { updateProfileField(input: { account: { id: $id }, name: "city", value: "Ulm" }) { __typename } }', { id }, { role: 'analyst' });
  await program.ingest([{ account, type: 'demo_request', source: 'test', sourceEventId: '1' }]);
  await program.settled();
  program.clock.advance(minute);
  then = program.clock.now().toISOString();
  program.clock.advance(minute);
  await program.upsertAccounts([{ externalRef: crm('acme'), name: 'Acme now', industry: 'Retail' }]);
  for (const { plural } of accountRecords) await program.upsert(plural, [{ account, externalRef: crm('1'), ...samples[plural]?.[1] }]);
  await program.ingest([{ account, type: 'meeting', source: 'test', sourceEventId: '2' }]);
  await program.settled();
  pastId = (await page({ id, asOf: then }))?.id ?? '';
});
afterAll(() => program.close());

describe('ids', () => {
  const uuid = '01a1fd8c-6900-70ee-b0c2-badc54e13795';

  test.each(['2026-11-21T09:00:00.000Z', '2026-11-21T09:00:00.123456Z', '1970-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z'])('of a state at %s names the state again', (asOf) => {
    const named = toGlobalId('Account', uuid, momentOf(asOf));
    expect(named).not.toBe(toGlobalId('Account', uuid));
    expect(parseStateId(named)).toEqual({ type: 'Account', id: uuid, asOf: momentOf(asOf) });
    expect(parseItemId(named)).toEqual({ type: 'Account', id: uuid });
    expect(() => parseGlobalId(named)).toThrow('presentId');
  });

  test('that this system could not have made name nothing', () => {
    for (const end of ['_', '_0x', '_-1', '_zzzzzzzzzz', '_00', '_mwq8lds0_000', '_mwq8lds0_12', '_mwq8lds0_1234', '~']) expect(parseStateId(toGlobalId('Account', uuid) + end), end).toBeNull();
  });
});

test('every type whose state depends on the instant says so in the schema, and only those', () => {
  const nodes = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) && type.getInterfaces().some(({ name }) => name === 'Node'));
  const declared = nodes.filter((type) => isObjectType(type) && type.getInterfaces().some(({ name }) => name === 'TemporalNode')).map(({ name }) => name);
  expect(nodes.map(({ name }) => name).filter(isTemporal).toSorted()).toEqual(declared.toSorted());
  // Immutable, or read in the present only. A new node is temporal, or has a reason to stand here.
  expect(nodes.map(({ name }) => name).filter((name) => !isTemporal(name)).toSorted()).toEqual(
    ['AccountMerge', 'AccountSnapshot', 'ActionDecision', 'ApiKey', 'AuditEvent', 'Connection', 'ConnectionBackfill', 'Consent', 'ContactMerge', 'ContextRefresh', 'EnrichmentPolicy', 'EnrichmentProvider', 'ErasureReceipt', 'Experiment', 'ExperimentRun', 'FirmographicTraits', 'MatchCandidate', 'OutreachPolicy', 'ProfileAsset', 'ScorePoint', 'Session', 'SessionMessage', 'SessionStep', 'Signal', 'SnapshotJob', 'SourceStatement', 'WebhookSecret'].toSorted());
  expect(isInterfaceType(schema.getType('TemporalNode'))).toBe(true);
});

test('a past state has an id of its own and says its instant; the present has the plain id', async () => {
  const [present, past] = [await page({ id }), await page({ id, asOf: then })];
  expect(present).toMatchObject({ id, presentId: id, asOf: null, validAt: null, name: 'Acme now' });
  expect(past).toMatchObject({ presentId: id, asOf: then, validAt: null, name: 'Acme then' });
  expect(past?.id).not.toBe(id);
  for (const { id: each, presentId, asOf, validAt } of states(present)) expect([each, asOf, validAt]).toEqual([presentId, null, null]);
  const types = new Set(states(past).map(({ __typename }) => __typename));
  expect([...types].toSorted()).toEqual(['Account', 'AccountHealth', 'IntentScore', 'Profile', 'ProfileField', ...accountRecords.map(({ type }) => type)].toSorted());
  for (const each of states(past)) expect(each, each.__typename).toMatchObject({ asOf: then, id: expect.stringMatching(/^[A-Za-z]+_[0-9a-f]{32}_[0-9a-z]+$/) as string });
  expect(JSON.stringify(await page({ id, asOf: then })), 'ids are deterministic').toBe(JSON.stringify(past));
});

test('node returns the same state for the id of every past state', async () => {
  const past = states(await page({ id, asOf: then }));
  const ids = past.map((each) => each.id);
  const fields = 'name: __typename ... on Account { label: name } ... on Kpi { value } ... on Contact { title } ... on IntentScore { score: value computedAt } ... on AccountHealth { overallScore } ... on ProfileField { status }';
  const { nodes } = await program.see<{ nodes: Known[] }>(`query($ids: [ID!]!) { nodes(ids: $ids) { ... on TemporalNode { ${state} } ${fields} } }`, { ids });
  expect(nodes.map(({ __typename, id: each, presentId, asOf }) => [__typename, each, presentId, asOf])).toEqual(past.map(({ __typename, id: each, presentId, asOf }) => [__typename, each, presentId, asOf]));
  const again = await program.see<{ node: Record<string, unknown> }>(`query($id: ID!) { node(id: $id) { ... on Account { ${state} name externalRefs { id } ${below} } } }`, { id: pastId });
  expect(again.node).toEqual(await page({ id, asOf: then }));
});

test('a past state leads to past states; what never changes has one id and leads to the present', async () => {
  const past = await page({ id, asOf: then });
  const text = JSON.stringify(past);
  expect(past).toMatchObject({ health: { account: { id: pastId } }, profile: { account: { id: pastId } }, intent: { account: { id: pastId } } });
  const signal = { id: expect.stringMatching(/^Signal_[0-9a-f]{32}$/) as string, account: { id, name: 'Acme now' } };
  expect(past).toMatchObject({ signals: { edges: [{ node: signal }] }, intent: { history: { edges: [{ node: { id: expect.stringMatching(/^ScorePoint_[0-9a-f]{32}$/) as string, account: signal.account } }] } } });
  expect(text).not.toContain('2026-11-21T09:02');
});

test('account takes the id of a past state; an instant that is asked for goes before that of the id', async () => {
  expect(await page({ id: pastId })).toEqual(await page({ id, asOf: then }));
  expect((await page({ id: pastId, asOf: program.clock.now().toISOString() }))?.['name']).toBe('Acme now');
  const { accountBy } = await program.see<{ accountBy: object }>('query($id: ID!) { accountBy(by: { id: $id }) { id name } }', { id: pastId });
  expect(accountBy).toEqual({ id: pastId, name: 'Acme then' });
});

test('ids of an instant to come, of another tenant, and of types without past states name nothing', async () => {
  const uuid = parseItemId(id)?.id ?? '';
  const future = toGlobalId('Account', uuid, momentOf(new Date(program.clock.now().getTime() + 1).toISOString()));
  const [signal] = (await program.see<{ account: { signals: { edges: { node: { id: string } }[] } } }>('query($id: ID!) { account(id: $id) { signals { edges { node { id } } } } }', { id })).account.signals.edges;
  const ofSignal = `${signal?.node.id}${pastId.slice(id.length)}`;
  const token = await program.token('viewer', { tenant: program.otherTenant });
  expect(await program.see('query($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: [future, ofSignal, `${pastId}0000`] })).toEqual({ nodes: [null, null, null] });
  expect(await program.see('query($id: ID!) { account(id: $id) { id } }', { id: future })).toEqual({ account: null });
  expect((await program.query('query($id: ID!) { account(id: $id) { id } node(id: $id) { id } }', { id: pastId }, { token })).data).toEqual({ account: null, node: null });
});

test('pages of a past list go on, through the account and through node', async () => {
  type Listed = { notes: { edges: { cursor: string; node: { id: string; asOf: string } }[]; pageInfo: { hasNextPage: boolean; endCursor: string }; totalCount: number } };
  await program.upsert('notes', [{ account: { id }, externalRef: crm('4'), ...samples['notes']?.[0] }]);
  const fields = 'notes(first: 1, after: $after) { totalCount edges { cursor node { id asOf } } pageInfo { hasNextPage endCursor } }';
  const roads = [
    async (after: string | null) => (await program.see<{ account: Listed }>(`query($id: ID!, $at: DateTime, $after: String) { account(id: $id, asOf: $at) { ${fields} } }`, { id, at: then, after })).account,
    async (after: string | null) => (await program.see<{ node: Listed }>(`query($id: ID!, $after: String) { node(id: $id) { ... on Account { ${fields} } } }`, { id: pastId, after })).node,
  ];
  const walks = await Promise.all(roads.map(async (road) => {
    const seen: string[] = [];
    for (let after: string | null = null, more = true; more; ) {
      const { notes } = await road(after);
      expect(notes).toMatchObject({ totalCount: 3, edges: [{ node: { asOf: then } }] });
      seen.push(...notes.edges.map(({ node }) => node.id));
      [after, more] = [notes.pageInfo.endCursor, notes.pageInfo.hasNextPage];
    }
    return seen;
  }));
  expect(walks[0]).toHaveLength(3);
  expect(walks[1]).toEqual(walks[0]);
});

test('lineage of a past id is the lineage of then, in ids of then', async () => {
  const query = 'query($of: ID!, $at: DateTime) { lineage(of: $of, asOf: $at) { root { id } nodes { id node { id ... on TemporalNode { asOf } } } edges { from to } } derivationChain(of: $of, asOf: $at) { id } }';
  type Graph = { lineage: { root: { id: string }; nodes: { id: string; node: { id: string; asOf?: string } | null }[]; edges: { from: string; to: string }[] }; derivationChain: { id: string }[] };
  const byId = await program.see<Graph>(query, { of: pastId });
  expect(byId).toEqual(await program.see<Graph>(query, { of: id, at: then }));
  expect(byId.lineage.root.id).toBe(pastId);
  const shown = new Set(byId.lineage.nodes.map((node) => node.id));
  for (const { from, to } of byId.lineage.edges) expect([shown.has(from), shown.has(to)]).toEqual([true, true]);
  for (const { id: each, node } of byId.lineage.nodes) expect(node?.id).toBe(each);
  expect(byId.lineage.nodes.length).toBeGreaterThan(1);
  const { lineage } = await program.see<Graph>(query, { of: id });
  expect(lineage.nodes.length).toBeGreaterThan(byId.lineage.nodes.length);
  const path = await program.query('query($from: ID!, $to: ID!) { lineagePath(from: $from, to: $to) { found } }', { from: pastId, to: id }, { role: 'viewer' });
  expect(path.errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT', inputPath: ['to'] } });
});

describe('what changes or follows something takes the present id', () => {
  const past = (type: string): string => pastId.replace('Account', type);
  const answers = '{ __typename ... on UserError { code message path } }';

  test.each([
    ['proposeAction', `mutation($id: ID!) { r: proposeAction(input: { account: { id: $id }, subject: "s", body: "b", reasoning: "r", confidence: 1 }) ${answers} }`, 'Account', 'approver'],
    ['claimAction', `mutation($id: ID!) { r: claimAction(id: $id) ${answers} }`, 'Action', 'approver'],
    ['updateProfileField', `mutation($id: ID!) { r: updateProfileField(input: { profileId: $id, name: "city", value: "Bonn" }) ${answers} }`, 'Profile', 'analyst'],
    ['deleteProfileField', `mutation($id: ID!) { r: deleteProfileField(id: $id) ${answers} }`, 'ProfileField', 'admin'],
  ] as const)('%s', async (_name, mutation, type, role) => {
    const { data, errors } = await program.query<{ r: object }, { id: string }>(mutation, { id: past(type) }, { role });
    expect(errors).toBeUndefined();
    expect(data?.r).toMatchObject({ __typename: 'InvalidInputError', code: 'BAD_USER_INPUT', message: 'This id names a past state. Use its presentId.' });
  });

  test('each item of a bulk mutation for itself', async () => {
    const { results } = await program.upsert('notes', [{ account: { id: pastId }, externalRef: crm('never'), ...samples['notes']?.[0] }, { account: { id }, externalRef: crm('4'), ...samples['notes']?.[0] }]);
    expect(results).toMatchObject([{ __typename: 'InvalidInputError', path: ['input', '0', 'account'] }, { __typename: 'Upserted' }]);
  });

  test('but a filter asks for what belongs to the account, whatever the instant', async () => {
    const query = 'query($id: ID!) { auditEvents(first: 100, filter: { accountId: $id }) { edges { node { id } } } }';
    const token = await program.token('privacy_officer');
    const [byPast, byPresent] = [await program.query(query, { id: pastId }, { token }), await program.query(query, { id }, { token })];
    expect(byPast.data).toEqual(byPresent.data);
    expect(JSON.stringify(byPast.data)).toContain('AuditEvent_');
  });
});
