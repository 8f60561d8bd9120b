import { readFileSync } from 'node:fs';
import { Kind, parse, print } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { grantConsent, revokeConsent } from '../../src/features/consent/index.ts';
import { revocationReactions } from '../../src/api/privacy.ts';
import { arrange, crm, dataOf, type Arranged } from '../accounts/arrange.ts';
import { until } from '../harness/program.ts';
import { inWork, policy } from './arrange.ts';

const operations = new Map(parse(readFileSync(new URL('../acceptance/enrichment.graphql', import.meta.url), 'utf8')).definitions.flatMap((definition) => (definition.kind === Kind.OPERATION_DEFINITION && definition.name ? [[definition.name.value, print(definition)] as const] : [])));

interface Money { readonly amountMinor: number; readonly currency: string }
interface Quality {
  readonly contextQuality: { readonly value: number; readonly missing: readonly { readonly what: string; readonly why: string }[]; readonly rule: object; readonly lineage: { readonly nodes: readonly { readonly id: string; readonly type: string }[] } };
  readonly enrichments: { readonly edges: readonly { readonly node: { readonly id: string; readonly status: string; readonly cost: Money | null; readonly fields: readonly { readonly name: string; readonly value: string }[]; readonly isMockData: boolean } }[] };
  readonly enrichmentBudget: { readonly month: string; readonly limit: Money; readonly spent: Money; readonly reserved: Money };
}

let program: Arranged;
beforeAll(async () => {
  program = await arrange();
});
afterAll(() => program?.close());

const quality = async (id: string): Promise<Quality> => dataOf(await program.query<{ account: Quality }, { id: string }>(operations.get('Quality') ?? '', { id }, { role: 'viewer' })).account;
const enrich = async (accountId: string): Promise<Record<string, unknown>> => dataOf(await program.query<{ enrichAccount: Record<string, unknown> }, { accountId: string }>(operations.get('Enrich') ?? '', { accountId }, { role: 'analyst' })).enrichAccount;
const ended = (id: string): Promise<Quality> => until('the enrichment ended', async () => {
  const found = await quality(id);
  return found.enrichments.edges.every(({ node }) => !['REQUESTED', 'CALLING'].includes(node.status)) && found;
});

test('enrichment is off until a policy names a provider', async () => {
  const id = await program.account('off', { website: 'https://off.example' });
  expect(await enrich(id)).toMatchObject({ __typename: 'ConflictError', code: 'CONFLICT', message: expect.stringContaining('publishEnrichmentPolicy') as string });
  expect((await quality(id)).enrichmentBudget).toEqual({ month: '2026-11', limit: { amountMinor: 50, currency: 'USD' }, spent: { amountMinor: 0, currency: 'USD' }, reserved: { amountMinor: 0, currency: 'USD' } });
});

