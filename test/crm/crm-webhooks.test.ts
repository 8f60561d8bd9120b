import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WebhookSecret } from '../../src/features/connectors/index.ts';
import { arrange, crm, type Arranged } from '../accounts/arrange.ts';
import { deliver, secretOf, type Answer } from '../connectors/deliver.ts';
import { until } from '../harness/program.ts';

let program: Arranged;
let salesforce: WebhookSecret;
let json: WebhookSecret;
beforeAll(async () => {
  program = await arrange();
  salesforce = await secretOf(program, 'salesforce');
  json = await secretOf(program, 'json');
});
afterAll(() => program.close());

const at = (minute: number): string => new Date(Date.UTC(2026, 10, 21, 8, minute)).toISOString();
const change = (id: string, stage: string, more: object = {}): Promise<Answer> => deliver(program, { source: 'salesforce', webhook: salesforce }, { AccountId: `a-${id}`, Id: id, StageName: stage, ...more });
const send = (body: object): Promise<Answer> => deliver(program, { source: 'json', webhook: json }, body);

interface Seen {
  readonly id: string;
  readonly intent: { readonly __typename: string; readonly value?: number };
  readonly opportunities: { readonly edges: readonly { readonly node: Record<string, unknown> }[] };
  readonly signals: { readonly edges: readonly { readonly node: { readonly type: string; readonly occurredAt: string; readonly withdrawnAt: string | null; readonly payload: Record<string, unknown> } }[] };
}
const look = async (id: string): Promise<{ deal: Record<string, unknown> | undefined; signals: readonly Seen['signals']['edges'][number]['node'][]; value: number | undefined; account: string }> => {
  const query = `query ($ref: ExternalRefInput!) { accountBy(by: { externalRef: $ref }) { id intent { __typename ... on IntentScore { value } }
    opportunities { edges { node { id name stage stageKind closeDate nextStep probability amount { amountMinor currency } occurredAt stageHistory { stage kind enteredAt leftAt source } } } }
    signals(first: 50, orderBy: { field: OCCURRED_AT, direction: ASC }) { edges { node { type occurredAt withdrawnAt payload } } } } }`;
  const { accountBy } = await program.see<{ accountBy: Seen }>(query, { ref: crm(`a-${id}`) });
  return { deal: accountBy.opportunities.edges[0]?.node, signals: accountBy.signals.edges.map(({ node }) => node), value: accountBy.intent.value, account: accountBy.id };
};

