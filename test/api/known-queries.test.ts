import { afterAll, beforeAll, expect, test } from 'vitest';
import { arrange, crm, type Arranged } from '../accounts/arrange.ts';

let program: Arranged;
let id = '';
beforeAll(async () => {
  program = await arrange({ answerBytes: 0 });
  [{ id = '' } = {}] = (await program.upsertAccounts([{ externalRef: crm('acme'), name: 'Acme' }])).results;
});
afterAll(() => program.close());

/** Status, body and headers of an answer; without what is of one request, and the points that are left by themselves. */
async function send(body: object, headers: Record<string, string> = {}): Promise<{ answer: object; left: number }> {
  const token = await program.token('admin');
  const response = await fetch(`${program.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers }, body: JSON.stringify(body) });
  const own = Object.fromEntries([...response.headers].filter(([name]) => !['date', 'ratelimit', 'x-request-id'].includes(name)));
  const text = await response.text();
  return { answer: { status: response.status, headers: own, body: text.replace(/"requestId":"[^"]+"/, '') }, left: Number(/;r=(\d+)/.exec(response.headers.get('ratelimit') ?? '')?.[1]) };
}

const two = 'query One($id: ID!, $first: Int!) { account(id: $id) { name contacts(first: $first) { totalCount edges { node { name } } } } } query Other { accounts(first: 1) { edges { node { name } } } }';
const asked: readonly { readonly name: string; readonly body: () => object; readonly headers?: Record<string, string> }[] = [
  { name: 'a query', body: () => ({ query: 'query($id: ID!) { account(id: $id) { __typename id name } }', variables: { id } }) },
  { name: 'a query whose answer names its content type', body: () => ({ query: 'query($id: ID!) { account(id: $id) { name } }', variables: { id } }), headers: { accept: 'application/graphql-response+json' } },
  { name: 'one of two operations', body: () => ({ query: two, operationName: 'One', variables: { id, first: 2 } }) },
  { name: 'the other of them', body: () => ({ query: two, operationName: 'Other', variables: null }) },
  { name: 'neither of them', body: () => ({ query: two }) },
  { name: 'a query whose field fails', body: () => ({ query: two, operationName: 'One', variables: { id, first: 1_000 } }) },
  { name: 'a query without a variable that it needs', body: () => ({ query: two, operationName: 'One', variables: { id } }) },
  { name: 'a query with an extension', body: () => ({ query: 'query($id: ID!) { account(id: $id) { name } }', variables: { id }, extensions: { other: true } }) },
  { name: 'variables that are no object', body: () => ({ query: two, operationName: 'One', variables: [id] }) },
  { name: 'an answer that the caller does not accept', body: () => ({ query: 'query($id: ID!) { account(id: $id) { name } }', variables: { id } }), headers: { accept: 'text/plain' } },
];

test.each(asked)('$name is answered the same however often it was asked', async ({ body, headers }) => {
  const answers = [];
  for (let turn = 0; turn < 5; turn += 1) answers.push((await send(body(), headers)).answer);
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size, JSON.stringify(answers)).toBe(1);
});

test('a query that is known is charged, and one that fails is charged once', async () => {
  const query = 'query Charged($id: ID!, $first: Int!) { accounts(first: 40) { edges { node { contacts(first: 40) { edges { node { id } } } } } } account(id: $id) { contacts(first: $first) { totalCount } } }';
  for (let turn = 0; turn < 3; turn += 1) await send({ query, variables: { id, first: 1 } });
  const { left: before } = await send({ query, variables: { id, first: 1 } });
  const { left: served } = await send({ query, variables: { id, first: 1 } });
  const { left: failed } = await send({ query, variables: { id, first: 0 } });
  // The cost is some thousand points; what the checks took is far less.
  expect(before - served).toBeGreaterThan(2_000);
  expect(served - failed).toBeGreaterThan(2_000);
  expect(served - failed).toBeLessThan(1.5 * (before - served));
});
