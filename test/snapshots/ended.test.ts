import { afterAll, beforeAll, expect, test } from 'vitest';
import { arrange, crm, type Arranged } from '../accounts/arrange.ts';
import { account, create, read } from './arrange.ts';

let program: Arranged;
beforeAll(async () => {
  program = await arrange();
});
afterAll(() => program.close());

interface Shown { readonly lineage: { readonly nodes: readonly { id: string; name: string | null }[] }; readonly recentNotes: readonly { id: string; content: string }[] }
const shown = async (id: string): Promise<Shown> => (await read(program, id)) as unknown as Shown;
const run = async (mutation: string, variables: Record<string, unknown>): Promise<void> => {
  const answer = await program.query<{ r: { __typename: string; message?: string } }, Record<string, unknown>>(mutation, variables, { role: 'admin' });
  expect([answer.errors, answer.data?.r.message]).toEqual([undefined, undefined]);
  await program.settled();
  program.clock.advance(60_000);
};
const retire = (ids: readonly (string | undefined)[]) => run('mutation($ids: [ID!]!) { r: retireRecords(input: { ids: $ids, reason: "ended" }) { __typename ... on UserError { message } } }', { ids });

/** An account with a record of each kind and a contact as champion, and its snapshot. */
async function taken(name: string): Promise<{ account: string; snapshot: string }> {
  const id = await account(program, name);
  const { node } = await program.see<{ node: { contacts: { edges: { node: { id: string } }[] } } }>('query($id: ID!) { node(id: $id) { ... on Account { contacts(first: 1) { edges { node { id } } } } } }', { id });
  await program.upsertAccounts([{ externalRef: crm(name), name, primaryChampionId: node.contacts.edges[0]?.node.id }]);
  await program.settled();
  program.clock.advance(60_000);
  const { snapshots } = await create(program, [id]);
  program.clock.advance(60_000);
  return { account: id, snapshot: snapshots[0]?.id ?? '' };
}

/** What a snapshot says apart from what of its lineage came later. */
async function unchanged(snapshot: string, before: Shown): Promise<void> {
  expect(await shown(snapshot)).toEqual(before);
  for (const { id, name } of before.lineage.nodes) expect(name, id).not.toBeNull();
}

test('retired records can still be read from old snapshots, by name and by lineage', async () => {
  const { account: id, snapshot } = await taken('record-ended');
  const before = await shown(snapshot);
  expect(before.recentNotes).toHaveLength(1);
  const { account: kept } = await program.see<{ account: Record<string, { edges: { node: { id: string } }[] }> }>('query($id: ID!) { account(id: $id) { notes { edges { node { id } } } kpis { edges { node { id } } } contacts { edges { node { id } } } products { edges { node { id } } } playbookReports { edges { node { id } } } } }', { id });
  const ids = Object.values(kept).flatMap(({ edges }) => edges.map(({ node }) => node.id));
  expect(ids.length).toBeGreaterThan(4);
  await retire(ids);
  for (const each of ids) expect(await program.see('query($id: ID!) { node(id: $id) { id } }', { id: each })).toEqual({ node: null });
  await unchanged(snapshot, before);
  const { snapshots } = await create(program, [id]);
  expect((await shown(snapshots[0]?.id ?? '')).recentNotes, 'new snapshots do not have them').toEqual([]);
});

test('snapshots of a retired account stay as they are, also through the account', async () => {
  const { account: id, snapshot } = await taken('account-ended');
  const before = await shown(snapshot);
  await retire([id]);
  await unchanged(snapshot, before);
  const query = 'query($id: ID!) { node(id: $id) { ... on AccountSnapshot { account { id name retirement { reason } } } } account(id: $id2) { snapshots { totalCount edges { node { id } } } } }'.replace('$id: ID!', '$id: ID!, $id2: ID!');
  const through = await program.see<{ node: object; account: { snapshots: { edges: { node: { id: string } }[] } } }>(query, { id: snapshot, id2: id });
  expect(through.node).toMatchObject({ account: { id, name: 'account-ended', retirement: { reason: 'ended' } } });
  expect(through.account.snapshots.edges.map(({ node }) => node.id)).toContain(snapshot);
});

test('snapshots of a merged account stay as they are and are found', async () => {
  const [into, from] = [await taken('merge-into'), await taken('merge-from')];
  const before = await shown(from.snapshot);
  await run('mutation($a: ID!, $b: ID!) { r: mergeAccounts(input: { intoId: $a, fromId: $b, reason: "one" }) { __typename ... on UserError { message } } }', { a: into.account, b: from.account });
  await unchanged(from.snapshot, before);
  expect(await program.see('query($id: ID!) { node(id: $id) { ... on AccountSnapshot { account { id } } } }', { id: from.snapshot })).toEqual({ node: { account: { id: into.account } } });
});
