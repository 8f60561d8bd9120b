import { afterAll, beforeAll, expect, test } from 'vitest';
import { crm } from '../accounts/arrange.ts';
import { openOffice, type Office } from './arrange.ts';

let office: Office;
beforeAll(async () => {
  office = await openOffice();
});
afterAll(() => office.close());

interface Preview {
  readonly digest: string;
  readonly items: readonly { readonly kind: string; readonly count: number }[];
  readonly staying: readonly { readonly kind: string; readonly count: number; readonly texts: readonly { readonly rowId: string; readonly accountId: string | null; readonly field: string; readonly found: string; readonly reason: string; readonly text: string }[] }[];
  readonly notSearched: readonly string[];
}
const preview = async (email: string, includeRows: readonly string[] | null = null): Promise<Preview> =>
  (await office.run<{ erasurePreview: Preview }>('query($email: String!, $includeRows: [ID!]) { erasurePreview(email: $email, includeRows: $includeRows) { digest items { kind count } staying { kind count texts { rowId accountId field found reason text } } notSearched } }', { email, includeRows })).erasurePreview;
const erase = async (email: string, digest: string, includeRows: readonly string[] | null = null) =>
  (await office.run<{ eraseSubject: object }>('mutation($email: String!, $digest: String!, $includeRows: [ID!]) { eraseSubject(email: $email, previewDigest: $digest, includeRows: $includeRows) { __typename ... on UserError { code path } ... on ErasurePreviewOutdated { preview { staying { kind count } notSearched } } } }', { email, digest, includeRows })).eraseSubject;
const note = (account: string, ref: string, content: string) => office.upsert('notes', [{ account: { id: account }, externalRef: crm(ref), noteType: 'QBR', content, author: 'Kim', occurredAt: '2026-11-18T00:00:00.000Z' }]);
const notes = async (): Promise<string[]> => (await office.rows('select content from note order by content')).map(({ content }) => String(content));

test('what may name the person is listed with its reason, and erased where somebody decides so, bound to the preview', async () => {
  const email = 'li@staying.example';
  const [account, other] = [await office.account('staying'), await office.account('staying-other')];
  await office.upsert('contacts', [{ account: { id: account }, externalRef: crm('li'), name: 'Li', email }]);
  await office.run('mutation($input: ProfileAssetInput!) { saveProfileAsset(input: $input) { __typename } }', { input: { profileId: account.replace('Account_', 'Profile_'), name: 'Minutes', text: 'Met Li Chen. Li agreed.' } }, 'agent');
  for (const [ref, content] of [['a', 'Li called'], ['b', 'a call with Li Wei'], ['c', 'li, as they say']] as const) await note(account, `staying-${ref}`, content);
  await note(other, 'staying-d', 'Li called somebody else');
  const first = await preview(email);
  expect(first.items).toEqual(expect.arrayContaining([{ kind: 'NOTE_MENTION', count: 1 }, { kind: 'DOCUMENT_MENTION', count: 1 }]));
  expect(first.staying.map(({ kind, count, texts }) => [kind, count, texts.map(({ found, reason, text, field }) => [field, found, reason, text]).toSorted(([, , , one = ''], [, , , other = '']) => (one < other ? -1 : 1))])).toEqual([
    ['DOCUMENT_MENTION', 1, [['text', 'Li', 'PART_OF_LONGER_NAME', 'Met Li Chen. Li agreed.']]],
    ['NOTE_MENTION', 2, [['content', 'Li', 'PART_OF_LONGER_NAME', 'a call with Li Wei'], ['content', 'li', 'SHORT_NAME', 'li, as they say']]],
  ]);
  expect(first.notSearched).toEqual(['"Li": a name of one word; searched only in the accounts of this person and in texts that also hold their address, number or full name.']);
  const rowId = first.staying[1]?.texts.find(({ found }) => found === 'Li')?.rowId ?? '';
  const second = await preview(email, [rowId]);
  expect(second.digest).not.toBe(first.digest);
  expect(second.staying.map(({ kind, count }) => [kind, count])).toEqual([['DOCUMENT_MENTION', 1], ['NOTE_MENTION', 1]]);
  expect(second.items).toContainEqual({ kind: 'NOTE_MENTION', count: 2 });
  // Neither digest stands for the other decision.
  expect(await erase(email, first.digest, [rowId])).toMatchObject({ __typename: 'ErasurePreviewOutdated', preview: { staying: expect.any(Array) as object } });
  expect(await erase(email, second.digest)).toMatchObject({ __typename: 'ErasurePreviewOutdated' });
  expect(await erase(email, second.digest, [rowId])).toEqual({ __typename: 'ErasureReceipt' });
  expect(await notes()).toEqual(['Li called somebody else', '[erased] called', 'a call with [erased] Wei', 'li, as they say'].toSorted());
});