describe('a Salesforce webhook changes the opportunity', () => {
  test('also one that only has the account, the id and the stage', async () => {
    expect(await change('bare', 'Prospecting')).toMatchObject({ status: 202, body: { status: 'accepted', results: [{ path: [], status: 'accepted' }] } });
    const { deal, signals } = await look('bare');
    expect(deal).toMatchObject({ name: 'bare', stage: 'Prospecting', stageKind: 'OPEN', amount: null });
    expect(signals).toMatchObject([{ type: 'opportunity_created', payload: { AccountId: 'a-bare', Id: 'bare', StageName: 'Prospecting' } }]);
  });

  test('without a time makes its signal also while the clock goes on', async () => {
    const standing = program.clock.now.bind(program.clock);
    Object.assign(program.clock, { now: () => (program.clock.advance(1), standing()) });
    try {
      expect(await change('ticking', 'Prospecting')).toMatchObject({ status: 202, body: { signalId: expect.any(String) as string } });
      expect((await look('ticking')).signals).toMatchObject([{ type: 'opportunity_created', withdrawnAt: null }]);
    } finally {
      Object.assign(program.clock, { now: standing });
    }
  });

  test('a stage that an upsert states before or after makes the same signals', async () => {
    const upsert = (id: string): Promise<unknown> => program.upsert('opportunities', [{ account: { externalRef: crm(`a-${id}`) }, externalRef: crm(id), name: 'Deal', stage: 'Negotiation/Review', occurredAt: at(1) }]);
    const report = (id: string): Promise<unknown> => change(id, 'Prospecting', { SystemModstamp: at(2) });
    const seen: unknown[] = [];
    for (const [id, order] of [['upsert-first', [upsert, report]], ['upsert-later', [report, upsert]]] as const) {
      for (const tell of order) await tell(id);
      await program.settled();
      const { signals, value } = await look(id);
      seen.push([signals.filter(({ withdrawnAt }) => withdrawnAt === null).map(({ type, occurredAt }) => [type, occurredAt]), value]);
    }
    expect(seen[0]).toEqual([[['stage_regressed', at(2)]], expect.any(Number)]);
    expect(seen[1]).toEqual(seen[0]);
  });

  test('ids in another form of their system make the same signals', async () => {
    const body = { AccountId: '001A000000abcde', Id: '006A000000abcde', StageName: 'Prospecting', SystemModstamp: at(1) };
    const first = await deliver(program, { source: 'salesforce', webhook: salesforce }, body);
    expect(first).toMatchObject({ status: 202, body: { signalId: expect.any(String) as string } });
    await deliver(program, { source: 'salesforce', webhook: salesforce }, { ...body, AccountId: '001A000000abcdeIAA', Id: '006A000000abcdeIAA', StageName: 'Qualification', SystemModstamp: at(2) });
    const account = { externalRef: { system: 'domain', id: 'WWW.Form.Example' } };
    await send({ records: { opportunities: [{ account, externalRef: { system: 'hubspot', id: ' 7 ' }, name: 'Deal', stage: 'Prospecting' }] } });
    const types = async (ref: object) => (await program.see<{ accountBy: { signals: { edges: { node: { type: string } }[] } } }>('query ($ref: ExternalRefInput!) { accountBy(by: { externalRef: $ref }) { signals(orderBy: { field: OCCURRED_AT, direction: ASC }) { edges { node { type } } } } }', { ref })).accountBy.signals.edges.map(({ node }) => node.type);
    expect([await types(crm('001A000000abcde')), await types(account.externalRef)]).toEqual([['opportunity_created', 'stage_advanced'], ['opportunity_created']]);
  });

  test.each([
    [{ AccountId: '001A000000abcdeXYZ' }, 'AccountId'], [{ Id: ' ' }, 'Id'], [{ StageName: ' ' }, 'StageName'], [{ Amount: 1, CurrencyIsoCode: 'XQZ' }, 'CurrencyIsoCode'], [{ NextStep: 'x'.repeat(20_000) }, 'NextStep'],
    [{ SystemModstamp: '2999-01-01T00:00:00Z' }, 'SystemModstamp'], [{ LastModifiedDate: '2999-01-01T00:00:00Z' }, 'LastModifiedDate'], [{ IsDeleted: true, Id: ' ' }, 'Id'], [{ IsDeleted: true, SystemModstamp: '2999-01-01T00:00:00Z' }, 'SystemModstamp'],
  ])('that cannot be taken names the field of the body: %j', async (more, field) => {
    expect(await change('refused', 'Prospecting', more)).toMatchObject({ status: 400, body: { error: { code: 'BAD_USER_INPUT', path: [field] } } });
  });

  test('field by field: what it leaves out stays, null clears', async () => {
    await change('fields', 'Prospecting', { Name: 'Renewal', Amount: 1_500.5, CurrencyIsoCode: 'EUR', CloseDate: '2026-12-31', Probability: 20, NextStep: 'Call', SystemModstamp: at(1) });
    await change('fields', 'Qualification', { Probability: 40, NextStep: null, SystemModstamp: at(2) });
    expect((await look('fields')).deal).toMatchObject({ name: 'Renewal', stage: 'Qualification', amount: { amountMinor: 150_050, currency: 'EUR' }, closeDate: '2026-12-31', probability: 0.4, nextStep: null });
    expect(await change('fields', 'Prospecting', { Name: 'Older', SystemModstamp: at(0) })).toMatchObject({ status: 202 });
    expect((await look('fields')).deal).toMatchObject({ name: 'Renewal', stage: 'Qualification' });
  });

  test('an upsert and a webhook state one opportunity; the upsert is where the change starts from, and makes no signal', async () => {
    await program.upsert('opportunities', [{ account: { externalRef: crm('a-both') }, externalRef: crm('both'), name: 'Both', stage: 'Prospecting', occurredAt: at(1) }]);
    expect((await look('both')).signals).toEqual([]);
    await change('both', 'Negotiation/Review', { SystemModstamp: at(2) });
    const { deal, signals } = await look('both');
    expect(signals.map(({ type }) => type)).toEqual(['stage_advanced']);
    expect(deal?.['stageHistory']).toEqual([{ stage: 'Prospecting', kind: 'OPEN', enteredAt: at(1), leftAt: at(2), source: 'salesforce' }, { stage: 'Negotiation/Review', kind: 'OPEN', enteredAt: at(2), leftAt: null, source: 'salesforce' }]);
  });

  test('that Salesforce deleted leaves lists; a deletion that comes first waits for it', async () => {
    await change('gone', 'Prospecting', { SystemModstamp: at(1) });
    expect(await change('gone', 'Prospecting', { IsDeleted: true, SystemModstamp: at(3) })).toMatchObject({ status: 202, body: { status: 'accepted', results: [{ status: 'retired' }] } });
    expect((await look('gone')).deal).toBeUndefined();
    expect(await change('gone', 'Prospecting', { IsDeleted: true, SystemModstamp: at(3) })).toMatchObject({ status: 200, body: { status: 'duplicate' } });
    expect((await change('gone', 'Qualification', { SystemModstamp: at(2) })).status).toBe(202);
    expect((await look('gone')).deal).toBeUndefined();

    expect((await change('early', 'Prospecting', { IsDeleted: true, SystemModstamp: at(3) })).status).toBe(202);
    await change('early', 'Prospecting', { SystemModstamp: at(1) });
    expect((await look('early')).deal).toBeUndefined();
    // It was restored from the recycle bin.
    await change('early', 'Prospecting', { SystemModstamp: at(4) });
    expect((await look('early')).deal).toMatchObject({ stage: 'Prospecting' });
    expect((await look('early')).signals.filter(({ withdrawnAt }) => withdrawnAt === null)).toHaveLength(1);
  });
});

