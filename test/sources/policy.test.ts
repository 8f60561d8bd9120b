import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../harness/program.ts';
import { arrange, crm, type Arranged } from '../accounts/arrange.ts';

let program: Arranged;
beforeAll(async () => {
  program = await arrange();
});
afterAll(() => program.close());

const publish = async (rules: readonly object[], role: 'admin' | 'agent' = 'admin') =>
  (await program.query<{ publishPrecedencePolicy: Record<string, unknown> }, Record<string, unknown>>(
    'mutation($input: PublishPrecedencePolicyInput!) { publishPrecedencePolicy(input: $input) { __typename ... on PrecedencePolicy { version rules { name kind fields tiers } publishedBy } ... on UserError { code path } } }',
    { input: { rules } }, { role })).data?.publishPrecedencePolicy;
const rule = (more: object = {}) => ({ name: 'hubspot first', kind: 'Account', fields: ['industry'], tiers: [['hubspot'], ['salesforce']], ...more });

test('a policy that names what does not exist is refused, and leaves no trace', async () => {
  expect(await publish([rule({ kind: 'Signal' })])).toMatchObject({ code: 'BAD_USER_INPUT', path: ['input', 'rules', '0', 'kind'] });
  expect(await publish([rule(), rule({ fields: ['name', 'shoeSize'] })])).toMatchObject({ code: 'BAD_USER_INPUT', path: ['input', 'rules', '1', 'fields', '1'] });
  expect(await publish([rule({ tiers: [['nobody-ever']] })])).toMatchObject({ code: 'BAD_USER_INPUT', path: ['input', 'rules', '0', 'tiers'] });
  expect(await publish([rule({ tiers: [['hubspot'], ['hubspot']] })])).toMatchObject({ code: 'BAD_USER_INPUT' });
  expect(await publish([rule({ tiers: [['manual']] })])).toMatchObject({ code: 'BAD_USER_INPUT' });
  expect(await publish([rule({ tiers: [] })])).toMatchObject({ code: 'BAD_USER_INPUT' });
  expect(await publish([rule()], 'agent')).toMatchObject({ code: 'FORBIDDEN' });
  expect(await program.count('select from precedence_policy')).toBe(0);
  expect(await program.see('{ precedencePolicy { version publishedAt rules { name } } }')).toMatchObject({ precedencePolicy: { version: 0, publishedAt: null } });
});

test('a new policy is applied to what is known, and the past keeps the one of its time', async () => {
  const id = await program.account('policy', { industry: 'Retail' });
  program.clock.advance(1_000);
  await program.upsertAccounts([{ externalRef: crm('policy'), source: 'hubspot', name: 'Policy by HubSpot', industry: 'Software' }]);
  await program.upsert('products', [{ account: { id }, externalRef: crm('policy-product'), name: 'A', occurredAt: '2026-11-01T00:00:00.000Z' }]);
  await program.upsert('products', [{ account: { id }, externalRef: crm('policy-product'), name: 'B', source: 'odd-one', occurredAt: '2026-11-02T00:00:00.000Z' }]);
  const read = async (asOf: string | null) => (await program.see<{ account: { industry: string; products: { edges: { node: { name: string } }[] }; contradictions: { field: string; rule: { name: string; version: number } }[] } }>(
    'query($id: ID!, $asOf: DateTime) { account(id: $id, asOf: $asOf) { industry products { edges { node { name } } } contradictions { field rule { name version } } } }', { id, asOf })).account;
  // Nobody ranks sources of one tier: HubSpot said so later.
  expect((await read(null)).industry).toBe('Software');
  const before = program.clock.now().toISOString();
  program.clock.advance(60_000);
  expect(await publish([rule({ name: 'salesforce first', tiers: [['salesforce'], ['hubspot']] }), { name: 'odd', kind: '*', tiers: [['odd-one'], ['salesforce']] }])).toMatchObject({ __typename: 'PrecedencePolicy', version: 1 });
  await until('the policy is applied', async () => (await read(null)).industry === 'Retail');
  expect((await read(null)).products.edges.map(({ node }) => node.name)).toEqual(['B']);
  expect((await read(null)).contradictions.find(({ field }) => field === 'industry')?.rule).toEqual({ name: 'salesforce first', version: 1 });
  expect(await read(before)).toMatchObject({ industry: 'Software', contradictions: expect.arrayContaining([{ field: 'industry', rule: { name: 'latest', version: 0 } }]) });
});
