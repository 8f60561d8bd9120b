import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { crm, type Arranged } from '../accounts/arrange.ts';
import { until } from '../harness/program.ts';
import { arrangeContext, contextOf, stateSample } from './arrange-context.ts';
import { sampleInstant } from './sample.ts';

let program: Arranged;
let id: string;
beforeAll(async () => {
  program = await arrangeContext();
  id = await stateSample(program);
  await program.settled();
});
afterAll(() => program?.close());

/** The key behind a global id, as facts name it. */
const uuidOf = (globalId: string): string => globalId.slice(globalId.indexOf('_') + 1).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

const fields = `context { derived {
    dealHealth { value reasons { condition effect text evidence { __typename id ... on Ticket { key } } } rule { name version } node { id kind } derivationChain { type name } }
    daysSinceLastContact hasActiveBlocker blockerCount primaryBlocker { key summary }
    seAssigned { name availableNow observedAt } competitiveThreats { name firstSeenAt lastSeenAt evidence { __typename } }
    values { id kind rule { name version } evidence { __typename } account { id } }
  } quality { value missing } }
  brief { text lines { kind text evidence { __typename } lineage { nodes { type } } } }
  tickets(first: 10, filter: { blocking: true }) { totalCount edges { node { key } } }`;

interface Answer {
  readonly context: { readonly derived: Record<string, unknown> & { readonly dealHealth: Record<string, unknown>; readonly values: { readonly id: string; readonly kind: string }[] }; readonly quality: object };
  readonly brief: { readonly text: string; readonly lines: readonly object[] };
  readonly tickets: { readonly totalCount: number; readonly edges: { readonly node: { readonly key: string } }[] };
}

const read = async (variables: { asOf?: string; validAt?: string; of?: string } = {}): Promise<Answer> =>
  (await program.see<{ account: Answer }>(`query($id: ID!, $asOf: DateTime, $validAt: DateTime) { account(id: $id, asOf: $asOf, validAt: $validAt) { ${fields} } }`, { id: variables.of ?? id, ...variables })).account;

test('the sample derives what its document says, with its mistakes mended', async () => {
  const { context: { derived, quality }, brief, tickets } = await read();
  expect(derived).toMatchObject({
    dealHealth: {
      value: 'YELLOW',
      rule: { name: 'deal-health', version: '0' },
      reasons: [
        { condition: 'ACTIVE_BLOCKER', effect: 'YELLOW', text: 'Blocked by ACME-456: API latency concerns - need benchmarks.', evidence: [{ __typename: 'Ticket', key: 'ACME-456' }] },
        { condition: 'COMPETITOR', effect: 'YELLOW', text: 'A competitor is mentioned: Gong.' },
      ],
    },
    daysSinceLastContact: 3,
    hasActiveBlocker: true,
    blockerCount: 1,
    primaryBlocker: { key: 'ACME-456', summary: 'API latency concerns - need benchmarks' },
    seAssigned: { name: 'John Park', availableNow: true, observedAt: '2024-12-10T14:15:00.000Z' },
  });
  // From the thread of Slack and the weekly summary of Notion alike. The summary was written when it was stated.
  expect(derived['competitiveThreats']).toEqual([{ name: 'Gong', firstSeenAt: '2024-12-08T11:20:00.000Z', lastSeenAt: sampleInstant, evidence: [{ __typename: 'WeeklySummary' }, { __typename: 'Thread' }] }]);
  expect(quality).toEqual({ value: 100, missing: [] });
  expect(brief.text).toBe('📞 Acme Corp (Demo)\n💰 $150,000 ARR\n⚠️ Blocker: ACME-456: API latency concerns - need benchmarks\n✅ SE John Park available');
  expect(brief.lines).toMatchObject([
    { kind: 'ACCOUNT', evidence: [{ __typename: 'Account' }, { __typename: 'Opportunity' }] }, { kind: 'AMOUNT', evidence: [{ __typename: 'Opportunity' }] },
    { kind: 'BLOCKER', evidence: [{ __typename: 'Ticket' }], lineage: { nodes: [{ type: 'EXTERNAL_RECORD' }, { type: 'DERIVED_VALUE' }] } }, { kind: 'SALES_ENGINEER', evidence: [{ __typename: 'SeMention' }] },
  ]);
  expect(tickets).toMatchObject({ totalCount: 1, edges: [{ node: { key: 'ACME-456' } }] });
});

