import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { arrange, crm, type Arranged } from '../accounts/arrange.ts';
import { accountOrderOf } from '../../src/features/sources/index.ts';
import type { ExternalRefInput } from '../../src/features/accounts/index.ts';
import { parseGlobalId } from '../../src/platform/ids.ts';

let program: Arranged;
beforeAll(async () => {
  program = await arrange();
});
afterAll(() => program.close());

const uuidOf = (globalId: string | undefined): string => parseGlobalId(globalId ?? '')?.id ?? '';
const at = (day: number): string => `2026-11-${String(day).padStart(2, '0')}T00:00:00.000Z`;

interface Outcome {
  readonly id: string;
  readonly change: string;
  readonly applied: boolean;
  readonly reason: string | null;
  readonly code?: string;
  readonly message?: string;
  readonly path?: readonly string[];
}

async function state(field: string, type: string, input: readonly Record<string, unknown>[], { mode = 'PATCH', role = 'agent' }: { mode?: string; role?: 'agent' | 'admin' } = {}): Promise<Outcome[]> {
  const query = `mutation($input: [${type}!]!, $mode: UpsertMode!) { payload: ${field}(input: $input, mode: $mode) { results { ... on Upserted { id change applied reason } ... on UserError { code message path } } } }`;
  const { data, errors } = await program.query<{ payload: { results: Outcome[] } }, Record<string, unknown>>(query, { input, mode }, { role });
  if (!data) throw new Error(JSON.stringify(errors));
  return data.payload.results;
}
const accounts = (input: readonly Record<string, unknown>[], options?: { mode?: string; role?: 'agent' | 'admin' }) => state('upsertAccounts', 'AccountInput', input, options);
const opportunities = (input: readonly Record<string, unknown>[], options?: { mode?: string }) => state('upsertOpportunities', 'OpportunityInput', input, options);
const accountFields = 'id name industry region owner { name email } revenue { amountMinor currency } contradictions { field winner { source value occurredAt } candidates { source value } rule { name version } } retirement { at reason source }';
const readAccount = async (id: string) => (await program.see<{ account: Record<string, unknown> | null }>(`query($id: ID!) { account(id: $id) { ${accountFields} } }`, { id })).account;

describe('a field that is left out', () => {
  test('stays as it is; null clears it for that source; REPLACE states everything', async () => {
    const ref = crm('partial');
    const [made] = await accounts([{ externalRef: ref, name: 'Partial', industry: 'Retail', region: 'EMEA', owner: { name: 'Olga', email: 'olga@us.example' }, occurredAt: at(1) }]);
    expect(await accounts([{ externalRef: ref, industry: 'Software', occurredAt: at(2) }])).toMatchObject([{ id: made?.id, change: 'UPDATED', applied: true, reason: null }]);
    expect(await readAccount(made?.id ?? '')).toMatchObject({ name: 'Partial', industry: 'Software', region: 'EMEA', owner: { name: 'Olga' } });
    await accounts([{ externalRef: ref, region: null, occurredAt: at(3) }]);
    expect(await readAccount(made?.id ?? '')).toMatchObject({ name: 'Partial', industry: 'Software', region: null });
    expect(await accounts([{ externalRef: ref, name: null, occurredAt: at(4) }])).toMatchObject([{ code: 'BAD_USER_INPUT', path: ['input', '0', 'name'] }]);
    await accounts([{ externalRef: ref, name: 'Whole', occurredAt: at(5) }], { mode: 'REPLACE' });
    expect(await readAccount(made?.id ?? '')).toMatchObject({ name: 'Whole', industry: null, owner: null });
    expect(await accounts([{ externalRef: ref, industry: 'Retail', occurredAt: at(6) }], { mode: 'REPLACE' })).toMatchObject([{ code: 'BAD_USER_INPUT', path: ['input', '0', 'name'] }]);
  });

  test('of a record that lacks a required field, what is known is kept until it is complete', async () => {
    const id = await program.account('incomplete');
    const deal = (fields: object) => ({ account: { id }, externalRef: crm('incomplete-1'), ...fields });
    const [first] = await opportunities([deal({ nextStep: 'Call', occurredAt: at(3) })]);
    expect(first).toMatchObject({ change: 'UNCHANGED', applied: false, reason: 'INCOMPLETE' });
    expect(await program.see('query($id: ID!) { node(id: $id) { id } }', { id: first?.id })).toEqual({ node: null });
    expect(await opportunities([deal({ name: 'Renewal', stage: 'Open', nextStep: null, occurredAt: at(1) })])).toMatchObject([{ id: first?.id, change: 'CREATED', applied: true }]);
    expect(await program.see('query($id: ID!) { node(id: $id) { ... on Opportunity { name stage nextStep occurredAt } } }', { id: first?.id })).toEqual({ node: { name: 'Renewal', stage: 'Open', nextStep: 'Call', occurredAt: at(3) } });
  });
});

