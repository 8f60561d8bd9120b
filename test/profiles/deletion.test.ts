import { afterAll, beforeAll, expect, test } from 'vitest';
import { orphanFields } from '../../src/features/profiles/index.ts';
import type { Role } from '../../src/features/access/index.ts';
import { openVault, uuidOf, type Vault } from './vault.ts';
import { factsOfRequests } from '../harness/facts.ts';

let vault: Vault;
beforeAll(async () => {
  vault = await openVault();
});
afterAll(() => vault.close());

const remove = (what: 'Field' | 'Asset', id: string, { force = false, dryRun = false }: { force?: boolean; dryRun?: boolean } = {}, role: Role = 'agent') =>
  vault.mutate(`deleteProfile${what}`, [['id', 'ID!', id], ['force', 'Boolean', force], ['dryRun', 'Boolean', dryRun]], '... on DeletedNode { id deleted orphaned { id type name } } ... on HasDependents { message dependents { id type name } }', { role });
const statuses = async (account: string) => Object.fromEntries(Object.entries(await vault.fields(account)).map(([name, field]) => [name, field['status']]));

test('what others were derived from stays, unless an administrator forces it, who may look first', async () => {
  const account = await vault.account('chain');
  const asset = await vault.asset(account, { name: 'id_card', text: 'Ada' });
  const name = await vault.put(account, 'legal_name', 'Ada', { sourceItemId: asset.id, source: 'TOOL' });
  const salutation = await vault.put(account, 'salutation', 'Dear Ada', { sourceItemId: name.id, source: 'SYSTEM' });
  const { node } = await vault.ask<{ node: { sourceItemId: string; derivationChain: { id: string; type: string; name: string }[] } }>('query($id: ID!) { node(id: $id) { ... on ProfileField { sourceItemId derivationChain { id type name } } } }', { id: salutation.id }, 'viewer');
  expect(node).toEqual({ sourceItemId: name.id, derivationChain: [{ id: asset.id, type: 'ASSET', name: 'document' }, { id: name.id, type: 'PROFILE_FIELD', name: 'legal_name' }, { id: salutation.id, type: 'PROFILE_FIELD', name: 'salutation' }] });
  const refused = await remove('Asset', asset.id);
  expect(refused).toEqual({ __typename: 'HasDependents', message: 'Cannot delete: has dependents', dependents: [{ id: name.id, type: 'ProfileField', name: 'legal_name' }] });
  expect(await remove('Asset', asset.id, { dryRun: true })).toEqual(refused);
  for (const role of ['agent', 'analyst', 'viewer'] as const) expect(await remove('Asset', asset.id, { force: true }, role)).toMatchObject({ __typename: 'ForbiddenError' });
  const orphaned = [{ id: name.id, type: 'ProfileField', name: 'legal_name' }, { id: salutation.id, type: 'ProfileField', name: 'salutation' }];
  expect(await remove('Asset', asset.id, { force: true, dryRun: true }, 'admin')).toEqual({ __typename: 'DeletedNode', id: asset.id, deleted: false, orphaned });
  expect(await statuses(account)).toEqual({ legal_name: 'ACTIVE', salutation: 'ACTIVE' });
  const facts = await vault.count(`select from ${factsOfRequests}`);
  expect(await remove('Asset', asset.id, { force: true }, 'admin')).toEqual({ __typename: 'DeletedNode', id: asset.id, deleted: true, orphaned });
  expect(await statuses(account)).toEqual({ legal_name: 'ORPHANED', salutation: 'ORPHANED' });
  expect(await vault.count(`select from ${factsOfRequests}`)).toBe(facts + 2);
  expect(await orphanFields(vault.database, { actor: { kind: 'system', id: 'scheduler' }, requestId: 'test' })).toBe(0);
  expect(await remove('Asset', asset.id, { force: true }, 'admin')).toMatchObject({ __typename: 'NotFoundError', path: ['id'] });
});

