import { afterAll, beforeAll, expect, test } from 'vitest';
import { arrange, type Arranged } from '../accounts/arrange.ts';

let program: Arranged;
let account: string;
beforeAll(async () => {
  program = await arrange();
  account = await program.account('acme');
});
afterAll(() => program.close());

const update = async (input: Record<string, unknown>, role: 'agent' | 'viewer' = 'agent') => {
  const { data, errors } = await program.query<{ updateProfileField: Record<string, unknown> }, Record<string, unknown>>(
    'mutation($input: ProfileFieldInput!) { updateProfileField(input: $input) { __typename ... on ProfileField { id name value status version validation { state errors } supersedes { id value } } ... on UserError { message code path } } }',
    { input: { account: { id: account }, ...input } }, { role });
  expect(errors).toBeUndefined();
  return data?.updateProfileField ?? {};
};

test('a new value supersedes the one before, and both are kept', async () => {
  const first = await update({ name: 'legal_name', value: 'John Smith' });
  expect(first).toMatchObject({ __typename: 'ProfileField', name: 'legal_name', value: 'John Smith', status: 'ACTIVE', version: 1, supersedes: null });
  const second = await update({ name: 'legal_name', value: 'John B. Smith' });
  expect(second).toMatchObject({ version: 2, supersedes: { id: first['id'], value: 'John Smith' } });
  const { account: read } = await program.see<{ account: { profile: { id: string; fields: object[] } } }>('query($id: ID!) { account(id: $id) { profile { id fields { name value status masked history(first: 5) { totalCount edges { node { value status version } } } } } } }', { id: account });
  expect(read.profile.fields).toEqual([{ name: 'legal_name', value: null, status: 'ACTIVE', masked: true, history: { totalCount: 2, edges: [{ node: { value: null, status: 'ACTIVE', version: 2 } }, { node: { value: null, status: 'SUPERSEDED', version: 1 } }] } }]);
});