describe('what is older than what its source said', () => {
  test('never becomes current, is kept once, and nothing is told', async () => {
    const ref = crm('late');
    const [made] = await accounts([{ externalRef: ref, name: 'New', industry: 'Retail', occurredAt: at(10) }]);
    const facts = (await program.facts('account.changed')).length;
    const kept = () => program.count('select from source_statement where node_id = $1', [uuidOf(made?.id)]);
    for (const turn of [1, 2, 3]) expect(await accounts([{ externalRef: ref, name: 'Old', industry: 'Banking', occurredAt: at(9) }]), String(turn)).toMatchObject([{ change: 'UNCHANGED', applied: false, reason: 'OLDER_THAN_CURRENT' }]);
    expect(await readAccount(made?.id ?? '')).toMatchObject({ name: 'New', industry: 'Retail' });
    expect([await kept(), (await program.facts('account.changed')).length]).toEqual([2, facts]);
    // A field that the source never spoke of is news, whenever it was true.
    expect(await accounts([{ externalRef: ref, name: 'Older', region: 'EMEA', occurredAt: at(8) }])).toMatchObject([{ change: 'UPDATED', applied: true }]);
    expect(await readAccount(made?.id ?? '')).toMatchObject({ name: 'New', region: 'EMEA' });
    // And that statement, repeated, is not news.
    expect(await accounts([{ externalRef: ref, name: 'Older', region: 'EMEA', occurredAt: at(8) }])).toMatchObject([{ change: 'UNCHANGED', applied: true }]);
    expect(await kept()).toBe(3);
  });

  test('an edit of what has a time of its own is ordered by when its source changed it', async () => {
    const id = await program.account('edited');
    const notes = (fields: object) => state('upsertNotes', 'NoteInput', [{ account: { id }, externalRef: crm('edited-1'), noteType: 'CALL', occurredAt: at(5), ...fields }]);
    const [made] = await notes({ content: 'They wait', modifiedAt: at(5) });
    expect(await notes({ content: 'A word was wrong', modifiedAt: at(7) })).toMatchObject([{ change: 'UPDATED' }]);
    expect(await notes({ content: 'In between', modifiedAt: at(6) })).toMatchObject([{ applied: false, reason: 'OLDER_THAN_CURRENT' }]);
    expect(await notes({ content: 'On another day', modifiedAt: at(8), occurredAt: at(4) })).toMatchObject([{ change: 'UPDATED' }]);
    expect(await program.see('query($id: ID!) { node(id: $id) { ... on Note { content occurredAt } } }', { id: made?.id })).toEqual({ node: { content: 'On another day', occurredAt: at(4) } });
  });

  test('of two statements of one instant the content decides, in any order; a count grows', async () => {
    for (const [name, order] of [['tie-a', [9, 10]], ['tie-b', [10, 9]]] as const) {
      const id = await program.account(name);
      const thread = (replyCount: number) => state('upsertThreads', 'ThreadInput', [{ account: { id }, externalRef: crm(name), author: 'Lee', preview: 'Hello', replyCount, occurredAt: at(5) }]);
      let last: Outcome | undefined;
      for (const replyCount of order) [last] = await thread(replyCount);
      expect(await program.see('query($id: ID!) { node(id: $id) { ... on Thread { replyCount } } }', { id: last?.id }), name).toEqual({ node: { replyCount: 10 } });
    }
  });

  test('what comes from the future is refused', async () => {
    const inAnHour = new Date(program.clock.now().getTime() + 3_600_000).toISOString();
    expect(await accounts([{ externalRef: crm('future'), name: 'x', occurredAt: inAnHour }, { externalRef: crm('future'), name: 'x', modifiedAt: inAnHour }])).toMatchObject([{ code: 'BAD_USER_INPUT', path: ['input', '0', 'occurredAt'] }, { code: 'BAD_USER_INPUT', path: ['input', '1', 'modifiedAt'] }]);
    expect(await program.count(`select from external_ref where external_id = 'future'`)).toBe(0);
  });
});

