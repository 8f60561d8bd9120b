import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { roles } from '../../src/app/config.ts';
import type { Role } from '../../src/features/access/index.ts';
import { toGlobalId } from '../../src/platform/ids.ts';
import { openVault, uuidOf, type Vault } from './vault.ts';

let vault: Vault;
let account: string;
let scenarioId: string;
/** What the other tenant has, by type. */
const theirs = new Map<string, string>();
beforeAll(async () => {
  // Without the scheduler: snapshots of what the tests change would be rows in between.
  vault = await openVault({ roles: roles.filter((role) => role !== 'scheduler') });
  account = await vault.account('ours');
  scenarioId = (await vault.mutate('saveScenario', [['input', 'ScenarioInput!', { name: 'Ours' }]], '... on Scenario { id }', { role: 'admin' })).id;
  const token = await vault.token('admin', { tenant: vault.otherTenant });
  const their = (await vault.upsertAccounts([{ externalRef: { system: 'salesforce', id: 'theirs' }, name: 'Theirs' }], { token })).results[0]?.id ?? '';
  theirs.set('Account', their).set('Profile', their.replace('Account_', 'Profile_'));
  theirs.set('FieldDefinition', (await vault.define({ name: 'email', valueType: 'EMAIL' }, { token })).id);
  theirs.set('ProfileAsset', (await vault.asset(their, { name: 'a', text: 'b' }, { token })).id);
  theirs.set('ProfileField', (await vault.put(their, 'email', 'ada@example.com', {}, { token })).id);
  const scenario = await vault.mutate('saveScenario', [['input', 'ScenarioInput!', { name: 'Theirs' }]], '... on Scenario { id }', { token });
  theirs.set('Scenario', scenario.id);
  theirs.set('ScenarioRequirement', (await vault.mutate('saveScenarioRequirement', [['input', 'ScenarioRequirementInput!', { scenarioId: scenario.id, fieldName: 'email', requiredLevel: 'HARD' }]], '... on ScenarioRequirement { id }', { token })).id);
});
afterAll(() => vault.close());

/** The rows that profiles write, and the audit rows about them. */
async function rows(): Promise<Record<string, number>> {
  const tables = ['profile_setting', 'field_definition', 'scenario', 'scenario_requirement', 'profile_asset', 'profile_field', 'lineage_edge', 'subject_key', 'audit_logs'];
  const counts: Record<string, number> = {};
  for (const table of tables) counts[table] = await vault.count(`select from ${table}`);
  return counts;
}

test('every node is read again by its id, by its own tenant alone', async () => {
  const nodes = async (ids: readonly string[], token: string) => (await vault.query<{ nodes: ({ __typename: string } | null)[] }, Record<string, unknown>>('query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }', { ids }, { token })).data?.nodes;
  const ids = [...theirs.values()];
  expect(await nodes(ids, await vault.token('viewer', { tenant: vault.otherTenant }))).toEqual([...theirs].map(([type, id]) => ({ __typename: type, id })));
  expect(await nodes(ids, await vault.token('admin'))).toEqual(ids.map(() => null));
});

describe('ids of nobody, of another type or of another tenant', () => {
  const strange = (type: string): string[] => ['nonsense', '', toGlobalId(type, '00000000-0000-7000-8000-000000000000'), account.replace('Account_', 'Signal_'), theirs.get(type) ?? ''];
  test('are refused with one answer, wherever they are given', async () => {
    const ask = async (query: string, variables: Record<string, unknown>) => (await vault.query(query, variables)).errors?.map(({ message, extensions }) => [message, extensions['code'], extensions['inputPath']]);
    const missing = 'query($profileId: ID!, $scenarioId: ID!) { missingFields(profileId: $profileId, scenarioId: $scenarioId) { fieldName } }';
    const answers = {
      profile: await Promise.all(strange('Profile').map((id) => vault.mutate('updateProfileField', [['input', 'ProfileFieldInput!', { profileId: id, name: 'x', value: 1 }]], '... on ProfileField { id }'))),
      asset: await Promise.all(strange('Profile').map((id) => vault.mutate('saveProfileAsset', [['input', 'ProfileAssetInput!', { profileId: id, name: 'x', text: 'y' }]], '... on ProfileAsset { id }'))),
      scenario: await Promise.all(strange('Scenario').filter(Boolean).map((id) => vault.mutate('saveScenario', [['input', 'ScenarioInput!', { id, name: 'x' }]], '... on Scenario { id }', { role: 'admin' }))),
      requirement: await Promise.all(strange('Scenario').map((id) => vault.mutate('saveScenarioRequirement', [['input', 'ScenarioRequirementInput!', { scenarioId: id, fieldName: 'x', requiredLevel: 'HARD' }]], '... on ScenarioRequirement { id }', { role: 'admin' }))),
      deleteField: await Promise.all(strange('ProfileField').map((id) => vault.mutate('deleteProfileField', [['id', 'ID!', id], ['force', 'Boolean', true]], '... on DeletedNode { id }', { role: 'admin' }))),
      ...Object.fromEntries(await Promise.all(['FieldDefinition', 'Scenario', 'ScenarioRequirement'].map(async (type) => [type, await Promise.all(strange(type).map((id) => vault.mutate(`delete${type}`, [['id', 'ID!', id], ['force', 'Boolean', true]], '... on DeletedNode { id }', { role: 'admin' })))] as const))),
      deleteAsset: await Promise.all(strange('ProfileAsset').map((id) => vault.mutate('deleteProfileAsset', [['id', 'ID!', id]], '... on DeletedNode { id }'))),
      source: await Promise.all(strange('ProfileAsset').map((id) => vault.put(account, 'x', 1, { sourceItemId: id }).then(({ __typename, code, path }) => ({ __typename, code, path })))),
      missingOfProfile: await Promise.all(strange('Profile').map((profileId) => ask(missing, { profileId, scenarioId }))),
      missingOfScenario: await Promise.all(strange('Scenario').map((id) => ask(missing, { profileId: account.replace('Account_', 'Profile_'), scenarioId: id }))),
    };
    for (const [door, own] of Object.entries(answers)) {
      expect(new Set(own.map((each) => JSON.stringify(each))).size, `${door}: ${JSON.stringify(own)}`).toBe(1);
      expect(JSON.stringify(own[0]), door).toContain('NOT_FOUND');
    }
  });
});

