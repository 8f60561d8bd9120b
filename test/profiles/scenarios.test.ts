import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { saveScenarioRequirements, missingFields } from '../../src/features/profiles/index.ts';
import type { Id } from '../../src/platform/ids.ts';
import { openVault, uuidOf, type Answer, type Vault } from './vault.ts';

let vault: Vault;
beforeAll(async () => {
  vault = await openVault();
});
afterAll(() => vault.close());

const scenario = (input: Record<string, unknown>) => vault.mutate('saveScenario', [['input', 'ScenarioInput!', input]], '... on Scenario { id name conditions requirements { totalCount } }', { role: 'admin' });
const require_ = (scenarioId: string, fieldName: string, more: Record<string, unknown> = {}) =>
  vault.mutate('saveScenarioRequirement', [['input', 'ScenarioRequirementInput!', { scenarioId, fieldName, requiredLevel: 'HARD', ...more }]], '... on ScenarioRequirement { id fieldName requiredLevel fallbackAction origin confidence needsReview scenario { id } }', { role: 'admin' });
const missing = async (account: string, scenarioId: string) => (await vault.ask<{ missingFields: Record<string, unknown>[] }>(
  'query Missing($profileId: ID!, $scenarioId: ID!) { missingFields(profileId: $profileId, scenarioId: $scenarioId) { fieldName requiredLevel fallbackAction reason definition { displayName collectionPrompt } } }',
  { profileId: account.replace('Account_', 'Profile_'), scenarioId }, 'viewer')).missingFields;
const extract = (scenarioId: string, stated: Parameters<typeof saveScenarioRequirements>[3]) =>
  vault.database.transact({ tenantId: vault.tenant, actor: { kind: 'system', id: 'test' }, requestId: 'test' }, (work) => saveScenarioRequirements(work, uuidOf(scenarioId) as Id<'Scenario'>, { extractor: 'MODEL', model: 'test', promptName: 'test', promptVersion: 1 }, stated));

describe('scenarios', () => {
  test('are found again by name or id, and say whether their conditions changed', async () => {
    const first = await scenario({ name: 'Onboarding', conditions: 'We need an e-mail address.' });
    expect(first).toMatchObject({ name: 'Onboarding', conditions: 'We need an e-mail address.' });
    expect(await scenario({ name: ' onboarding ', conditions: 'We need an e-mail address.' })).toMatchObject({ id: first.id, name: 'onboarding' });
    expect(await scenario({ id: first.id, name: 'Set-up', conditions: 'And a name.' })).toMatchObject({ id: first.id, name: 'Set-up', conditions: 'And a name.' });
    expect(await scenario({ id: first.id, name: 'Set-up', conditions: 'And a name.' })).toMatchObject({ id: first.id });
    expect((await vault.facts('scenario.saved')).map(({ data }) => data['conditionsChanged'])).toEqual([true, false, true]);
    const other = await scenario({ name: 'Renewal' });
    expect(await scenario({ id: other.id, name: 'SET-UP' })).toMatchObject({ __typename: 'ConflictError', path: ['input', 'name'] });
  });

  test('named by many at once are one', async () => {
    const made = await Promise.all(Array.from({ length: 10 }, () => scenario({ name: 'Crowd', conditions: 'x' })));
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
  });

  test('what a person stated, extraction leaves alone; what it is not sure of is marked', async () => {
    const { id } = await scenario({ name: 'Extracted' });
    expect(await require_(id, 'email', { fallbackAction: 'BLOCK' })).toMatchObject({ fieldName: 'email', requiredLevel: 'HARD', fallbackAction: 'BLOCK', origin: 'PERSON', confidence: 1, needsReview: false, scenario: { id } });
    const stated = [{ fieldName: 'email', requiredLevel: 'SOFT', confidence: 0.99 }, { fieldName: 'phone', requiredLevel: 'SOFT', confidence: 0.79, fallbackAction: 'SKIP' }, { fieldName: 'city', requiredLevel: 'HARD', confidence: 0.8 }] as const;
    expect([(await extract(id, stated)).length, (await extract(id, stated)).length]).toEqual([2, 0]);
    const { node } = await vault.ask<{ node: { requirements: { edges: { node: object }[] } } }>('query($id: ID!) { node(id: $id) { ... on Scenario { requirements(filter: { needsReview: true }) { edges { node { fieldName origin confidence needsReview } } } } } }', { id });
    expect(node.requirements.edges).toEqual([{ node: { fieldName: 'phone', origin: 'EXTRACTION', confidence: 0.79, needsReview: true } }]);
    expect(await require_(id, 'phone', { requiredLevel: 'SOFT' })).toMatchObject({ origin: 'PERSON', needsReview: false, confidence: 1 });
    await expect(extract(id, Array.from({ length: 101 }, (_, index) => ({ fieldName: `f_${index}`, requiredLevel: 'SOFT' as const, confidence: 1 })))).rejects.toThrow(/at most 100/);
  });
});

