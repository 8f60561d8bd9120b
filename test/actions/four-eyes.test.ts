import { afterAll, beforeAll, expect, test } from 'vitest';
import { dataOf } from '../accounts/arrange.ts';
import { openQueue, uuidOf, type Answer, type Queue } from './queue.ts';

let program: Queue;
beforeAll(async () => {
  program = await openQueue();
  expect(await fourEyes(true)).toMatchObject({ __typename: 'OutreachPolicy', version: 1, fourEyes: true, emailDailyLimit: 5, emailDailyLimitIsOwn: false });
});
afterAll(() => program.close());

const edit = (id: string, subject: string, body: string): Promise<Answer> => program.mutate('editAction', '$input: EditActionInput!', { input: { id, body } }, { subject });
const fourEyes = (wanted: boolean): Promise<Answer> => program.mutate('saveOutreachPolicy', '$input: OutreachPolicyInput!', { input: { fourEyes: wanted } }, { role: 'admin' });
const own = { __typename: 'NotPermitted', code: 'FORBIDDEN', message: 'You wrote the words of this version, and the outreach policy wants four eyes. Another approver must decide.' };

test('whoever edited an action does not approve their own words; somebody else does', async () => {
  const id = await program.propose(await program.customer());
  await edit(id, 'ann', 'Ann wrote this.');
  expect(await program.approve(id, await program.digest(id), 'ann')).toMatchObject(own);
  expect(await program.status(id)).toBe('PENDING');
  expect(await program.told(id)).toEqual(['action.proposed', 'action.edited']);
  expect(await program.approve(id, await program.digest(id), 'bob')).toMatchObject({ __typename: 'Action', status: 'APPROVED' });
});

