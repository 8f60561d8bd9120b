import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dataOf } from '../accounts/arrange.ts';
import { openQueue, uuidOf, type Customer, type Queue } from '../actions/queue.ts';
import { merging } from './arrange.ts';

let queue: Queue;
let accounts: ReturnType<typeof merging>;
beforeAll(async () => {
  queue = await openQueue();
  accounts = merging(queue, 'Account');
});
afterAll(() => queue.close());

const tick = (): string => {
  queue.clock.advance(60_000);
  return queue.clock.now().toISOString();
};
interface Field {
  readonly name: string;
  readonly value: unknown;
  readonly status: string;
}
const profile = async (id: string, asOf: string | null = null): Promise<Field[]> =>
  (await queue.see<{ account: { profile: { fields: Field[] } } }>('query($id: ID!, $asOf: DateTime) { account(id: $id, asOf: $asOf) { profile { fields { name value status } } } }', { id, asOf })).account.profile.fields;
const history = async (id: string): Promise<unknown[]> =>
  (await queue.see<{ account: { profile: { history: { edges: { node: Field }[] } } } }>('query($id: ID!) { account(id: $id) { profile { history(first: 50) { edges { node { name value status version } } } } } }', { id })).account.profile.history.edges.map(({ node }) => node);
const state = (id: string, value: string, name = 'city') => {
  tick();
  return queue.query<{ updateProfileField: Field & { supersedes: { value: unknown } | null } }, Record<string, unknown>>('mutation($id: ID!, $name: String!, $value: JSON!) { updateProfileField(input: { account: { id: $id }, name: $name, value: $value }) { __typename ... on ProfileField { value status supersedes { value } } ... on UserError { message } } }', { id, name, value }, { role: 'analyst' });
};
const document = async (id: string, name: string): Promise<unknown> => dataOf(await queue.query('mutation($input: ProfileAssetInput!) { saveProfileAsset(input: $input) { __typename ... on ProfileAsset { id } ... on UserError { message } } }', { input: { account: { id }, name, text: 'A text' } }, { role: 'analyst' }));
const documents = async (id: string): Promise<string[]> => (await queue.see<{ account: { profile: { assets: { edges: { node: { name: string } }[] } } } }>('query($id: ID!) { account(id: $id) { profile { assets(first: 50) { edges { node { name } } } } } }', { id })).account.profile.assets.edges.map(({ node }) => node.name).toSorted();
const pair = async (): Promise<[Customer, Customer]> => [await queue.customer(), await queue.customer()];

