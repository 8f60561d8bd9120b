import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { arrange, crm, type Arranged } from '../accounts/arrange.ts';
import { makeAccount } from '../harness/accounts.ts';
import { toGlobalId, type Id } from '../../src/platform/ids.ts';
import { merging, type MergeAnswer } from './arrange.ts';

let program: Arranged;
let accounts: ReturnType<typeof merging>;
let contacts: ReturnType<typeof merging>;
let [one, two, foreign, ann, bob] = ['', '', '', '', ''];
beforeAll(async () => {
  program = await arrange();
  accounts = merging(program, 'Account');
  contacts = merging(program, 'Contact');
  [one, two] = [await program.account('one'), await program.account('two')];
  foreign = await makeAccount(program, 'foreign', program.otherTenant);
  [ann = '', bob = ''] = (await program.upsert('contacts', ['ann', 'bob'].map((name) => ({ account: { id: one }, externalRef: crm(name), name, email: `${name}@example.com` })))).results.map(({ id }) => id);
});
afterAll(() => program.close());

/** Everything that a merge could leave behind. */
const trace = async (): Promise<number[]> => Promise.all([`audit_logs where kind ~ 'merged|changed|retired'`, 'node_merge', 'node_identity_history', 'account_history', 'contact_history', `node_identity where node_type = 'Account'`].map((table) => program.count(`select from ${table}`)));
const refused = async (attempt: () => Promise<MergeAnswer>, code: string, path?: readonly string[]): Promise<void> => {
  const before = await trace();
  const answer = await attempt();
  expect(answer).toMatchObject({ code, ...(path ? { path } : {}) });
  expect(await trace()).toEqual(before);
};
const unknown = (type: string): string => toGlobalId(type, '00000000-0000-7000-8000-000000000000');

