import { afterAll, beforeAll, expect, test } from 'vitest';
import { roles } from '../../src/app/config.ts';
import { expireChildValues } from '../../src/features/profiles/index.ts';
import { clearErasedSessions, expireChildDataOfSessions, persistentContextOf } from '../../src/features/sessions/index.ts';
import { parseGlobalId, type Id } from '../../src/platform/ids.ts';
import { arrange, dataOf, type Arranged } from '../accounts/arrange.ts';
import { act, define, fill, type Vault } from '../profiles/gap-vault.ts';
import { agentsOf, heldBy } from './agents.ts';
import { customerOf, profileFields, type SessionCustomer } from './customers.ts';

type Role = 'viewer' | 'analyst' | 'approver' | 'privacy_officer' | 'agent' | 'admin';
const caller = { actor: { kind: 'system', id: 'test' }, requestId: 'test' } as const;
const day = 86_400_000;
let program: Arranged;
let agents: ReturnType<typeof agentsOf>;
beforeAll(async () => {
  program = await arrange({ roles: roles.filter((role) => role !== 'scheduler') });
  agents = agentsOf(program);
  await define(program, [
    { name: 'child_name', displayName: 'Name', valueType: 'STRING', fromSessions: true },
    { name: 'tour_guest', displayName: 'Guest', valueType: 'STRING', piiClass: 'CHILD', isPii: true, fromSessions: true },
    { name: 'seats', displayName: 'Seats', valueType: 'INTEGER', fromSessions: true },
  ]);
});
afterAll(() => program?.close());

/** A session in which a parent told of a child, ended. */
async function told(contact: string, requires: readonly string[] = []): Promise<SessionCustomer & { readonly session: string }> {
  const customer = await customerOf(program, agents, contact, requires);
  const { id, token } = heldBy(await agents.start(contact));
  await agents.step(id, token, { plan: 'Pro', heard: { childBirthdate: '2021-03-04' } });
  await agents.step(id, token, { plan: 'Pro', tourGuest: 'Mia' });
  await agents.step(id, token, { plan: 'Pro' });
  await agents.end(id, token, { child_name: 'Mia', tour_guest: 'Mia', seats: 4, children: [{ age: 5 }] });
  return { ...customer, session: id };
}

const seeSession = async (contactId: string, role: Role): Promise<{ persistentContext: unknown; activeContext: unknown; steps: readonly { content: unknown }[]; pendingMessages: readonly { body: string | null }[]; facts: readonly { key: string; field: { value: unknown } | null }[] } | null> =>
  dataOf(await program.query<{ session: never }, Record<string, unknown>>('query($inboxId: Int!, $contactId: String!) { session(inboxId: $inboxId, contactId: $contactId) { persistentContext activeContext steps { content } pendingMessages { body } facts { key field { value } } } }', { inboxId: agents.inboxId, contactId }, { role })).session;

test('the class of a field follows from its definition or its name, and cannot be below what its name says', async () => {
  const save = async (input: object): Promise<object> => dataOf(await program.query<{ answer: object }, Record<string, unknown>>('mutation($input: FieldDefinitionInput!) { answer: saveFieldDefinition(input: $input) { __typename ... on FieldDefinition { name isPii piiClass fromSessions } ... on UserError { code path } } }', { input }, { role: 'admin' })).answer;
  expect(await save({ name: 'toddler_group', valueType: 'STRING' })).toEqual({ __typename: 'FieldDefinition', name: 'toddler_group', isPii: true, piiClass: 'CHILD', fromSessions: false });
  expect(await save({ name: 'toddler_group', valueType: 'STRING', isPii: false })).toMatchObject({ isPii: true, piiClass: 'CHILD' });
  expect(await save({ name: 'toddler_group', valueType: 'STRING', piiClass: 'PERSONAL' })).toMatchObject({ code: 'BAD_USER_INPUT', path: ['input', 'piiClass'] });
  expect(await save({ name: 'hobby', valueType: 'STRING', piiClass: 'CHILD', isPii: false })).toMatchObject({ code: 'BAD_USER_INPUT' });
  expect(await save({ name: 'hobby', valueType: 'STRING', isPii: false })).toMatchObject({ isPii: false, piiClass: 'NONE' });
  expect(await save({ name: 'hobby', valueType: 'STRING' })).toMatchObject({ isPii: true, piiClass: 'PERSONAL' });
  const { fieldDefinitions } = dataOf(await program.query<{ fieldDefinitions: { edges: readonly { node: { name: string } }[] } }, Record<string, unknown>>('{ fieldDefinitions(filter: { piiClasses: [CHILD] }) { edges { node { name } } } }', {}, { role: 'viewer' }));
  expect(fieldDefinitions.edges.map(({ node }) => node.name)).toEqual(['child_name', 'toddler_group', 'tour_guest']);
});

