import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toGlobalId, type Id } from '../../src/platform/ids.ts';
import { upsertRecords } from '../../src/features/accounts/index.ts';
import { accountRecords } from '../../src/features/accounts/index.ts';
import { crm } from '../accounts/arrange.ts';
import { openOffice, type Office } from '../erasure/arrange.ts';
import { factsOfRequests } from '../harness/facts.ts';

const email = 'gone.person@example.com';
let office: Office;
let account = '';
beforeAll(async () => {
  office = await openOffice();
  account = await office.account('suppressing');
  await office.upsert('contacts', [{ account: { id: account }, externalRef: crm('gone'), name: 'Gone Person', email }]);
  expect(await office.erase(email)).toMatchObject({ __typename: 'ErasureReceipt' });
});
afterAll(() => office?.close());

const suppressed = { __typename: 'SuppressedError', code: 'SUPPRESSED' };
/** How many rows of any table of the tenant hold the address in the clear. */
async function inTheClear(): Promise<string[]> {
  const tables = await office.rows(`select format('%I', tablename) as name from pg_tables where schemaname = 'public'`);
  const found = await Promise.all(tables.map(async ({ name }) => ((await office.count(`select from ${String(name)} t where t::text ilike '%gone.person%'`)) > 0 ? [String(name)] : [])));
  return found.flat();
}
const metric = async (kind: string): Promise<number> => Number(new RegExp(`suppressed_items_total\\{kind="${kind}"\\} (\\d+)`).exec(await (await fetch(`${office.url}/metrics`)).text())?.[1] ?? 0);

test('a contact that is sent again by address, by reference or by both creates nothing, and is counted', async () => {
  const before = [await office.count('select from subject_key'), await office.count('select from contact'), await office.count('select from external_ref'), await metric('contact')];
  const row = (more: object) => ({ account: { id: account }, name: 'Gone Person', ...more });
  const { accepted, rejected, results } = await office.upsert('contacts', [
    row({ externalRef: crm('gone-2'), email: ' GONE.person@Example.com ' }), row({ externalRef: crm('gone') }), row({ externalRef: crm('gone'), email: 'else@example.com' }), row({ externalRef: crm('other'), name: 'Other', email: 'other@example.com' }),
  ]);
  expect([accepted, rejected]).toEqual([1, 3]);
  expect(results.slice(0, 3)).toMatchObject([0, 1, 2].map((place) => ({ ...suppressed, path: ['input', String(place)], message: 'This is about a person on the suppression list. Nothing was stored. Remove them from the source, or record their explicit new consent first.' })));
  expect([await office.count('select from subject_key'), await office.count('select from contact'), await office.count('select from external_ref'), await metric('contact')]).toEqual([Number(before[0]) + 1, Number(before[1]) + 1, Number(before[2]) + 1, Number(before[3]) + 3]);
});

test('a signal with the address is not stored, by GraphQL and REST, and makes no stub', async () => {
  const before = [await office.count('select from signal'), await office.count('select from account'), await office.count(`select from ${factsOfRequests}`)];
  const signal = { account: { externalRef: crm('never-heard-of') }, type: 'meeting', source: 'calendar' };
  const { results } = await office.ingest([{ ...signal, payload: { deep: [{ to: `"Gone" <${email}>` }] } }, { ...signal, sourceEventId: `meeting:${email}` }, { ...signal, payload: { [email]: 1 } }, { ...signal, account: { externalRef: { system: 'chatwoot', id: email } } }]);
  expect(results).toMatchObject([0, 1, 2, 3].map((place) => ({ ...suppressed, path: ['input', String(place)] })));
  const response = await fetch(`${office.url}/api/signals`, { method: 'POST', headers: { authorization: `Bearer ${await office.token('agent')}`, 'content-type': 'application/json' }, body: JSON.stringify({ ...signal, payload: { to: email } }) });
  expect([response.status, await response.json()]).toEqual([200, { status: 'suppressed' }]);
  expect([await office.count('select from signal'), await office.count('select from account'), await office.count(`select from ${factsOfRequests}`)]).toEqual(before);
  expect(await metric('signal')).toBe(5);
});

test('records about something else are stored without the address; accounts without the colleague', async () => {
  const ref = (id: string) => ({ account: { id: account }, externalRef: crm(id), noteType: 'CALL', occurredAt: '2026-11-20T10:00:00.000Z' });
  const query = 'mutation($input: [NoteInput!]!) { upsertNotes(input: $input) { results { __typename ... on Upserted { id change suppressed } ... on UserError { code } } } }';
  const { upsertNotes } = await office.run<{ upsertNotes: { results: { id: string }[] } }>(query, { input: [{ ...ref('n1'), content: `Ask ${email} and else@example.com`, author: email }, { ...ref('n2'), content: 'Nothing', author: 'Lee' }, { ...ref(`note:${email}`), content: 'x' }] }, 'agent');
  expect(upsertNotes.results).toMatchObject([{ change: 'CREATED', suppressed: true }, { change: 'CREATED', suppressed: false }, suppressed]);
  const { node } = await office.run<{ node: object }>('query($id: ID!) { node(id: $id) { ... on Note { content author } } }', { id: upsertNotes.results[0]?.id }, 'admin');
  expect(node).toEqual({ content: 'Ask [erased] and else@example.com', author: '[erased]' });
  await office.upsertAccounts([{ externalRef: crm('suppressing'), name: 'Still here', owner: { name: 'Gone Person', email }, tier: `of ${email}` }]);
  const { account: read } = await office.run<{ account: object }>('query($id: ID!) { account(id: $id) { name tier owner { name } } }', { id: account }, 'admin');
  expect(read).toEqual({ name: 'Still here', tier: 'of [erased]', owner: null });
});