describe('what cannot be merged is refused, and leaves no trace', () => {
  test('ids that are unknown, malformed, of another kind or another tenant are all answered alike', async () => {
    for (const id of [unknown('Account'), 'nonsense', foreign, ann, unknown('AccountMerge')]) {
      await refused(() => accounts.merge(one, id), 'NOT_FOUND', ['input', 'fromId']);
      await refused(() => accounts.merge(id, one), 'NOT_FOUND', ['input', 'intoId']);
    }
    for (const id of [unknown('Contact'), 'nonsense', one]) await refused(() => contacts.merge(ann, id), 'NOT_FOUND', ['input', 'fromId']);
    const messages = await Promise.all([unknown('Account'), foreign].map(async (id) => (await accounts.merge(one, id)) as MergeAnswer & { message: string }));
    expect(messages[0]?.message).toBe(messages[1]?.message);
  });

  test('one node with itself, and nodes that are one already, in whichever direction', async () => {
    await refused(() => accounts.merge(one, one), 'CONFLICT', ['input', 'fromId']);
    await refused(() => contacts.merge(ann, ann), 'CONFLICT', ['input', 'fromId']);
    const third = await program.account('three');
    const merges = [await accounts.merge(one, two), await accounts.merge(two, third)];
    for (const [into, from] of [[one, two], [two, one], [third, one], [one, third], [two, third]] as const) await refused(() => accounts.merge(into, from), 'CONFLICT', ['input', 'fromId']);
    for (const { id } of merges) expect(await accounts.unmerge(id)).toMatchObject({ __typename: 'AccountMerge' });
  });

  test('undoing twice, and merges that are unknown, of another kind or another tenant', async () => {
    const { id } = await accounts.merge(one, two);
    const stranger = await program.token('admin', { tenant: program.otherTenant });
    await refused(() => accounts.unmerge(id, { token: stranger }), 'NOT_FOUND', ['input', 'mergeId']);
    await refused(() => contacts.unmerge(id), 'NOT_FOUND', ['input', 'mergeId']);
    await refused(() => contacts.unmerge(id.replace('AccountMerge', 'ContactMerge')), 'NOT_FOUND', ['input', 'mergeId']);
    for (const other of [unknown('AccountMerge'), 'nonsense', one]) await refused(() => accounts.unmerge(other), 'NOT_FOUND', ['input', 'mergeId']);
    expect(await accounts.unmerge(id)).toMatchObject({ __typename: 'AccountMerge', undoneBy: { id: 'test-analyst' } });
    await refused(() => accounts.unmerge(id), 'CONFLICT', ['input', 'mergeId']);
  });

  test('a contact whose person was erased', async () => {
    program.clock.advance(1_000);
    const { data } = await program.query<{ erasurePreview: { digest: string } }, Record<string, unknown>>('query($email: String!) { erasurePreview(email: $email) { digest } }', { email: 'bob@example.com' }, { role: 'privacy_officer' });
    await program.query('mutation($email: String!, $digest: String!) { eraseSubject(email: $email, previewDigest: $digest) { __typename } }', { email: 'bob@example.com', digest: data?.erasurePreview.digest }, { role: 'privacy_officer' });
    expect(await program.count('select from contact where tenant_id = $1', [program.tenant])).toBe(1);
    await refused(() => contacts.merge(ann, bob), 'CONFLICT', ['input', 'fromId']);
    await refused(() => contacts.merge(bob, ann), 'CONFLICT', ['input', 'intoId']);
  });

  test('a retired account', async () => {
    const retired = await program.account('retired');
    const uuid = retired.replace(/^Account_(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') as Id<'Account'>;
    await program.rows('update node_identity set retired_at = now() where id = $1', [uuid]);
    await program.rows('delete from account where id = $1', [uuid]);
    await refused(() => accounts.merge(one, retired), 'CONFLICT', ['input', 'fromId']);
    await refused(() => accounts.merge(retired, one), 'CONFLICT', ['input', 'intoId']);
  });

  test('a reason that is too long or cannot be stored', async () => {
    for (const reason of ['x'.repeat(1_001), 'a\0b']) await refused(() => accounts.send('mergeAccounts', { intoId: one, fromId: two, reason }), 'BAD_USER_INPUT', ['input', 'reason']);
  });
});

describe('who decides', () => {
  test('analysts and administrators, as persons; nobody else and no machine', async () => {
    for (const role of ['viewer', 'approver', 'privacy_officer', 'agent'] as const) await refused(() => accounts.merge(one, two, { role }), 'FORBIDDEN');
    const machine = await program.token('admin', { claims: { actor_kind: 'machine' } });
    await refused(() => accounts.merge(one, two, { token: machine }), 'FORBIDDEN');
    for (const role of ['analyst', 'admin'] as const) {
      const { id } = await accounts.merge(one, two, { role });
      for (const other of ['viewer', 'approver', 'privacy_officer', 'agent'] as const) await refused(() => accounts.unmerge(id, { role: other }), 'FORBIDDEN');
      await refused(() => accounts.unmerge(id, { token: machine }), 'FORBIDDEN');
      expect(await accounts.unmerge(id, { role })).toMatchObject({ undoneBy: { id: `test-${role}` } });
    }
  });

  test('merges are listed with a filter for analysts, privacy officers and administrators, and are nodes to them', async () => {
    const { id } = await accounts.merge(one, two);
    const list = async (filter: Record<string, unknown>, role: 'analyst' | 'viewer' = 'analyst') =>
      program.query<{ accountMerges: { totalCount: number; edges: { node: { id: string } }[] } }, Record<string, unknown>>('query($filter: MergeFilter) { accountMerges(first: 100, filter: $filter) { totalCount edges { node { id into { id } from { id } mergedAt undoneAt } } } }', { filter }, { role });
    expect((await list({ undone: false })).data?.accountMerges).toMatchObject({ totalCount: 1, edges: [{ node: { id, into: { id: one }, from: { id: two } } }] });
    const undone = (await list({ undone: true })).data?.accountMerges;
    expect(undone?.totalCount).toBeGreaterThan(3);
    expect(undone?.edges.map(({ node }) => node.id)).not.toContain(id);
    expect((await list({ nodeId: two, undone: false })).data?.accountMerges.totalCount).toBe(1);
    expect((await list({ nodeId: ann })).data?.accountMerges.totalCount).toBe(0);
    expect((await list({}, 'viewer')).errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN' });
    const node = (role: 'analyst' | 'viewer') => program.query<{ node: unknown }, Record<string, unknown>>('query($id: ID!) { node(id: $id) { __typename id ... on AccountMerge { into { id } } } }', { id }, { role });
    expect((await node('analyst')).data).toEqual({ node: { __typename: 'AccountMerge', id, into: { id: one } } });
    expect((await node('viewer')).data).toEqual({ node: null });
    await accounts.unmerge(id);
  });

  test('both accounts have an audited fact of the merge and of its undoing', async () => {
    const { id } = await accounts.merge(one, two);
    await accounts.unmerge(id);
    const uuid = (globalId: string): string => globalId.replace(/^[A-Za-z]+_(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    const data = { mergeId: uuid(id), intoId: uuid(one), fromId: uuid(two) };
    for (const kind of ['account.merged', 'account.unmerged']) {
      const facts = (await program.facts(kind)).slice(-2);
      expect(facts.map(({ account_id }) => account_id)).toEqual([uuid(one), uuid(two)]);
      for (const fact of facts) expect(fact.data).toEqual({ ...data, accountId: fact.account_id });
    }
    const pair = await contacts.merge(ann, (await program.upsert('contacts', [{ account: { id: two }, externalRef: crm('cid'), name: 'Cid', email: 'cid@example.com' }])).results[0]?.id ?? '');
    expect(pair).toMatchObject({ __typename: 'ContactMerge' });
    expect(new Set((await program.facts('contact.merged')).map(({ account_id }) => account_id))).toEqual(new Set([uuid(one), uuid(two)]));
    await contacts.unmerge(pair.id);
    expect(new Set((await program.facts('contact.unmerged')).map(({ account_id }) => account_id))).toEqual(new Set([uuid(one), uuid(two)]));
  });
});
