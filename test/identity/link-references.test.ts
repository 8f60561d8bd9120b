import { momentOf } from '../../src/platform/moment.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toGlobalId } from '../../src/platform/ids.ts';
import { crm, dataOf } from '../accounts/arrange.ts';
import { arrangeMatching, type Matching } from './matching-arrange.ts';

let program: Matching;
beforeAll(async () => {
  program = await arrangeMatching();
});
afterAll(() => program.close());

const hub = (id: string) => ({ system: 'hubspot', id });
const change = async (field: 'linkExternalRef' | 'unlinkExternalRef', id: string, externalRef: object, options: { role?: 'agent' | 'admin' | 'analyst'; token?: string } = { role: 'agent' }): Promise<Record<string, unknown>> => {
  const { data, errors } = await program.query<{ r: Record<string, unknown> }, Record<string, unknown>>(`mutation($input: ExternalRefChangeInput!) { r: ${field}(input: $input) { __typename ... on ExternalRefChange { nodeId changed externalRefs { system id } } ... on UserError { message code path } } }`, { input: { id, externalRef } }, options);
  if (!data) throw new Error(JSON.stringify(errors));
  return data.r;
};
const link = (id: string, externalRef: object, options?: { role?: 'agent' | 'admin' | 'analyst'; token?: string }) => change('linkExternalRef', id, externalRef, options);
const unlink = (id: string, externalRef: object, options?: { role?: 'agent' | 'admin' | 'analyst'; token?: string }) => change('unlinkExternalRef', id, externalRef, options);
const traces = async (): Promise<string> => JSON.stringify([await program.rows('select * from external_ref order by 1, 2, 3, 4'), await program.rows('select * from external_ref_history'), await program.count(`select from audit_logs where kind like 'reference.%'`)]);

test('an account has any number of references; each finds it; linking again changes nothing', async () => {
  const id = await program.account('acme');
  expect(await link(id, { system: 'domain', id: 'https://WWW.Acme.example' })).toEqual({ __typename: 'ExternalRefChange', nodeId: id, changed: true, externalRefs: [{ system: 'domain', id: 'acme.example' }, crm('acme')] });
  expect(await link(id, hub(' 77 '), { role: 'admin' })).toMatchObject({ changed: true });
  const before = await traces();
  expect(await link(id, hub('77'))).toMatchObject({ changed: false, nodeId: id });
  expect(await traces()).toBe(before);
  for (const ref of [hub('77'), crm('acme'), { system: 'domain', id: 'acme.example' }]) expect(await program.see('query($ref: ExternalRefInput!) { accountBy(by: { externalRef: $ref }) { id } }', { ref })).toEqual({ accountBy: { id } });
  const { results } = await program.upsertAccounts([{ externalRef: hub('77'), name: 'Acme by HubSpot' }]);
  expect(results).toMatchObject([{ __typename: 'Upserted', id }]);
  expect(await program.facts('reference.linked')).toMatchObject([{ data: { nodeType: 'Account', system: 'domain' } }, { data: { nodeType: 'Account', system: 'hubspot' } }]);
});

test('contacts and other records have them, too', async () => {
  await program.account('records');
  const account = { externalRef: crm('records') };
  const { results: [person] } = await program.upsert('contacts', [{ account, externalRef: crm('person'), name: 'Ann' }]);
  const { results: [ticket] } = await program.upsert('tickets', [{ account, externalRef: { system: 'jira', id: 'acme-1' }, key: 'ACME-1', summary: 's', status: 'Open', statusCategory: 'TO_DO' }]);
  expect(await link(String(person?.id), hub('1'))).toMatchObject({ changed: true });
  expect(await link(String(ticket?.id), { system: 'zendesk', id: '9' })).toMatchObject({ changed: true, externalRefs: [{ system: 'jira', id: 'ACME-1' }, { system: 'zendesk', id: '9' }] });
  expect((await program.upsert('contacts', [{ account, externalRef: hub('1'), name: 'Ann' }])).results).toMatchObject([{ id: person?.id }]);
});

test('a reference of another node is refused with what to do, and leaves no trace', async () => {
  const [one, other] = [await program.account('used-1'), await program.account('used-2')];
  const before = await traces();
  expect(await link(one, crm('used-2'))).toMatchObject({ __typename: 'ConflictError', code: 'CONFLICT', path: ['input', 'externalRef'], message: expect.stringContaining(`already used by ${other}. If both are the same, merge them with mergeAccounts`) as string });
  expect(await traces()).toBe(before);
});

test('unlinked, a reference names nothing any more; earlier instants still show it', async () => {
  const id = await program.account('past');
  program.clock.advance(1_000);
  await link(id, hub('past'));
  program.clock.advance(1_000);
  const linked = program.clock.now().toISOString();
  program.clock.advance(1_000);
  expect(await unlink(id, hub('past'))).toMatchObject({ changed: true, externalRefs: [crm('past')] });
  const unlinked = program.clock.now().toISOString();
  program.clock.advance(1_000);
  const other = await program.account('heir');
  await link(other, hub('past'));
  program.clock.advance(1_000);
  const query = 'query($id: ID!, $ref: ExternalRefInput!, $at: DateTime) { account(id: $id, asOf: $at) { externalRefs { id } } accountBy(by: { externalRef: $ref }, asOf: $at) { presentId } }';
  const at = (instant: string | null) => program.see(query, { id, ref: hub('past'), at: instant });
  expect(await at(linked)).toEqual({ account: { externalRefs: [{ id: 'past' }, { id: 'past' }] }, accountBy: { presentId: id } });
  expect(await at(unlinked)).toEqual({ account: { externalRefs: [{ id: 'past' }] }, accountBy: null });
  expect(await at(null)).toEqual({ account: { externalRefs: [{ id: 'past' }] }, accountBy: { presentId: other } });
  expect(await program.facts('reference.unlinked')).toMatchObject([{ data: { nodeType: 'Account', system: 'hubspot' } }]);
});