describe('what cannot be taken', () => {
  const definition = { name: 'good', valueType: 'STRING' };
  test.each<[string, Record<string, unknown>, string]>([
    ['a name with capitals', { name: 'Email' }, 'name'], ['an empty name', { name: '' }, 'name'], ['a long name', { name: 'a'.repeat(65) }, 'name'], ['an injected name', { name: "a'; drop table profile_field" }, 'name'],
    ['a look-ahead', { validationRegex: '(?=a)' }, 'validationRegex'], ['a back-reference', { validationRegex: '(a)\\1' }, 'validationRegex'], ['a long pattern', { validationRegex: 'a'.repeat(501) }, 'validationRegex'],
    ['a pattern for a BOOLEAN', { valueType: 'BOOLEAN', validationRegex: 'a' }, 'validationRegex'], ['an ENUM of nothing', { valueType: 'ENUM' }, 'enumValues'], ['enum values for a STRING', { enumValues: ['a'] }, 'enumValues'],
    ['an enum value twice', { valueType: 'ENUM', enumValues: ['a', 'a'] }, 'enumValues'], ['an empty enum value', { valueType: 'ENUM', enumValues: [''] }, 'enumValues'], ['no days', { retentionDays: 0 }, 'retentionDays'],
    ['too many days', { freshnessDays: 36_501 }, 'freshnessDays'], ['a NUL', { displayName: 'a\0' }, 'displayName'], ['a long prompt', { collectionPrompt: 'x'.repeat(2_001) }, 'collectionPrompt'], ['a long agent', { agent: 'x'.repeat(101) }, 'agent'],
  ])('as a definition: %s', async (_what, part, place) => {
    const answer = await vault.define({ ...definition, ...part });
    expect(answer).toMatchObject({ __typename: 'InvalidInputError', code: 'BAD_USER_INPUT' });
    expect(answer.path?.slice(0, 2)).toEqual(['input', place]);
  });

  test.each<[string, unknown, Record<string, unknown>, string[]]>([
    ['a NUL', 'a\0b', {}, ['input', 'value']], ['half a surrogate pair', '\ud800', {}, ['input', 'value']], ['65 KiB', 'x'.repeat(66_000), {}, ['input', 'value']],
    ['a strange name', 1, { name: 'A B' }, ['input', 'name']], ['a confidence of 1.1', 1, { confidence: 1.1 }, ['input', 'confidence']], ['a confidence below 0', 1, { confidence: -0.1 }, ['input', 'confidence']],
    ['an expiry that is over', 1, { expiresAt: '2026-11-21T08:59:59Z' }, ['input', 'expiresAt']], ['a time to come', 1, { occurredAt: '2026-11-21T09:06:00Z' }, ['input', 'occurredAt']],
    ['large metadata', 1, { sourceMetadata: { a: 'x'.repeat(17_000) } }, ['input', 'sourceMetadata']], ['a NUL in the metadata', 1, { sourceMetadata: { a: '\0' } }, ['input', 'sourceMetadata']],
    ['two profiles', 1, { account: { externalRef: { system: 'salesforce', id: 'ours' } } }, ['input']], ['a long address', 1, { subjectEmail: 'x'.repeat(321) }, ['input', 'subjectEmail']],
    ['no address', 1, { subjectEmail: 'notmail' }, ['input', 'subjectEmail']], ['an agent with a NUL', 1, { agent: 'a\0' }, ['input', 'agent']], ['an agent with half a surrogate pair', 1, { agent: '\ud800' }, ['input', 'agent']],
    ['a long agent', 1, { agent: 'x'.repeat(300_000) }, ['input', 'agent']],
  ])('as a value: %s', async (_what, value, more, path) => {
    expect(await vault.put(account, 'good', value, more)).toMatchObject({ __typename: 'InvalidInputError', code: 'BAD_USER_INPUT', path });
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['without a name', { name: ' ', text: 'x' }, 'name'], ['without a text', { name: 'a', text: '\n ' }, 'text'], ['with a long text', { name: 'a', text: 'x'.repeat(200_001) }, 'text'], ['with a NUL', { name: 'a', text: 'a\0b' }, 'text'],
    ['with no address', { name: 'a', text: 'b', subjectEmail: 'notmail' }, 'subjectEmail'],
  ])('as a document: %s', async (_what, input, place) => {
    expect(await vault.asset(account, input)).toMatchObject({ __typename: 'InvalidInputError', path: ['input', place] });
  });
});

