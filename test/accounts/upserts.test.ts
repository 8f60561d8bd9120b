import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accountRecords } from '../../src/features/accounts/index.ts';
import { parseGlobalId } from '../../src/platform/ids.ts';
import { arrange, crm, samples, type Arranged } from './arrange.ts';

let program: Arranged;
let acme: string;
beforeAll(async () => {
  program = await arrange();
  acme = await program.account('acme');
});
afterAll(() => program.close());

const uuidOf = (globalId: string | undefined): string => parseGlobalId(globalId ?? '')?.id ?? '';
const selectionOf = (value: unknown): string =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? ` { ${Object.keys(value).join(' ')} }` : '';
const changedFacts = async (): Promise<number> => (await program.facts('account.changed')).length;

describe.each(accountRecords.map((record) => [record.plural, record] as const))('%s', (plural, record) => {
  const sample = samples[plural];
  if (!sample) throw new Error(`there is no sample of ${plural}`);
  const [first, second] = sample;
  const input = (fields: Record<string, unknown>) => ({ account: { id: acme }, externalRef: crm(`${plural}-1`), ...fields });
  const read = async (id: string | undefined): Promise<Record<string, unknown>> => {
    const fields = Object.entries(first).map(([name, value]) => `${name}${selectionOf(value)}`).join(' ');
    const { node } = await program.see<{ node: Record<string, unknown> }>(`query($id: ID!) { node(id: $id) { __typename id ... on ${record.type} { ${fields} externalRefs { system id } } } }`, { id });
    return node;
  };

  test('a record is created, left alone when nothing is new, and replaced with its past kept', async () => {
    const history = () => program.count(`select from ${record.table}_history`);
    const before = await changedFacts();
    const created = (await program.upsert(plural, [input(first)])).results[0];
    expect(created).toMatchObject({ __typename: 'Upserted', change: 'CREATED' });
    expect(await read(created?.id)).toEqual({ __typename: record.type, id: created?.id, ...first, externalRefs: [crm(`${plural}-1`)] });
    const fact = (await program.facts('account.changed')).at(-1);
    expect(fact).toMatchObject({ account_id: uuidOf(acme), data: { accountId: uuidOf(acme), what: record.table, ids: [uuidOf(created?.id)] } });
    expect(await changedFacts()).toBe(before + 1);

    program.clock.advance(1_000);
    const again = (await program.upsert(plural, [input(first)])).results[0];
    expect(again).toEqual({ __typename: 'Upserted', id: created?.id, change: 'UNCHANGED' });
    expect([await changedFacts(), await history()]).toEqual([before + 1, 0]);

    const updated = (await program.upsert(plural, [input(second)])).results[0];
    expect(updated).toEqual({ __typename: 'Upserted', id: created?.id, change: 'UPDATED' });
    expect(await read(created?.id)).toMatchObject(second);
    expect([await changedFacts(), await history()]).toEqual([before + 2, 1]);
  });

  test('of two items with one reference the last holds, and there is one record', async () => {
    const twice = [first, second].map((fields) => ({ ...input(fields), externalRef: crm(`${plural}-twice`) }));
    const { accepted, results } = await program.upsert(plural, twice);
    expect(accepted).toBe(2);
    expect(results[1]).toEqual(results[0]);
    expect(await read(results[0]?.id)).toMatchObject(second);
  });

  test('an id of no account is refused, a reference that is new makes a stub, and neither holds up the others', async () => {
    const { accepted, rejected, results } = await program.upsert(plural, [
      { ...input(first), account: { externalRef: crm('nobody') } },
      { ...input(first), account: { externalRef: crm('acme') }, externalRef: crm(`${plural}-by-ref`) },
      { ...input(first), account: { id: 'Account_00000000000070008000000000000000' } },
      { ...input(first), account: { id: acme, externalRef: crm('acme') } },
      { ...input(first), externalRef: { system: 'Sales Force', id: '1' } },
      { ...input(first), externalRef: { system: 'salesforce', id: '  ' } },
    ]);
    expect([accepted, rejected]).toEqual([2, 4]);
    expect(results.map(({ code, path }) => [code, path])).toEqual([
      [undefined, undefined],
      [undefined, undefined],
      ['NOT_FOUND', ['input', '2', 'account']],
      ['BAD_USER_INPUT', ['input', '3', 'account']],
      ['BAD_USER_INPUT', ['input', '4', 'externalRef', 'system']],
      ['BAD_USER_INPUT', ['input', '5', 'externalRef', 'id']],
    ]);
  });

  test('only machines and administrators may', async () => {
    for (const role of ['viewer', 'analyst', 'approver', 'privacy_officer'] as const) {
      const query = `mutation($input: [${record.type}Input!]!) { upsert${plural.charAt(0).toUpperCase()}${plural.slice(1)}(input: $input) { accepted } }`;
      const { errors } = await program.query(query, { input: [input(first)] }, { role });
      expect(errors?.[0]?.extensions['code'], role).toBe('FORBIDDEN');
    }
  });
});