test('a preview is no longer true once something else would stay', async () => {
  const email = 'ana@staying.example';
  const account = await office.account('staying-ana');
  await office.upsert('contacts', [{ account: { id: account }, externalRef: crm('ana'), name: 'Ana', email }]);
  const { digest } = await preview(email);
  await note(account, 'ana-1', 'so ana said');
  expect(await erase(email, digest)).toMatchObject({ __typename: 'ErasurePreviewOutdated', preview: { staying: [{ kind: 'NOTE_MENTION', count: 1 }] } });
});

test('rows to include are checked', async () => {
  expect((await office.query('query { erasurePreview(email: "x@x.example", includeRows: ["nonsense"]) { digest } }', {}, { role: 'admin' })).errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', inputPath: ['includeRows', '0'] });
  expect(await erase('x@x.example', '0'.repeat(64), ['\'; drop'])).toMatchObject({ code: 'BAD_USER_INPUT', path: ['includeRows', '0'] });
});

test('colleagues with the same family name keep it, in East Asian names, too; a person with the same full name keeps theirs elsewhere', async () => {
  const [account, other] = [await office.account('staying-sato'), await office.account('staying-sato-other')];
  await office.upsert('contacts', [
    { account: { id: account }, externalRef: crm('sato-1'), name: '佐藤 花子', email: 'hanako@sato.example' }, { account: { id: account }, externalRef: crm('sato-2'), name: '佐藤太郎', email: 'taro@sato.example' },
    { account: { id: other }, externalRef: crm('sato-3'), name: '花子 佐藤', email: 'other@sato.example' }, { account: { id: other }, externalRef: crm('sato-4'), name: 'Jose Garcia', email: 'jose@garcia.example' }, { account: { id: account }, externalRef: crm('sato-5'), name: 'José García', email: 'pepe@garcia.example' },
  ]);
  for (const [index, content] of ['佐藤様から', '花子さんから', '佐藤花子より', '佐藤太郎より', 'José García agreed'].entries()) await note(account, `sato-${index}`, content);
  for (const [index, content] of ['佐藤花子より', 'Jose Garcia called'].entries()) await note(other, `sato-other-${index}`, content);
  const before = await preview('hanako@sato.example');
  expect(before.staying.flatMap(({ texts }) => texts.map(({ found, reason }) => [found, reason]))).toContainEqual(['佐藤', 'SHARED_NAME']);
  for (const email of ['hanako@sato.example', 'pepe@garcia.example']) expect(await office.erase(email)).toMatchObject({ __typename: 'ErasureReceipt' });
  const read = async (id: string) => (await office.run<{ account: { notes: { edges: { node: { content: string } }[] } } }>('query($id: ID!) { account(id: $id) { notes { edges { node { content } } } } }', { id }, 'admin')).account.notes.edges.map(({ node }) => node.content).toSorted();
  expect(await read(account)).toEqual(['[erased] agreed', '[erased]さんから', '[erased]より', '佐藤太郎より', '佐藤様から'].toSorted());
  expect(await read(other)).toEqual(['Jose Garcia called', '佐藤花子より'].toSorted());
});

test('an IP address and a number beside the person in a payload go with them; those of others are listed', async () => {
  const email = 'visitor@staying.example';
  const account = await office.account('staying-ip');
  await office.upsert('contacts', [{ account: { id: account }, externalRef: crm('visitor'), name: 'Vera Visitorius', email }]);
  const payloads = [{ email: 'ｖｉｓｉｔｏｒ@staying.example', ip: '203.0.113.9', phone: '+49 30 7654321', page: '/pricing' }, { visitors: [{ email, ip: '203.0.113.9' }, { email: 'second@staying.example', ip: '198.51.100.2' }] }];
  expect(await office.ingest(payloads.map((payload, index) => ({ account: { id: account }, type: 'web_visit', source: 'web', sourceEventId: `visit-${index}`, payload })))).toMatchObject({ rejected: 0 });
  await note(account, 'visitor', 'call 030 7654321');
  const shown = await preview(email);
  expect(shown.staying).toMatchObject([{ kind: 'SIGNAL_MENTION', count: 1, texts: [{ found: '198.51.100.2', reason: 'OTHER_PERSON_IN_PAYLOAD' }] }]);
  await office.erase(email);
  expect((await office.rows(`select payload from signal where source = 'web' order by source_event_id`)).map(({ payload }) => payload)).toEqual([
    { email: '[erased]', ip: '[erased]', phone: '[erased]', page: '/pricing' }, { visitors: [{ email: '[erased]', ip: '[erased]' }, { email: 'second@staying.example', ip: '198.51.100.2' }] },
  ]);
  expect(await notes()).toContain('call [erased]');
});