describe('lineage', () => {
  test('of deal health leads to records, to their statements, and through other derived values', async () => {
    const { context: { derived: { dealHealth } } } = await read();
    const chain = dealHealth['derivationChain'] as { type: string; name: string }[];
    expect(chain.at(-1)).toEqual({ type: 'DERIVED_VALUE', name: 'Deal health of Acme Corp' });
    expect(chain.map(({ name }) => name)).toEqual(expect.arrayContaining(['Statement of jira', 'Ticket', 'Blockers of Acme Corp', 'Competitive threats of Acme Corp', 'Last contact of Acme Corp', 'Opportunity: Demo', 'Statement of salesforce']));
  });

  test('of every kind is kept, and node reads each again', async () => {
    const { context: { derived: { values } } } = await read();
    expect(values.map(({ kind }) => kind)).toEqual(['DEAL_HEALTH', 'LAST_CONTACT', 'BLOCKERS', 'SE_ASSIGNED', 'COMPETITIVE_THREATS', 'CONTEXT_QUALITY', 'BRIEF']);
    const { nodes } = await program.see<{ nodes: object[] }>('query($ids: [ID!]!) { nodes(ids: $ids) { id ... on DerivedValue { kind rule { name version } evidence { __typename } account { id } lineage { edges { relation rule { name version } } } } } }', { ids: values.map((value) => value.id) });
    expect(nodes).toMatchObject(values);
    for (const node of nodes) expect(node).toMatchObject({ lineage: { edges: expect.arrayContaining([expect.objectContaining({ relation: 'DERIVED' })]) as object } });
  });

  test('shows the impact of a ticket', async () => {
    const { account } = await program.see<{ account: { tickets: { edges: { node: { id: string } }[] } } }>('query($id: ID!) { account(id: $id) { tickets(first: 1, filter: { blocking: true }) { edges { node { id } } } } }', { id });
    const { lineage } = await program.see<{ lineage: { nodes: { name: string }[] } }>('query($id: ID!) { lineage(of: $id, direction: DOWNSTREAM) { nodes { name } } }', { id: account.tickets.edges[0]?.node.id });
    expect(lineage.nodes.map(({ name }) => name)).toEqual(expect.arrayContaining(['Blockers of Acme Corp', 'Deal health of Acme Corp', 'Brief of Acme Corp']));
  });
});

test('a done ticket blocks nothing anywhere; before it was done it did', async () => {
  program.clock.advance(60_000);
  const then = program.clock.now().toISOString();
  program.clock.advance(60_000);
  const ticket = { account: { externalRef: crm('acme_corp_12345') }, externalRef: { system: 'jira', id: 'ACME-456' } };
  await program.upsert('tickets', [{ ...ticket, status: 'Done', statusCategory: 'DONE' }]);
  await program.settled();
  const now = await read();
  expect(now.context.derived).toMatchObject({ hasActiveBlocker: false, blockerCount: 0, primaryBlocker: null, dealHealth: { value: 'YELLOW', reasons: [{ condition: 'COMPETITOR' }] } });
  expect(now.tickets).toEqual({ totalCount: 0, edges: [] });
  expect(now.brief.text).toContain('⚠️ Blocker: none');
  for (const moment of [{ asOf: then }, { validAt: then }]) {
    const past = await read(moment);
    expect(past.context.derived, JSON.stringify(moment)).toMatchObject({ hasActiveBlocker: true, blockerCount: 1, primaryBlocker: { key: 'ACME-456' }, dealHealth: { value: 'YELLOW', reasons: [{ condition: 'ACTIVE_BLOCKER' }, { condition: 'COMPETITOR' }] } });
    expect(past.tickets).toMatchObject({ totalCount: 1 });
  }
  const facts = await program.facts('context.derived');
  expect(facts.at(-1)?.data).toMatchObject({ kinds: ['DEAL_HEALTH', 'BLOCKERS', 'BRIEF'], dealHealth: 'YELLOW', previousDealHealth: 'YELLOW', cause: 'RECORDS' });
});

