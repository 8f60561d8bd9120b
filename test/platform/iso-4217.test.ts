import { expect, test } from 'vitest';
import { currencyCodes, isCurrency } from '../../src/platform/iso-4217.ts';

/** What ICU still offers though ISO withdrew it long ago, if anything. */
const offeredOnly: readonly string[] = [];

test('every currency that Node knows is accepted: a new one in a new Node shows here', () => {
  expect(Intl.supportedValuesOf('currency').filter((code) => !isCurrency(code))).toEqual(offeredOnly);
});

test('codes are three capitals, each once; what names no currency is none', () => {
  expect(currencyCodes.filter((code) => !/^[A-Z]{3}$/.test(code))).toEqual([]);
  expect(new Set(currencyCodes).size).toBe(currencyCodes.length);
  expect(['XXX', 'XTS', 'DEM', 'XYZ', 'usd', 'US', 'USDD', ''].filter(isCurrency)).toEqual([]);
  expect(['USD', 'EUR', 'JPY', 'XAU', 'CLF', 'ZWG', 'XCG', 'SLE', 'HRK', 'BGN'].every(isCurrency)).toBe(true);
});