test('agents, privacy officers and administrators see data of children; analysts and approvers see that it is there, viewers nothing', async () => {
  const { account } = await told('masked');
  const { id, token } = heldBy(await agents.start('masked'));
  await agents.step(id, token, 1, { kids: ['Mia'], mood: 'good' });
  await agents.queue('masked', [{ key: 'm', body: 'Hello\nChild: Mia' }]);
  for (const role of ['agent', 'privacy_officer', 'admin'] as const) {
    expect(await seeSession('masked', role)).toMatchObject({ persistentContext: { child_name: 'Mia', tour_guest: 'Mia', seats: 4, children: [{ age: 5 }] }, activeContext: { kids: ['Mia'] }, steps: [{}, {}, { content: { tourGuest: 'Mia' } }, {}], pendingMessages: [{ body: 'Hello\nChild: Mia' }] });
    expect((await profileFields(program, account, role)).map(({ value, masked }) => [value, masked])).toEqual([['Mia', false], [4, false], ['Mia', false]]);
  }
  for (const role of ['analyst', 'approver'] as const) {
    const seen = await seeSession('masked', role);
    expect(seen).toMatchObject({
      persistentContext: { child_name: '[hidden]', tour_guest: '[hidden]', seats: 4, children: '[hidden]' }, activeContext: { kids: '[hidden]', mood: 'good' },
      steps: [{ content: 1 }, { content: { plan: 'Pro' } }, { content: { tourGuest: '[hidden]' } }, { content: { heard: { childBirthdate: '[hidden]' } } }], pendingMessages: [{ body: 'Hello\nChild: [data of a child]' }],
    });
    const fields = await profileFields(program, account, role);
    expect(fields.map(({ name, value, masked, sourceMetadata }) => [name, value, masked, sourceMetadata !== null])).toEqual([['child_name', null, true, false], ['seats', 4, false, true], ['tour_guest', null, true, false]]);
    expect(JSON.stringify([seen, fields])).not.toMatch(/Mia|2021-03-04/);
  }
  expect(await seeSession('masked', 'viewer')).toMatchObject({ persistentContext: null, activeContext: null, facts: [], pendingMessages: [{ body: null }] });
  const response = await fetch(`${program.url}/api/sessions/${agents.inboxId}/masked`, { headers: { authorization: `Bearer ${await program.token('analyst')}` } });
  expect(await response.text()).not.toMatch(/Mia|2021-03-04/);
});

test('a field that becomes one of children hides the values that it has, and those that were derived from them, in the past too', async () => {
  const { account, accountId, vault } = await customerOf(program, agents, 'turned', ['second_code']);
  await define(program, [{ name: 'first_code', displayName: 'Code', valueType: 'STRING' }, { name: 'second_code', displayName: 'Code', valueType: 'STRING' }]);
  await dataOf(await program.query('mutation($input: ProfileFieldInput!) { updateProfileField(input: $input) { __typename } }', { input: { account: { id: account }, name: 'first_code', value: 'Mia' } }, { role: 'agent' }));
  expect(await fill(program, vault as Vault)).toMatchObject([{ filled: true, source: 'PROFILE', field: { value: 'Mia' } }]);
  const before = program.clock.now().toISOString();
  program.clock.advance(60_000);
  await define(program, [{ name: 'first_code', displayName: 'Code', valueType: 'STRING', piiClass: 'CHILD', isPii: true }]);
  for (const asOf of [null, before]) expect((await profileFields(program, account, 'analyst', asOf)).map(({ name, value, masked }) => [name, value, masked])).toEqual([['first_code', null, true], ['second_code', null, true]]);
  await define(program, [{ name: 'first_code', displayName: 'Code', valueType: 'STRING' }]);
  expect((await profileFields(program, account, 'analyst')).map(({ masked }) => masked)).toEqual([true, true]);
  expect(await program.count('select from profile_field where account_id = $1 and holds_child_data', [accountId])).toBe(2);
});

