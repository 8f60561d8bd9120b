import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expireFields, orphanFields, updateProfileFields } from '../../src/features/profiles/index.ts';
import { openVault, uuidOf, type Vault } from './vault.ts';

const day = 86_400_000;
const job = { actor: { kind: 'system', id: 'scheduler' }, requestId: 'test' } as const;
let vault: Vault;
beforeAll(async () => {
  vault = await openVault();
});
afterAll(() => vault.close());

const later = (milliseconds: number): string => new Date(vault.clock.now().getTime() + milliseconds).toISOString();
const history = async (account: string, name: string): Promise<{ version: number; status: string; value: unknown }[]> => {
  const { account: read } = await vault.ask<{ account: { profile: { fields: { history: { edges: { node: { version: number; status: string; value: unknown } }[] } }[] } } }>(
    'query($id: ID!, $names: [String!]) { account(id: $id) { profile { fields(names: $names) { history(first: 100) { edges { node { version status value } } } } } } }', { id: account, names: [name] });
  return read.profile.fields[0]?.history.edges.map(({ node }) => node) ?? [];
};

describe('a field\'s statuses', () => {
  test('a new value supersedes the one before; both are kept, and the chain can be walked', async () => {
    const account = await vault.account('superseded');
    const first = await vault.put(account, 'legal_name', 'John Smith', { source: 'TOOL', confidence: 0.95, sourceMetadata: { tool: 'ocr_extractor', confidence: 0.95 } });
    expect(first).toMatchObject({ __typename: 'ProfileField', value: 'John Smith', status: 'ACTIVE', version: 1, supersedes: null, source: 'TOOL', confidence: 0.95, sourceMetadata: { tool: 'ocr_extractor', confidence: 0.95 }, freshness: 'UNLIMITED' });
    const second = await vault.put(account, 'legal_name', 'John B. Smith');
    expect(second).toMatchObject({ status: 'ACTIVE', version: 2, supersedes: { id: first.id, value: 'John Smith' }, source: 'USER', confidence: 1, sourceMetadata: null });
    expect(await history(account, 'legal_name')).toEqual([{ version: 2, status: 'ACTIVE', value: 'John B. Smith' }, { version: 1, status: 'SUPERSEDED', value: 'John Smith' }]);
    expect(await vault.facts('profile_field.updated')).toEqual(expect.arrayContaining([expect.objectContaining({ data: { accountId: uuidOf(account), profileFieldIds: [uuidOf(second.id)] } })]));
  });

  test('a value expires by itself at its instant, and the job notes it once', async () => {
    const account = await vault.account('expired');
    await vault.define({ name: 'consent_text', valueType: 'STRING', retentionDays: 30, freshnessDays: 10, isPii: false });
    await vault.put(account, 'consent_text', 'yes');
    expect(await vault.fields(account)).toMatchObject({ consent_text: { status: 'ACTIVE', freshness: 'FRESH', staleAt: later(10 * day), expiresAt: later(30 * day) } });
    vault.clock.advance(10 * day);
    expect(await vault.fields(account)).toMatchObject({ consent_text: { status: 'ACTIVE', freshness: 'STALE' } });
    vault.clock.advance(20 * day - 1);
    expect(await expireFields(vault.database, job)).toBe(0);
    const before = later(0);
    vault.clock.advance(1);
    expect((await vault.fields(account))['consent_text']?.['status']).toBe('EXPIRED');
    expect([await expireFields(vault.database, job), await expireFields(vault.database, job)]).toEqual([1, 0]);
    expect((await vault.fields(account))['consent_text']?.['status']).toBe('EXPIRED');
    expect((await vault.fields(account, { asOf: before }))['consent_text']?.['status']).toBe('ACTIVE');
    expect((await vault.facts('profile_field.expired')).map(({ data }) => data['accountId'])).toEqual([uuidOf(account)]);
    // What expired stays so when something takes its place.
    await vault.put(account, 'consent_text', 'again');
    expect((await history(account, 'consent_text')).map(({ status }) => status)).toEqual(['ACTIVE', 'EXPIRED']);
  });

  test('a value whose source is gone is orphaned, and what was derived from that one, too', async () => {
    const account = await vault.account('orphaned');
    const asset = await vault.asset(account, { name: 'id_card', kind: 'identity', text: 'Name: Ada' });
    const name = await vault.put(account, 'legal_name', 'Ada', { source: 'TOOL', sourceItemId: asset.id });
    await vault.put(account, 'salutation', 'Dear Ada', { source: 'SYSTEM', sourceItemId: name.id });
    await vault.put(account, 'city', 'London');
    expect(await orphanFields(vault.database, job)).toBe(0);
    await vault.rows('delete from profile_asset where id = $1', [uuidOf(asset.id)]);
    const first = await orphanFields(vault.database, job);
    expect([first + await orphanFields(vault.database, job), await orphanFields(vault.database, job)]).toEqual([2, 0]);
    expect(await vault.fields(account)).toMatchObject({ legal_name: { status: 'ORPHANED', value: 'Ada' }, salutation: { status: 'ORPHANED' }, city: { status: 'ACTIVE' } });
  });

  test('nothing is derived from what is orphaned or expired, noted or not; one statement looks at many', async () => {
    const account = await vault.account('ended-sources');
    const asset = await vault.asset(account, { name: 'id_card', text: 'Name: Ada' });
    const orphaned = await vault.put(account, 'legal_name', 'Ada', { sourceItemId: asset.id });
    const expired = await vault.put(account, 'offer', 'gold', { expiresAt: later(1_000) });
    const first = await vault.put(account, 'city', 'Rome');
    await vault.put(account, 'city', 'Paris');
    await vault.mutate('deleteProfileAsset', [['id', 'ID!', asset.id], ['force', 'Boolean', true]], '... on DeletedNode { id }', { role: 'admin' });
    vault.clock.advance(1_000);
    const refused = (status: string) => ({ __typename: 'ConflictError', code: 'CONFLICT', path: ['input', 'sourceItemId'], message: expect.stringContaining(status) as string });
    expect(await vault.put(account, 'a', 1, { sourceItemId: orphaned.id })).toMatchObject(refused('ORPHANED'));
    expect(await vault.put(account, 'b', 1, { sourceItemId: expired.id })).toMatchObject(refused('EXPIRED'));
    // What was superseded stands as long as what it was derived from.
    expect(await vault.put(account, 'c', 1, { sourceItemId: first.id })).toMatchObject({ status: 'ACTIVE' });
    expect(Object.keys(await vault.fields(account)).toSorted()).toEqual(['c', 'city', 'legal_name', 'offer']);
    expect(await expireFields(vault.database, job)).toBe(1);
  });

  test('two jobs at once end each field once', async () => {
    const accounts = await Promise.all(['e1', 'e2', 'e3'].map((id) => vault.account(id)));
    for (const account of accounts) for (const name of ['a', 'b', 'c']) await vault.put(account, name, 1, { expiresAt: later(1_000) });
    vault.clock.advance(1_000);
    const before = (await vault.facts('profile_field.expired')).length;
    const ended = await Promise.all([1, 2, 3].map(() => expireFields(vault.database, job)));
    expect(ended.reduce((sum, each) => sum + each, 0)).toBe(9);
    expect((await vault.facts('profile_field.expired')).slice(before).flatMap(({ data }) => data['profileFieldIds'] as string[])).toHaveLength(9);
  });
});

