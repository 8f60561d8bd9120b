import { expect, test } from 'vitest';
import { flaggedInWords } from '../../src/console/rooms/laboratory/flagged-in-words.ts';

const said = (flagged: number, judged: number, hits: number): string => flaggedInWords({ flagged, judged, hits }, 90, (value) => `${Math.round(value * 100)} %`);

test('the sentence of a report counts every flagged account, also those that cannot be judged yet', () => {
  expect(said(0, 0, 0)).toBe('flagged no account');
  expect(said(3, 0, 0)).toBe('flagged 3 accounts, none of which can be judged yet');
  expect(said(19, 16, 4)).toBe('flagged 19 accounts; 16 of them can be judged by now, and 4 of these were won within 90 days (25 %)');
  expect(said(19, 19, 17)).toBe('flagged 19 accounts, and 17 of them were won within 90 days (89 %)');
  expect(said(1, 1, 0)).toBe('flagged 1 account, which was not won within 90 days (0 %)');
});