describe('sources that disagree', () => {
  test('the policy decides per field, losing values are kept and shown, a person is above all machines until the value is cleared', async () => {
    const ref = crm('disputed');
    const by = (source: string, fields: object, options?: { role?: 'admin' }) => accounts([{ externalRef: ref, source, ...fields }], options);
    const [made] = await by('salesforce', { name: 'Acme', industry: 'Retail', csm: { name: 'Crm Csm', email: 'crm@us.example' }, occurredAt: at(1) });
    const id = made?.id ?? '';
    expect(await by('gainsight', { name: 'ACME Corp', industry: 'Retail', csm: { name: 'Success Csm' }, occurredAt: at(2) })).toMatchObject([{ change: 'UPDATED', applied: true }]);
    const shown = await readAccount(id);
    expect(shown).toMatchObject({ name: 'Acme', industry: 'Retail' });
    expect(shown?.['contradictions']).toEqual([
      { field: 'csm', winner: { source: 'gainsight', value: { name: 'Success Csm', email: null }, occurredAt: at(2) }, candidates: [{ source: 'gainsight', value: { name: 'Success Csm', email: null } }, { source: 'salesforce', value: { name: 'Crm Csm', email: 'crm@us.example' } }], rule: { name: 'success fields', version: 0 } },
      { field: 'name', winner: { source: 'salesforce', value: 'Acme', occurredAt: at(1) }, candidates: [{ source: 'salesforce', value: 'Acme' }, { source: 'gainsight', value: 'ACME Corp' }], rule: { name: 'commercial fields', version: 0 } },
    ]);
    expect(await by('manual', { name: 'By machine' })).toMatchObject([{ code: 'BAD_USER_INPUT', path: ['input', '0', 'source'] }]);
    expect(await by('manual', { name: 'By hand' }, { role: 'admin' })).toMatchObject([{ change: 'UPDATED' }]);
    await by('salesforce', { name: 'Acme 2', occurredAt: at(20) });
    expect(await readAccount(id)).toMatchObject({ name: 'By hand' });
    expect((await readAccount(id))?.['contradictions']).toContainEqual(expect.objectContaining({ field: 'name', rule: { name: 'manual value', version: 0 } }));
    // Read in the past, it is as it was.
    const { account } = await program.see<{ account: { name: string } }>(`query($id: ID!, $at: DateTime!) { account(id: $id, asOf: $at) { name } }`, { id, at: program.clock.now().toISOString() });
    expect(account.name).toBe('By hand');
    program.clock.advance(1_000);
    expect(await by('manual', { industry: null }, { role: 'admin' })).toMatchObject([{ change: 'UNCHANGED', applied: true }]);
    expect(await readAccount(id)).toMatchObject({ name: 'By hand', industry: 'Retail' });
  });

  test('a viewer sees no addresses in contradictions', async () => {
    const ref = crm('disputed');
    const { data } = await program.query<{ accountBy: { contradictions: { candidates: { value: unknown }[] }[] } }, Record<string, unknown>>(
      'query($ref: ExternalRefInput!) { accountBy(by: { externalRef: $ref }) { contradictions { candidates { value } } } }', { ref }, { role: 'viewer' });
    expect(JSON.stringify(data)).toContain('Crm Csm');
    expect(JSON.stringify(data)).not.toContain('@');
  });
});

