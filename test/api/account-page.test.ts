import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadDemo } from '../../src/app/demo.ts';
import { AccountPageDocument, ByExternalRefDocument, PortfolioDocument } from '../generated/operations.ts';
import { startTestProgram, until, type TestProgram } from '../harness/program.ts';

let program: TestProgram;
let accountId: string;
beforeAll(async () => {
  program = await startTestProgram();
  await loadDemo({ ...program, highIntentThreshold: 75 });
  accountId = await until('the demo account is scored', async () => {
    const { data } = await program.query(ByExternalRefDocument, { system: 'salesforce', id: 'acme_corp_12345' });
    return data?.accountBy?.intent.__typename === 'IntentScore' && data.accountBy.id;
  });
});
afterAll(() => program.close());

test('the account page shows one account with everything that hangs on it', async () => {
  const { data, errors } = await program.query(AccountPageDocument, { id: accountId, asOf: null });
  expect(errors).toBeUndefined();
  const account = data?.account;
  expect(account).toMatchObject({
    __typename: 'Account',
    name: 'Acme Corp',
    revenue: { amountMinor: 48_000_000, currency: 'USD' },
    owner: { name: 'Sarah Chen' },
    externalRefs: [{ system: 'salesforce', id: 'acme_corp_12345' }],
    managerFlags: [{ flag: 'strategic_account' }],
    weeklySummary: { status: 'On Track' },
  });
  expect(account?.opportunities.edges.map(({ node }) => [node.name, node.daysInStage])).toEqual([['Acme Corp - Enterprise License', 12]]);
  expect(account?.contacts.edges.map(({ node }) => node.name).toSorted()).toEqual(['Bob Wilson', 'Jane Martinez']);
  expect(account?.tickets).toMatchObject({ totalCount: 1, edges: [{ node: { key: 'ACME-456', labels: ['blocker', 'technical'] } }] });
  expect(account?.signals.totalCount).toBe(2);
});

test('an answer is the same when its document has been compiled', async () => {
  const answers = [];
  for (let round = 0; round < 3; round += 1) answers.push(await program.query(AccountPageDocument, { id: accountId, asOf: null }));
  expect(answers[1]).toEqual(answers[0]);
  expect(answers[2]).toEqual(answers[0]);
});

test('the contributions of a score add up to it', async () => {
  const { data } = await program.query(AccountPageDocument, { id: accountId, asOf: null });
  const intent = data?.account?.intent;
  if (intent?.__typename !== 'IntentScore') throw new Error('the demo account has no score');
  const points = intent.contributions.reduce((sum, each) => sum + each.points, 0);
  expect(intent.contributions).toHaveLength(5);
  expect(points).toBeCloseTo(intent.value, 6);
});

test('so do those of two instants in one request', async () => {
  const before = program.clock.now().toISOString();
  program.clock.advance(60_000);
  const ingest = await program.query('mutation ($id: ID!) { ingestSignals(input: [{ account: { id: $id }, type: "meeting", source: "test", sourceEventId: "two-instants" }]) { __typename } }', { id: accountId });
  expect(ingest.errors).toBeUndefined();
  const intent = 'intent { ... on IntentScore { value contributions(first: 50) { points } } }';
  const asked = `query ($id: ID!, $before: DateTime!) { past: account(id: $id, asOf: $before) { ${intent} } present: account(id: $id) { ${intent} } }`;
  type Intent = { intent: { value: number; contributions: { points: number }[] } };
  const { past, present } = await until('the signal is counted', async () => {
    const { data, errors } = await program.query<{ past: Intent; present: Intent }, Record<string, unknown>>(asked, { id: accountId, before });
    expect(errors).toBeUndefined();
    return data && data.present.intent.value > data.past.intent.value + 0.1 && data;
  });
  for (const { intent: { value, contributions } } of [past, present]) expect(contributions.reduce((sum, { points }) => sum + points, 0)).toBeCloseTo(value, 6);
  expect(present.intent.contributions).toHaveLength(past.intent.contributions.length + 1);
});

test('the portfolio page lists accounts by intent, the highest first', async () => {
  const { data } = await program.query(PortfolioDocument, { first: 10 });
  const values = data?.accounts.edges.map(({ node }) => (node.intent.__typename === 'IntentScore' ? node.intent.value : null));
  expect(values?.length).toBeGreaterThan(1);
  expect(values).toEqual(values?.toSorted((a, b) => Number(b) - Number(a)));
});