test('of 20 updates at once one is active, and all are links of one chain', async () => {
  const account = await vault.account('crowded');
  const put = await Promise.all(Array.from({ length: 20 }, (_, index) => vault.put(account, 'city', `City ${index}`)));
  expect(put.map(({ __typename }) => __typename)).toEqual(put.map(() => 'ProfileField'));
  const rows = await vault.rows('select id, version, status, is_current, supersedes_id, series_id from profile_field where account_id = $1 order by version', [uuidOf(account)]);
  expect(rows.map((row) => row['version'])).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  expect(rows.map((row) => row['supersedes_id'])).toEqual([null, ...rows.slice(0, -1).map((row) => row['id'])]);
  expect(rows.filter((row) => row['status'] === 'ACTIVE' || row['is_current'])).toEqual([rows.at(-1)]);
  expect(new Set(rows.map((row) => row['series_id'])).size).toBe(1);
});

test('who began first and was locked later comes later: at every instant one version is the latest', async () => {
  const account = await vault.account('queued');
  const caller = { tenantId: vault.tenant, ...job };
  const value = (given: number) => [{ accountId: uuidOf(account) as never, name: 'race', value: given, source: 'IMPORT' as const, path: [] }];
  const before = later(0);
  await vault.database.transact(caller, async (early) => {
    vault.clock.advance(1_000);
    await vault.database.transact(caller, (late) => updateProfileFields(late, vault.seal, value(1)));
    vault.clock.advance(1_000);
    await updateProfileFields(early, vault.seal, value(2));
  });
  const rows = await vault.rows('select version, recorded_at from profile_field where account_id = $1 order by version', [uuidOf(account)]);
  const times = rows.map((row) => Date.parse(String(row['recorded_at'])));
  expect(times.map((time) => time - Date.parse(before))).toEqual([1_000, 2_000]);
  const at = async (milliseconds: number) => Object.values(await vault.fields(account, { asOf: new Date(Date.parse(before) + milliseconds).toISOString() })).map(({ value: known, status }) => [known, status]);
  expect([await at(500), await at(1_500), await at(2_000)]).toEqual([[], [[1, 'ACTIVE']], [[2, 'ACTIVE']]]);
});

