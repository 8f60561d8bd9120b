import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Role } from '../../src/features/access/index.ts';
import { updateProfileFields } from '../../src/features/profiles/index.ts';
import { redisAvailable, startTestRedis, type TestRedis } from '../services/redis.ts';
import { until } from '../harness/program.ts';
import { fieldShape, openVault, uuidOf, type Vault } from './vault.ts';

const secrets = ['Zsigmond-Secret', 'zsigmond@secret.example', 'Metadata-Secret', 'Document-Secret', 'Passport-Secret'];
let vault: Vault;
let redis: TestRedis | null = null;
let account: string;
beforeAll(async () => {
  redis = redisAvailable(import.meta.filename) ? await startTestRedis() : null;
  vault = await openVault(redis ? { redisUrls: redis.urls } : {});
  account = await vault.account('private');
  await vault.define({ name: 'email', valueType: 'EMAIL' });
  await vault.define({ name: 'plan', valueType: 'STRING', isPii: false });
  const asset = await vault.asset(account, { name: 'Passport-Secret of Zsigmond', kind: 'passport', text: 'Document-Secret' });
  await vault.put(account, 'legal_name', 'Zsigmond-Secret', { sourceItemId: asset.id, sourceMetadata: { quote: 'Metadata-Secret' } });
  await vault.put(account, 'email', 'zsigmond@secret.example');
  await vault.put(account, 'email', 'zsigmond@secret.example again');
  await vault.put(account, 'plan', 'gold', { sourceMetadata: { quote: 'gold for Metadata-Secret' } });
});
afterAll(async () => {
  await vault?.close();
  await redis?.close();
});

const see = async (role: Role) => (await vault.fields(account, { role }));

describe('who is shown what', () => {
  test.each(['analyst', 'approver', 'privacy_officer', 'agent', 'admin'] as const)('%s reads personal values', async (role) => {
    expect(await see(role)).toMatchObject({ legal_name: { value: 'Zsigmond-Secret', masked: false, sourceMetadata: { quote: 'Metadata-Secret' } }, plan: { value: 'gold' } });
  });

  test('a viewer is told that there is a value, and shown those that are not personal', async () => {
    const fields = await see('viewer');
    expect(fields).toMatchObject({
      legal_name: { value: null, masked: true, sourceMetadata: null, status: 'ACTIVE', source: 'USER' },
      email: { value: null, masked: true, supersedes: { value: null }, validation: { state: 'INVALID', errors: ['It must be an e-mail address.'] } },
      plan: { value: 'gold', masked: false },
    });
    const page = await vault.ask('query($id: ID!) { account(id: $id) { profile { history { edges { node { value sourceMetadata supersedes { value } history { edges { node { value } } } } } } assets { edges { node { name text } } } } } }', { id: account }, 'viewer');
    for (const secret of secrets) expect(JSON.stringify(page)).not.toContain(secret);
  });

  test.each(['viewer', 'analyst', 'approver', 'privacy_officer', 'agent', 'admin'] as const)('what a document is called: %s; lineage shows its kind to all', async (role) => {
    const field = String((await see('agent'))['legal_name']?.['id']);
    const { derivationChain: [asset], account: { profile } } = await vault.ask<{ derivationChain: object[]; account: { profile: object } }>(
      'query($field: ID!, $id: ID!) { derivationChain(of: $field) { name node { ... on ProfileAsset { kind name text } } } account(id: $id) { profile { assets(orderBy: { field: KIND }) { edges { node { kind name } } } } } }', { field, id: account }, role);
    const name = role === 'viewer' ? null : 'Passport-Secret of Zsigmond';
    expect(asset).toEqual({ name: 'passport', node: { kind: 'passport', name, text: role === 'viewer' ? null : 'Document-Secret' } });
    expect(profile).toEqual({ assets: { edges: [{ node: { kind: 'passport', name } }] } });
  });

  test('a kind is a word, so that nobody is named by it', async () => {
    for (const kind of ['Passport of Jane', 'jane@doe.example', 'x'.repeat(65)]) expect(await vault.asset(account, { name: 'x', kind, text: 'x' })).toMatchObject({ __typename: 'InvalidInputError', path: ['input', 'kind'] });
  });

  test('through node, and as of the past, a viewer sees no more', async () => {
    const ids = Object.values(await see('agent')).map((field) => String(field['id']));
    const nodes = await vault.ask(`query($ids: [ID!]!) { nodes(ids: $ids) { ... on ProfileField { ${fieldShape} } } }`, { ids }, 'viewer');
    const past = await vault.fields(account, { role: 'viewer', asOf: vault.clock.now().toISOString() });
    for (const secret of secrets) expect(JSON.stringify([nodes, past])).not.toContain(secret);
  });

  test('a definition that is made personal hides what was shown before, at once and in the past', async () => {
    await vault.define({ name: 'tier', valueType: 'STRING', isPii: false });
    await vault.put(account, 'tier', 'platinum');
    expect((await see('viewer'))['tier']).toMatchObject({ value: 'platinum' });
    vault.clock.advance(1_000);
    await vault.define({ name: 'tier', valueType: 'STRING', isPii: true, agent: 'other' });
    expect((await see('viewer'))['tier']).toMatchObject({ value: null, masked: true });
    // The definition that is shown beside it is the one that masks.
    const { account: read } = await vault.ask<{ account: { profile: { fields: object[] } } }>('query($id: ID!) { account(id: $id) { profile { fields(names: ["tier"]) { masked definition { isPii agent } } } } }', { id: account }, 'viewer');
    expect(read.profile.fields).toEqual([{ masked: true, definition: { isPii: true, agent: 'other' } }]);
    expect((await vault.fields(account, { role: 'viewer', asOf: new Date(vault.clock.now().getTime() - 500).toISOString() }))['tier']).toMatchObject({ value: null });
  });
});

