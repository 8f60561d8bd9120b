import { afterAll, beforeAll, expect, test } from 'vitest';
import { crm } from '../accounts/arrange.ts';
import { openOffice, type Office } from './arrange.ts';

let office: Office;
beforeAll(async () => {
  office = await openOffice();
});
afterAll(() => office.close());

const contact = async (account: string, ref: string, name: string, email: string | null): Promise<string> => {
  const { results } = await office.upsert('contacts', [{ account: { id: account }, externalRef: crm(ref), name, email, title: `Title of ${name}` }]);
  return results[0]?.id ?? '';
};
const note = (account: string, ref: string, content: string) => office.upsert('notes', [{ account: { id: account }, externalRef: crm(ref), noteType: 'QBR', content, author: 'Kim', occurredAt: '2026-11-18T00:00:00.000Z' }]);
const notes = async (account: string): Promise<string[]> => (await office.run<{ account: { notes: { edges: { node: { content: string } }[] } } }>('query($id: ID!) { account(id: $id) { notes { edges { node { content } } } } }', { id: account }, 'admin')).account.notes.edges.map(({ node }) => node.content).toSorted();
const people = async (account: string): Promise<unknown[]> => (await office.run<{ account: { contacts: { edges: { node: unknown }[] } } }>('query($id: ID!) { account(id: $id) { contacts { edges { node { name email } } } } }', { id: account }, 'admin')).account.contacts.edges.map(({ node }) => node);
const exported = async (who: { email?: string; contactId?: string }) =>
  (await office.run<{ exportSubject: Record<string, never> & { emails: string[]; data: object } }>('mutation($email: String, $contactId: ID) { exportSubject(email: $email, contactId: $contactId) { __typename ... on SubjectExport { email emails data } ... on UserError { code message path } } }', who)).exportSubject;

test('an address in a field of a person is a text of theirs, and leads to nobody', async () => {
  const account = await office.account('field-address');
  await contact(account, 'alice', 'Alice Vandermeer', 'alice@field.example');
  await contact(account, 'bob', 'Bob Bobbington', 'bob@field.example');
  await office.run('mutation($input: ProfileFieldInput!) { updateProfileField(input: $input) { __typename ... on UserError { message } } }', { input: { profileId: account.replace('Account_', 'Profile_'), name: 'assistant', value: 'bob@field.example', valueType: 'EMAIL', subjectEmail: 'alice@field.example' } }, 'agent');
  const handed = await exported({ email: 'alice@field.example' });
  expect(handed).toMatchObject({ emails: ['alice@field.example'], data: { profileFields: [{ value: 'bob@field.example' }] } });
  expect(JSON.stringify(handed)).not.toContain('Bobbington');
  expect(await office.erase('alice@field.example')).toMatchObject({ __typename: 'ErasureReceipt' });
  expect(await people(account)).toEqual([{ name: 'Bob Bobbington', email: 'bob@field.example' }]);
});

test('a contact that was given to somebody else is theirs by now: each is erased and exported alone', async () => {
  const account = await office.account('given-on');
  const id = await contact(account, 'seat', 'Olga Petrowa', 'olga@given.example');
  office.clock.advance(1_000);
  await contact(account, 'seat', 'Nina Moreau', 'nina@given.example');
  const handed = await exported({ email: 'olga@given.example' });
  expect(handed).toMatchObject({ emails: ['olga@given.example'], data: { contacts: [{ name: 'Olga Petrowa', title: 'Title of Olga Petrowa' }] } });
  expect(JSON.stringify(handed)).not.toMatch(/Nina|nina|Moreau/);
  await office.erase('olga@given.example');
  expect(await people(account)).toEqual([{ name: 'Nina Moreau', email: 'nina@given.example' }]);
  expect(await office.count(`select from contact_history where title like '%Olga%'`)).toBe(0);
  // Told again, she is the same contact.
  expect(await contact(account, 'seat', 'Nina Moreau', 'nina@given.example')).toBe(id);
});

