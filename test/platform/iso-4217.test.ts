import { expect, test } from 'vitest';
import { money } from '../../src/console/rooms/approvals/words.ts';
import { currencyCodes, fractionDigits, isCurrency, majorUnits } from '../../src/platform/iso-4217.ts';

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

test('minor units are those of ISO 4217, also where people write amounts without them', () => {
  const digits = (count: number): string[] => currencyCodes.filter((code) => fractionDigits(code) === count).toSorted();
  expect(digits(0)).toEqual(['BIF', 'BYR', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF']);
  expect(digits(3)).toEqual(['BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND']);
  expect(digits(4)).toEqual(['CLF', 'UYW']);
  expect(digits(2)).toHaveLength(currencyCodes.length - 27);
  expect([majorUnits(15_000_000, 'HUF'), majorUnits(15_000_000, 'IDR'), majorUnits(150_000, 'JPY'), majorUnits(1_234_567, 'IQD')]).toEqual([150_000, 150_000, 150_000, 1_234.567]);
});

test('the console shows amounts in the same units', () => {
  const figure = (text: string | null): number => Number((text ?? '').replaceAll(/\D/g, ''));
  expect(currencyCodes.filter((code) => figure(money(120_000, code)) !== majorUnits(120_000, code))).toEqual([]);
});