test('a name that no field can have is refused, whatever is in it', async () => {
  const account = await vault.account('unnamed');
  for (const name of ['a\u0000b', '\ud800', 'A', '', 'x'.repeat(65)]) expect(await vault.put(account, name, 1)).toMatchObject({ code: 'BAD_USER_INPUT', path: ['input', 'name'] });
});

test('a value is fresh from when it was true, and kept from when it was recorded', async () => {
  const account = await vault.account('old-news');
  await vault.define({ name: 'headcount', valueType: 'INTEGER', freshnessDays: 2, retentionDays: 10, isPii: false });
  expect(await vault.put(account, 'headcount', 7, { occurredAt: later(-3 * day) })).toMatchObject({ status: 'ACTIVE', freshness: 'STALE', staleAt: later(-day), expiresAt: later(10 * day) });
});

test('the database itself holds one active version per field, and overwrites none', async () => {
  const account = await vault.account('walled');
  const { id } = await vault.put(account, 'city', 'Rome');
  const copy = `insert into profile_field select tenant_id, gen_random_uuid(), account_id, name, series_id, version + 1, is_current, status, id, value_type, subject_id, value_sealed, source, null, null, null, confidence, validation_state, validation_errors, null, null, null, occurred_at, recorded_at, sys_from from profile_field where id = $1`;
  await expect(vault.rows(copy, [uuidOf(id)])).rejects.toThrow(/profile_field_one/);
  for (const change of ["value_sealed = 'x'", 'confidence = 0.5', "validation_state = 'VALID'", "value_type = 'JSON'", 'expires_at = now()', "occurred_at = '2020-01-01'"]) {
    await expect(vault.rows(`update profile_field set ${change} where id = $1`, [uuidOf(id)])).rejects.toThrow(/never overwritten/);
  }
  await vault.put(account, 'city', 'Paris');
  await expect(vault.rows("update profile_field set status = 'ACTIVE' where id = $1", [uuidOf(id)])).rejects.toThrow(/stays what it is|active_is_current/);
});

test('everything is as it was known at the instant', async () => {
  const account = await vault.account('as-of');
  const asset = await vault.asset(account, { name: 'letter', text: 'We move to Rome' });
  const empty = later(0);
  vault.clock.advance(1_000);
  const rome = await vault.put(account, 'city', 'Rome', { sourceItemId: asset.id });
  const inRome = later(0);
  vault.clock.advance(1_000);
  await vault.put(account, 'city', 'Paris');
  await vault.put(account, 'plan', 'gold');
  const inParis = later(0);
  vault.clock.advance(1_000);
  await vault.mutate('deleteProfileField', [['id', 'ID!', rome.id]], '... on DeletedNode { id deleted }');
  const look = async (asOf: string | null) => (await vault.ask<{ account: { profile: unknown } }>(
    'query($id: ID!, $asOf: DateTime) { account(id: $id, asOf: $asOf) { profile { fields { name value status supersedes { value status } history { totalCount edges { node { value status } } } } history { totalCount } assets { totalCount edges { node { name text } } } account { name } } } }',
    { id: account, asOf })).account.profile;
  const assets = { totalCount: 1, edges: [{ node: { name: 'letter', text: 'We move to Rome' } }] };
  expect(await look(empty)).toEqual({ fields: [], history: { totalCount: 0 }, assets, account: { name: 'as-of' } });
  expect(await look(inRome)).toMatchObject({ fields: [{ name: 'city', value: 'Rome', status: 'ACTIVE', supersedes: null, history: { totalCount: 1 } }], history: { totalCount: 1 } });
  expect(await look(inParis)).toMatchObject({
    fields: [{ name: 'city', value: 'Paris', supersedes: { value: 'Rome', status: 'SUPERSEDED' }, history: { totalCount: 2, edges: [{ node: { value: 'Paris', status: 'ACTIVE' } }, { node: { value: 'Rome', status: 'SUPERSEDED' } }] } }, { name: 'plan' }],
    history: { totalCount: 3 },
  });
  expect(await look(null)).toMatchObject({ fields: [{ name: 'city', value: 'Paris', supersedes: null, history: { totalCount: 1 } }, { name: 'plan' }], history: { totalCount: 2 } });
});

