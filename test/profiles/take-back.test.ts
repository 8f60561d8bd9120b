import { afterAll, beforeAll, expect, test } from 'vitest';
import { requirementsOf, saveScenarioRequirements, scenariosOf } from '../../src/features/profiles/index.ts';
import { toGlobalId, type Id } from '../../src/platform/ids.ts';
import { openVault, uuidOf, type Answer, type Vault } from './vault.ts';
import { momentOf } from '../../src/platform/moment.ts';

let vault: Vault;
beforeAll(async () => {
  vault = await openVault();
});
afterAll(() => vault.close());

const remove = (what: string, id: string, force = false, role: 'admin' | 'analyst' = 'admin') =>
  vault.mutate(`delete${what}`, [['id', 'ID!', id], ['force', 'Boolean', force]], '... on DeletedNode { id deleted orphaned { id } } ... on HasDependents { dependents { id type name } }', { role });
const scenario = (name: string): Promise<Answer> => vault.mutate('saveScenario', [['input', 'ScenarioInput!', { name, conditions: 'We need a code.' }]], '... on Scenario { id }', { role: 'admin' });
const requirement = (scenarioId: string, fieldName: string): Promise<Answer> =>
  vault.mutate('saveScenarioRequirement', [['input', 'ScenarioRequirementInput!', { scenarioId, fieldName, requiredLevel: 'HARD' }]], '... on ScenarioRequirement { id }', { role: 'admin' });
const deleted = (id: string) => ({ __typename: 'DeletedNode', id, deleted: true, orphaned: [] });

test('a definition: not while scenarios need its field, unless forced; values stay as they were checked, and are personal from then on', async () => {
  const account = await vault.account('definition');
  const { id } = await vault.define({ name: 'code', valueType: 'INTEGER', isPii: false });
  await vault.put(account, 'code', 7);
  const seen = async () => (await vault.fields(account, { role: 'viewer' }))['code'];
  expect(await seen()).toMatchObject({ value: 7, masked: false, validation: { state: 'VALID' } });
  const needed = await requirement((await scenario('Coded')).id, 'code');
  expect(await remove('FieldDefinition', id)).toMatchObject({ __typename: 'HasDependents', dependents: [{ id: needed.id, type: 'ScenarioRequirement', name: 'code' }] });
  vault.clock.advance(1_000);
  // One of another agent's is left: nothing loses its definition.
  const other = await vault.define({ name: 'code', valueType: 'STRING', agent: 'other', isPii: false });
  expect(await remove('FieldDefinition', other.id)).toMatchObject(deleted(other.id));
  expect(await remove('FieldDefinition', id, true)).toMatchObject(deleted(id));
  expect(await seen()).toMatchObject({ value: null, masked: true, validation: { state: 'VALID' } });
  expect(await vault.put(account, 'code', 'anything')).toMatchObject({ validation: { state: 'UNCHECKED' } });
  expect(await remove('FieldDefinition', id, true)).toMatchObject({ __typename: 'NotFoundError', path: ['id'] });
  expect((await vault.facts('field_definition.deleted')).map(({ data }) => data)).toEqual([other.id, id].map((each) => ({ fieldDefinitionId: uuidOf(each), name: 'code' })));
  expect(await vault.count('select from field_definition_history where id = $1', [uuidOf(id)])).toBeGreaterThan(0);
});

test('a scenario goes with its requirements; their past stays', async () => {
  const { id } = await scenario('Over');
  const needed = await requirement(id, 'city');
  const at = vault.clock.now().toISOString();
  vault.clock.advance(1_000);
  expect(await remove('Scenario', id)).toMatchObject(deleted(id));
  expect(await vault.count('select from scenario_requirement where scenario_id = $1', [uuidOf(id)])).toBe(0);
  const look = (asOf: string | null) => vault.database.transact({ tenantId: vault.tenant, actor: { kind: 'system', id: 'test' }, requestId: 'test' }, async (work) =>
    [[...(await scenariosOf(work, vault.tenant, [uuidOf(id)], momentOf(asOf))).keys()], ((await requirementsOf(work, vault.tenant, [uuidOf(id)], momentOf(asOf))).get(uuidOf(id)) ?? []).map(({ uuid }) => uuid)]);
  expect(await look(null)).toEqual([[], []]);
  expect(await look(at)).toEqual([[uuidOf(id)], [uuidOf(needed.id)]]);
  expect((await vault.facts('scenario.deleted')).map(({ data }) => data)).toEqual([{ scenarioId: uuidOf(id), scenarioRequirementIds: [uuidOf(needed.id)] }]);
  expect(await remove('Scenario', id)).toMatchObject({ __typename: 'NotFoundError', path: ['id'] });
  expect(await scenario('Over')).toMatchObject({ __typename: 'Scenario' });
});

test('a requirement: what a person stated is taken back, what was extracted is not proposed again', async () => {
  const { id } = await scenario('Partly');
  const stated = await requirement(id, 'stated');
  const [extracted = ''] = await vault.database.transact({ tenantId: vault.tenant, actor: { kind: 'system', id: 'test' }, requestId: 'test' }, (work) =>
    saveScenarioRequirements(work, uuidOf(id) as Id<'Scenario'>, { extractor: 'MODEL', model: 'test', promptName: 'test', promptVersion: 1 }, [{ fieldName: 'extracted', requiredLevel: 'HARD', confidence: 0.9 }]));
  for (const each of [stated.id, toGlobalId('ScenarioRequirement', extracted)]) {
    expect(await remove('ScenarioRequirement', each)).toMatchObject(deleted(each));
    expect(await remove('ScenarioRequirement', each)).toMatchObject({ __typename: 'NotFoundError', path: ['id'] });
  }
  expect(await vault.rows('select field_name from rejected_requirement where scenario_id = $1', [uuidOf(id)])).toEqual([{ field_name: 'extracted' }]);
  expect((await vault.facts('scenario_requirement.deleted')).map(({ data }) => data['scenarioRequirementId'])).toEqual([uuidOf(stated.id), extracted]);
});

test('for administrators alone', async () => {
  for (const what of ['FieldDefinition', 'Scenario', 'ScenarioRequirement']) expect(await remove(what, 'x', false, 'analyst')).toMatchObject({ __typename: 'ForbiddenError' });
});