describe('signals follow from the stages, whenever they are delivered', () => {
  test('a late delivery withdraws what no longer follows, and the score is computed again', async () => {
    await change('late', 'Prospecting', { SystemModstamp: at(1) });
    await change('late', 'Negotiation/Review', { SystemModstamp: at(9) });
    await program.settled();
    const before = await look('late');
    await change('late', 'Closed Lost', { SystemModstamp: at(5) });
    const { signals } = await look('late');
    expect(signals.map(({ type, occurredAt, withdrawnAt }) => [type, occurredAt, withdrawnAt === null])).toEqual([
      ['opportunity_created', at(1), true], ['opportunity_lost', at(5), true], ['stage_advanced', at(9), false], ['stage_advanced', at(9), true],
    ].toSorted((one, other) => String(one[1]).localeCompare(String(other[1])) || Number(one[2]) - Number(other[2])));
    expect((await program.facts('signal.withdrawn')).map(({ data }) => Object.keys(data).toSorted())).toContainEqual(['accountId', 'signalId']);
    await until('the lost deal lowers the score', async () => {
      const { value } = await look('late');
      return value !== undefined && before.value !== undefined && value < before.value;
    });
    // As if all three had been delivered in order.
    for (const [stage, minute] of [['Prospecting', 1], ['Closed Lost', 5], ['Negotiation/Review', 9]] as const) await change('orderly', stage, { SystemModstamp: at(minute) });
    await until('both have one score', async () => (await look('orderly')).value?.toFixed(9) === (await look('late')).value?.toFixed(9));
  });

  test('what was known before stays known: asOf before the late delivery tells that the signal was in force', async () => {
    await change('past', 'Prospecting', { SystemModstamp: at(1) });
    await change('past', 'Qualification', { SystemModstamp: at(9) });
    const { account } = await look('past');
    program.clock.advance(1_000);
    const then = program.clock.now().toISOString();
    program.clock.advance(1_000);
    await change('past', 'Needs Analysis', { SystemModstamp: at(5) });
    const seen = await program.see<{ account: { signals: { edges: { node: { type: string; withdrawnAt: string | null } }[] }; opportunities: { edges: { node: { stageHistory: unknown[] } }[] } } }>(
      'query ($id: ID!, $asOf: DateTime) { account(id: $id, asOf: $asOf) { signals { edges { node { type withdrawnAt } } } opportunities { edges { node { stageHistory { stage } } } } } }', { id: account, asOf: then });
    expect(seen.account.signals.edges.map(({ node }) => node.withdrawnAt === null || node.withdrawnAt > then)).toEqual([true, true]);
    expect(seen.account.opportunities.edges[0]?.node.stageHistory).toEqual([{ stage: 'Prospecting' }, { stage: 'Qualification' }]);
  });

  test('without a time, equal content within ten minutes is one event; entering a stage again later counts', async () => {
    expect((await change('again', 'Prospecting')).status).toBe(202);
    program.clock.advance(60_000);
    expect((await change('again', 'Qualification')).status).toBe(202);
    program.clock.advance(60_000);
    expect((await change('again', 'Prospecting')).status).toBe(200);
    expect((await look('again')).deal).toMatchObject({ stage: 'Qualification' });
    program.clock.advance(8 * 60_000);
    const back = await change('again', 'Prospecting');
    expect(back).toMatchObject({ status: 202, body: { status: 'accepted' } });
    expect((await look('again')).deal).toMatchObject({ stage: 'Prospecting' });
    expect((await look('again')).signals.map(({ type }) => type)).toEqual(['opportunity_created', 'stage_advanced', 'stage_regressed']);
    // The deal is in that stage already: no other event.
    program.clock.advance(11 * 60_000);
    expect((await change('again', 'Prospecting')).status).toBe(200);
  });

  test('a change of something else than the stage is no signal', async () => {
    await change('amount', 'Prospecting', { SystemModstamp: at(1) });
    expect((await change('amount', 'Prospecting', { NextStep: 'Call', SystemModstamp: at(2) })).status).toBe(202);
    expect((await look('amount')).signals).toHaveLength(1);
    expect((await look('amount')).deal).toMatchObject({ nextStep: 'Call' });
  });

  test('a stage that the catalogue does not name counts for nothing until it is named; then its signals are derived again', async () => {
    await change('unknown', 'Prospecting', { SystemModstamp: at(1) });
    await program.settled();
    const created = (await look('unknown')).value;
    await change('unknown', 'Technical Deep Dive', { SystemModstamp: at(2) });
    await change('unknown', 'TECHNICAL deep  dive', { SystemModstamp: at(3) });
    await program.settled();
    const neutral = await look('unknown');
    expect(neutral.deal).toMatchObject({ stageKind: 'UNKNOWN' });
    expect(neutral.signals.map(({ type, withdrawnAt }) => [type, withdrawnAt])).toEqual([['opportunity_created', null], ['stage_change', null]]);
    expect(neutral.value).toBe(created);
    const { unknownStages } = await program.see<{ unknownStages: { name: string; opportunities: number; reports: number }[] }>('{ unknownStages { name opportunities reports lastSeenAt } }');
    expect(unknownStages).toContainEqual(expect.objectContaining({ name: 'TECHNICAL deep  dive', opportunities: 1, reports: 2 }));

    const { stageCatalogue } = await program.see<{ stageCatalogue: { version: number; stages: { name: string; kind: string }[] } }>('{ stageCatalogue { version stages { name kind } } }');
    const stages = stageCatalogue.stages.flatMap((stage) => (stage.name === 'Closed Won' ? [{ name: 'Technical Deep Dive', kind: 'OPEN' }, stage] : [stage]));
    const { data } = await program.query<{ publishStageCatalogue: { version: number } }, { stages: object; basedOn: number }>(
      'mutation ($stages: [CatalogueStageInput!]!, $basedOn: Int) { publishStageCatalogue(input: { stages: $stages, basedOn: $basedOn }) { ... on StageCatalogue { version } ... on UserError { message } } }', { stages, basedOn: stageCatalogue.version });
    expect(data?.publishStageCatalogue.version).toBe(stageCatalogue.version + 1);
    expect((await look('unknown')).deal).toMatchObject({ stageKind: 'OPEN' });
    await until('the change is an advance', async () => (await look('unknown')).signals.some(({ type }) => type === 'stage_advanced'));
    expect((await look('unknown')).signals.filter(({ withdrawnAt }) => withdrawnAt === null).map(({ type }) => type)).toEqual(['opportunity_created', 'stage_advanced']);
    await until('it raises the score', async () => ((await look('unknown')).value ?? 0) > (created ?? 0));
    expect((await program.see<{ unknownStages: { name: string }[] }>('{ unknownStages { name } }')).unknownStages.map(({ name }) => name)).not.toContain('TECHNICAL deep  dive');
  });
});