describe('validation modes', () => {
  test('WARN takes, marks and logs by the id; STRICT refuses with the place; DISABLED does not look; the definition goes before the tenant', async () => {
    const account = await vault.account('modes');
    await vault.define({ name: 'email', valueType: 'EMAIL', validationRegex: '@example\\.com$' });
    const warned = await vault.put(account, 'email', 'ada(at)example.com');
    expect(warned).toMatchObject({ status: 'ACTIVE', validation: { state: 'INVALID', errors: ['It must be an e-mail address.'] } });
    expect(vault.logged.filter(({ message }) => message.startsWith('a profile value did not pass'))).toMatchObject([{ level: 'warn', fields: { profileField: warned.id } }]);
    expect(JSON.stringify(vault.logged)).not.toContain('ada(at)');
    const decide = (mode: string) => vault.mutate('saveProfileSettings', [['validationMode', 'ValidationMode!', mode]], '... on ProfileSettings { validationMode }', { role: 'admin' });
    expect(await decide('STRICT')).toMatchObject({ validationMode: 'STRICT' });
    expect(await vault.put(account, 'email', 'ada@example.org')).toMatchObject({ __typename: 'InvalidInputError', code: 'BAD_USER_INPUT', path: ['input', 'value'], message: expect.stringContaining('pattern') });
    expect(await vault.put(account, 'email', 'ada@example.com')).toMatchObject({ validation: { state: 'VALID', errors: [] }, version: 2 });
    await vault.define({ name: 'email', valueType: 'EMAIL', validationMode: 'DISABLED' });
    expect(await vault.put(account, 'email', 'anything')).toMatchObject({ validation: { state: 'UNCHECKED', errors: [] } });
    await decide('DISABLED');
    await vault.define({ name: 'email', valueType: 'EMAIL', validationMode: 'STRICT' });
    expect(await vault.put(account, 'email', 'anything')).toMatchObject({ code: 'BAD_USER_INPUT' });
    await decide('WARN');
  });

  test('values are kept in their type\'s one form; an agent\'s own definition goes before the one for all', async () => {
    const account = await vault.account('typed');
    await vault.define({ name: 'seats', valueType: 'INTEGER', isPii: false });
    await vault.define({ name: 'seats', valueType: 'STRING', agent: 'renewal-bot', isPii: false });
    expect(await vault.put(account, 'seats', ' 40 ')).toMatchObject({ value: 40, valueType: 'INTEGER' });
    expect(await vault.put(account, 'seats', 'forty', { agent: 'renewal-bot' })).toMatchObject({ value: 'forty', valueType: 'STRING', validation: { state: 'VALID' } });
    expect(await vault.put(account, 'seats', 41, { agent: 'unknown' })).toMatchObject({ value: 41, valueType: 'INTEGER' });
    expect(await vault.put(account, 'anything', { a: [1, true, null] })).toMatchObject({ value: { a: [1, true, null] }, valueType: 'JSON', validation: { state: 'UNCHECKED' } });
  });

  test('nobody goes past a check by not saying which agent they are', async () => {
    const account = await vault.account('nameless');
    await vault.define({ name: 'tax_id', valueType: 'STRING', agent: 'sales', validationMode: 'STRICT', validationRegex: '^DE\\d{9}$', isPii: false });
    for (const more of [{}, { agent: 'unknown' }, { agent: 'sales' }]) {
      expect(await vault.put(account, 'tax_id', 'none', more)).toMatchObject({ code: 'BAD_USER_INPUT', path: ['input', 'value'] });
      expect(await vault.put(account, 'tax_id', 'DE123456789', more)).toMatchObject({ validation: { state: 'VALID' } });
    }
  });

  test('values that are costly to match are refused beyond what one call may take, and others have their turn meanwhile', async () => {
    const account = await vault.account('costly');
    // 900 instructions: about 180,000 steps for each value.
    const names = Array.from({ length: 20 }, (_, index) => `costly_${index}`);
    for (const name of names) await vault.define({ name, valueType: 'TEXT', validationRegex: '(a|b)*a(a|b){300}[xy]', isPii: false });
    let turns = 0;
    const count = (): void => void (turns += 1, turning = setImmediate(count));
    let turning = setImmediate(count);
    const results = await vault.database.transact({ tenantId: vault.tenant, ...job }, (work) => {
      turns = 0;
      return updateProfileFields(work, vault.seal, names.map((name) => ({ accountId: uuidOf(account) as never, name, value: 'ab'.repeat(100), source: 'IMPORT' as const, path: [name] })));
    });
    clearImmediate(turning);
    const taken = results.filter((result) => 'id' in result);
    expect([taken.length > 0, taken.length < names.length, turns >= taken.length]).toEqual([true, true, true]);
    expect(results.at(-1)).toMatchObject({ code: 'LIMIT_EXCEEDED', message: expect.stringContaining('Send fewer at once') as string });
  });
});
