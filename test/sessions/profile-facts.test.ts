import { afterAll, beforeAll, expect, test } from 'vitest';
import { roles } from '../../src/app/config.ts';
import { updateProfileFields } from '../../src/features/profiles/index.ts';
import { expireSessionData } from '../../src/features/sessions/index.ts';
import { arrange, dataOf, type Arranged } from '../accounts/arrange.ts';
import { act, define, fill, type Vault } from '../profiles/gap-vault.ts';
import { agentsOf, heldBy, type Answer } from './agents.ts';
import { customerOf, lineageOf, profileFields, type SeenFact } from './customers.ts';

let program: Arranged;
let agents: ReturnType<typeof agentsOf>;
beforeAll(async () => {
  program = await arrange({ roles: roles.filter((role) => role !== 'scheduler') });
  agents = agentsOf(program);
  await define(program, [
    { name: 'seats', displayName: 'Seats', valueType: 'INTEGER', fromSessions: true },
    { name: 'email', displayName: 'E-mail', valueType: 'EMAIL', fromSessions: true, isPii: true },
    { name: 'vat_id', displayName: 'VAT id', valueType: 'STRING', validationRegex: '^DE\\d{9}$', fromSessions: true },
    { name: 'plan', displayName: 'Plan', valueType: 'STRING' },
    { name: 'budget', displayName: 'Budget', valueType: 'NUMBER' },
  ]);
});
afterAll(() => program?.close());

const end = async (input: object): Promise<Answer & { session?: { facts: readonly SeenFact[] } }> =>
  dataOf(await program.query<{ endSession: Answer }, Record<string, unknown>>('mutation($input: EndSessionInput!) { endSession(input: $input) { __typename ... on SessionEnded { session { id facts { key outcome refusal statedAt step { id sequence } field { id value } } } } ... on UserError { code message path } } }', { input }, { role: 'agent' })).endSession as never;

test('what a session states becomes values of the profile that say which session, step and time they came from; of every other key it is said what became of it', async () => {
  const { account } = await customerOf(program, agents, 'maria');
  const { id: sessionId, token: fencingToken } = heldBy(await agents.start('maria'));
  const first = await agents.step(sessionId, fencingToken, { thought: 'asked for seats' });
  const last = await agents.step(sessionId, fencingToken, { thought: 'asked for the rest' });
  const ended = await end({ sessionId, fencingToken, persistentContext: { seats: '40', email: 'maria@maria.example', vat_id: 'none', plan: 'Pro', note: null }, statedIn: [{ key: 'seats', stepId: first.step?.id }] });
  const at = program.clock.now().toISOString();
  expect(ended).toMatchObject({ __typename: 'SessionEnded' });
  expect(Object.fromEntries((ended.session?.facts ?? []).map((fact) => [fact.key, fact]))).toEqual({
    seats: { key: 'seats', outcome: 'STORED', refusal: null, statedAt: at, step: { id: first.step?.id, sequence: 1 }, field: { id: expect.stringMatching(/^ProfileField_/), value: 40 } },
    email: { key: 'email', outcome: 'STORED', refusal: null, statedAt: at, step: { id: last.step?.id, sequence: 2 }, field: { id: expect.any(String), value: 'maria@maria.example' } },
    vat_id: { key: 'vat_id', outcome: 'REFUSED', refusal: 'It does not match the definition\'s pattern.', statedAt: at, step: { id: last.step?.id, sequence: 2 }, field: null },
    plan: { key: 'plan', outcome: 'CONTEXT_ONLY', refusal: null, statedAt: at, step: { id: last.step?.id, sequence: 2 }, field: null },
  });
  const fields = await profileFields(program, account);
  expect(fields).toMatchObject([
    { name: 'email', source: 'SESSION', value: 'maria@maria.example', trust: { level: 'CUSTOMER_TEXT' } },
    { name: 'seats', source: 'SESSION', value: 40, confidence: 0.8, occurredAt: at, sourceItemId: sessionId, sourceMetadata: { session: sessionId, step: first.step?.id, key: 'seats', statedAt: at }, trust: { level: 'CUSTOMER_TEXT' } },
  ]);
  const seats = fields[1]?.id ?? '';
  const up = await lineageOf(program, seats, 'UPSTREAM');
  expect(up.nodes).toEqual(expect.arrayContaining([
    { id: sessionId, type: 'SESSION', name: 'Session in inbox 74274', occurredAt: at }, { id: first.step?.id, type: 'SESSION', name: 'Step 1 of a session in inbox 74274', occurredAt: at }, expect.objectContaining({ id: seats }),
  ]));
  expect(up.edges).toEqual(expect.arrayContaining([{ from: sessionId, to: seats, relation: 'STATED_FROM', rule: { name: 'session-fact', version: '1' } }, { from: first.step?.id, to: seats, relation: 'STATED_FROM', rule: { name: 'session-fact', version: '1' } }]));
  expect((await lineageOf(program, sessionId, 'DOWNSTREAM')).nodes.map(({ id }) => id)).toEqual(expect.arrayContaining(fields.map(({ id }) => id)));
  expect((await lineageOf(program, first.step?.id ?? '', 'DOWNSTREAM')).nodes.map(({ id }) => id).toSorted()).toEqual([seats, first.step?.id ?? ''].toSorted((one, other) => (one < other ? -1 : 1)));
  const { node } = dataOf(await program.query<{ node: { trust: object; lineage: { nodes: readonly object[] } } }, Record<string, unknown>>('query($id: ID!) { node(id: $id) { ... on Session { trust { level } lineage(direction: DOWNSTREAM) { nodes { id } } } } }', { id: sessionId }, { role: 'analyst' }));
  expect(node).toMatchObject({ trust: { level: 'CUSTOMER_TEXT' } });
});

