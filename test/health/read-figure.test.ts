import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readFigure } from '../../src/features/health/read-figure.ts';

const plain = { kind: 'PLAIN', bound: null } as const;

test.each([
  ['82 %', { kind: 'PERCENT', amount: 82, bound: null }],
  ['82.5percent', { kind: 'PERCENT', amount: 82.5, bound: null }],
  ['-3,5 %', { kind: 'PERCENT', amount: -3.5, bound: null }],
  ['4.5/5', { kind: 'RATING', amount: 4.5, scale: 5, bound: null }],
  ['4,5 out of 5 stars', { kind: 'RATING', amount: 4.5, scale: 5, bound: null }],
  ['1.2k', { kind: 'COUNT', amount: 1_200, noun: null, bound: null }],
  ['1.2k users', { kind: 'COUNT', amount: 1_200, noun: 'users', bound: null }],
  ['12 open tickets', { kind: 'COUNT', amount: 12, noun: 'open tickets', bound: null }],
  ['$1,200.50', { kind: 'MONEY', amount: 1_200.5, bound: null }],
  ['-€1.200,50', { kind: 'MONEY', amount: -1_200.5, currencies: ['EUR'], bound: null }],
  ['1.2M USD', { kind: 'MONEY', amount: 1_200_000, currencies: ['USD'], bound: null }],
  ['USD 1 200', { kind: 'MONEY', amount: 1_200, currencies: ['USD'], bound: null }],
  ['< 2 h', { kind: 'DURATION', amount: 2, bound: { side: 'BELOW', strict: true } }],
  ['3 days', { kind: 'DURATION', amount: 72, bound: null }],
  ['2h30min', { kind: 'DURATION', amount: 2.5, bound: null }],
  ['1 day, 2 hours and 30 minutes', { kind: 'DURATION', amount: 26.5, bound: null }],
  ['45 MIN', { kind: 'DURATION', amount: 0.75, bound: null }],
  ['100+', { ...plain, amount: 100, bound: { side: 'ABOVE', strict: false } }],
  ['≥ 99.9%', { kind: 'PERCENT', amount: 99.9, bound: { side: 'ABOVE', strict: false } }],
  ['1,200', { ...plain, amount: 1_200 }],
  ['1,2', { ...plain, amount: 1.2 }],
  ['0,125', { ...plain, amount: 0.125 }],
  ['1.200.300', { ...plain, amount: 1_200_300 }],
  ["1'200.5", { ...plain, amount: 1_200.5 }],
  ['\u22125', { ...plain, amount: -5 }],
  ['1\u202f200', { ...plain, amount: 1_200 }],
])('%j is read', (text, figure) => {
  expect(readFigure(text)).toMatchObject(figure);
});

test.each([
  '', ' ', 'n/a', 'N/A', '–', 'unknown', 'not measured', 'about 80', '~82', '80-90 %', '80 to 90', '1.2.3', '1,2,3', '1234,567', '12,34.5', '1e5', '0x10', '٤٢', 'Infinity', 'NaN', '5 h 2 d', '2 h 2 h', '-$-5', '< 5+', '82 % of seats', '4.5/', '4/5/6', '30m',
  '$1.2M USD', '5!', '12 tickets/week', '%', '<', '9'.repeat(400), '1'.repeat(99), 'x'.repeat(500), '\0', '5 \ud800',
])('%j is not guessed', (text) => {
  expect(readFigure(text)).toEqual({ unreadable: expect.any(String) });
});

test('whatever text comes, it is one figure or a reason, in no time', () => {
  fc.assert(fc.property(fc.oneof(fc.string({ maxLength: 600 }), fc.string({ unit: fc.constantFrom(...'0123456789.,% <>/hkdmin$€+-'), maxLength: 120 })), (text) => {
    const read = readFigure(text);
    if ('unreadable' in read) expect(read.unreadable).not.toBe('');
    else expect(Number.isFinite(read.amount)).toBe(true);
  }));
});

const cents = fc.integer({ min: -99_999_999, max: 99_999_999 }).map((value) => value / 100);

test.each<[string, (amount: number) => string]>([
  ['per cent', (amount) => `${amount} %`],
  ['a rating', (amount) => `${amount}/5`],
  ['English', (amount) => amount.toLocaleString('en-US')],
  ['German', (amount) => amount.toLocaleString('de-DE', { minimumFractionDigits: 2, useGrouping: true })],
  ['French', (amount) => amount.toLocaleString('fr-FR')],
  ['dollars', (amount) => amount.toLocaleString('en-US', { style: 'currency', currency: 'USD' })],
  ['hours', (amount) => `${amount} hours`],
])('what is written as %s reads as it was', (_name, write) => {
  fc.assert(fc.property(cents, (amount) => {
    expect(readFigure(write(amount))).toMatchObject({ amount: expect.closeTo(amount, 9) });
  }));
});

test('lengths of time read the same in one unit and in several', () => {
  fc.assert(fc.property(fc.nat(500), fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }), (days, hours, minutes) => {
    const total = days * 24 + hours + minutes / 60;
    for (const text of [`${days} d ${hours} h ${minutes} min`, `${total * 60} minutes`, `${days} days, ${hours} hours, ${minutes} mins`]) expect(readFigure(text)).toMatchObject({ kind: 'DURATION', amount: expect.closeTo(total, 6) });
  }));
});