test('no table, no event and no log line holds a value in the clear', async () => {
  const tables = await vault.rows("select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')");
  for (const row of tables) {
    const name = String(row['name']);
    for (const secret of secrets) {
      const found = await vault.count(`select from ${name} t where t::text like '%' || $1 || '%' or t::text like '%' || $2 || '%'`, [secret, Buffer.from(secret).toString('hex')]);
      expect(found, `${secret} in ${name}`).toBe(0);
    }
  }
  for (const secret of secrets) expect(JSON.stringify(vault.logged)).not.toContain(secret);
});

describe.runIf(redisAvailable(import.meta.filename))('in Redis', () => {
  const client = () => (redis as TestRedis).client();
  const kept = async (cache: string): Promise<[string, string][]> => {
    const keys = (await client().keys('*')).filter((key) => key.includes(`${cache}:{`));
    return Promise.all(keys.map(async (key) => [key, (await client().get(key)) ?? ''] as [string, string]));
  };

  test('a profile is kept sealed for 1,800 s, definitions for 3,600 s, and neither holds a value in the clear', async () => {
    await see('viewer');
    const [key] = await until('it is kept', async () => (await kept('profile')).find(([, text]) => text.includes('legal_name')));
    expect(await client().ttl(key)).toBeGreaterThan(1_790);
    expect(await client().ttl(key)).toBeLessThanOrEqual(1_800);
    const [definition] = await until('definitions are kept', async () => (await kept('field_definitions')).find(([, text]) => text.includes('EMAIL')));
    expect(await client().ttl(definition)).toBeGreaterThan(3_590);
    const everything = JSON.stringify(await Promise.all((await client().keys('*')).map(async (each) => [each, await client().get(each).catch(() => '')])));
    for (const secret of secrets) {
      for (const form of [secret, Buffer.from(secret).toString('hex'), Buffer.from(secret).toString('base64').replaceAll('=', '')]) expect(everything).not.toContain(form);
    }
  });

  test('every change is seen at once, whatever was kept', async () => {
    for (const value of ['silver', 'bronze', 'wood']) {
      await vault.put(account, 'plan', value);
      expect((await see('viewer'))['plan']).toMatchObject({ value });
      expect((await see('viewer'))['plan']).toMatchObject({ value });
    }
  });

  test('while Redis is away the same is answered from PostgreSQL, and the log says so', async () => {
    await redis?.stop();
    expect((await see('agent'))['legal_name']).toMatchObject({ value: 'Zsigmond-Secret' });
    expect(vault.logged.map(({ message }) => message)).toContainEqual(expect.stringContaining('redis_unavailable, falling_back_to_backend'));
    await redis?.start();
  });
});

test('who is erased is gone from every version; the others stay', async () => {
  const lookup = await vault.rows('select distinct subject_id from profile_field where account_id = $1 and name = $2', [uuidOf(account), 'email']);
  for (const row of lookup) await vault.rows('update subject_key set wrapped_key = null, destroyed_at = now() where subject_id = $1', [row['subject_id']]);
  const page = await vault.ask<{ account: { profile: { history: { edges: { node: { name: string; value: unknown } }[] } } } }>(
    'query($id: ID!) { account(id: $id) { profile { history(filter: { names: ["email", "legal_name"] }) { edges { node { name value } } } } } }', { id: account });
  expect(page.account.profile.history.edges.map(({ node }) => node)).toEqual(expect.arrayContaining([{ name: 'email', value: null }, { name: 'legal_name', value: 'Zsigmond-Secret' }]));
  expect(await vault.put(account, 'email', 'zsigmond@secret.example')).toMatchObject({ value: 'zsigmond@secret.example', supersedes: { value: null } });
});

