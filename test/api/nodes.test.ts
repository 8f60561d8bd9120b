import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accountRecords } from '../../src/features/accounts/index.ts';
import { toGlobalId } from '../../src/platform/ids.ts';
import { arrange, crm, samples, type Arranged } from '../accounts/arrange.ts';

let program: Arranged;
const ids = new Map<string, string>();
const theirs = new Map<string, string>();
beforeAll(async () => {
  program = await arrange();
  for (const [tenant, found] of [[program.tenant, ids], [program.otherTenant, theirs]] as const) {
    const token = await program.token('agent', { tenant });
    const note = (type: string, id: string | undefined) => found.set(type, id ?? 'none');
    note('Account', (await program.upsertAccounts([{ externalRef: crm('acme'), name: 'Acme' }], { token })).results[0]?.id);
    const account = { externalRef: crm('acme') };
    for (const { plural, type } of accountRecords) {
      note(type, (await program.upsert(plural, [{ account, externalRef: crm('1'), ...samples[plural]?.[0] }], { token })).results[0]?.id);
    }
    note('Signal', (await program.ingest([{ account, type: 'meeting', source: 'test', sourceEventId: '1' }], { token })).results[0]?.signal?.id);
    await program.settled();
    const [point] = await program.rows('select id from score_point where tenant_id = $1', [tenant]);
    note('ScorePoint', toGlobalId('ScorePoint', String(point?.['id'])));
  }
});
afterAll(() => program.close());

const nodesOf = async (asked: readonly string[]) => (await program.see<{ nodes: ({ __typename: string; id: string } | null)[] }>('query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }', { ids: asked })).nodes;
const nodeOf = async (id: string) => (await program.see<{ node: object | null }>('query($id: ID!) { node(id: $id) { __typename id } }', { id })).node;
const types = ['Account', 'Signal', 'ScorePoint', ...accountRecords.map(({ type }) => type)];

test('every type that is a Node can be read again by its id', async () => {
  const { __type } = await program.see<{ __type: { possibleTypes: { name: string }[] } }>('{ __type(name: "Node") { possibleTypes { name } } }');
  // A type that is added later must be added here, and to the readers of nodes.
  expect(__type.possibleTypes.map(({ name }) => name).sort()).toEqual(expect.arrayContaining([...types].sort()));
});

describe.each(types)('%s', (type) => {
  test('is read again by its id, says its type, and is nobody else\'s', async () => {
    const id = ids.get(type) ?? '';
    expect(await nodeOf(id)).toEqual({ __typename: type, id });
    const foreign = theirs.get(type) ?? '';
    expect(foreign).toMatch(new RegExp(`^${type}_[0-9a-f]{32}$`));
    expect(await nodeOf(foreign)).toBeNull();
    expect(await nodeOf(toGlobalId(type, '00000000-0000-7000-8000-000000000000'))).toBeNull();
    expect(await nodeOf(id.toUpperCase())).toBeNull();
    expect(await nodeOf(`${id}0`)).toBeNull();
  });
});

test('many are answered in the order asked for, with null for what is not there', async () => {
  const asked = ['', 'nonsense', ids.get('Signal'), theirs.get('Signal'), ids.get('Account'), 'Tenant_00000000000070008000000000000000', ids.get('Account'), ids.get('Signal')?.replace('Signal', 'Account')].map((id) => id ?? 'none');
  expect((await nodesOf(asked)).map((node) => node?.__typename ?? null)).toEqual([null, null, 'Signal', null, 'Account', null, 'Account', null]);
  const hundred = Array.from({ length: 100 }, () => ids.get('Account') ?? '');
  expect(await nodesOf(hundred)).toHaveLength(100);
  const { errors } = await program.query('query($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: [...hundred, 'one-more'] }, { role: 'viewer' });
  expect(errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT', inputPath: ['ids'] } });
});