test('missing is what is absent, expired, orphaned, erased, invalid, stale or unverified, with its level and prompt', async () => {
  const account = await vault.account('missing');
  const { id } = await scenario({ name: 'Everything' });
  await vault.define({ name: 'email', displayName: 'Email Address', valueType: 'EMAIL', collectionPrompt: 'What is your email address?' });
  await vault.define({ name: 'address', valueType: 'TEXT', freshnessDays: 1 });
  await vault.define({ name: 'tax_id', valueType: 'STRING', requiredVerification: true });
  await vault.define({ name: 'consent_until', valueType: 'DATE', retentionDays: 1 });
  for (const name of ['email', 'address', 'tax_id', 'consent_until', 'derived', 'gone', 'phone', 'city']) await require_(id, name, name === 'phone' ? { requiredLevel: 'SOFT', fallbackAction: 'SKIP' } : {});
  const asset = await vault.asset(account, { name: 'a', text: 'b' });
  await vault.put(account, 'email', 'no address');
  await vault.put(account, 'address', 'A street');
  await vault.put(account, 'tax_id', '123');
  await vault.put(account, 'consent_until', '2027-01-01');
  await vault.put(account, 'derived', 1, { sourceItemId: asset.id });
  await vault.put(account, 'gone', 1, { subjectEmail: 'gone@example.com' });
  await vault.put(account, 'city', 'Rome');
  await vault.mutate('deleteProfileAsset', [['id', 'ID!', asset.id], ['force', 'Boolean', true]], '... on DeletedNode { id }', { role: 'admin' });
  await vault.rows('update subject_key set wrapped_key = null, destroyed_at = now() where subject_id = (select subject_id from profile_field where account_id = $1 and name = $2)', [uuidOf(account), 'gone']);
  vault.clock.advance(86_400_000);
  // The cache does not know of keys destroyed behind the program's back; erasure will tell it.
  await vault.put(account, 'unrelated', 1);
  const found = await missing(account, id);
  expect(found.map((each) => [each['fieldName'], each['reason']])).toEqual([['address', 'STALE'], ['consent_until', 'EXPIRED'], ['derived', 'ORPHANED'], ['email', 'INVALID'], ['gone', 'ERASED'], ['tax_id', 'UNVERIFIED'], ['phone', 'ABSENT']]);
  expect(found.find((each) => each['fieldName'] === 'email')).toEqual({ fieldName: 'email', requiredLevel: 'HARD', fallbackAction: 'ASK', reason: 'INVALID', definition: { displayName: 'Email Address', collectionPrompt: 'What is your email address?' } });
  expect(found.find((each) => each['fieldName'] === 'phone')).toEqual({ fieldName: 'phone', requiredLevel: 'SOFT', fallbackAction: 'SKIP', reason: 'ABSENT', definition: null });
  // Inside a Work the same is found, past any cache.
  const inside = await vault.database.transact({ tenantId: vault.tenant, actor: { kind: 'system', id: 'test' }, requestId: 'test' }, (work) =>
    missingFields(work, { tenantId: vault.tenant, accountId: uuidOf(account), scenarioId: uuidOf(id), at: vault.clock.now().getTime() }));
  expect(inside.map(({ fieldName, reason }) => [fieldName, reason])).toEqual(found.map((each) => [each['fieldName'], each['reason']]));
  await vault.put(account, 'email', 'ada@example.com');
  await vault.put(account, 'tax_id', '123', { verified: true }, { role: 'analyst' });
  expect((await missing(account, id)).map((each) => each['fieldName'])).toEqual(['address', 'consent_until', 'derived', 'gone', 'phone']);
  // A machine's word supersedes a person's, and then nobody has verified what holds.
  await vault.put(account, 'tax_id', '124');
  expect((await missing(account, id)).map((each) => [each['fieldName'], each['reason']])).toContainEqual(['tax_id', 'UNVERIFIED']);
});