describe('profiles of accounts that are one', () => {
  test('of two active values of a field the one that was stated last is active, the other is superseded; unmerging brings it back exactly', async () => {
    const [one, two] = await pair();
    await state(one.account, 'Ulm');
    await state(one.account, 'Bonn');
    await state(two.account, 'Graz', 'region');
    await state(two.account, 'Linz');
    const [before, pastOne, pastTwo] = [tick(), await history(one.account), await history(two.account)];
    tick();
    const { id } = await accounts.merge(one.account, two.account);
    const merged = [{ name: 'city', value: 'Linz', status: 'ACTIVE' }, { name: 'region', value: 'Graz', status: 'ACTIVE' }];
    expect(await profile(one.account)).toEqual(merged);
    expect(await profile(two.account)).toEqual(merged);
    expect(await history(one.account)).toHaveLength(4);
    const during = tick();
    tick();
    await accounts.unmerge(id);
    expect([await history(one.account), await history(two.account)]).toEqual([pastOne, pastTwo]);
    expect(await profile(one.account)).toEqual([{ name: 'city', value: 'Bonn', status: 'ACTIVE' }]);
    expect(await profile(one.account, before)).toEqual([{ name: 'city', value: 'Bonn', status: 'ACTIVE' }]);
    expect(await profile(one.account, during)).toEqual(merged);
  });

  test('what is stated of either while they are one shows in the one profile, and is that account\'s own afterwards', async () => {
    const [one, two] = await pair();
    await state(one.account, 'Ulm');
    await state(two.account, 'Linz');
    const { id } = await accounts.merge(one.account, two.account);
    expect(dataOf(await state(one.account, 'Bonn')).updateProfileField).toMatchObject({ value: 'Bonn', status: 'ACTIVE', supersedes: { value: 'Ulm' } });
    expect(await profile(two.account)).toEqual([{ name: 'city', value: 'Bonn', status: 'ACTIVE' }]);
    expect(dataOf(await state(two.account, 'Wels')).updateProfileField).toMatchObject({ value: 'Wels', status: 'ACTIVE', supersedes: { value: 'Linz' } });
    expect(await profile(one.account)).toEqual([{ name: 'city', value: 'Wels', status: 'ACTIVE' }]);
    await document(two.account, 'Contract');
    await document(one.account, 'Offer');
    expect(await documents(one.account)).toEqual(['Contract', 'Offer']);
    await accounts.unmerge(id);
    expect(await profile(one.account)).toEqual([{ name: 'city', value: 'Bonn', status: 'ACTIVE' }]);
    expect(await profile(two.account)).toEqual([{ name: 'city', value: 'Wels', status: 'ACTIVE' }]);
    expect([await documents(one.account), await documents(two.account)]).toEqual([['Offer'], ['Contract']]);
  });

  test('when the value that won is deleted, the other account\'s is active', async () => {
    const [one, two] = await pair();
    await state(one.account, 'Ulm');
    await state(two.account, 'Linz');
    await accounts.merge(one.account, two.account);
    const [field] = await queue.rows(`select id from profile_field where account_id = $1 and is_current`, [one.accountId]);
    const globalId = `ProfileField_${String(field?.['id']).replaceAll('-', '')}`;
    await queue.query('mutation($id: ID!) { deleteProfileField(id: $id) { __typename } }', { id: globalId }, { role: 'agent' });
    expect(await profile(one.account)).toEqual([{ name: 'city', value: 'Ulm', status: 'ACTIVE' }]);
  });

  test('actions and what was decided about them are listed for the survivor, and for their own account before and afterwards', async () => {
    const [one, two] = await pair();
    const [mine, theirs] = [await queue.propose(one), await queue.propose(two)];
    const before = tick();
    tick();
    const { id } = await accounts.merge(one.account, two.account);
    const list = async (account: string, asOf: string | null = null) =>
      (await queue.see<{ account: { actions: { edges: { node: { presentId: string } }[] }; actionDecisions: { totalCount: number } } }>('query($id: ID!, $asOf: DateTime) { account(id: $id, asOf: $asOf) { actions(first: 10) { edges { node { presentId account { presentId } } } } actionDecisions(first: 10) { totalCount } } }', { id: account, asOf })).account;
    const ids = (account: Awaited<ReturnType<typeof list>>): string[] => account.actions.edges.map(({ node }) => node.presentId).toSorted();
    expect(ids(await list(two.account))).toEqual([mine, theirs].toSorted());
    expect((await list(one.account)).actionDecisions.totalCount).toBe(2);
    expect(ids(await list(two.account, before))).toEqual([theirs]);
    const queued = await queue.see<{ actions: { totalCount: number } }>('query($id: ID!) { actions(first: 10, filter: { accountId: $id }) { totalCount } }', { id: two.account });
    expect(queued.actions.totalCount).toBe(2);
    await accounts.unmerge(id);
    expect([ids(await list(one.account)), ids(await list(two.account))]).toEqual([[mine], [theirs]]);
    expect(await queue.count('select from action where home_account_id is not null and id = any($1)', [[uuidOf(mine), uuidOf(theirs)]])).toBe(0);
  });

  test('nothing but a merge moves an action or a value, and an action is otherwise what it was', async () => {
    const [one, two] = await pair();
    const action = uuidOf(await queue.propose(one));
    await state(one.account, 'Ulm');
    for (const change of ['account_id = $2', 'account_id = $2, home_account_id = account_id', 'home_account_id = $2']) {
      await expect(queue.admin.query(`update action set ${change} where id = $1`, [action, two.accountId]), change).rejects.toThrow();
      await expect(queue.admin.query(`update profile_field set ${change} where account_id = $1`, [one.accountId, two.accountId]), change).rejects.toThrow();
    }
  });
});