test('a value and a document about the person are refused', async () => {
  const profileId = account.replace('Account_', 'Profile_');
  const set = (input: object) => office.run<{ answer: object }>('mutation($input: ProfileFieldInput!) { answer: updateProfileField(input: $input) { __typename ... on UserError { code path } } }', { input: { profileId, ...input } }, 'agent');
  expect(await set({ name: 'reply_to', value: email })).toEqual({ answer: { ...suppressed, path: ['input', 'value'] } });
  expect(await set({ name: 'nickname', value: 'G', subjectEmail: email })).toMatchObject({ answer: suppressed });
  expect(await set({ name: 'nickname', value: 'G', sourceMetadata: { from: email } })).toMatchObject({ answer: suppressed });
  const save = (input: object) => office.run<{ answer: object }>('mutation($input: ProfileAssetInput!) { answer: saveProfileAsset(input: $input) { __typename ... on ProfileAsset { text } ... on UserError { code path } } }', { input: { profileId, name: 'CV', ...input } }, 'agent');
  expect(await save({ text: 'x', subjectEmail: email })).toEqual({ answer: { ...suppressed, path: ['input', 'subjectEmail'] } });
  expect(await save({ text: `Call ${email}` })).toEqual({ answer: { __typename: 'ProfileAsset', text: 'Call [erased]' } });
});

test('an objection stores nothing either, and another tenant is not concerned', async () => {
  expect(await office.revoke(email)).toMatchObject(suppressed);
  const elsewhere = await office.token('agent', { tenant: office.otherTenant });
  await office.upsertAccounts([{ externalRef: crm('theirs'), name: 'Theirs' }], { token: elsewhere });
  expect((await office.upsert('contacts', [{ account: { externalRef: crm('theirs') }, externalRef: crm('gone'), name: 'Gone', email }], { token: elsewhere })).accepted).toBe(1);
});

test('nothing leads from the list to the person, and the address is nowhere in the clear', async () => {
  expect(await inTheClear()).toEqual([]);
  const keys = (await office.rows('select key from suppression where tenant_id = $1', [office.tenant])).map(({ key }) => String(key));
  expect(keys).toHaveLength(2);
  for (const key of keys) expect(key).toMatch(/^erased:[0-9a-f]{64}$/);
  // Not a hash that can be made without the master key.
  expect(keys).not.toContain(`erased:${createHmac('sha256', '').update(`suppressed:email:${email}`).digest('hex')}`);
});

test('1,000 contacts of whom some are suppressed take as many statements as one', async () => {
  const contacts = accountRecords.find(({ type }) => type === 'Contact');
  const cost = (rows: number) => office.database.transact({ tenantId: office.tenant, actor: { kind: 'system', id: 'test' }, requestId: 'test' }, async (work) => {
    let statements = 0;
    const counted = Object.assign(Object.create(work) as typeof work, { rows: (...asked: Parameters<typeof work.rows>) => ((statements += 1), work.rows(...asked)) });
    const input = Array.from({ length: rows }, (_, index) => ({ account: { id: account }, externalRef: crm(`bulk-${rows}-${index}`), name: 'P', email: index % 10 === 1 ? email : `bulk${rows}-${index}@example.com` }));
    if (!contacts) throw new Error('there are no contacts');
    const results = await upsertRecords(counted, office.seal, contacts, input);
    return { statements, refused: results.filter((result) => result instanceof Error).length };
  });
  const [few, many] = [await cost(2), await cost(1_000)];
  expect(many).toEqual({ statements: few.statements, refused: 100 });
});

test('only an explicit new consent takes the person off the list, under every name, and is recorded', async () => {
  expect(await office.grant(email, { basis: 'LEGITIMATE_INTEREST' })).toMatchObject(suppressed);
  expect(await office.grant(email)).toMatchObject(suppressed);
  const granted = await office.grant(email, { proof: 'signed form 12' });
  expect(granted).toMatchObject({ __typename: 'Consent', granted: true });
  const [lifted] = await office.facts('suppression.lifted');
  expect(toGlobalId('Consent', String(lifted?.data['consentId']) as Id<'Consent'>)).toBe(granted['id']);
  expect(lifted?.data['names']).toBe(2);
  expect((await office.upsert('contacts', [{ account: { id: account }, externalRef: crm('gone'), name: 'Gone Person', email }])).accepted).toBe(1);
  expect(await office.erase(email)).toMatchObject({ __typename: 'ErasureReceipt' });
  expect((await office.upsert('contacts', [{ account: { id: account }, externalRef: crm('gone'), name: 'Gone Person', email }])).results).toMatchObject([suppressed]);
});