test('the same value is stated once, a verified one stays, and what was refused is checked again', async () => {
  const { account, accountId } = await customerOf(program, agents, 'paul');
  const run = async (persistentContext: object): Promise<readonly SeenFact[]> => {
    const { id: sessionId, token: fencingToken } = heldBy(await agents.start('paul'));
    program.clock.advance(1_000);
    return (await end({ sessionId, fencingToken, persistentContext })).session?.facts ?? [];
  };
  await run({ seats: 40, vat_id: 'x' });
  await run({ seats: 40 });
  expect(await run({ seats: '40' })).toMatchObject([{ key: 'seats', outcome: 'STORED' }, { key: 'vat_id', outcome: 'REFUSED' }]);
  expect(await program.count('select from profile_field where account_id = $1 and name = $2', [accountId, 'seats'])).toBe(1);
  await act(program, (work) => updateProfileFields(work, program.seal, [{ accountId, name: 'seats', value: 55, source: 'USER', verified: true, path: [] }]));
  expect(await run({ seats: 60, vat_id: 'DE123456789' })).toMatchObject([{ key: 'seats', outcome: 'REFUSED', refusal: expect.stringContaining('verified') }, { key: 'vat_id', outcome: 'STORED' }]);
  // Cleared here, it stays a value of the profile until somebody deletes it there.
  expect(await run({ vat_id: null })).toMatchObject([{ key: 'seats' }]);
  expect(await profileFields(program, account)).toMatchObject([{ name: 'seats', value: 55, source: 'USER' }, { name: 'vat_id', value: 'DE123456789' }]);
});

test('while the contact is not known in the graph the value is refused; gap fill finds it once it is', async () => {
  const { id: sessionId, token: fencingToken } = heldBy(await agents.start('later'));
  expect((await end({ sessionId, fencingToken, persistentContext: { seats: 7, budget: 12.5 } })).session?.facts).toMatchObject([{ key: 'budget', outcome: 'CONTEXT_ONLY' }, { key: 'seats', outcome: 'REFUSED', refusal: expect.stringContaining('not known in the graph') }]);
  const { account, vault } = await customerOf(program, agents, 'later', ['seats', 'budget', 'plan']);
  expect(await fill(program, vault as Vault)).toMatchObject([
    { fieldName: 'budget', filled: true, source: 'SESSION', field: { value: 12.5 } }, { fieldName: 'plan', filled: false }, { fieldName: 'seats', filled: true, source: 'SESSION', field: { value: 7 } },
  ]);
  const [budget] = await profileFields(program, account);
  expect(budget).toMatchObject({ source: 'SESSION', sourceItemId: sessionId, trust: { level: 'CUSTOMER_TEXT' }, sourceMetadata: { session: sessionId, step: null } });
  expect((await lineageOf(program, budget?.id ?? '', 'UPSTREAM')).edges).toEqual([{ from: sessionId, to: budget?.id, relation: 'STATED_FROM', rule: { name: 'gap-source-session', version: '1' } }]);
});