describe('the JSON source', () => {
  const account = { externalRef: { system: 'erp', id: 'j-1' } };

  test('takes accounts, records, signals and deletions in one transaction, with a result each', async () => {
    const body = {
      accounts: [{ ...account, name: 'Jotun', industry: 'Paint', occurredAt: at(1) }],
      records: { opportunities: [{ account, externalRef: { system: 'erp', id: 'o-1' }, name: 'Deal', stage: 'Closed Won', occurredAt: at(1) }], tickets: [{ account, externalRef: { system: 'erp', id: 't-1' }, key: 'T-1', summary: 's', status: 'Open', statusCategory: 'TO_DO', occurredAt: at(1) }] },
      signals: [{ account, type: 'meeting', source: 'erp', sourceEventId: 'm-1', payload: { n: 1 } }],
    };
    const first = await send(body);
    expect(first).toMatchObject({ status: 202, body: { status: 'accepted', results: [{ path: ['accounts', '0'], status: 'created' }, { path: ['records', 'opportunities', '0'] }, { path: ['records', 'tickets', '0'], status: 'created' }, { path: ['signals', '0'], status: 'accepted' }] } });
    expect(await send(body)).toMatchObject({ status: 200, body: { status: 'duplicate', results: [{ status: 'unchanged' }, { status: 'unchanged' }, { status: 'unchanged' }, { status: 'duplicate' }] } });
    expect(await send({ accounts: [{ ...account, region: 'EMEA', occurredAt: at(2) }], deletions: [{ type: 'Ticket', externalRef: { system: 'erp', id: 't-1' }, occurredAt: at(2), reason: 'Merged' }] })).toMatchObject({ status: 202, body: { results: [{ status: 'updated' }, { status: 'retired' }] } });
    const seen = await program.see<{ accountBy: object }>('query ($ref: ExternalRefInput!) { accountBy(by: { externalRef: $ref }) { name industry region tickets { totalCount } opportunities { edges { node { stageKind } } } signals(orderBy: { field: OCCURRED_AT, direction: ASC }) { edges { node { type } } } } }', { ref: account.externalRef });
    expect(seen.accountBy).toEqual({ name: 'Jotun', industry: 'Paint', region: 'EMEA', tickets: { totalCount: 0 }, opportunities: { edges: [{ node: { stageKind: 'WON' } }] }, signals: { edges: [{ node: { type: 'opportunity_won' } }, { node: { type: 'meeting' } }] } });
  });

  test('states everything with mode REPLACE, and nothing else without', async () => {
    const ref = { externalRef: { system: 'erp', id: 'j-3' } };
    const seen = async () => (await program.see<{ accountBy: object }>('query ($ref: ExternalRefInput!) { accountBy(by: { externalRef: $ref }) { name industry region } }', { ref: ref.externalRef })).accountBy;
    await send({ accounts: [{ ...ref, name: 'Jay', industry: 'Paint', region: 'EMEA', occurredAt: at(1) }] });
    await send({ accounts: [{ ...ref, industry: null, occurredAt: at(2) }] });
    expect(await seen()).toEqual({ name: 'Jay', industry: null, region: 'EMEA' });
    await send({ accounts: [{ ...ref, name: 'Jay', industry: 'Ink', mode: 'REPLACE', occurredAt: at(3) }] });
    expect(await seen()).toEqual({ name: 'Jay', industry: 'Ink', region: null });
    // Older than what the same source said: kept, and nothing changes.
    expect(await send({ accounts: [{ ...ref, name: 'Old', occurredAt: at(0) }] })).toMatchObject({ status: 202, body: { results: [{ status: 'kept', reason: 'OLDER_THAN_CURRENT' }] } });
    expect(await send({ accounts: [{ ...ref, name: 'Old', occurredAt: at(0) }] })).toMatchObject({ status: 200, body: { status: 'duplicate' } });
    expect(await seen()).toEqual({ name: 'Jay', industry: 'Ink', region: null });
    expect(await send({ accounts: [{ ...ref, mode: 'MERGE' }] })).toMatchObject({ status: 400, body: { error: { path: ['accounts', '0', 'mode'] } } });
  });

  test('refuses an item and takes the others; a delivery of which all are refused is refused', async () => {
    const bad = { externalRef: { system: 'erp', id: 'j-2' }, name: 'x', revenue: { amountMinor: 1.5, currency: 'EUR' } };
    expect(await send({ accounts: [{ ...account, tier: 'A', occurredAt: at(3) }, bad] })).toMatchObject({ status: 202, body: { status: 'accepted', results: [{ status: 'updated' }, { path: ['accounts', '1'], status: 'refused', error: { code: 'BAD_USER_INPUT', path: ['accounts', '1', 'revenue', 'amountMinor'] } }] } });
    expect(await send({ accounts: [bad] })).toMatchObject({ status: 400, body: { error: { code: 'BAD_USER_INPUT', path: ['accounts', '0', 'revenue', 'amountMinor'] } } });
    expect(await program.count(`select from external_ref where external_id = 'j-2'`)).toBe(0);
    expect(await send({ accounts: [{ ...account, source: 'manual', tier: 'B' }] })).toMatchObject({ status: 400, body: { error: { path: ['accounts', '0', 'source'] } } });
  });
});