describe('what is retired', () => {
  const retire = async (ids: readonly string[], more: object = {}, role: 'agent' | 'admin' | 'viewer' = 'admin') =>
    (await program.query<{ retireRecords: Record<string, unknown> }, Record<string, unknown>>('mutation($input: RetireRecordsInput!) { retireRecords(input: $input) { __typename ... on RetiredRecords { retired { id } } ... on UserError { message code path } } }', { input: { ids, reason: 'Sold to nobody', ...more } }, { role })).data?.retireRecords;
  const restore = async (ids: readonly string[]) =>
    (await program.query<{ restoreRecords: Record<string, unknown> }, Record<string, unknown>>('mutation($input: RestoreRecordsInput!) { restoreRecords(input: $input) { __typename ... on RestoredRecords { restored { id } } ... on UserError { message code path } } }', { input: { ids } }, { role: 'admin' })).data?.restoreRecords;

  test('a record leaves lists and counts, stays in the past, and comes back when a person takes it back', async () => {
    const id = await program.account('loses-a-deal');
    const [deal] = await opportunities([{ account: { id }, externalRef: crm('retired-deal'), name: 'Deal', stage: 'Open' }]);
    const before = program.clock.now().toISOString();
    program.clock.advance(60_000);
    expect(await retire([deal?.id ?? ''])).toEqual({ __typename: 'RetiredRecords', retired: [{ id: deal?.id }] });
    const list = async (asOf: string | null) => (await program.see<{ account: { opportunities: { totalCount: number } } }>('query($id: ID!, $asOf: DateTime) { account(id: $id, asOf: $asOf) { opportunities { totalCount } } }', { id, asOf })).account.opportunities.totalCount;
    expect([await list(null), await list(before)]).toEqual([0, 1]);
    expect(await retire([deal?.id ?? ''])).toMatchObject({ code: 'CONFLICT', path: ['input', 'ids', '0'] });
    // The source goes on as if nothing had happened: a person's word stands.
    expect(await opportunities([{ account: { id }, externalRef: crm('retired-deal'), name: 'Deal', stage: 'Later' }])).toMatchObject([{ applied: false, reason: 'RETIRED' }]);
    expect(await list(null)).toBe(0);
    program.clock.advance(60_000);
    expect(await restore([deal?.id ?? ''])).toEqual({ __typename: 'RestoredRecords', restored: [{ id: deal?.id }] });
    expect(await program.see('query($id: ID!) { node(id: $id) { ... on Opportunity { stage } } }', { id: deal?.id })).toEqual({ node: { stage: 'Later' } });
    expect(await restore([deal?.id ?? ''])).toMatchObject({ code: 'CONFLICT' });
  });

  test('what its source ended a person can retire, too: it stays retired when its source brings it back', async () => {
    const id = await program.account('ends-a-deal');
    const deal = async (more: object = {}) => (await opportunities([{ account: { id }, externalRef: crm('ended-deal'), name: 'Deal', stage: 'Open', ...more }]))[0];
    const { id: dealId = '' } = (await deal()) ?? {};
    expect(await retire([dealId], { source: 'salesforce', occurredAt: program.clock.now().toISOString() }, 'agent')).toMatchObject({ __typename: 'RetiredRecords' });
    expect(await retire([dealId])).toMatchObject({ __typename: 'RetiredRecords' });
    expect(await retire([dealId])).toMatchObject({ code: 'CONFLICT', path: ['input', 'ids', '0'] });
    program.clock.advance(60_000);
    expect(await deal({ stage: 'Later' })).toMatchObject({ applied: false, reason: 'RETIRED' });
    expect(await restore([dealId])).toMatchObject({ __typename: 'RestoredRecords' });
    expect(await program.see('query($id: ID!) { node(id: $id) { ... on Opportunity { stage } } }', { id: dealId })).toEqual({ node: { stage: 'Later' } });
  });

  test('what goes on, since its source stated it later or another source goes before, is not among the retired', async () => {
    const id = await program.account('goes-on');
    const [deal] = await opportunities([{ account: { id }, externalRef: crm('goes-on-deal'), name: 'Deal', stage: 'Open', occurredAt: at(10) }]);
    const end = async (more: object) => (await program.query<{ retireRecords: object }, Record<string, unknown>>('mutation($input: RetireRecordsInput!) { retireRecords(input: $input) { ... on RetiredRecords { retired { id } kept { id reason } } } }', { input: { ids: [deal?.id], reason: 'Lost', ...more } }, { role: 'agent' })).data?.retireRecords;
    expect(await end({ source: 'salesforce', occurredAt: at(9) })).toEqual({ retired: [], kept: [{ id: deal?.id, reason: 'OLDER_THAN_CURRENT' }] });
    expect(await end({ source: 'zendesk', occurredAt: at(11) })).toEqual({ retired: [], kept: [{ id: deal?.id, reason: 'OUTRANKED' }] });
    expect(await end({ source: 'salesforce', occurredAt: at(11) })).toEqual({ retired: [{ id: deal?.id }], kept: [] });
  });

  test('what a person retired stays so when a person edits it by hand', async () => {
    const id = await program.account('retired-and-edited');
    const [deal] = await opportunities([{ account: { id }, externalRef: crm('retired-edited-deal'), name: 'Deal', stage: 'Open' }]);
    program.clock.advance(60_000);
    await retire([id, deal?.id ?? '']);
    program.clock.advance(60_000);
    expect(await accounts([{ externalRef: crm('retired-and-edited'), source: 'manual', industry: 'Banking' }], { role: 'admin' })).toMatchObject([{ applied: false, reason: 'RETIRED' }]);
    expect(await state('upsertOpportunities', 'OpportunityInput', [{ account: { id }, externalRef: crm('retired-edited-deal'), source: 'manual', nextStep: 'Call' }], { role: 'admin' })).toMatchObject([{ applied: false, reason: 'RETIRED' }]);
    expect(await readAccount(id)).toMatchObject({ retirement: { source: 'manual' } });
    program.clock.advance(60_000);
    expect(await restore([id])).toMatchObject({ __typename: 'RestoredRecords' });
    expect(await program.see('query($id: ID!) { node(id: $id) { id } }', { id: deal?.id })).toEqual({ node: null });
    expect(await readAccount(id)).toMatchObject({ industry: 'Banking', retirement: null });
    expect(await restore([deal?.id ?? ''])).toMatchObject({ __typename: 'RestoredRecords' });
    expect(await program.see('query($id: ID!) { node(id: $id) { ... on Opportunity { nextStep } } }', { id: deal?.id })).toEqual({ node: { nextStep: 'Call' } });
  });

  test('an account leaves with its records, can still be read, and its source brings it back', async () => {
    const id = await program.account('retired-account');
    await opportunities([{ account: { id }, externalRef: crm('retired-with'), name: 'Deal', stage: 'Open' }]);
    const before = program.clock.now().toISOString();
    program.clock.advance(60_000);
    expect(await retire([id], { source: 'salesforce', occurredAt: program.clock.now().toISOString() }, 'agent')).toMatchObject({ __typename: 'RetiredRecords' });
    expect(await readAccount(id)).toMatchObject({ id, name: 'retired-account', retirement: { reason: 'Sold to nobody', source: 'salesforce' } });
    const listed = async () => (await program.see<{ accounts: { totalCount: number }; opportunities: { totalCount: number } }>('{ accounts(filter: { nameStartsWith: "retired-account" }) { totalCount } opportunities { totalCount } }'));
    expect((await listed()).accounts.totalCount).toBe(0);
    expect(await program.count(`select from opportunity o join external_ref r on r.node_id = o.id where r.external_id = 'retired-with'`)).toBe(0);
    expect((await program.facts('account.retired')).map(({ account_id }) => account_id)).toContain(uuidOf(id));
    const past = await program.see<{ account: { retirement: unknown; opportunities: { totalCount: number } } }>('query($id: ID!, $at: DateTime!) { account(id: $id, asOf: $at) { retirement { at } opportunities { totalCount } } }', { id, at: before });
    expect(past.account).toEqual({ retirement: null, opportunities: { totalCount: 1 } });
    // Signals and records that still arrive are kept.
    expect((await program.ingest([{ account: { id }, type: 'call', source: 'phone' }])).accepted).toBe(1);
    expect(await opportunities([{ account: { id }, externalRef: crm('retired-later'), name: 'Late deal', stage: 'Open' }])).toMatchObject([{ applied: false, reason: 'RETIRED' }]);
    program.clock.advance(60_000);
    expect(await accounts([{ externalRef: crm('retired-account'), industry: 'Retail' }])).toMatchObject([{ change: 'UPDATED', applied: true }]);
    expect(await readAccount(id)).toMatchObject({ retirement: null, industry: 'Retail' });
    expect((await listed()).accounts.totalCount).toBe(1);
    expect(await program.count(`select from opportunity o join external_ref r on r.node_id = o.id where r.external_id in ('retired-with', 'retired-later')`)).toBe(2);
    expect((await program.facts('account.restored')).map(({ account_id }) => account_id)).toContain(uuidOf(id));
  });

  test('an account whose deletion came before anything else can be read, and so can what is about it', async () => {
    const { results } = await program.ingest([{ account: { externalRef: crm('deleted-first') }, type: 'call', source: 'phone' }]);
    const id = results[0]?.signal?.account.id ?? '';
    await retire([id], { source: 'salesforce' });
    expect(await readAccount(id)).toMatchObject({ id, name: 'deleted-first', retirement: { source: 'salesforce' } });
    expect(await program.see('query($id: ID!) { node(id: $id) { ... on Signal { account { id name } } } }', { id: results[0]?.signal?.id })).toEqual({ node: { account: { id, name: 'deleted-first' } } });
    expect(await program.see('query($ref: ExternalRefInput!) { accountBy(by: { externalRef: $ref }) { id } }', { ref: crm('deleted-first') })).toEqual({ accountBy: { id } });
    const now = program.clock.now().toISOString();
    expect(await program.see('query($id: ID!, $now: DateTime!) { account(id: $id, asOf: $now) { name retirement { source } } }', { id, now })).toEqual({ account: { name: 'deleted-first', retirement: { source: 'salesforce' } } });
  });

  test('the reason is shown without addresses to those who see none', async () => {
    const id = await program.account('retired-because');
    await retire([id], { reason: 'Ask ann@example.com' });
    const reason = async (role: 'viewer' | 'analyst') => (await program.query<{ account: { retirement: { reason: string } } }, Record<string, unknown>>('query($id: ID!) { account(id: $id) { retirement { reason } } }', { id }, { role })).data?.account.retirement.reason;
    expect([await reason('analyst'), await reason('viewer')]).toEqual(['Ask ann@example.com', 'Ask [email hidden]']);
  });

  test('all or none; nothing of another tenant; only those who may', async () => {
    const id = await program.account('retire-none');
    expect(await retire([id, 'Opportunity_00000000000070008000000000000000'])).toMatchObject({ code: 'NOT_FOUND', path: ['input', 'ids', '1'] });
    expect(await retire(['nonsense'])).toMatchObject({ code: 'NOT_FOUND', path: ['input', 'ids', '0'] });
    expect(await retire([])).toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(await retire([id], { reason: ' ' })).toMatchObject({ code: 'BAD_USER_INPUT', path: ['input', 'reason'] });
    expect(await retire(Array.from({ length: 101 }, () => id))).toMatchObject({ code: 'LIMIT_EXCEEDED' });
    expect(await retire([id], {}, 'viewer')).toMatchObject({ code: 'FORBIDDEN' });
    expect(await readAccount(id)).toMatchObject({ retirement: null });
  });
});

