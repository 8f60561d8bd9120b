import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FieldValueType } from '../../src/features/profiles/enums.ts';
import { compilePattern, longestFor } from '../../src/features/profiles/pattern.ts';
import { checkValue, largestValue, validateValue, type ValueRule } from '../../src/features/profiles/validate-value.ts';
import { InvalidInput } from '../../src/platform/errors.ts';

const rule = (valueType: FieldValueType, more: Partial<ValueRule> = {}): ValueRule => ({ valueType, enumValues: [], validationRegex: null, ...more });
const passes = (type: FieldValueType, value: unknown, more: Partial<ValueRule> = {}): boolean => checkValue(value, rule(type, more)).errors.length === 0;

/** What each type takes, with the form it is kept in where that differs; and what it does not. */
const table: Record<Exclude<FieldValueType, 'ENUM'>, { good: unknown[]; bad: unknown[] }> = {
  STRING: { good: ['a', 'John Smith', '名前', { given: '  trimmed ', kept: 'trimmed' }, 'x'.repeat(1_000)], bad: ['', '   ', '\u200b\u00a0', 'two\nlines', 'two\u2028lines', 'x'.repeat(1_001), 1, true, null, {}, []] },
  TEXT: { good: ['a', 'two\nlines', 'x'.repeat(10_000)], bad: ['', 'x'.repeat(10_001), 1, []] },
  EMAIL: {
    good: ['ada@example.com', 'a.b+c@sub.example.co.uk', "o'neil@example.ie", 'jörg@exämple.de', { given: ' ada@example.com ', kept: 'ada@example.com' }],
    bad: ['ada', 'ada@', '@example.com', 'ada@example', 'a b@example.com', 'a@b@example.com', '.a@example.com', 'a.@example.com', 'a..b@example.com', 'a@-b.com', 'a@b-.com', 'a@b..com', `${'a'.repeat(65)}@example.com`, `a@${'b'.repeat(64)}.com`, 'a\u00a0b@example.com', 'a\u202eb@example.com', 'a\u200bb@example.com', 5],
  },
  PHONE: { good: ['+49 30 1234567', '(030) 123-4567', '030/1234567', '1234567', '+49 (0)30 / 123-456', '(0 30) 1234567', '+123456789012345'], bad: ['123456', '+1234567890123456', 'call me', '12+34567', '((((1234567', '(1234567', '1234567)', '()1234567', '12-----34567', '1234567x', 1_234_567] },
  URL: { good: ['https://example.com', 'http://example.com/a?b=c#d', 'https://exämple.de/ü'], bad: ['example.com', 'http:example.com', 'https://a\u202eb.com', 'ftp://example.com', 'javascript:alert(1)', 'https://', 'https://exa mple.com', `https://example.com/${'x'.repeat(2_048)}`] },
  NUMBER: { good: [0, -1.5, 1e300, { given: '42', kept: 42 }, { given: ' -1.5e3 ', kept: -1_500 }], bad: ['', 'x', '1,5', '0x10', '1e999', '12345678901234567890', '0.12345678901234567', 'NaN', 'Infinity', Number.NaN, Number.POSITIVE_INFINITY, true, []] },
  INTEGER: { good: [0, -7, 999_999_999_999_999, { given: '42', kept: 42 }, { given: '1e3', kept: 1_000 }, { given: '-0', kept: 0 }], bad: [1.5, '1.5', 1e15, '9'.repeat(31), true, 'x'] },
  BOOLEAN: { good: [true, false, { given: 'true', kept: true }, { given: ' FALSE ', kept: false }], bad: ['yes', 1, 0, '', null] },
  DATE: { good: ['2026-11-21', '2024-02-29', { given: ' 2026-11-21 ', kept: '2026-11-21' }], bad: ['2026-02-29', '2026-13-01', '21.11.2026', '2026-11-21T00:00:00Z', 20_261_121, ''] },
  DATETIME: { good: ['2026-11-21T09:30:00.000Z', { given: '2026-11-21T10:30:00+01:00', kept: '2026-11-21T09:30:00.000Z' }], bad: ['2026-11-21', '2026-11-21T09:30:00', '2026-02-30T00:00:00Z', 'now', 0] },
  JSON: { good: [{ a: [1, 'b', null] }, [], 'x', 0, false], bad: [] },
};