test('gap fill takes what was stated last in the sessions of the account, no other account\'s, and nothing that is older than what the profile had', async () => {
  const { account, accountId, vault } = await customerOf(program, agents, 'two-a', ['budget']);
  await program.upsert('contacts', [{ account: { id: account }, externalRef: { system: 'chatwoot', id: '74274/two-b' }, name: 'Two B' }]);
  await customerOf(program, agents, 'stranger');
  for (const [contact, budget] of [['two-a', 10], ['two-b', 20], ['stranger', 30]] as const) {
    const { id, token } = heldBy(await agents.start(contact));
    program.clock.advance(1_000);
    await agents.end(id, token, { budget });
  }
  expect(await fill(program, vault as Vault)).toMatchObject([{ source: 'SESSION', field: { value: 20 } }]);
  program.clock.advance(1_000);
  await act(program, (work) => updateProfileFields(work, program.seal, [{ accountId, name: 'budget', value: 25, source: 'USER', expiresAt: new Date(program.clock.now().getTime() + 1_000).toISOString(), path: [] }]));
  program.clock.advance(2_000);
  expect(await fill(program, vault as Vault)).toMatchObject([{ filled: false, source: null }]);
});

test('nothing is taken into the profile from somebody who objected to profiling; keys may be called as anything is that every object has', async () => {
  const { account, email, vault } = await customerOf(program, agents, 'objector', ['seats', 'budget']);
  dataOf(await program.query('mutation($input: ConsentRevocationInput!) { revokeConsent(input: $input) { __typename } }', { input: { email, purpose: 'PROFILING', channel: 'EMAIL' } }, { role: 'privacy_officer' }));
  const { id: sessionId, token: fencingToken } = heldBy(await agents.start('objector'));
  const { session } = await end({ sessionId, fencingToken, persistentContext: { seats: 4, budget: 3, constructor: 'x', toString: 1 } });
  expect(session?.facts).toMatchObject([{ key: 'budget', outcome: 'CONTEXT_ONLY' }, { key: 'constructor', outcome: 'CONTEXT_ONLY' }, { key: 'seats', outcome: 'REFUSED', refusal: expect.stringContaining('objected') }, { key: 'toString' }]);
  expect(await fill(program, vault as Vault)).toMatchObject([{ filled: false }, { filled: false }]);
  expect(await profileFields(program, account)).toEqual([]);
});

test('a step of another session is refused, and nothing is written', async () => {
  await customerOf(program, agents, 'own');
  const other = heldBy(await agents.start('other-session'));
  const foreign = await agents.step(other.id, other.token, 1);
  const { id: sessionId, token: fencingToken } = heldBy(await agents.start('own'));
  for (const stepId of [foreign.step?.id, sessionId, 'SessionStep_00000000000000000000000000000000']) {
    expect(await end({ sessionId, fencingToken, persistentContext: { seats: 1 }, statedIn: [{ key: 'seats', stepId }] })).toMatchObject({ code: 'BAD_USER_INPUT', path: ['input', 'statedIn', '0', 'stepId'] });
  }
  expect(await agents.see('own')).toMatchObject({ persistentContext: null, lock: { fencingToken } });
});

test('by hand, a value may name a session or step of its own account as its source, and of no other', async () => {
  const { account } = await customerOf(program, agents, 'named');
  const { account: elsewhere } = await customerOf(program, agents, 'named-elsewhere');
  const { id, token } = heldBy(await agents.start('named'));
  const { step } = await agents.step(id, token, 1);
  await agents.end(id, token, { note: 'x' });
  const state = async (of: string, sourceItemId: string | undefined): Promise<unknown> => dataOf(await program.query<{ answer: unknown }, Record<string, unknown>>('mutation($input: ProfileFieldInput!) { answer: updateProfileField(input: $input) { __typename ... on ProfileField { sourceItemId trust { level } } ... on UserError { code } } }', { input: { account: { id: of }, name: 'plan', value: 'Pro', source: 'SESSION', sourceItemId } }, { role: 'agent' })).answer;
  expect(await state(account, step?.id)).toEqual({ __typename: 'ProfileField', sourceItemId: step?.id, trust: { level: 'CUSTOMER_TEXT' } });
  expect(await state(account, id)).toMatchObject({ sourceItemId: id });
  expect(await state(elsewhere, step?.id)).toMatchObject({ code: 'NOT_FOUND' });
});

test('a value outlasts the steps and sessions it came from; its lineage to them ends with them', async () => {
  const { account } = await customerOf(program, agents, 'kept');
  const { id, token } = heldBy(await agents.start('kept'));
  const { step } = await agents.step(id, token, 1);
  await agents.end(id, token, { seats: 3 });
  program.clock.advance(31 * 86_400_000);
  await expireSessionData(program, { actor: { kind: 'system', id: 'test' }, requestId: 'test' });
  const [seats] = await profileFields(program, account);
  expect(seats).toMatchObject({ name: 'seats', value: 3, status: 'ACTIVE', sourceMetadata: { session: id, step: step?.id } });
  expect((await lineageOf(program, seats?.id ?? '', 'UPSTREAM')).nodes.map((node) => node.id).toSorted()).toEqual([id, seats?.id ?? ''].toSorted((one, other) => (one < other ? -1 : 1)));
});