test('delivering the same again derives nothing and records nothing', async () => {
  const count = (await program.facts('context.derived')).length;
  await program.upsert('threads', [{ account: { externalRef: crm('acme_corp_12345') }, externalRef: { system: 'slack', id: 'T9' }, occurredAt: '2024-12-10T10:00:00Z', author: 'Kim', preview: 'Gongfu lesson at noon', replyCount: 0 }]);
  await program.settled();
  expect((await program.facts('context.derived')).length).toBe(count);
});

test('an account of which nothing is known is UNKNOWN, lacks everything, and has no lineage to store', async () => {
  await program.ingest([{ account: { externalRef: crm('nobody') }, type: 'meeting', source: 'test', sourceEventId: 'nobody-1' }]);
  await program.settled();
  const { accountBy } = await program.see<{ accountBy: { id: string } }>('query($by: AccountSelector!) { accountBy(by: $by) { id } }', { by: { externalRef: crm('nobody') } });
  const { context, brief } = await read({ of: accountBy.id });
  expect(context).toMatchObject({ derived: { dealHealth: { value: 'UNKNOWN', reasons: [{ condition: 'TOO_LITTLE_KNOWN' }] }, daysSinceLastContact: null, seAssigned: null, competitiveThreats: [] }, quality: { value: 0 } });
  expect(brief.text).toBe('📞 nobody (no open deal)\n💰 no open deal\n⚠️ Blocker: none\n✅ no SE assigned');
  expect(await program.count('select from context_derivation where account_id = $1', [accountBy.id.slice('Account_'.length)])).toBe(0);
});

test('sources that disagree about the deal are a reason, and agreeing ends it', async () => {
  const account = { externalRef: crm('split') };
  const of = await program.account('split');
  const deal = { account, externalRef: crm('split-deal'), name: 'Deal', stage: 'Demo', closeDate: '2025-06-30' };
  // Instants are read, too: no cache answers them.
  const health = async (): Promise<object> => {
    program.clock.advance(1_000);
    const asOf = program.clock.now().toISOString();
    program.clock.advance(1_000);
    return (await read({ of, asOf })).context.derived.dealHealth;
  };
  await program.upsert('opportunities', [{ ...deal, amount: { amountMinor: 100, currency: 'USD' } }]);
  expect(await health()).toMatchObject({ value: 'GREEN' });
  await program.upsert('opportunities', [{ ...deal, source: 'hubspot', amount: { amountMinor: 200, currency: 'USD' }, stage: 'Proposal' }]);
  expect(await health()).toMatchObject({ value: 'YELLOW', reasons: [{ condition: 'CONTRADICTION', text: 'Sources disagree about the deal: amount, stage.' }] });
  await program.upsert('opportunities', [{ ...deal, source: 'hubspot', amount: { amountMinor: 100, currency: 'USD' }, stage: 'Demo' }]);
  expect(await health()).toMatchObject({ value: 'GREEN' });
});

test('a claim that loses is seen at once in a context that is cached, and by those who follow it', async () => {
  const deal = { account: { externalRef: crm('contested') }, externalRef: crm('contested-deal'), name: 'Deal', stage: 'Demo', closeDate: '2025-06-30', amount: { amountMinor: 100, currency: 'USD' } };
  const of = await program.account('contested');
  const changes = async (): Promise<unknown[]> => (await program.facts('account.changed')).filter(({ data }) => data['what'] === 'opportunity' && data['accountId'] === uuidOf(of)).map(({ data }) => data['ids']);
  const value = async (): Promise<unknown> => (await read({ of })).context.derived.dealHealth['value'];
  await program.upsert('opportunities', [deal]);
  await program.settled();
  for (let times = 0; times < 3; times += 1) expect(await value()).toBe('GREEN');
  const rival = { ...deal, source: 'hubspot', amount: { amountMinor: 200, currency: 'USD' } };
  expect((await program.upsert('opportunities', [rival])).results).toMatchObject([{ change: 'UNCHANGED' }]);
  expect(await value()).toBe('YELLOW');
  expect(await changes()).toHaveLength(2);
  await until('followers are told', async () => (await program.facts('context.derived')).some(({ data }) => data['accountId'] === uuidOf(of) && data['previousDealHealth'] === 'GREEN' && data['dealHealth'] === 'YELLOW'));
  // Another losing value about the same field, and the same again, are no news.
  await program.upsert('opportunities', [{ ...rival, amount: { amountMinor: 300, currency: 'USD' } }]);
  await program.upsert('opportunities', [{ ...rival, amount: { amountMinor: 300, currency: 'USD' } }]);
  expect(await changes()).toHaveLength(2);
  await program.upsert('opportunities', [{ ...rival, amount: deal.amount }]);
  expect(await value()).toBe('GREEN');
});