describe('what is refused', () => {
  const refusal = async (plural: string, fields: Record<string, unknown>) => {
    const [first] = samples[plural] ?? [];
    const { results } = await program.upsert(plural, [{ account: { id: acme }, externalRef: crm('refused'), ...first, ...fields }]);
    return [results[0]?.code, results[0]?.path?.slice(2).join('.')];
  };

  test.each([
    ['opportunities', { probability: 1.01 }, 'probability'],
    ['opportunities', { probability: -0.01 }, 'probability'],
    ['opportunities', { amount: { amountMinor: 1.5, currency: 'USD' } }, 'amount.amountMinor'],
    ['opportunities', { amount: { amountMinor: 2 ** 53, currency: 'USD' } }, 'amount.amountMinor'],
    ['opportunities', { amount: { amountMinor: 1, currency: 'usd' } }, 'amount.currency'],
    ['opportunities', { amount: { amountMinor: 1, currency: 'XYZ' } }, 'amount.currency'],
    ['opportunities', { amount: { amountMinor: 1, currency: 'XXX' } }, 'amount.currency'],
    ['weeklySummaries', { weekOf: '2026-11-17' }, 'weekOf'],
    ['weeklySummaries', { weekOf: '2026-11-15' }, 'weekOf'],
    ['opportunities', { name: 'x'.repeat(501) }, 'name'],
    ['opportunities', { name: ' ' }, 'name'],
    ['opportunities', { nextStep: 'x'.repeat(10_001) }, 'nextStep'],
    ['opportunities', { nextStep: 'a\u0000b' }, 'nextStep'],
    ['contacts', { email: ' ' }, 'email'],
    ['contacts', { name: 'half \ud800' }, 'name'],
    ['tickets', { labels: [''] }, 'labels.0'],
    ['tickets', { labels: Array.from({ length: 101 }, () => 'x') }, 'labels'],
    ['threads', { replyCount: -1 }, 'replyCount'],
    ['healthTrends', { month: 13 }, 'month'],
    ['healthTrends', { year: 1969 }, 'year'],
    ['healthTrends', { overallScore: 100.5 }, 'overallScore'],
    ['healthTrends', { year: 2026, month: 12 }, 'month'],
    ['healthTrends', { year: 9999, month: 12 }, 'month'],
    ['playbookExecutions', { status: 'COMPLETED', completedAt: null }, 'completedAt'],
    ['playbookExecutions', { status: 'RUNNING', completedAt: '2026-11-11T00:00:00.000Z' }, 'completedAt'],
    ['playbookExecutions', { status: 'COMPLETED', completedAt: '2026-11-09T00:00:00.000Z' }, 'completedAt'],
    ['playbookExecutions', { status: 'FAILED', completedAt: '2030-01-01T00:00:00.000Z' }, 'completedAt'],
    ['playbookExecutions', { startedAt: '2030-01-01T00:00:00.000Z' }, 'startedAt'],
    ['kpis', { productId: 'Contact_00000000000070008000000000000000' }, 'productId'],
    ['kpis', { productId: 'nonsense' }, 'productId'],
  ])('%s with %j, at %s', async (plural, fields, path) => {
    expect(await refusal(plural, fields)).toEqual(['BAD_USER_INPUT', path]);
  });

  test('two sources may each state a month', async () => {
    const account = await program.account('one-trend-a-month');
    const trend = (id: string, month: number) => ({ account: { id: account }, externalRef: crm(id), year: 2025, month, overallScore: 50 });
    expect((await program.upsert('healthTrends', [trend('jan', 1), trend('also-jan', 1), trend('feb', 2)])).results.map(({ code, change }) => code ?? change)).toEqual(['CREATED', 'CREATED', 'CREATED']);
    expect((await program.upsert('healthTrends', [trend('third-jan', 1), trend('jan', 1), trend('march', 3)])).results.map(({ code, change }) => code ?? change)).toEqual(['CREATED', 'UNCHANGED', 'CREATED']);
    expect(await program.count('select from health_trend where account_id = $1', [uuidOf(account)])).toBe(5);
  });

  test('an instant or a day that the calendar or the database does not have', async () => {
    const query = 'mutation($input: [ActivityInput!]!) { upsertActivities(input: $input) { accepted } }';
    for (const occurredAt of ['0000-01-01T00:00:00Z', '9999-12-31T23:59:59-01:00', '0001-01-01T00:00:00+01:00', '2026-02-30T00:00:00Z', '2026-11-21T24:00:00Z', '2026-11-21T09:00:00']) {
      const { errors } = await program.query(query, { input: [{ account: { id: acme }, externalRef: crm('never'), type: 'Call', subject: 'x', occurredAt }] }, { role: 'agent' });
      expect(errors?.[0]?.extensions['code'], occurredAt).toBe('BAD_USER_INPUT');
    }
    for (const closeDate of ['0000-01-01', '2026-02-29', 'infinity']) {
      const { errors } = await program.query('mutation($input: [OpportunityInput!]!) { upsertOpportunities(input: $input) { accepted } }', { input: [{ account: { id: acme }, externalRef: crm('never'), name: 'x', stage: 'x', closeDate }] }, { role: 'agent' });
      expect(errors?.[0]?.extensions['code'], closeDate).toBe('BAD_USER_INPUT');
    }
  });
});

