import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compareWithBaseline } from '../../src/features/context/call-validation.ts';
import { amountInWords } from '../../src/features/context/amount-in-words.ts';
import { crm, dataOf, type Arranged } from '../accounts/arrange.ts';
import { arrangeContext, stateSample } from './arrange-context.ts';

let program: Arranged;
let id: string;
beforeAll(async () => {
  program = await arrangeContext();
  id = await stateSample(program);
  await program.settled();
});
afterAll(() => program?.close());

const usd = (amountMinor: number) => ({ amountMinor, currency: 'USD' });
const validate = async (input: Record<string, unknown>, role: 'agent' | 'viewer' = 'agent'): Promise<Record<string, unknown>> =>
  dataOf(await program.query<{ validateCall: Record<string, unknown> }, Record<string, unknown>>(
    'mutation($input: ValidateCallInput!) { validateCall(input: $input) { __typename ... on CallValidation { outcome ratio baseline { amountMinor currency } factor at rule { name version } opportunity { name } } ... on UserError { code message path } } }', { input: { accountId: id, ...input } }, { role })).validateCall;

test('500,000 against 150,000 is an anomaly with ratio 3.33; so is a fall below half', async () => {
  expect(await validate({ extractedArr: usd(50_000_000) })).toEqual({
    __typename: 'CallValidation', outcome: 'ANOMALY_HIGH', ratio: 3.33, baseline: usd(15_000_000), factor: 2, at: program.clock.now().toISOString(), rule: { name: 'call-validation', version: '0' }, opportunity: { name: 'Acme Corp - Enterprise License' },
  });
  expect(await validate({ extractedArr: usd(30_000_000) })).toMatchObject({ outcome: 'OK', ratio: 2 });
  expect(await validate({ extractedArr: usd(30_000_001) })).toMatchObject({ outcome: 'ANOMALY_HIGH', ratio: 2 });
  expect(await validate({ extractedArr: usd(7_500_000) })).toMatchObject({ outcome: 'OK', ratio: 0.5 });
  expect(await validate({ extractedArr: usd(7_499_999) })).toMatchObject({ outcome: 'ANOMALY_LOW', ratio: 0.5 });
  expect((await program.facts('call.validated')).map(({ data }) => data['outcome'])).toEqual(['ANOMALY_HIGH', 'OK', 'ANOMALY_HIGH', 'OK', 'ANOMALY_LOW']);
});

test('without a deal, or with one without an amount, there is no baseline', async () => {
  const account = await program.account('fresh');
  expect(await validate({ accountId: account, extractedArr: usd(1) })).toMatchObject({ outcome: 'NO_BASELINE', ratio: null, baseline: null, opportunity: null });
  await program.upsert('opportunities', [{ account: { externalRef: crm('fresh') }, externalRef: crm('o'), name: 'Deal', stage: 'Demo', amount: usd(0) }]);
  expect(await validate({ accountId: account, extractedArr: usd(1) })).toMatchObject({ outcome: 'NO_BASELINE', ratio: null, baseline: null, opportunity: { name: 'Deal' } });
});

test('bad input has a typed error that says what to do', async () => {
  expect(await validate({ extractedArr: { amountMinor: 1, currency: 'EUR' } })).toMatchObject({ __typename: 'CurrencyMismatchError', code: 'BAD_USER_INPUT', message: 'The deal\'s amount is in USD and extractedArr is in EUR. Convert extractedArr to USD at the call\'s rate.', path: ['input', 'extractedArr', 'currency'] });
  expect(await validate({ extractedArr: { amountMinor: 1, currency: 'XXX' } })).toMatchObject({ __typename: 'InvalidInputError', path: ['input', 'extractedArr', 'currency'] });
  expect(await validate({ extractedArr: usd(-1) })).toMatchObject({ __typename: 'InvalidInputError', message: 'amountMinor must not be negative.' });
  expect(await validate({ extractedArr: usd(1), callAt: '2099-01-01T00:00:00Z' })).toMatchObject({ __typename: 'InvalidInputError', message: 'callAt must not be in the future.' });
  expect(await validate({ accountId: 'Account_00000000000000000000000000000000', extractedArr: usd(1) })).toMatchObject({ __typename: 'NotFoundError' });
  expect(await validate({ extractedArr: usd(1) }, 'viewer')).toMatchObject({ __typename: 'ForbiddenError' });
});

test('the baseline is the amount at the call, also when the CRM learned another one from it', async () => {
  const callAt = program.clock.now().toISOString();
  program.clock.advance(3_600_000);
  await program.upsert('opportunities', [{ account: { externalRef: crm('acme_corp_12345') }, externalRef: crm('opp_789xyz'), amount: usd(50_000_000) }]);
  expect(await validate({ extractedArr: usd(50_000_000) })).toMatchObject({ outcome: 'OK', ratio: 1, baseline: usd(50_000_000) });
  expect(await validate({ extractedArr: usd(50_000_000), callAt })).toMatchObject({ outcome: 'ANOMALY_HIGH', ratio: 3.33, baseline: usd(15_000_000), at: callAt });
});

test('comparison is exact for amounts of any size', () => {
  fc.assert(fc.property(fc.maxSafeNat(), fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), fc.integer({ min: 10_001, max: 100_000 }), (extracted, baseline, units) => {
    const { outcome, ratio } = compareWithBaseline(extracted, baseline, units / 10_000);
    const [e, b, f] = [BigInt(extracted) * 10_000n, BigInt(baseline), BigInt(units)];
    expect(outcome).toBe(e > b * f ? 'ANOMALY_HIGH' : BigInt(extracted) * f < b * 10_000n ? 'ANOMALY_LOW' : 'OK');
    expect(Math.abs(Number(ratio) - extracted / baseline)).toBeLessThanOrEqual(0.0051 * Math.max(1, extracted / baseline / 1e10));
  }));
});

test.each([[usd(15_000_000), '$150,000'], [usd(123_456_789), '$1,234,567.89'], [usd(0), '$0'], [usd(-150_050), '-$1,500.50'], [{ amountMinor: 500_000, currency: 'JPY' }, '¥500,000'], [{ amountMinor: 1_234_500, currency: 'BHD' }, 'BHD\u00a01,234.500'], [{ amountMinor: 15_000_000, currency: 'HUF' }, 'HUF\u00a0150,000'], [{ amountMinor: 15_000_050, currency: 'COP' }, 'COP\u00a0150,000.50'], [usd(Number.MAX_SAFE_INTEGER), '$90,071,992,547,409.91']])('%j reads %s', (amount, text) => {
  expect(amountInWords(amount)).toBe(text);
});