test('nor by REST, nor after evidence was frozen anew, nor in a claim of their own', async () => {
  const customer = await program.customer();
  const id = await program.propose(customer);
  await edit(id, 'ann', 'Ann wrote this.');
  const seen = await program.digest(id);
  await program.upsert('managerFlags', [{ account: { id: customer.account }, externalRef: { system: 'test', id: `f-${customer.email}` }, flag: 'do_not_disturb', setBy: 'Vic' }]);
  expect(await program.approve(id, seen, 'bob')).toMatchObject({ __typename: 'EvidenceChanged', action: { status: 'PENDING' } });
  await program.mutate('claimAction', '$id: ID!', { id }, { subject: 'ann' });
  expect(await program.approve(id, await program.digest(id), 'ann')).toMatchObject(own);
  const response = await fetch(`${program.url}/api/actions/${id}/approve`, {
    method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${await program.token('approver', { subject: 'ann' })}` }, body: JSON.stringify({ evidenceDigest: await program.digest(id) }),
  });
  expect([response.status, await response.text()]).toEqual([403, expect.stringContaining('Another approver must decide')]);
  await program.mutate('releaseAction', '$id: ID!', { id }, { subject: 'ann' });
  expect(await program.approve(id, await program.digest(id), 'bob')).toMatchObject({ __typename: 'Action', status: 'APPROVED' });
});

test('the last who wrote is the author: whoever edited before may approve what another wrote since', async () => {
  const id = await program.propose(await program.customer());
  await edit(id, 'ann', 'Ann wrote this.');
  await edit(id, 'bob', 'Bob wrote this.');
  expect(await program.approve(id, await program.digest(id), 'bob')).toMatchObject(own);
  expect(await program.approve(id, await program.digest(id), 'ann')).toMatchObject({ __typename: 'Action', status: 'APPROVED' });
});

test('who proposed by hand does not approve what another reworded, and the other neither', async () => {
  const customer = await program.customer();
  const input = { account: { id: customer.account }, subject: 'Hello', body: 'Shall we talk?', reasoning: 'They called.', confidence: 0.9 };
  const { id } = await program.mutate('proposeAction', '$input: ProposeActionInput!', { input }, { subject: 'ann' });
  await edit(id, 'bob', 'Bob wrote this.');
  for (const who of ['ann', 'bob']) expect(await program.approve(id, await program.digest(id), who)).toMatchObject({ __typename: 'NotPermitted' });
  expect(await program.approve(id, await program.digest(id), 'carol')).toMatchObject({ __typename: 'Action', decidedBy: { id: 'carol' } });
});

test('an edit keeps where the draft came from, names who wrote it since, and takes the confidence and the lower risk away', async () => {
  const query = 'query($id: ID!) { node(id: $id) { ... on Action { confidence riskLevel draft { generatedBy model prompt editedBy { id kind } } } } }';
  const read = async (id: string) => dataOf(await program.query<{ node: object }, { id: string }>(query, { id }, { role: 'viewer' })).node;
  const drafted = { generatedBy: 'MODEL', model: 'gpt-5.4-mini', prompt: 'draft-outreach.v1' } as const;
  const id = await program.propose(await program.customer(), { ...drafted, confidence: 0.9 });
  expect(await read(id)).toEqual({ confidence: 0.9, riskLevel: 'MEDIUM', draft: { ...drafted, editedBy: null } });
  await edit(id, 'ann', 'Shall we talk about your trial?');
  expect(await read(id), 'nothing new was written').toMatchObject({ confidence: 0.9, draft: { editedBy: null } });
  await edit(id, 'ann', 'Ann wrote this.');
  expect(await read(id)).toEqual({ confidence: null, riskLevel: 'HIGH', draft: { ...drafted, editedBy: { id: 'ann', kind: 'user' } } });
  expect(await program.rows('select version, cause, generated_by, author_id, is_edited from action_evidence where action_id = $1 order by version', [uuidOf(id)])).toEqual([
    { version: 1, cause: 'PROPOSED', generated_by: 'MODEL', author_id: 'test', is_edited: false },
    { version: 2, cause: 'EDITED', generated_by: 'MODEL', author_id: 'ann', is_edited: true },
  ]);
  const list = async (minConfidence: number) => dataOf(await program.query<{ actions: { edges: { node: { id: string } }[] } }, object & Record<string, unknown>>('query($f: ActionFilter) { actions(first: 100, filter: $f) { edges { node { id } } } }', { f: { minConfidence } }, { role: 'viewer' })).actions.edges.map(({ node }) => node.id);
  expect(await list(0)).not.toContain(id);
});

const byHand = async (more: object = {}) => ({ input: { account: { id: (await program.customer()).account }, subject: 'Hello', body: 'Shall we talk?', reasoning: 'They called.', confidence: 0.9, ...more } });

test('one name is one somebody: what it proposed as a machine it does not approve as a person', async () => {
  const { id } = await program.mutate('proposeAction', '$input: ProposeActionInput!', await byHand(), { role: 'agent', subject: 'dual' });
  expect(await program.rows('select proposed_by_kind, proposed_by_id from action where id = $1', [uuidOf(id)])).toEqual([{ proposed_by_kind: 'machine', proposed_by_id: 'dual' }]);
  expect(await program.approve(id, await program.digest(id), 'dual')).toMatchObject({ __typename: 'NotPermitted', message: 'Whoever proposed an action does not approve it. Ask somebody else.' });
  expect(await program.approve(id, await program.digest(id), 'bob')).toMatchObject({ __typename: 'Action', status: 'APPROVED' });
});

test('whoever made an API key does not approve what is proposed by it', async () => {
  const { data } = await program.query<{ createApiKey: { secret: string } }, { input: object }>(
    'mutation($input: ApiKeyInput!) { createApiKey(input: $input) { ... on ApiKeyCreated { secret } } }', { input: { name: 'drafting machine', roles: ['AGENT'] } }, { token: await program.token('admin', { subject: 'ada' }) });
  const response = await fetch(`${program.url}/graphql`, {
    method: 'POST', headers: { 'content-type': 'application/json', 'x-api-key': data?.createApiKey.secret ?? '' },
    body: JSON.stringify({ query: 'mutation($input: ProposeActionInput!) { proposeAction(input: $input) { ... on Action { id } } }', variables: await byHand() }),
  });
  const { data: made } = (await response.json()) as { data: { proposeAction: { id: string } } };
  const { id } = made.proposeAction;
  expect(await program.approve(id, await program.digest(id), 'ada')).toMatchObject({ __typename: 'NotPermitted', message: expect.stringContaining('by an API key that you made') as string });
  expect(await program.approve(id, await program.digest(id), 'bob')).toMatchObject({ __typename: 'Action', status: 'APPROVED' });
});

test.each([
  ['agent', 'is blank', '   ', 'Say why'],
  ['analyst', 'is blank', ' \n ', 'Say why'],
  ['agent', 'hides a character', 'They\u202e called.', 'U+202E'],
  ['analyst', 'hides a character', 'They\u200b called.', 'U+200B'],
  ['agent', 'leads elsewhere', 'See https://evil.test first.', 'a link'],
  ['agent', 'holds an address', 'Ask ada@evil.test', 'an e-mail address'],
  ['agent', 'holds markup', 'See <b>this</b>', 'markup'],
] as const)('reasoning of %s that %s is refused', async (role, _what, reasoning, message) => {
  expect(await program.mutate('proposeAction', '$input: ProposeActionInput!', await byHand({ reasoning }), { role })).toMatchObject({ __typename: 'InvalidInputError', path: ['input', 'reasoning'], message: expect.stringContaining(message) as string });
});

test('a person\'s reasoning may name a page, and a machine\'s a figure', async () => {
  for (const [role, reasoning] of [['analyst', 'See https://crm.example.com/1'], ['agent', 'They ordered 12 500 000 000 last year.']] as const) {
    expect(await program.mutate('proposeAction', '$input: ProposeActionInput!', await byHand({ reasoning }), { role })).toMatchObject({ __typename: 'Action' });
  }
});

test('where the policy does not want four eyes, who edited may approve, and who proposed still not', async () => {
  await fourEyes(false);
  const customer = await program.customer();
  const id = await program.propose(customer);
  await edit(id, 'ann', 'Ann wrote this.');
  expect(await program.approve(id, await program.digest(id), 'ann')).toMatchObject({ __typename: 'Action', status: 'APPROVED', decidedBy: { id: 'ann' } });
  const input = { account: { id: customer.account }, subject: 'Hello', body: 'Shall we talk?', reasoning: 'They called.', confidence: 0.9 };
  const proposed = await program.mutate('proposeAction', '$input: ProposeActionInput!', { input }, { subject: 'ann' });
  expect(await program.approve(proposed.id, await program.digest(proposed.id), 'ann')).toMatchObject({ __typename: 'NotPermitted' });
});