test('trust is of what a value is made of at this reading, also where that was learned later', async () => {
  const of = await program.account('trusted');
  await program.upsert('opportunities', [{ account: { id: of }, externalRef: crm('trusted-deal'), name: 'Deal', stage: 'Demo', closeDate: '2025-06-30' }]);
  await program.settled();
  program.clock.advance(60_000);
  const then = program.clock.now().toISOString();
  program.clock.advance(60_000);
  await program.upsert('notes', [{ account: { id: of }, externalRef: crm('trusted-note'), noteType: 'EMAIL', content: 'We like Gong.', occurredAt: '2024-12-09T00:00:00.000Z' }]);
  const query = 'query($id: ID!, $asOf: DateTime, $validAt: DateTime) { account(id: $id, asOf: $asOf, validAt: $validAt) { context { derived { dealHealth { value trust { level because { type } } } competitiveThreats { evidence { ... on Note { trust { level } } } } values { kind trust { level } } } } } }';
  const trusts = async (moment: { asOf?: string; validAt?: string } = {}) => {
    const { account } = await program.see<{ account: { context: { derived: { dealHealth: object; competitiveThreats: { evidence: object[] }[]; values: { kind: string; trust: { level: string | null } }[] } } } }>(query, { id: of, ...moment });
    const { dealHealth, values, competitiveThreats } = account.context.derived;
    return { dealHealth, evidence: competitiveThreats.flatMap(({ evidence }) => evidence), threats: values.find(({ kind }) => kind === 'COMPETITIVE_THREATS')?.trust.level };
  };
  // At once, before anything was told of it.
  const because = [{ type: 'STATEMENT' }, { type: 'EXTERNAL_RECORD' }, { type: 'DERIVED_VALUE' }];
  expect(await trusts()).toEqual({ dealHealth: { value: 'YELLOW', trust: { level: 'CUSTOMER_TEXT', because } }, evidence: [{ trust: { level: 'CUSTOMER_TEXT' } }], threats: 'CUSTOMER_TEXT' });
  expect(await trusts({ asOf: then })).toMatchObject({ dealHealth: { value: 'GREEN', trust: { level: 'SIGNED_SYSTEM' } }, threats: null });
  expect(await trusts({ validAt: then })).toMatchObject({ dealHealth: { value: 'YELLOW', trust: { level: 'CUSTOMER_TEXT' } }, evidence: [{ trust: { level: 'CUSTOMER_TEXT' } }], threats: 'CUSTOMER_TEXT' });
});

test('of deals that are alike in all that ranks them the reference decides which one the context is about, and not which came first', async () => {
  for (const [name, refs] of [['One', ['006A', '006B']], ['Other', ['006B', '006A']]] as const) {
    const id = await program.account(`alike ${name}`);
    const deals = refs.map((ref) => ({ account: { id }, externalRef: { system: 'salesforce', id: `${ref}-${name}` }, name: 'Alpha', stage: 'Negotiation', nextStep: ref }));
    for (const deal of deals) await program.upsert('opportunities', [deal]);
    const { document } = await contextOf(program, id);
    expect(document['salesforce']).toMatchObject({ opportunity: { next_step: '006A' } });
  }
});