test('what holds an address of somebody else that ends in the person\'s stays; ids of theirs are erased and known again', async () => {
  const account = await office.account('parts', { owner: { name: 'Joanna', email: 'jo-smith@over.example' } });
  const others = ['jane.smith', 'mary-smith', 'jo-smith', 'a_smith', 'x+smith', 'ev-smith'].map((local) => `${local}@over.example`);
  await contact(account, 'smith', 'Smith', 'smith@over.example');
  await contact(account, 'ev-smith', 'Evelyn Vance', 'ev-smith@over.example');
  const signals = [...others, 'k-smith@over.example'].map((sourceEventId) => ({ account: { id: account }, type: 'meeting', source: 'calendar', sourceEventId }));
  expect(await office.ingest(signals)).toMatchObject({ accepted: 7 });
  for (const email of others) await note(account, email, `Ask ${email}`);
  await note(account, 'note-smith@over.example', 'Ask smith@over.example');
  const said = await notes(account);
  await office.erase('smith@over.example');
  expect(await notes(account)).toEqual(said.map((text) => text.replace(/^Ask smith@over.example$/, 'Ask [erased]')).toSorted());
  expect(await office.run('query($id: ID!) { account(id: $id) { owner { email } } }', { id: account }, 'admin')).toEqual({ account: { owner: { email: 'jo-smith@over.example' } } });
  const keys = (await office.rows('select dedupe_key as key from signal where tenant_id = $1', [office.tenant])).map(({ key }) => String(key));
  for (const email of others) expect(keys).toContain(`id:calendar:${email}`);
  expect(keys.filter((key) => /^erased:[0-9a-f]{64}$/.test(key))).toHaveLength(1);
  // Delivered again, it is still the same; a note that is told again is no second one.
  expect(await office.ingest(signals)).toMatchObject({ accepted: 0, duplicates: 7 });
  for (const ref of [...others, 'note-smith@over.example']) await note(account, ref, 'again');
  expect(await notes(account)).toHaveLength(7);
});

test('a name that is a thing\'s takes nothing out of things, nor out of texts elsewhere', async () => {
  const account = await office.account('things', { name: 'Ostrava Metals Inc.' });
  const other = await office.account('things-other', { name: 'Other' });
  await contact(account, 'things', 'Ostrava Metals', 'info@ostrava.example');
  await contact(account, 'things-2', 'Renewal Quorum', 'desk@ostrava.example');
  await office.run('mutation($input: ScenarioInput!) { saveScenario(input: $input) { __typename } }', { input: { name: 'Renewal Quorum', conditions: 'x' } }, 'admin');
  await note(other, 'things-other', 'Ostrava Metals asks about Renewal Quorum');
  for (const email of ['info@ostrava.example', 'desk@ostrava.example']) await office.erase(email);
  expect(await notes(other)).toEqual(['Ostrava Metals asks about Renewal Quorum']);
  expect(await office.run('query($id: ID!) { account(id: $id) { name } }', { id: account }, 'viewer')).toEqual({ account: { name: 'Ostrava Metals Inc.' } });
  expect(await office.count(`select from scenario where name = 'Renewal Quorum'`)).toBe(1);
});

test('a mailbox with several names is nobody elsewhere', async () => {
  const [account, other] = [await office.account('several'), await office.account('several-other')];
  await contact(account, 'several-1', 'Zeno Quillfeather', 'box@several.example');
  await contact(account, 'several-2', 'Tibor Ashgrove', 'box@several.example');
  await note(account, 'several', 'Zeno Quillfeather called');
  await note(other, 'several-other', 'Zeno Quillfeather called');
  await office.erase('box@several.example');
  expect([await notes(account), await notes(other)]).toEqual([['[erased] called'], ['Zeno Quillfeather called']]);
});