test('a profile has at most 200 fields', async () => {
  const full = await vault.account('full');
  const { updateProfileFields } = await import('../../src/features/profiles/index.ts');
  const update = (from: number, count: number) => vault.database.transact({ tenantId: vault.tenant, actor: { kind: 'system', id: 'test' }, requestId: 'test' }, (work) =>
    updateProfileFields(work, vault.seal, Array.from({ length: count }, (_, index) => ({ accountId: uuidOf(full) as never, name: `f_${from + index}`, value: 1, source: 'IMPORT' as const, path: [String(index)] }))));
  expect((await update(0, 199)).filter((each) => each instanceof Error)).toEqual([]);
  expect((await update(198, 3)).map((each) => each instanceof Error)).toEqual([false, false, true]);
  await expect(update(0, 201)).rejects.toThrow(/At most 200/);
  const [one, two] = await vault.database.transact({ tenantId: vault.tenant, actor: { kind: 'system', id: 'test' }, requestId: 'test' }, (work) =>
    updateProfileFields(work, vault.seal, [1, 2].map((value) => ({ accountId: uuidOf(account) as never, name: 'same', value, source: 'IMPORT' as const, path: [String(value)] }))));
  expect([one, two]).toMatchObject([{ state: 'UNCHECKED' }, { code: 'BAD_USER_INPUT', inputPath: ['2', 'name'] }]);
});

test('roles that may not are told so, and what was refused has left no trace', async () => {
  const before = await rows();
  const doors: [string, Parameters<Vault['mutate']>[1], readonly Role[]][] = [
    ['saveFieldDefinition', [['input', 'FieldDefinitionInput!', { name: 'x', valueType: 'STRING' }]], ['viewer', 'analyst', 'approver', 'privacy_officer', 'agent']],
    ['saveProfileSettings', [['validationMode', 'ValidationMode!', 'STRICT']], ['viewer', 'analyst', 'agent']],
    ['saveScenario', [['input', 'ScenarioInput!', { name: 'x' }]], ['viewer', 'analyst', 'agent']],
    ['saveScenarioRequirement', [['input', 'ScenarioRequirementInput!', { scenarioId, fieldName: 'x', requiredLevel: 'HARD' }]], ['viewer', 'analyst', 'agent']],
    ['updateProfileField', [['input', 'ProfileFieldInput!', { account: { id: account }, name: 'x', value: 1 }]], ['viewer', 'approver', 'privacy_officer']],
    ['saveProfileAsset', [['input', 'ProfileAssetInput!', { account: { id: account }, name: 'x', text: 'y' }]], ['viewer', 'approver', 'privacy_officer']],
    ...['deleteFieldDefinition', 'deleteScenario', 'deleteScenarioRequirement'].map((door): [string, Parameters<Vault['mutate']>[1], readonly Role[]] => [door, [['id', 'ID!', 'x']], ['viewer', 'analyst', 'approver', 'privacy_officer', 'agent']]),
    ['deleteProfileField', [['id', 'ID!', 'ProfileField_x']], ['viewer', 'approver', 'privacy_officer']],
    ['deleteProfileAsset', [['id', 'ID!', 'ProfileAsset_x'], ['force', 'Boolean', true]], ['viewer', 'analyst', 'agent']],
  ];
  for (const [field, args, roles] of doors) for (const role of roles) expect(await vault.mutate(field, args, '', { role }), `${field} as ${role}`).toMatchObject({ __typename: 'ForbiddenError', code: 'FORBIDDEN' });
  expect(await rows()).toEqual(before);
});
