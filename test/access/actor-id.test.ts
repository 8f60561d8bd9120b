import { afterAll, beforeAll, expect, test } from 'vitest';
import { dataOf } from '../accounts/arrange.ts';
import { until } from '../harness/program.ts';
import { openQueue, uuidOf, type Queue } from '../actions/queue.ts';
import { passedBy } from '../harness/facts.ts';

let program: Queue;
beforeAll(async () => {
  program = await openQueue();
});
afterAll(() => program?.close());

const marker = 'vexmarker.zquark';
const ada = `${marker}@example.com`;

test('who is known by an address is recorded by a digest, from the token to the audit row, the event, the action and the log', async () => {
  const customer = await program.customer();
  const token = await program.token('approver', { subject: ada });
  const { caller } = dataOf(await program.query<{ caller: { id: string; kind: string; roles: string[] } }, Record<string, never>>('{ caller { id kind roles } }', {}, { token }));
  expect(caller).toEqual({ id: expect.stringMatching(/^sub_[0-9a-f]{32}$/) as string, kind: 'user', roles: ['APPROVER'] });

  const input = { account: { id: customer.account }, subject: 'Hello', body: 'Shall we talk?', reasoning: 'They called.', confidence: 0.8 };
  const own = await program.mutate('proposeAction', '$input: ProposeActionInput!', { input }, { token });
  expect(own).toMatchObject({ __typename: 'Action' });
  // The same person, however they spell themselves, does not approve what they proposed.
  const again = await program.token('approver', { subject: ada.toUpperCase() });
  expect(await program.mutate('approveAction', '$input: ApproveActionInput!', { input: { id: own.id, evidenceDigest: await program.digest(own.id) } }, { token: again })).toMatchObject({ __typename: 'NotPermitted' });
  const other = await program.propose(customer);
  expect(await program.mutate('claimAction', '$id: ID!', { id: other }, { token })).toMatchObject({ claimedBy: { id: caller.id } });
  const response = await fetch(`${program.url}/api/actions/${other}/approve`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'x-request-id': ada },
    body: JSON.stringify({ evidenceDigest: await program.digest(other) }),
  });
  const requestId = response.headers.get('x-request-id') ?? '';
  expect([response.status, await response.json()]).toMatchObject([200, { decidedBy: { id: caller.id, kind: 'user' } }]);
  expect(requestId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);

  expect(await program.rows(`select kind, actor_id, request_id from audit_logs where kind = 'action.approved'`)).toEqual([{ kind: 'action.approved', actor_id: caller.id, request_id: requestId }]);
  await until('its consumer has read it', () => program.count(`select from audit_logs a where kind = 'action.approved' and ${passedBy("'executor'")}`));
  await until('the request is logged', () => program.logged.some(({ fields }) => fields['requestId'] === requestId));
  expect(await program.rows('select decided_by_id from action where id = $1', [uuidOf(other)])).toEqual([{ decided_by_id: caller.id }]);

  const tables = await program.rows(`select table_schema || '.' || quote_ident(table_name) as name from information_schema.tables where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'`);
  expect(tables.length).toBeGreaterThan(50);
  for (const { name } of tables) expect(await program.count(`select from ${name} as t where t::text ilike '%vexmarker%'`), name).toBe(0);
  expect(JSON.stringify(program.logged).toLowerCase()).not.toContain('vexmarker');
});

test('an opaque id is recorded as it is, and an API key by its own', async () => {
  const sub = 'auth0|5f7c8ec7c33c6c004bbafe82';
  const { caller } = dataOf(await program.query<{ caller: object }, Record<string, never>>('{ caller { id kind } }', {}, { token: await program.token('viewer', { subject: sub }) }));
  expect(caller).toEqual({ id: sub, kind: 'user' });
  const { createApiKey } = dataOf(await program.query<{ createApiKey: { secret: string; apiKey: { id: string } } }, { input: object }>('mutation($input: ApiKeyInput!) { createApiKey(input: $input) { ... on ApiKeyCreated { secret apiKey { id } } } }', { input: { name: 'bot', roles: ['AGENT'] } }));
  const response = await fetch(`${program.url}/graphql`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-api-key': createApiKey.secret }, body: JSON.stringify({ query: '{ caller { id kind roles } }' }) });
  expect(await response.json()).toEqual({ data: { caller: { id: uuidOf(createApiKey.apiKey.id), kind: 'machine', roles: ['AGENT'] } } });
});