test('a surname that a colleague bears, and an ordinary word, stay where they stand alone, and the preview says so', async () => {
  const account = await office.account('shared-words', { csm: { name: 'Carla Brontide', email: 'carla@us.example' } });
  await contact(account, 'shared-1', 'Will Brontide', 'will@shared.example');
  const texts = ['Brontide calls', 'Will Brontide called', 'Mr Will called'];
  for (const [index, text] of texts.entries()) await note(account, `shared-${index}`, text);
  await office.ingest([{ account: { id: account }, type: 'meeting', source: 'calendar', payload: { who: { FirstName: 'Will', LastName: 'Brontide', Email: 'will@shared.example' }, other: { LastName: 'Brontide' } } }]);
  const { erasurePreview } = await office.run<{ erasurePreview: { keptWords: string[]; items: { kind: string; count: number; changesTotal: number }[] } }>('query($email: String!) { erasurePreview(email: $email) { keptWords items { kind count changesTotal } } }', { email: 'will@shared.example' });
  expect(erasurePreview.keptWords).toEqual(['brontide', 'will']);
  expect(erasurePreview.items).toContainEqual({ kind: 'NOTE_MENTION', count: 2, changesTotal: 2 });
  expect(erasurePreview.items).toContainEqual({ kind: 'CONTACT', count: 1, changesTotal: 0 });
  await office.erase('will@shared.example');
  expect(await notes(account)).toEqual(['Brontide calls', '[erased] called', '[erased] called'].toSorted());
  const [signal] = await office.rows(`select payload from signal where payload ? 'who'`);
  expect(signal?.['payload']).toEqual({ who: { FirstName: '[erased]', LastName: '[erased]', Email: '[erased]' }, other: { LastName: 'Brontide' } });
});

test('who has no address is exported and erased by the contact; exactly one of the two names them', async () => {
  const account = await office.account('no-address');
  const contactId = await contact(account, 'no-address', 'Ludmila Grzeszczak', null);
  await note(account, 'no-address', 'Ludmila Grzeszczak called, and Grzeszczak agreed');
  const headers = { authorization: `Bearer ${await office.token('privacy_officer')}` };
  const response = await fetch(`${office.url}/api/contacts/${contactId}/export`, { headers });
  expect([response.status, response.headers.get('cache-control'), await response.json() as object]).toMatchObject([200, 'no-store', { email: null, emails: [], data: { contacts: [{ name: 'Ludmila Grzeszczak' }], mentions: [{ kind: 'contact' }, { kind: 'note' }] } }]);
  expect((await fetch(`${office.url}/api/contacts/${account}/export`, { headers })).status).toBe(404);
  const preview = 'query($email: String, $contactId: ID) { erasurePreview(email: $email, contactId: $contactId) { digest } }';
  const { erasurePreview } = await office.run<{ erasurePreview: { digest: string } }>(preview, { contactId });
  const erase = async (who: object) => (await office.run<{ eraseSubject: object }>('mutation($email: String, $contactId: ID, $digest: String!) { eraseSubject(email: $email, contactId: $contactId, previewDigest: $digest) { __typename ... on UserError { code path } } }', { digest: erasurePreview.digest, ...who })).eraseSubject;
  expect(await erase({})).toMatchObject({ code: 'BAD_USER_INPUT', path: ['email'] });
  expect(await erase({ contactId, email: 'a@b.example' })).toMatchObject({ code: 'BAD_USER_INPUT', path: ['contactId'] });
  expect(await erase({ contactId: 'nonsense' })).toMatchObject({ code: 'NOT_FOUND', path: ['contactId'] });
  expect(await exported({})).toMatchObject({ code: 'BAD_USER_INPUT', path: ['email'] });
  expect((await office.query(preview, {}, { role: 'admin' })).errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', inputPath: ['email'] });
  expect(await erase({ contactId })).toEqual({ __typename: 'ErasureReceipt' });
  expect([await people(account), await notes(account)]).toEqual([[], ['[erased] called, and [erased] agreed']]);
});