test('it is kept for a time of its own: values, contexts and steps lose it, with tombstones for the copy in Chatwoot', async () => {
  const settings = async (days: number | null): Promise<object> => dataOf(await program.query<{ answer: object }, Record<string, unknown>>('mutation($days: Int) { answer: saveProfileSettings(validationMode: WARN, childDataDays: $days) { __typename ... on ProfileSettings { childDataDays } ... on UserError { code path } } }', { days }, { role: 'admin' })).answer;
  expect(await settings(0)).toMatchObject({ code: 'BAD_USER_INPUT', path: ['childDataDays'] });
  expect(await settings(10)).toMatchObject({ childDataDays: 10 });
  expect(await settings(null)).toMatchObject({ childDataDays: 10 });
  const { account, accountId, session } = await told('retained');
  const { id: again, token } = heldBy(await agents.start('retained'));
  await agents.queue('retained', [{ key: 'm', body: 'Mia is five' }]);
  await agents.drain(again, token);
  await agents.end(again, token);
  const [childName] = await profileFields(program, account);
  expect(childName).toMatchObject({ expiresAt: new Date(program.clock.now().getTime() + 10 * day).toISOString() });
  const before = program.clock.now().toISOString();
  const expire = async (): Promise<void> => {
    await expireChildValues(program.database, caller);
    await expireChildDataOfSessions(program, caller);
  };
  program.clock.advance(9 * day);
  await expire();
  expect((await profileFields(program, account)).map(({ value }) => value)).toEqual(['Mia', 4, 'Mia']);
  program.clock.advance(2 * day);
  await expire();
  expect((await profileFields(program, account)).map(({ name, value, status }) => [name, value, status])).toEqual([['child_name', null, 'EXPIRED'], ['seats', 4, 'ACTIVE'], ['tour_guest', null, 'EXPIRED']]);
  expect((await profileFields(program, account, 'admin', before)).map(({ value }) => value)).toEqual([null, 4, null]);
  expect(await seeSession('retained', 'admin')).toMatchObject({ persistentContext: { seats: 4 }, steps: [{ content: { plan: 'Pro' } }] });
  expect(await program.count('select from session_message where session_id = $1', [parseGlobalId(session)?.id])).toBe(0);
  const context = await act(program, (work) => persistentContextOf(work, program.seal, { tenantId: program.tenant, sessionId: parseGlobalId(session)?.id ?? '' }));
  expect(context).toMatchObject({ values: { seats: 4 }, cleared: ['child_name', 'children', 'tour_guest'] });
  expect(await program.count('select from profile_field where account_id = $1 and holds_child_data and (value_sealed is not null or source_metadata_sealed is not null)', [accountId])).toBe(0);
  expect(await program.count('select from profile_field_history where account_id = $1 and holds_child_data and value_sealed is not null', [accountId])).toBe(0);
  expect(await program.count('select from agent_session where child_data_since is not null and id = $1', [parseGlobalId(session)?.id])).toBe(0);
  const facts = (await program.facts('profile_field.erased')).length;
  await expire();
  expect(await program.facts('profile_field.erased')).toHaveLength(facts);
});

test('an erasure of the parent takes it out of profiles, contexts and steps', async () => {
  const { email, accountId, session } = await told('erased-parent', ['child_name']);
  const preview = dataOf(await program.query<{ erasurePreview: { digest: string; items: readonly { kind: string; count: number }[] } }, Record<string, unknown>>('query($email: String!) { erasurePreview(email: $email) { digest items { kind count } } }', { email }, { role: 'privacy_officer' })).erasurePreview;
  expect(preview.items).toEqual(expect.arrayContaining([{ kind: 'SESSION', count: 1 }, { kind: 'PROFILE_FIELD', count: 3 }]));
  dataOf(await program.query('mutation($email: String!, $digest: String!) { eraseSubject(email: $email, previewDigest: $digest) { __typename } }', { email, digest: preview.digest }, { role: 'privacy_officer' }));
  await clearErasedSessions(program, caller);
  const fields = await profileFields(program, `Account_${accountId.replaceAll('-', '')}`);
  expect(fields.map(({ value }) => value)).toEqual([null, null, null]);
  expect(await program.count('select from agent_session where id = $1', [parseGlobalId(session)?.id])).toBe(0);
  expect(await program.count('select from session_step where session_id = $1', [parseGlobalId(session)?.id])).toBe(0);
  expect(await program.count('select from lineage_edge where from_id = $1 and removed_at is null', [parseGlobalId(session)?.id as Id<'Session'>])).toBe(0);
});
