import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { JsonText } from '../../src/platform/exact-json.ts';

/** As PostgreSQL writes jsonb: a space behind every colon and comma between tokens. */
function asStored(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(asStored).join(', ')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  return `{${Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}: ${asStored(member)}`).join(', ')}}`;
}

test('stored JSON is shown byte for byte as its parsed value would be', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = new JsonText(asStored(value));
      expect(text.compact).toBe(JSON.stringify(text));
    }),
    { numRuns: 1_000 },
  );
});

test.each(['{"a": 1.10, "b": 12345678901234567890}', '{"b": 1, "10": 2, "9": 3}', '{"a": "b: \\"c, \\\\", "d": ["\\\\", " "]}', '{}'])('%s', (stored) => {
  const text = new JsonText(stored);
  expect(text.compact).toBe(JSON.stringify(text));
});