describe.each(Object.entries(table) as [Exclude<FieldValueType, 'ENUM'>, (typeof table)['STRING']][])('%s', (type, { good, bad }) => {
  test.each(good.map((each) => (each !== null && typeof each === 'object' && 'given' in each ? (each as { given: unknown; kept: unknown }) : { given: each, kept: each })))('takes $given', ({ given, kept }) => {
    expect(checkValue(given, rule(type))).toEqual({ value: kept, errors: [] });
  });
  if (bad.length > 0) {
    test.each(bad.map((value) => ({ value })))('does not take $value', ({ value }) => {
      const { errors } = checkValue(value, rule(type));
      expect(errors).toHaveLength(1);
      if (typeof value === 'string' && value.trim().length > 3) expect(errors[0]).not.toContain(value);
    });
  }
});

test('an ENUM takes its own values, to the letter', () => {
  const values = { enumValues: ['gold', 'silver'] };
  expect([passes('ENUM', 'gold', values), passes('ENUM', 'Gold', values), passes('ENUM', '', values), passes('ENUM', ['gold'], values)]).toEqual([true, false, false, false]);
});

describe('properties', () => {
  test('no value of any kind makes a check throw, and a value that passed passes again unchanged', () => {
    const types = [...Object.keys(table), 'ENUM'] as FieldValueType[];
    fc.assert(fc.property(fc.constantFrom(...types), fc.oneof(fc.jsonValue(), fc.string({ unit: 'grapheme' }), fc.emailAddress(), fc.webUrl(), fc.double(), fc.integer()), (type, value) => {
      const own = rule(type, { enumValues: ['a', 'b'] });
      const checked = checkValue(value, own);
      if (checked.errors.length === 0) expect(checkValue(checked.value, own)).toEqual(checked);
    }), { numRuns: 2_000 });
  });

  test('what is of a type by its nature is taken', () => {
    fc.assert(fc.property(fc.integer(), (value) => passes('INTEGER', value) && passes('INTEGER', String(value)) && passes('NUMBER', value)));
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => passes('NUMBER', value)));
    fc.assert(fc.property(fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }), (value) => passes('DATETIME', value.toISOString()) && passes('DATE', value.toISOString().slice(0, 10))));
    fc.assert(fc.property(fc.webUrl(), (value) => value.length > 2_048 || passes('URL', value)));
  });
});