test('only a person verifies: analyst, approver, privacy officer or administrator; not an agent, and no machine whatever its roles', async () => {
  const account = await vault.account('verified');
  const key = async (roles: string[]): Promise<Answer> => {
    const query = 'mutation($input: ApiKeyInput!) { createApiKey(input: $input) { ... on ApiKeyCreated { secret } } }';
    const { data, errors } = await vault.query<{ createApiKey: { secret: string } }, Record<string, unknown>>(query, { input: { name: 'bot', roles } }, { role: 'admin' });
    if (!data) throw new Error(JSON.stringify(errors));
    const update = 'mutation($input: ProfileFieldInput!) { answer: updateProfileField(input: $input) { __typename ... on UserError { message code path } } }';
    const response = await fetch(`${vault.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': data.createApiKey.secret },
      body: JSON.stringify({ query: update, variables: { input: { profileId: account.replace('Account_', 'Profile_'), name: 'tax_id', value: '1', verified: true } } }),
    });
    return ((await response.json()) as { data: { answer: Answer } }).data.answer;
  };
  const refused = { __typename: 'InvalidInputError', code: 'BAD_USER_INPUT', path: ['input', 'verified'], message: expect.stringContaining('analyst or approver or privacy_officer or admin') as string };
  expect([await vault.put(account, 'tax_id', '1', { verified: true }), await key(['AGENT']), await key(['ANALYST', 'AGENT'])]).toMatchObject([refused, refused, refused]);
  expect(await vault.fields(account)).toEqual({});
  expect(await vault.put(account, 'tax_id', '1', { verified: false })).toMatchObject({ verifiedAt: null });
  for (const role of ['analyst', 'admin'] as const) expect(await vault.put(account, 'tax_id', '1', { verified: true }, { role })).toMatchObject({ verifiedAt: expect.any(String) as string });
});

test('what waits for review does not count until a person accepted it, and is shown to who asks for it', async () => {
  const account = await vault.account('unreviewed');
  const { id } = await scenario({ name: 'Unreviewed' });
  await extract(id, [{ fieldName: 'guessed', requiredLevel: 'HARD', fallbackAction: 'BLOCK', confidence: 0.6 }, { fieldName: 'sure', requiredLevel: 'SOFT', confidence: 0.9 }]);
  const profileId = account.replace('Account_', 'Profile_');
  const both = async () => {
    const { counted, all } = await vault.ask<Record<'counted' | 'all', { fieldName: string; needsReview: boolean }[]>>(
      'query($p: ID!, $s: ID!) { counted: missingFields(profileId: $p, scenarioId: $s) { fieldName needsReview } all: missingFields(profileId: $p, scenarioId: $s, includeUnreviewed: true) { fieldName needsReview } }', { p: profileId, s: id });
    const { fillScenarioRequirements: filled } = await vault.ask<{ fillScenarioRequirements: { fieldName: string }[] }>('mutation($p: ID!, $s: ID!) { fillScenarioRequirements(profileId: $p, scenarioId: $s) { fieldName } }', { p: profileId, s: id });
    return { counted, all, filled: filled.map(({ fieldName }) => fieldName) };
  };
  const [guessed, sure] = [{ fieldName: 'guessed', needsReview: true }, { fieldName: 'sure', needsReview: false }];
  expect(await both()).toEqual({ counted: [sure], all: [guessed, sure], filled: ['sure'] });
  const { node } = await vault.ask<{ node: { requirements: { edges: { node: { id: string } }[] } } }>('query($id: ID!) { node(id: $id) { ... on Scenario { requirements(filter: { needsReview: true }) { edges { node { id } } } } } }', { id });
  await vault.mutate('reviewScenarioRequirement', [['requirementId', 'ID!', node.requirements.edges[0]?.node.id], ['decision', 'RequirementDecision!', 'ACCEPT']], '', { role: 'admin' });
  const accepted = { ...guessed, needsReview: false };
  expect(await both()).toEqual({ counted: [accepted, sure], all: [accepted, sure], filled: ['guessed', 'sure'] });
});

test('lists are filtered and ordered, and paged by cursors', async () => {
  for (const name of ['zeta', 'alpha', 'beta']) await vault.define({ name, valueType: 'NUMBER', isPii: false });
  const page = async (args: string) => (await vault.ask<{ list: { totalCount: number; pageInfo: { endCursor: string; hasNextPage: boolean }; edges: { node: { name: string } }[] } }>(`{ list: ${args} { totalCount pageInfo { endCursor hasNextPage } edges { node { name } } } }`, {}, 'viewer')).list;
  const first = await page('fieldDefinitions(first: 2, filter: { valueTypes: [NUMBER], isPii: false, agents: [""] })');
  expect([first.totalCount, first.edges.map(({ node }) => node.name)]).toEqual([3, ['alpha', 'beta']]);
  expect((await page(`fieldDefinitions(first: 2, after: "${first.pageInfo.endCursor}", filter: { valueTypes: [NUMBER], isPii: false })`)).edges.map(({ node }) => node.name)).toEqual(['zeta']);
  expect((await page('fieldDefinitions(filter: { names: ["zeta", "alpha"] }, orderBy: { field: NAME, direction: DESC })')).edges.map(({ node }) => node.name)).toEqual(['zeta', 'alpha']);
  expect((await page('scenarios(filter: { requires: ["tax_id"] })')).edges.map(({ node }) => node.name)).toEqual(['Everything']);
  expect((await page('scenarios(filter: { nameStartsWith: "RE" }, orderBy: { field: RECORDED_AT, direction: DESC })')).edges.map(({ node }) => node.name)).toEqual(['Renewal']);
  const account = await vault.account('paged');
  for (let index = 0; index < 5; index += 1) await vault.put(account, 'n', index, { source: index % 2 ? 'CRM' : 'USER' });
  const { account: read } = await vault.ask<{ account: { profile: { history: { totalCount: number; edges: { node: { value: number } }[] } } } }>(
    'query($id: ID!) { account(id: $id) { profile { history(first: 2, filter: { sources: [USER], statuses: [SUPERSEDED], names: ["n"], validationStates: [UNCHECKED] }, orderBy: { field: VERSION, direction: ASC }) { totalCount edges { node { value } } } } } }', { id: account });
  expect(read.profile.history).toEqual({ totalCount: 2, edges: [{ node: { value: 0 } }, { node: { value: 2 } }] });
});