test('a value with another origin left is not orphaned, neither at once nor by the job', async () => {
  const account = await vault.account('two-sources');
  const [one, two] = [await vault.asset(account, { name: 'one', text: 'a' }), await vault.asset(account, { name: 'two', text: 'b' })];
  const { updateProfileFields } = await import('../../src/features/profiles/index.ts');
  const caller = { tenantId: vault.tenant, actor: { kind: 'system', id: 'test' }, requestId: 'test' } as const;
  const [result] = await vault.database.transact(caller, (work) => updateProfileFields(work, vault.seal, [{
    accountId: uuidOf(account) as never, name: 'city', value: 'Rome', source: 'LLM', sourceItems: [{ type: 'ProfileAsset', id: uuidOf(one.id) }, { type: 'ProfileAsset', id: uuidOf(two.id) }], rule: { name: 'gap-fill', version: 2 }, path: [],
  }]));
  expect(result).toMatchObject({ state: 'UNCHECKED' });
  expect(await vault.rows('select from_type, relation, rule_name, rule_version from lineage_edge where tenant_id = $1 and rule_name = $2', [vault.tenant, 'gap-fill'])).toEqual([
    { from_type: 'ProfileAsset', relation: 'EXTRACTED_FROM', rule_name: 'gap-fill', rule_version: '2' }, { from_type: 'ProfileAsset', relation: 'EXTRACTED_FROM', rule_name: 'gap-fill', rule_version: '2' }]);
  expect(await remove('Asset', one.id, { force: true }, 'admin')).toMatchObject({ deleted: true, orphaned: [] });
  const job = () => orphanFields(vault.database, { actor: { kind: 'system', id: 'scheduler' }, requestId: 'test' });
  expect([await job(), await statuses(account)]).toEqual([0, { city: 'ACTIVE' }]);
  expect(await remove('Asset', two.id, { force: true }, 'admin')).toMatchObject({ deleted: true, orphaned: [{ name: 'city' }] });
  expect([await job(), await statuses(account)]).toEqual([0, { city: 'ORPHANED' }]);
});

test('a field that is deleted leaves nothing that holds, and its next value goes on with the versions', async () => {
  const account = await vault.account('deleted');
  const first = await vault.put(account, 'city', 'Rome');
  const second = await vault.put(account, 'city', 'Paris');
  expect(await remove('Field', second.id)).toEqual({ __typename: 'DeletedNode', id: second.id, deleted: true, orphaned: [] });
  expect(await statuses(account)).toEqual({});
  expect(await vault.put(account, 'city', 'Oslo')).toMatchObject({ version: 2, supersedes: { id: first.id, value: 'Rome' } });
});

test('of a deletion and a derivation at once one comes first: nothing active is left without its source', async () => {
  const account = await vault.account('race');
  for (let round = 0; round < 10; round += 1) {
    const asset = await vault.asset(account, { name: `asset ${round}`, text: 'x' });
    const [removed, put] = await Promise.all([remove('Asset', asset.id), vault.put(account, `field_${round}`, 1, { sourceItemId: asset.id })]);
    expect([`${removed.__typename} ${put.__typename}`]).toEqual([expect.stringMatching(/^(HasDependents ProfileField|DeletedNode NotFoundError)$/)]);
  }
});

test('a value from a signal of the account is its dependent; a source of another account or tenant is none', async () => {
  const account = await vault.account('from-signal');
  const [signal] = (await vault.ingest([{ account: { id: account }, type: 'meeting', source: 'test', sourceEventId: 's-1' }])).results;
  const id = signal?.signal?.id ?? '';
  expect(await vault.put(account, 'last_meeting', '2026-11-20', { sourceItemId: id })).toMatchObject({ __typename: 'ProfileField' });
  const other = await vault.account('elsewhere');
  const asset = await vault.asset(other, { name: 'theirs', text: 'x' });
  const unknown = [id, asset.id, 'nonsense', `ProfileAsset_${'0'.repeat(32)}`, account];
  for (const sourceItemId of [asset.id, ...unknown.slice(2)]) expect(await vault.put(account, 'city', 'Rome', { sourceItemId }), sourceItemId).toMatchObject({ __typename: 'NotFoundError', path: ['input', 'sourceItemId'] });
  expect(await vault.put(other, 'city', 'Rome', { sourceItemId: id })).toMatchObject({ __typename: 'NotFoundError' });
});