test('deliveries before what they are about are kept and join it', async () => {
  const [kpi] = await state('upsertKpis', 'KpiInput', [{ account: { externalRef: crm('later-account') }, externalRef: crm('later-kpi'), productRef: crm('later-product'), category: 'Usage', parameter: 'Users', value: '5' }]);
  const read = async () => (await program.see<{ node: object }>('query($id: ID!) { node(id: $id) { ... on Kpi { product { name } account { name isStub } } } }', { id: kpi?.id })).node;
  expect(await read()).toEqual({ product: null, account: { name: 'later-account', isStub: true } });
  await state('upsertProducts', 'ProductInput', [{ account: { externalRef: crm('later-account') }, externalRef: crm('later-product'), name: 'Product' }]);
  await accounts([{ externalRef: crm('later-account'), name: 'Later' }]);
  expect(await read()).toEqual({ product: { name: 'Product' }, account: { name: 'Later', isStub: false } });
});

test('a record that is refused leaves no trace, not even a stub of the account that it names', async () => {
  const id = await program.account('has-a-product');
  const { results } = await program.upsert('products', [{ account: { id }, externalRef: crm('a-product'), name: 'A' }]);
  const traces = async () => [await program.count('select from account'), await program.count('select from external_ref'), await program.count('select from node_identity'), (await program.facts('account.changed')).length];
  const before = await traces();
  expect((await program.upsert('kpis', [{ account: { externalRef: crm('never-heard-of') }, externalRef: crm('refused-kpi'), category: 'Usage', parameter: 'Users', value: '5', productId: results[0]?.id }])).results).toMatchObject([{ code: 'NOT_FOUND', path: ['input', '0', 'productId'] }]);
  expect(await traces()).toEqual(before);
});