describe('the tenant\'s pattern', () => {
  const held = (validationRegex: string, value: unknown, type: FieldValueType = 'STRING') => checkValue(value, rule(type, { validationRegex })).errors;

  test('is held against what passed its type, anywhere in it unless anchored', () => {
    const email = String.raw`^[a-zA-Z0-9_.+-]+@[a-zA-Z0-9-]+\.[a-zA-Z0-9-.]+$`;
    expect(held(email, 'ada@example.com', 'EMAIL')).toEqual([]);
    expect(held('@example\\.com$', 'ada@example.org', 'EMAIL')).toEqual(['It does not match the definition\'s pattern.']);
    expect(held('@example\\.com$', 'ada', 'EMAIL')).toEqual(['It must be an e-mail address.']);
    expect([held('b', 'abc'), held('^b$', 'abc').length, held('^\\d{2}$', 42, 'INTEGER'), held('^\\d{2}$', 421, 'INTEGER').length]).toEqual([[], 1, [], 1]);
  });

  test('that is catastrophic elsewhere costs the same as any other', () => {
    // A backtracking engine needs 2^9,999 steps for each of these; the test would never end.
    const hostile = ['(a+)+$', '(a|a)*$', '^(a|aa)+$', '(.*a){20}$', '(x+x+)+y', '([a-zA-Z]+)*$', '(a?){50}a{50}$'];
    for (const pattern of hostile) for (const value of [`${'a'.repeat(9_998)}!`, `${'x'.repeat(9_998)}!`]) expect(held(pattern, value, 'TEXT').length, pattern).toBeLessThanOrEqual(1);
  });

  test('is held against texts that are the shorter the larger it is, so that no match takes long', () => {
    // Linear still, but with a state for each of its 900 instructions at each character.
    const large = '(a|b)*a(a|b){300}[xy]';
    const program = compilePattern(large).programSize();
    expect(held(large, 'ab'.repeat(4_999), 'TEXT')).toEqual([`It is longer than the ${longestFor(large)} characters that the definition's pattern is held against.`]);
    expect(held(large, 'a'.repeat(longestFor(large)), 'TEXT')).toEqual(['It does not match the definition\'s pattern.']);
    expect(longestFor(large) * program).toBeLessThanOrEqual(1_000_000);
    expect([longestFor('^a+$'), longestFor('^.{10,500}$') >= 500]).toEqual([10_000, true]);
  });

  test.each([
    ['a look-ahead', '(?=a)b'], ['a negative look-ahead', '(?!a)b'], ['a look-behind', '(?<=a)b'], ['a back-reference', '(a)\\1'], ['an open bracket', '[a-'], ['an open group', '(a'],
    ['a repetition of nothing', '*a'], ['an atomic group', '(?>a)'], ['a possessive count', 'a++'], ['a huge count', 'a{100000}'], ['counts upon counts', '((a{30}){30}){30}'], ['a long one', 'a'.repeat(501)],
  ])('%s is refused where it is stated', (_what, pattern) => {
    let refused: unknown;
    try {
      compilePattern(pattern, ['input', 'validationRegex']);
    } catch (error) {
      refused = error;
    }
    expect(refused).toBeInstanceOf(InvalidInput);
    expect(refused).toMatchObject({ inputPath: ['input', 'validationRegex'], message: expect.stringMatching(/pattern/) });
  });

  test('of any shape either compiles or is refused, and then decides about any text', () => {
    const piece = fc.constantFrom('a', '.', '*', '+', '?', '(', ')', '[', ']', '{2}', '{1,3}', '|', '^', '$', '\\d', '\\b', '\\', '(?:', '(?=', '\\1', '-', 'ü', '😀');
    fc.assert(fc.property(fc.array(piece, { maxLength: 30 }), fc.string({ maxLength: 50 }), (pieces, text) => {
      const pattern = pieces.join('');
      try {
        compilePattern(pattern);
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidInput);
        return;
      }
      expect(held(pattern, `x${text.replaceAll(/[\r\n\u2028\u2029]/g, '')}x`, 'TEXT').length).toBeLessThanOrEqual(1);
    }), { numRuns: 1_000 });
  });
});

describe('modes', () => {
  const email = rule('EMAIL');
  test('STRICT refuses, WARN takes and marks, DISABLED does not look; nobody\'s field is not checked', () => {
    expect(() => validateValue('ada', email, 'STRICT', ['input', 'value'])).toThrow(/must be an e-mail address/);
    expect(validateValue('ada', email, 'WARN', [])).toEqual({ value: 'ada', errors: ['It must be an e-mail address.'], state: 'INVALID' });
    expect(validateValue('ada', email, 'DISABLED', [])).toEqual({ value: 'ada', errors: [], state: 'UNCHECKED' });
    expect(validateValue({ any: 1 }, null, 'STRICT', [])).toEqual({ value: { any: 1 }, errors: [], state: 'UNCHECKED' });
    expect(validateValue('ada@example.com', email, 'STRICT', [])).toMatchObject({ state: 'VALID' });
  });

  const deep = (levels: number): unknown => (levels === 0 ? 1 : { a: deep(levels - 1) });
  test.each([['null', null], ['nothing', undefined], ['a NUL', 'a\0b'], ['half a surrogate pair', '\ud800'], ['a NUL in a key', { 'a\0': 1 }], ['33 levels', deep(33)], ['more than 64 KiB', 'x'.repeat(largestValue)]])('no mode stores %s', (_what, value) => {
    for (const mode of ['STRICT', 'WARN', 'DISABLED'] as const) expect(() => validateValue(value, rule('JSON'), mode, ['input', 'value'])).toThrow(InvalidInput);
  });

  test('32 levels, and the text \\u0000 spelt out, are stored', () => {
    expect(validateValue(deep(32), rule('JSON'), 'STRICT', []).state).toBe('VALID');
    expect(validateValue(String.raw`\u0000 \ud800`, rule('STRING'), 'STRICT', []).state).toBe('VALID');
  });
});

test('a character is a code point', () => {
  const rule = { valueType: 'STRING', enumValues: [], validationRegex: null } as const;
  expect(checkValue('\u{1f600}'.repeat(1_000), rule).errors).toEqual([]);
  expect(checkValue('\u{1f600}'.repeat(1_001), rule).errors).toEqual(['It must have at most 1000 characters.']);
});
