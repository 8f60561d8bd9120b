import { afterAll, beforeAll, expect, test } from 'vitest';
import { crm, type Arranged } from '../accounts/arrange.ts';
import { arrangeContext, contextOf, stateSample } from './arrange-context.ts';
import { sampleDocument, sampleInstant } from './sample.ts';

let program: Arranged;
let id: string;
beforeAll(async () => {
  program = await arrangeContext();
  id = await stateSample(program);
});
afterAll(() => program?.close());

/** Where two JSON values differ, by path. */
function differences(expected: unknown, found: unknown, path = ''): [path: string, expected: unknown, found: unknown][] {
  if (expected === null || found === null || typeof expected !== 'object' || typeof found !== 'object') return Object.is(expected, found) ? [] : [[path, expected, found]];
  const keys = [...new Set([...Object.keys(expected), ...Object.keys(found)])];
  return keys.flatMap((key) => differences(Reflect.get(expected, key), Reflect.get(found, key), path === '' ? key : `${path}.${key}`));
}

test('the sample comes out as it went in: no field is lost, and only its mistakes differ', async () => {
  const { document, ...context } = await contextOf(program, id);
  expect(differences(sampleDocument, document)).toEqual([
    // The graph knows more.
    ['salesforce.opportunity.currency', undefined, 'USD'],
    // The sample's own code makes the blocker of key and summary; its text is cut short.
    ['derived.primary_blocker', 'ACME-456: API latency concerns', 'ACME-456: API latency concerns - need benchmarks'],
    // A list, of which the sample shows one.
    ['derived.competitive_threats', undefined, ['Gong']],
  ]);
  expect(context).toEqual({
    cachedAt: sampleInstant, expiresAt: '2024-12-10T14:37:15.000Z', ttlSeconds: 300,
    sections: ['SALESFORCE', 'JIRA', 'SLACK', 'NOTION'].map((name) => ({ name, status: 'FRESH', fetchedAt: sampleInstant, error: null })),
  });
});

test('a viewer sees no address in it, also where a competitor is named by one', async () => {
  await program.query('mutation { publishContextRules(input: { competitor: { competitors: [{ name: "sales@rival.example" }], lookbackDays: 30 } }) { __typename } }', {}, { role: 'admin' });
  const of = await program.account('rivalled');
  await program.upsert('notes', [{ account: { id: of }, externalRef: crm('rivalled-note'), noteType: 'CALL', content: 'They wrote to sales@rival.example.', occurredAt: '2024-12-09T00:00:00.000Z' }]);
  expect((await contextOf(program, of)).document['derived']).toMatchObject({ competitive_threat: 'sales@rival.example', competitive_threats: ['sales@rival.example'] });
  expect(JSON.stringify((await contextOf(program, of, { role: 'viewer' })).document)).not.toContain('@');
});

test('a deal of many that close on no known day is the largest, in whatever order they came, and the document shows it', async () => {
  const of = await program.account('many-deals');
  const deals = Array.from({ length: 60 }, (_each, place) => ({ account: { id: of }, externalRef: crm(`many-${place}`), name: `Deal ${place}`, stage: 'Demo', amount: { amountMinor: 100 * (place + 1), currency: 'USD' } }));
  await program.upsert('opportunities', deals);
  const { document } = await contextOf(program, of);
  expect(document['salesforce']).toMatchObject({ opportunity: { name: 'Deal 59', amount: 60 } });
});

test('of a retired account the document keeps the account\'s own fields, as the graph does', async () => {
  await program.query('mutation($id: ID!) { retireRecords(input: { ids: [$id], reason: "lost" }) { __typename } }', { id }, { role: 'admin' });
  const { salesforce, jira, slack, notion } = (await contextOf(program, id)).document;
  expect(salesforce).toMatchObject({ account_name: 'Acme Corp', industry: 'Manufacturing', employee_count: 2500, website: 'acme.com', owner: { name: 'Sarah Chen', email: 'sarah.chen@parable.com' }, opportunity: null, contacts: [] });
  expect([jira?.['project_key'], slack?.['channel_id'], notion?.['account_page_id']]).toEqual(['ACME', 'C_acme_deal', 'notion_abc123']);
});