describe('accounts', () => {
  test('an account is created, left alone, and replaced as a whole only when that is asked', async () => {
    const full = {
      externalRef: crm('full'), name: 'Full', industry: 'Software', region: 'EMEA', website: 'https://full.example', employeeCount: 250, status: 'AT_RISK', tier: 'enterprise',
      revenue: { amountMinor: 5_000_000, currency: 'EUR' }, owner: { name: 'Olga', email: 'olga@us.example' }, csm: { name: 'Carl', email: null }, csmManager: { name: 'Mia', email: 'mia@us.example' },
      lifecycleStage: 'RENEWAL', onboardingStatus: 'done', lastQbrOn: '2026-09-01', nextQbrOn: '2026-12-01', engagementScore: 66.5, championStatus: 'active', stakeholderCount: 4, occurredAt: '2026-11-01T00:00:00.000Z',
    };
    const before = await changedFacts();
    const [created] = (await program.upsertAccounts([full])).results;
    expect(created?.change).toBe('CREATED');
    const fields = Object.entries(full).filter(([name]) => name !== 'externalRef').map(([name, value]) => `${name}${selectionOf(value)}`).join(' ');
    const ask = `query($ref: ExternalRefInput!) { accountBy(by: { externalRef: $ref }) { id isStub externalRefs { system id } ${fields} } }`;
    const { externalRef, ...told } = full;
    expect((await program.see<{ accountBy: object }>(ask, { ref: externalRef })).accountBy).toEqual({ id: created?.id, isStub: false, externalRefs: [externalRef], ...told });

    program.clock.advance(1_000);
    expect((await program.upsertAccounts([full])).results[0]?.change).toBe('UNCHANGED');
    expect(await changedFacts()).toBe(before + 1);
    expect(await program.count('select from account_history where id = $1', [uuidOf(created?.id)])).toBe(0);
    const replace = 'mutation($input: [AccountInput!]!) { upsertAccounts(input: $input, mode: REPLACE) { results { ... on Upserted { change applied } } } }';
    expect((await program.query(replace, { input: [{ externalRef, name: 'Full no more' }] }, { role: 'agent' })).data).toEqual({ upsertAccounts: { results: [{ change: 'UPDATED', applied: true }] } });
    expect((await program.see<{ accountBy: object }>(ask, { ref: externalRef })).accountBy).toMatchObject({ name: 'Full no more', status: 'ACTIVE', industry: null, revenue: null, owner: null, engagementScore: null });
    expect(await program.count('select from account_history where id = $1', [uuidOf(created?.id)])).toBe(1);
    expect(await changedFacts()).toBe(before + 2);
  });

  test('each is judged by itself; of two with one reference the last holds', async () => {
    const { accepted, rejected, results } = await program.upsertAccounts([
      { externalRef: crm('twice'), name: 'First' },
      { externalRef: crm('bad-1'), name: ' ' },
      { externalRef: crm('bad-2'), name: 'x', engagementScore: 101 },
      { externalRef: crm('bad-3'), name: 'x', revenue: { amountMinor: 0.5, currency: 'USD' } },
      { externalRef: crm('bad-4'), name: 'x'.repeat(501) },
      { externalRef: crm('bad-5'), name: 'x', primaryChampionId: acme },
      { externalRef: crm('bad-6'), name: 'x', employeeCount: -1 },
      { externalRef: { system: '', id: 'x' }, name: 'x' },
      { externalRef: crm('x'.repeat(256)), name: 'x' },
      { externalRef: crm('twice'), name: 'Last' },
    ]);
    expect([accepted, rejected]).toEqual([2, 8]);
    expect(results.map(({ path }) => path?.slice(1).join('.') ?? null)).toEqual([null, '1.name', '2.engagementScore', '3.revenue.amountMinor', '4.name', '5.primaryChampionId', '6.employeeCount', '7.externalRef.system', '8.externalRef.id', null]);
    expect(results[0]).toEqual(results[9]);
    expect(await program.see(`{ accountBy(by: { externalRef: { system: "salesforce", id: "twice" } }) { name } }`)).toEqual({ accountBy: { name: 'Last' } });
    expect(await program.count(`select from external_ref where external_id like 'bad-%'`)).toBe(0);
  });

  test('1,000 in one call are taken, 1,001 are refused as a whole', async () => {
    const many = Array.from({ length: 1_001 }, (_, index) => ({ externalRef: { system: 'bulk', id: String(index) }, name: `Bulk ${index}` }));
    const { accepted, results } = await program.upsertAccounts(many.slice(0, 1_000));
    expect([accepted, new Set(results.map(({ id }) => id)).size]).toEqual([1_000, 1_000]);
    const { errors } = await program.query('mutation($input: [AccountInput!]!) { upsertAccounts(input: $input) { accepted } }', { input: many }, { role: 'agent' });
    expect(errors?.[0]?.extensions['code']).toBe('LIMIT_EXCEEDED');
    expect(await program.count(`select from external_ref where system = 'bulk'`)).toBe(1_000);
  });

  test('calls at once on one new reference make one account and one record', async () => {
    const calls = await Promise.all(Array.from({ length: 8 }, (_, index) => program.upsertAccounts([{ externalRef: crm('race'), name: `Racer ${index}` }])));
    expect(new Set(calls.map(({ results }) => results[0]?.id)).size).toBe(1);
    expect(calls.filter(({ results }) => results[0]?.change === 'CREATED')).toHaveLength(1);
    const records = await Promise.all(Array.from({ length: 8 }, () => program.upsert('products', [{ account: { externalRef: crm('race') }, externalRef: crm('race-product'), name: 'One' }])));
    expect(records.map(({ results }) => results[0]?.change).filter((change) => change !== 'UNCHANGED')).toEqual(['CREATED']);
  });

  test('calls at once in opposite orders both go through', async () => {
    const refs = Array.from({ length: 50 }, (_, index) => ({ externalRef: crm(`cross-${index}`), name: `Cross ${index}` }));
    const calls = await Promise.all([program.upsertAccounts(refs), program.upsertAccounts(refs.toReversed()), program.upsertAccounts(refs)]);
    expect(calls.map(({ accepted }) => accepted)).toEqual([50, 50, 50]);
    expect(await program.count(`select from account where name like 'Cross %'`)).toBe(50);
  });

  test('a stub becomes a full account under the same id', async () => {
    const { results } = await program.ingest([{ account: { externalRef: crm('stubby') }, type: 'call', source: 'phone' }]);
    const ask = `{ accountBy(by: { externalRef: { system: "salesforce", id: "stubby" } }) { id name isStub } }`;
    const stub = { id: results[0]?.signal?.account.id, name: 'stubby', isStub: true };
    expect(await program.see(ask)).toEqual({ accountBy: stub });
    program.clock.advance(1_000);
    expect((await program.upsertAccounts([{ externalRef: crm('stubby'), name: 'Stubby Ltd' }])).results[0]).toEqual({ __typename: 'Upserted', id: stub.id, change: 'UPDATED' });
    expect(await program.see(ask)).toEqual({ accountBy: { id: stub.id, name: 'Stubby Ltd', isStub: false } });
  });

  test('a record that moves to another account changes both', async () => {
    const [from, to] = [await program.account('mover-from'), await program.account('mover-to')];
    const product = (account: string) => ({ account: { id: account }, externalRef: crm('moved'), name: 'Moving' });
    await program.upsert('products', [product(from)]);
    await program.upsert('products', [product(to)]);
    const facts = (await program.facts('account.changed')).slice(-2).map(({ account_id, data }) => [account_id, data['what']]);
    expect(facts).toEqual(expect.arrayContaining([[uuidOf(from), 'product'], [uuidOf(to), 'product']]));
  });

  test('references are of one tenant: the same one elsewhere is another account', async () => {
    const token = await program.token('agent', { tenant: program.otherTenant });
    const [theirs] = (await program.upsertAccounts([{ externalRef: crm('acme'), name: 'Their Acme' }], { token })).results;
    expect(theirs).toMatchObject({ change: 'CREATED' });
    expect(theirs?.id).not.toBe(acme);
    expect((await program.upsert('products', [{ account: { id: acme }, externalRef: crm('foreign'), name: 'x' }], { token })).results[0]).toMatchObject({ code: 'NOT_FOUND' });
  });
});