test('one enrichment from end to end: values become statements that lead back to it, and the quality rises', async () => {
  await policy(program, { provider: 'MOCK_CLEARBIT', qualityBelow: 0 });
  const id = await program.account('plain', { website: 'https://plain.example' });
  const before = await quality(id);
  expect(before.contextQuality.missing).toContainEqual({ what: 'INDUSTRY', why: 'No source states the industry.' });
  expect(before.contextQuality.rule).toEqual({ name: 'context-quality', version: '1' });
  expect(await enrich(id)).toEqual({ __typename: 'Enrichment', id: expect.stringMatching(/^Enrichment_/) as string, status: 'REQUESTED' });
  const { enrichments: { edges: [edge] }, enrichmentBudget } = await ended(id);
  expect(edge?.node).toMatchObject({ provider: 'MOCK_CLEARBIT', status: 'COMPLETED', cost: { amountMinor: 10, currency: 'USD' }, isMockData: true });
  expect(edge?.node.fields.map(({ name }) => name).toSorted()).toEqual(['employeeCount', 'industry', 'region', 'revenue', 'website']);
  expect(enrichmentBudget).toMatchObject({ spent: { amountMinor: 10 }, reserved: { amountMinor: 0 } });
  await program.settled();
  const after = await quality(id);
  expect(after.contextQuality.value).toBe(before.contextQuality.value + 11);
  const lineage = await until('the lineage leads to the enrichment', async () => {
    const { contextQuality: { lineage: { nodes } } } = await quality(id);
    return nodes.some(({ type }) => type === 'ENRICHMENT') && nodes;
  });
  expect(lineage.find(({ type }) => type === 'ENRICHMENT')?.id).toBe(edge?.node.id);
  // What stays the account's own upstream graph leads there as well, and is trusted as far as a third party.
  const account = await program.see<{ account: { trust: { level: string }; industry: string }; lineage: { nodes: { type: string }[]; edges: { relation: string }[] } }>(
    'query($id: ID!) { account(id: $id) { industry trust { level } } lineage(of: $id) { nodes { type } edges { relation } } }', { id });
  expect(account.account).toMatchObject({ industry: expect.any(String) as string, trust: { level: 'THIRD_PARTY_TEXT' } });
  const kinds = ['enrichment.requested', 'enrichment.called', 'enrichment.ended'];
  for (const kind of kinds) expect((await program.facts(kind)).filter(({ data }) => data['enrichmentId'] !== undefined)).toHaveLength(1);
});

test('what a CRM says wins over what a provider sold, also when the provider said it later', async () => {
  const id = await program.account('owned', { website: 'https://owned.example', industry: 'Shipyards' });
  await program.upsertAccounts([{ externalRef: { system: 'json', id: 'owned-json' }, name: 'x' }]);
  await enrich(id);
  await ended(id);
  const seen = await program.see<{ account: { industry: string; contradictions: { field: string; rule: { name: string }; candidates: { source: string }[] }[] } }>('query($id: ID!) { account(id: $id) { industry contradictions { field rule { name } candidates { source } } } }', { id });
  expect(seen.account.industry).toBe('Shipyards');
  expect(seen.account.contradictions.find(({ field }) => field === 'industry')).toMatchObject({ candidates: [{ source: 'salesforce' }, { source: 'enrichment' }] });
  const other = dataOf(await program.query<{ upsertAccounts: { results: { id: string }[] } }, never>('mutation { upsertAccounts(input: [{ externalRef: { system: "erp", id: "e-1" }, name: "ERP", industry: "Forestry", website: "https://erp.example" }]) { results { ... on Upserted { id } } } }', undefined as never, { role: 'agent' })).upsertAccounts.results[0]?.id ?? '';
  await enrich(other);
  await ended(other);
  expect(await program.see('query($id: ID!) { account(id: $id) { industry } }', { id: other })).toEqual({ account: { industry: 'Forestry' } });
});

test('a provider that names the same host in another spelling contradicts nobody', async () => {
  const id = await program.account('spelled', { website: 'spelled.example' });
  await enrich(id);
  const { enrichments: { edges: [edge] } } = await ended(id);
  expect(edge?.node.fields.find(({ name }) => name === 'website')?.value).toBe('spelled.example');
  const seen = await program.see<{ account: { website: string; contradictions: { field: string }[] } }>('query($id: ID!) { account(id: $id) { website contradictions { field } } }', { id });
  expect(seen.account).toMatchObject({ website: 'spelled.example', contradictions: [] });
});

test('a provider that does not know the account costs nothing, and the budget ends with a typed result', async () => {
  const unknown = await program.account('unknown', { website: 'https://nobody.unknown.example' });
  await enrich(unknown);
  expect((await ended(unknown)).enrichments.edges[0]?.node).toMatchObject({ status: 'NO_MATCH', cost: { amountMinor: 0 }, fields: [] });
  const id = await program.account('often', { website: 'https://often.example' });
  for (let call = 0; call < 5; call += 1) {
    expect(await enrich(id)).toMatchObject({ __typename: 'Enrichment' });
    await ended(id);
  }
  expect(await enrich(id)).toEqual({ __typename: 'BudgetExhausted', message: expect.stringContaining('0.00 USD') as string, remaining: { amountMinor: 0, currency: 'USD' }, code: 'LIMIT_EXCEEDED', path: [] });
  expect((await quality(id)).enrichmentBudget.spent).toEqual({ amountMinor: 50, currency: 'USD' });
  expect(await enrich(id.replace(/^Account_.{4}/, 'Account_0000'))).toMatchObject({ __typename: 'NotFoundError', path: ['input', 'accountId'] });
  const refused = dataOf(await program.query<{ enrichAccount: object }, { accountId: string }>(operations.get('Enrich') ?? '', { accountId: id }, { role: 'viewer' }));
  expect(refused.enrichAccount).toMatchObject({ __typename: 'ForbiddenError' });
});