test('a node keeps at least one reference, and gives up its own only', async () => {
  const [one, other] = [await program.account('last-1'), await program.account('last-2')];
  const before = await traces();
  expect(await unlink(one, crm('last-1'))).toMatchObject({ __typename: 'ConflictError', message: expect.stringContaining('only external reference') as string });
  expect(await unlink(one, crm('last-2'))).toMatchObject({ __typename: 'NotFoundError', path: ['input', 'externalRef'] });
  expect(await unlink(one, crm('unheard-of'))).toMatchObject({ __typename: 'NotFoundError' });
  expect(await traces()).toBe(before);
  expect(other).not.toBe(one);
});

test('malformed, unknown and other tenants\' ids get one answer; past ids, bad references and other roles are refused; nothing leaves a trace', async () => {
  const id = await program.account('bad');
  const token = await program.token('admin', { tenant: program.otherTenant });
  const past = toGlobalId('Account', '01a1fd8c-6900-70ee-b0c2-badc54e13795', momentOf('2026-11-21T09:00:00.000Z'));
  const before = await traces();
  const unknown = { __typename: 'NotFoundError', code: 'NOT_FOUND', message: 'There is no account or record with this id. Check the id.', path: ['input', 'id'] };
  for (const bad of ['', 'x', 'Account_1', toGlobalId('Account', '01a1fd8c-6900-70ee-b0c2-badc54e13795'), id.replace('Account', 'Contact'), id.replace('Account', 'Signal')]) expect(await link(bad, hub('b')), bad).toEqual(unknown);
  expect(await link(id, hub('b'), { token })).toEqual(unknown);
  expect(await unlink(id, crm('bad'), { token })).toEqual(unknown);
  expect(await link(past, hub('b'))).toMatchObject({ __typename: 'InvalidInputError', path: ['input', 'id'] });
  expect(await link(id, hub(''))).toMatchObject({ __typename: 'InvalidInputError', path: ['input', 'externalRef', 'id'] });
  expect(await link(id, { system: 'Not a system', id: 'b' })).toMatchObject({ __typename: 'InvalidInputError', path: ['input', 'externalRef', 'system'] });
  expect(await link(id, { system: 'salesforce', id: '001A0000006Vm9uIAD' })).toMatchObject({ __typename: 'InvalidInputError', path: ['input', 'externalRef', 'id'] });
  expect(await link(id, hub('b'), { role: 'analyst' })).toMatchObject({ __typename: 'ForbiddenError' });
  expect(await unlink(id, crm('bad'), { role: 'analyst' })).toMatchObject({ __typename: 'ForbiddenError' });
  expect(await traces()).toBe(before);
});

test('of a hundred that link one reference to different accounts at once, one succeeds', async () => {
  const ids: string[] = [];
  for (let n = 0; n < 10; n += 1) ids.push(await program.account(`race-${n}`));
  const results = await Promise.all(ids.map((id) => link(id, hub('race'))));
  expect(results.filter(({ changed }) => changed === true)).toHaveLength(1);
  expect(results.filter(({ __typename }) => __typename === 'ConflictError')).toHaveLength(9);
});

test('erasing a person takes unlinked references with them, and the person stays suppressed under each', async () => {
  await program.account('erase');
  const account = { externalRef: crm('erase') };
  const { results: [person] } = await program.upsert('contacts', [{ account, externalRef: crm('eva'), name: 'Eva Moreau', email: 'eva@erase.example' }]);
  await link(String(person?.id), { system: 'email', id: 'Eva@Erase.example' });
  await link(String(person?.id), hub('eva-2'));
  program.clock.advance(1_000);
  await unlink(String(person?.id), hub('eva-2'));
  await unlink(String(person?.id), { system: 'email', id: 'EVA@erase.example' });
  const { erasurePreview } = await program.query<{ erasurePreview: { digest: string } }, Record<string, unknown>>('{ erasurePreview(email: "eva@erase.example") { digest } }', {}, { role: 'privacy_officer' }).then(dataOf);
  const erased = await program.query<{ eraseSubject: object }, Record<string, unknown>>('mutation($digest: String!) { eraseSubject(email: "eva@erase.example", previewDigest: $digest) { __typename ... on UserError { message } } }', { digest: erasurePreview.digest }, { role: 'privacy_officer' });
  expect(dataOf(erased)).toEqual({ eraseSubject: { __typename: 'ErasureReceipt' } });
  expect(await program.count(`select from external_ref_history where node_type = 'Contact'`)).toBe(0);
  expect(JSON.stringify(await program.rows('select * from external_ref_history'))).not.toMatch(/eva/i);
  expect((await program.upsert('contacts', [{ account, externalRef: hub('eva-2'), name: 'Eva' }])).results).toMatchObject([{ __typename: 'SuppressedError' }]);
  const { results: [someone] } = await program.upsert('contacts', [{ account, externalRef: crm('someone'), name: 'Someone' }]);
  expect(await link(String(someone?.id), crm('eva'))).toMatchObject({ __typename: 'SuppressedError', path: ['input', 'externalRef'] });
});