test('a webhook about a person who was erased stores nothing and says so', async () => {
  const email = 'gone@erased.example';
  await program.upsert('contacts', [{ account: { externalRef: crm('a-person') }, externalRef: crm('person'), name: 'Gone Person', email }]);
  const preview = await program.query<{ erasurePreview: { digest: string } }, { email: string }>('query ($email: String!) { erasurePreview(email: $email) { digest } }', { email }, { role: 'privacy_officer' });
  const erased = await program.query<{ eraseSubject: { __typename: string } }, { email: string; digest: string }>('mutation ($email: String!, $digest: String!) { eraseSubject(email: $email, previewDigest: $digest) { __typename } }', { email, digest: preview.data?.erasurePreview.digest ?? '' }, { role: 'privacy_officer' });
  expect(erased.data?.eraseSubject.__typename, JSON.stringify([preview, erased])).toBe('ErasureReceipt');
  const before = await program.count('select from source_statement');
  expect(await change('erased', 'Prospecting', { NextStep: 'Write to gone@erased.example' })).toMatchObject({ status: 200, body: { status: 'suppressed' } });
  expect([await program.count('select from source_statement'), await program.count(`select from external_ref where external_id = 'erased'`), await program.count(`select from stage_report where payload::text like '%gone@%'`)]).toEqual([before, 0, 0]);
});
