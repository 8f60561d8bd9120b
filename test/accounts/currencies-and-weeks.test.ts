import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultHealthModel } from '../../src/features/health/default-health-model.ts';
import { arrange, crm, type Arranged } from './arrange.ts';

let program: Arranged;
beforeAll(async () => {
  program = await arrange();
  await program.account('acme', { revenue: { amountMinor: 1, currency: 'EUR' } });
});
afterAll(() => program.close());

test('an unknown currency is refused wherever money enters, and leaves no trace', async () => {
  const trace = async () => [await program.count("select from audit_logs where kind = 'account.changed'"), await program.count('select from account'), await program.count('select from external_ref'), await program.count('select from opportunity')];
  const before = await trace();
  for (const currency of ['XYZ', 'eur', 'EURO', '', 'DEM', 'XXX']) {
    const money = { amountMinor: 100, currency };
    const { results } = await program.upsertAccounts([{ externalRef: crm('acme'), name: 'acme', revenue: money }, { externalRef: crm('new'), name: 'new', revenue: money }]);
    expect(results.map(({ code, path }) => [code, path?.join('.')]), currency).toEqual([['BAD_USER_INPUT', 'input.0.revenue.currency'], ['BAD_USER_INPUT', 'input.1.revenue.currency']]);
    const [deal] = (await program.upsert('opportunities', [{ account: { externalRef: crm('acme') }, externalRef: crm('deal'), name: 'Deal', stage: 'Open', amount: money }])).results;
    expect([deal?.code, deal?.path?.join('.'), deal?.message]).toEqual(['BAD_USER_INPUT', 'input.0.amount.currency', 'currency must be an ISO 4217 currency code of three capitals, such as USD.']);
    const listed = await program.query('query($currency: String) { accounts(filter: { revenueCurrency: $currency }) { edges { node { id } } } }', { currency });
    expect(listed.errors?.[0]?.extensions['code'], currency).toBe('BAD_USER_INPUT');
    const figures = await program.query('query($currency: String) { accountStats(filter: { revenueCurrency: $currency }) { count } }', { currency });
    expect(figures.errors?.[0]?.message, currency).toBe('revenueCurrency must be an ISO 4217 currency code of three capitals, such as USD.');
  }
  expect(await trace()).toEqual(before);
});

test('an unknown currency is refused in a health model, which judges amounts by it', async () => {
  const money = defaultHealthModel.kpis.find(({ unit }) => unit === 'MONEY');
  const publish = (currency: string) => program.query<{ payload: object }, { input: object }>(
    'mutation($input: HealthModelInput!) { payload: publishHealthModel(input: $input) { __typename ... on UserError { code path } } }',
    { input: { categories: defaultHealthModel.categories, kpis: [{ ...money, currency }] } },
  );
  expect((await publish('XYZ')).data?.payload).toEqual({ __typename: 'InvalidInputError', code: 'BAD_USER_INPUT', path: ['input', 'kpis', '0', 'currency'] });
  expect((await publish('CHF')).data?.payload).toEqual({ __typename: 'HealthModel' });
});

test('the week of a summary is named by its Monday; another day is refused with the Monday to send', async () => {
  const tell = async (weekOf: string) => (await program.upsert('weeklySummaries', [{ account: { externalRef: crm('acme') }, externalRef: crm('week'), weekOf, status: 'On Track' }])).results[0];
  for (const day of ['17', '18', '19', '20', '21', '22']) {
    expect(await tell(`2026-11-${day}`)).toMatchObject({ code: 'BAD_USER_INPUT', path: ['input', '0', 'weekOf'], message: `weekOf must be a Monday. The Monday of the week of 2026-11-${day} is 2026-11-16.` });
  }
  expect(await program.count('select from weekly_summary')).toBe(0);
  expect((await tell('2026-11-16'))?.code).toBeUndefined();
  expect((await tell('2026-12-01'))?.message).toContain('2026-11-30');
});
