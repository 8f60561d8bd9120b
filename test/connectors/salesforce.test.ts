import { describe, expect, test } from 'vitest';
import { minorUnits } from '../../src/features/connectors/minor-units.ts';
import { readSalesforce } from '../../src/features/connectors/salesforce/read.ts';
import { readJsonText } from '../../src/platform/exact-json.ts';

const change = { AccountId: '001', Id: '006', StageName: 'Prospecting' };
const inputOf = (more: object) => readSalesforce({ ...change, ...more }).records[0]?.input;

describe('a Salesforce opportunity', () => {
  test('states what is in the body and nothing else', () => {
    expect(inputOf({})).toEqual({ account: { externalRef: { system: 'salesforce', id: '001' } }, externalRef: { system: 'salesforce', id: '006' }, stage: 'Prospecting', mode: 'PATCH', source: 'salesforce' });
    expect(inputOf({ Name: 'Renewal', Amount: 150_000.5, CurrencyIsoCode: 'USD', CloseDate: '2026-12-31', Probability: 60, NextStep: null, LastStageChangeDate: '2026-11-20T08:00:00.000+0000', SystemModstamp: '2026-11-21T08:00:00.000+0100', LastModifiedDate: '2026-11-01T00:00:00Z' })).toEqual({
      account: { externalRef: { system: 'salesforce', id: '001' } }, externalRef: { system: 'salesforce', id: '006' }, stage: 'Prospecting', mode: 'PATCH', source: 'salesforce',
      name: 'Renewal', amount: { amountMinor: 15_000_050, currency: 'USD' }, closeDate: '2026-12-31', probability: 0.6, nextStep: null, stageSince: '2026-11-20T08:00:00.000Z', occurredAt: '2026-11-21T07:00:00.000Z',
    });
  });

  test('without a currency says nothing of its amount, and null clears it', () => {
    expect(inputOf({ Amount: 5 })).not.toHaveProperty('amount');
    expect(inputOf({ Amount: null })).toHaveProperty('amount', null);
  });

  test('that was deleted is a deletion', () => {
    expect(readSalesforce({ ...change, IsDeleted: true, LastModifiedDate: '2026-11-21T08:00:00Z' })).toMatchObject({ accounts: [], records: [], signals: [], deletions: [{ type: 'Opportunity', externalRef: { system: 'salesforce', id: '006' }, source: 'salesforce', occurredAt: '2026-11-21T08:00:00.000Z', reason: null, path: [] }] });
  });

  test('that Salesforce closed says how', () => {
    const closedAs = (more: object) => readSalesforce({ ...change, ...more }).records[0]?.report?.closedAs;
    expect([closedAs({}), closedAs({ IsClosed: true, IsWon: false }), closedAs({ IsClosed: true, IsWon: true }), closedAs({ IsClosed: false, IsWon: false })]).toEqual([null, 'LOST', 'WON', null]);
  });

  test.each([
    [null, []], [[], []], ['text', []], [5, []], [{}, ['AccountId']], [{ AccountId: 1, Id: '006', StageName: 'x' }, ['AccountId']], [{ ...change, AccountId: '' }, ['AccountId']], [{ ...change, Id: 'x'.repeat(65) }, ['Id']], [{ ...change, StageName: null }, ['StageName']],
    [{ ...change, Amount: '5' }, ['Amount']], [{ ...change, Amount: 1.234, CurrencyIsoCode: 'USD' }, ['Amount']], [{ ...change, Amount: 1, CurrencyIsoCode: 'usd' }, ['Amount']], [{ ...change, CloseDate: '2026-02-30' }, ['CloseDate']], [{ ...change, SystemModstamp: 'yesterday' }, ['SystemModstamp']], [{ ...change, IsWon: 'yes' }, ['IsWon']], [{ ...change, Probability: 150 }, ['Probability']], [{ ...change, Probability: -1 }, ['Probability']],
  ])('is refused with the place of the fault: %j', (body, path) => {
    expect(() => readSalesforce(body)).toThrow(expect.objectContaining({ code: 'BAD_USER_INPUT', inputPath: path }) as Error);
  });
});

test.each([
  ['150000', 'USD', 15_000_000], ['0.1', 'EUR', 10], ['1.10', 'USD', 110], ['1e3', 'USD', 100_000], ['12', 'JPY', 12], ['1.5e-1', 'USD', 15], ['-2.50', 'USD', -250], ['0', 'USD', 0], ['1.234', 'BHD', 1_234], ['0.00', 'USD', 0], ['5e-1', 'USD', 50],
])('%s %s is %i minor units', (amount, currency, minor) => expect(minorUnits(amount, currency, [])).toBe(minor));

test('an amount keeps every digit that was received', () => {
  const body = readJsonText('{"AccountId":"001","Id":"006","StageName":"s","Amount":90071992547409.91,"CurrencyIsoCode":"USD"}');
  expect(readSalesforce(body).records[0]?.input['amount']).toEqual({ amountMinor: 9_007_199_254_740_991, currency: 'USD' });
  expect(() => minorUnits('90071992547409.92', 'USD', [])).toThrow('2^53');
  expect(() => minorUnits('12.5', 'JPY', [])).toThrow('more digits');
});