test('a record that names another by reference is taken whatever is known of that one, in any order', async () => {
  const kpi = (account: string) => state('upsertKpis', 'KpiInput', [{ account: { externalRef: crm(account) }, externalRef: crm(`${account}-kpi`), productRef: crm(`${account}-product`), category: 'Usage', parameter: 'Users', value: '5', occurredAt: at(3) }]);
  const product = (account: string) => state('upsertProducts', 'ProductInput', [{ account: { externalRef: crm(`${account}-other`) }, externalRef: crm(`${account}-product`), name: 'P', occurredAt: at(3) }]);
  for (const [account, order] of [['kpi-first', [kpi, product]], ['product-first', [product, kpi]]] as const) {
    for (const tell of order) expect(await tell(account), account).toMatchObject([{ change: 'CREATED', applied: true }]);
    expect(await program.see('query($ref: ExternalRefInput!) { accountBy(by: { externalRef: $ref }) { kpis { edges { node { value product { name } } } } } }', { ref: crm(account) }), account)
      .toEqual({ accountBy: { kpis: { edges: [{ node: { value: '5', product: null } }] } } });
  }
});

test('of two accounts that a record is said to belong to at one instant, their references decide and not which was named first', async () => {
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) {
    const [first, second] = [1, 2].map((each) => ({ system: 'erp', id: `tie-${name}-${each}` })) as [ExternalRefInput, ExternalRefInput];
    let last: Outcome | undefined;
    for (const externalRef of [first, second]) [last] = await state('upsertProducts', 'ProductInput', [{ account: { externalRef }, externalRef: { system: 'erp', id: `tie-${name}` }, name: 'P', occurredAt: at(3) }]);
    const { node } = await program.see<{ node: { account: { name: string } } }>('query($id: ID!) { node(id: $id) { ... on Product { account { name } } } }', { id: last?.id });
    expect(node.account.name).toBe(accountOrderOf(first) > accountOrderOf(second) ? first.id : second.id);
  }
});