describe('what was derived from a person\'s data', () => {
  let derived: string;
  const subjects = async (): Promise<Record<string, unknown>> => Object.fromEntries((await vault.rows('select name, subject_id from profile_field where account_id = $1 and is_current', [uuidOf(derived)])).map((row) => [String(row['name']), row['subject_id']]));
  beforeAll(async () => {
    derived = await vault.account('derived');
  });

  test('is theirs, by way of others too, and goes when they are erased', async () => {
    const mail = await vault.put(derived, 'secret_mail', 'jane@doe.example', { subjectEmail: 'jane@doe.example' });
    const greeting = await vault.put(derived, 'greeting', 'Dear jane@doe.example', { sourceItemId: mail.id, source: 'SYSTEM' });
    await vault.put(derived, 'letter', 'Dear jane@doe.example, …', { sourceItemId: greeting.id, source: 'LLM' });
    const passport = await vault.asset(derived, { name: 'Passport of Jane', text: 'Jane Doe', subjectEmail: 'jane@doe.example' });
    await vault.put(derived, 'holder', 'Jane Doe', { sourceItemId: passport.id, source: 'TOOL' });
    await vault.put(derived, 'email', 'Jane@Doe.example', { sourceItemId: passport.id, source: 'TOOL' });
    await vault.put(derived, 'city', 'Rome');
    const of = await subjects();
    for (const name of ['greeting', 'letter', 'holder', 'email']) expect(of[name], name).toBe(of['secret_mail']);
    expect(of['city']).not.toBe(of['secret_mail']);

    await vault.rows('update subject_key set wrapped_key = null, destroyed_at = now() where subject_id = $1', [of['secret_mail']]);
    vault.clock.advance(1_900_000);
    const { account: { profile } } = await vault.ask<{ account: { profile: { history: { edges: { node: { name: string; value: unknown } }[] }; assets: object } } }>(
      'query($id: ID!) { account(id: $id) { profile { history { edges { node { name value } } } assets { edges { node { name text } } } } } }', { id: derived });
    expect(Object.fromEntries(profile.history.edges.map(({ node }) => [node.name, node.value]))).toEqual({ secret_mail: null, greeting: null, letter: null, holder: null, email: null, city: 'Rome' });
    expect(profile.assets).toEqual({ edges: [{ node: { name: null, text: null } }] });
    expect(await vault.put(derived, 'greeting', 'Dear Jane', { sourceItemId: mail.id })).toMatchObject({ __typename: 'InvalidInputError', message: expect.stringContaining('erased') as string });
  });

  test('is refused where it would be of several persons', async () => {
    const bob = await vault.put(derived, 'bob', 'Bob', { subjectEmail: 'bob@doe.example' });
    const eve = await vault.put(derived, 'eve', 'Eve', { subjectEmail: 'eve@doe.example' });
    const several = { __typename: 'InvalidInputError', message: expect.stringContaining('several persons') as string };
    expect(await vault.put(derived, 'couple', 'Bob', { sourceItemId: bob.id, subjectEmail: 'eve@doe.example' })).toMatchObject({ ...several, path: ['input', 'subjectEmail'] });
    expect(await vault.put(derived, 'email', 'eve@doe.example', { sourceItemId: bob.id })).toMatchObject(several);
    const items = [bob, eve].map(({ id }) => ({ type: 'ProfileField', id: uuidOf(id) }));
    const city = (await vault.rows('select id from profile_field where account_id = $1 and name = $2', [uuidOf(derived), 'city']))[0]?.['id'];
    const caller = { tenantId: vault.tenant, actor: { kind: 'system', id: 'test' }, requestId: 'test' } as const;
    const accountId = uuidOf(derived) as never;
    const results = await vault.database.transact(caller, (work) => updateProfileFields(work, vault.seal, [
      { accountId, name: 'couple', value: 'Bob and Eve', source: 'LLM', sourceItems: items, path: [] },
      // One of several in a call, from a person and the profile itself: the person's.
      { accountId, name: 'home', value: 'Bob in Rome', source: 'LLM', sourceItems: [{ type: 'ProfileField', id: String(city) }, ...items.slice(0, 1)], path: [] },
    ]));
    expect(results).toMatchObject([{ message: expect.stringContaining('several persons') as string }, { state: 'UNCHECKED' }]);
    const of = await subjects();
    expect([of['home'], of['couple']]).toEqual([of['bob'], undefined]);
  });
});
