import { afterAll, beforeAll, expect, test } from 'vitest';
import { updateProfileFields, type FieldUpdate } from '../../src/features/profiles/index.ts';
import { metricsText } from '../../src/platform/metrics.ts';
import type { Read } from '../../src/platform/postgres/read.ts';
import { until } from '../harness/program.ts';
import { openVault, uuidOf, type Vault } from './vault.ts';
import { noteReads } from '../harness/note-reads.ts';

const size = 50;
let vault: Vault;
let accounts: string[] = [];
let scenarioId = '';
const reads: Read[] = [];
const caller = () => ({ tenantId: vault.tenant, actor: { kind: 'system', id: 'test' }, requestId: 'test' }) as const;
beforeAll(async () => {
  vault = await openVault();
  const names = Array.from({ length: size }, (_, index) => `account-${index}`);
  accounts = (await vault.upsertAccounts(names.map((name) => ({ externalRef: { system: 'crm', id: name }, name })))).results.map(({ id }) => id ?? '');
  for (const name of ['email', 'city', 'plan']) await vault.define({ name, valueType: 'STRING' });
  const assets: string[] = [];
  for (const account of accounts) assets.push((await vault.asset(account, { name: 'a', text: 'b' })).id);
  for (const round of [1, 2]) {
    const updates = accounts.flatMap((account, index) => ['email', 'city', 'plan', 'free'].map((name): FieldUpdate => ({
      accountId: uuidOf(account) as never, name, value: `${name} ${round}`, source: 'IMPORT', sourceItems: [{ type: 'ProfileAsset', id: uuidOf(assets[index] ?? '') }], path: [],
    })));
    const done = await vault.database.transact(caller(), (work) => updateProfileFields(work, vault.seal, updates));
    expect(done.filter((each) => each instanceof Error)).toEqual([]);
  }
  scenarioId = (await vault.mutate('saveScenario', [['input', 'ScenarioInput!', { name: 'S' }]], '... on Scenario { id }', { role: 'admin' })).id;
  for (const fieldName of ['email', 'city', 'plan', 'more']) await vault.mutate('saveScenarioRequirement', [['input', 'ScenarioRequirementInput!', { scenarioId, fieldName, requiredLevel: 'HARD' }]], '', { role: 'admin' });
  noteReads(vault.database, reads);
});
afterAll(() => vault.close());

async function asked(query: string, variables: Record<string, unknown>): Promise<string[]> {
  reads.length = 0;
  const { errors } = await vault.query(query, variables, { role: 'viewer' });
  expect(errors).toBeUndefined();
  const names = reads.flatMap((read) => [...read.asked]).sort();
  // Values lie on several levels, and each level may ask for definitions of names that the one before did not have.
  expect(names.filter((name) => name === 'field_definitions_by_name').length).toBeLessThanOrEqual(3);
  return names.filter((name, index) => name !== 'field_definitions_by_name' || names.indexOf(name) === index);
}

const past = '2026-11-21T09:00:00Z';
const fields = 'name value masked status freshness validation { state errors } definition { displayName } profile { id } supersedes { value } sourceMetadata derivationChain { id type name } history(first: 2) { totalCount edges { node { value version } } }';
const profile = `profile { id account { name } fields { ${fields} } history(first: 2) { totalCount edges { node { name value } } } assets(first: 2) { totalCount edges { node { name text profile { id } } } } }`;

test('profiles ask as many statements for one account as for fifty, cached or not', async () => {
  const query = `query($ids: [ID!]!) { nodes(ids: $ids) { ... on Account { id ${profile} } } }`;
  const fresh = await asked(query, { ids: accounts });
  expect(new Set(fresh).size).toBe(fresh.length);
  expect(fresh.length).toBeLessThanOrEqual(16);
  const kept = fresh.filter((name) => name !== 'profile_fields_current' && name !== 'field_definitions_by_name');
  // What is in the cache is not asked again, once the word of the last change has come over the bus, too.
  for (const count of [size, 1, size]) await until('the rest is asked', async () => (await asked(query, { ids: accounts.slice(0, count) })).join() === kept.join());
});

test('as of the past, too, where nothing comes from a cache but who may see what', async () => {
  const query = (ids: readonly string[]): string => `query($at: DateTime!) { ${ids.map((id, index) => `a${index}: account(id: "${id}", asOf: $at) { ${profile} }`).join(' ')} }`;
  const one = await asked(query(accounts.slice(0, 1)), { at: past });
  expect(await asked(query(accounts.slice(0, 5)), { at: past })).toEqual(one);
});

test('a page of fields, and of lists in lists, is one statement each', async () => {
  const names = await asked('{ fieldDefinitions(first: 3) { totalCount edges { node { name } } } scenarios(first: 5) { totalCount edges { node { name requirements(first: 5) { totalCount edges { node { fieldName scenario { name } } } } } } } }', {});
  expect(names).toHaveLength(7);
});

test('missing fields ask a fixed number of statements, however many are asked for at once', async () => {
  const query = (ids: readonly string[]): string => `query($s: ID!) { ${ids.map((id, index) => `a${index}: missingFields(profileId: "${id.replace('Account_', 'Profile_')}", scenarioId: $s) { fieldName definition { displayName } }`).join(' ')} }`;
  expect(await asked(query(accounts.slice(0, 1)), { s: scenarioId })).toEqual(expect.arrayContaining(['scenario_requirements_of']));
  const one = await asked(query(accounts.slice(0, 1)), { s: scenarioId });
  expect(await asked(query(accounts.slice(0, 20)), { s: scenarioId })).toEqual(one);
});

test('an update of many fields of many profiles runs as many statements as one of one', async () => {
  const run = async (count: number): Promise<number> => {
    let statements = 0;
    await vault.database.transact(caller(), (work) => {
      const counting = { ...work, rows: ((...args: Parameters<typeof work.rows>) => ((statements += 1), work.rows(...args))) as typeof work.rows };
      return updateProfileFields(counting, vault.seal, accounts.slice(0, count).map((account): FieldUpdate => ({ accountId: uuidOf(account) as never, name: 'city', value: 'Rome', source: 'CRM', path: [] })));
    });
    return statements;
  };
  expect(await run(1)).toBe(await run(size));
});

async function hitsOf(cache: string): Promise<number> {
  const line = (await metricsText()).split('\n').find((each) => each.startsWith(`cache_hits_total{cache="${cache}"}`));
  return Number(line?.slice(line.lastIndexOf(' ') + 1));
}

test('hits and misses of both caches are counted', async () => {
  await asked(`query($ids: [ID!]!) { nodes(ids: $ids) { ... on Account { ${profile} } } }`, { ids: accounts });
  for (const cache of ['profile', 'field_definitions']) {
    // Until the word of the last change has come over the bus, too, and nothing is forgotten any more.
    await until('all are answered from what is kept', async () => {
      const hits = await hitsOf(cache);
      await asked(`query($ids: [ID!]!) { nodes(ids: $ids) { ... on Account { ${profile} } } }`, { ids: accounts });
      return (await hitsOf(cache)) === hits + (cache === 'profile' ? size : 4);
    });
  }
});