test('high intent with low context quality requests an enrichment; a cool-down, good quality and an empty budget do not', async () => {
  await policy(program, { qualityBelow: 60, coolDownHours: 24 });
  const id = await program.account('hot', { website: 'https://hot.example' });
  const crossing = (event: string) => program.ingest([1, 2, 3].map((count) => ({ account: { id }, type: 'demo_request', source: 'web', sourceEventId: `${event}-${count}` })));
  await crossing('one');
  const node = await until('it is enriched', async () => (await quality(id)).enrichments.edges[0]?.node);
  expect(node).toMatchObject({ provider: 'MOCK_CLEARBIT' });
  await ended(id);
  const requested = (await program.facts('enrichment.requested')).find(({ data }) => data['trigger'] === 'HIGH_INTENT');
  expect(requested).toMatchObject({ data: { contextQuality: expect.any(Number) as number } });
  await crossing('two');
  await program.settled();
  await until('the second signals were taken in', async () => (await program.count(`select from audit_logs where kind = 'context.updated' and account_id = (select id from account where name = 'hot')`)) >= 2);
  expect((await quality(id)).enrichments.edges).toHaveLength(1);
  program.clock.advance(25 * 3_600_000);
  await crossing('three');
  await until('it is enriched again after the cool-down', async () => (await quality(id)).enrichments.edges.length === 2);
  await ended(id);
  await policy(program, { qualityBelow: 0 });
});

test('people are asked about only with their consent and without an objection', async () => {
  await policy(program, { asksAboutPeople: true });
  const id = await program.account('people', { website: 'https://people.example' });
  await program.upsert('contacts', ['ann', 'bob', 'cid'].map((name) => ({ account: { id }, externalRef: crm(`c-${name}`), name, email: `${name}@people.example` })));
  for (const email of ['ann@people.example', 'bob@people.example']) await inWork(program, (work) => grantConsent(work, program.seal, { email, purpose: 'ENRICHMENT', channel: 'NONE', basis: 'CONSENT', source: 'form', path: [] }));
  // By another channel than the consent was given for: an objection holds for all.
  await inWork(program, (work) => revokeConsent(work, program.seal, revocationReactions, { email: 'bob@people.example', purpose: 'ENRICHMENT', channel: 'EMAIL', source: 'letter', path: [] }));
  await enrich(id);
  const { enrichments: { edges: [edge] } } = await ended(id);
  expect(edge?.node.fields.map(({ name }) => name).filter((name) => name.startsWith('contact.')).toSorted()).toEqual(['contact.role', 'contact.title']);
  const { account } = await program.see<{ account: { contacts: { edges: { node: { name: string; title: string | null; email: string; trust: { level: string } } }[] } } }>('query($id: ID!) { account(id: $id) { contacts { edges { node { name title email trust { level } } } } } }', { id });
  const titles = Object.fromEntries(account.contacts.edges.map(({ node }) => [node.name, node.title]));
  expect(titles).toEqual({ ann: expect.any(String) as string, bob: null, cid: null });
  expect(account.contacts.edges.find(({ node }) => node.name === 'ann')?.node).toMatchObject({ email: 'ann@people.example', trust: { level: 'THIRD_PARTY_TEXT' } });
  expect((await program.facts('enrichment.called')).at(-1)?.data['people']).toBe(1);
});
