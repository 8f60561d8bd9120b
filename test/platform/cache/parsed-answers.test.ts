import { expect, test } from 'vitest';
import { z } from 'zod';
import { ParsedAnswers } from '../../../src/platform/cache/parsed-answers.ts';
import { cacheKey } from '../../../src/platform/cache/cache-store.ts';
import type { Id } from '../../../src/platform/ids.ts';

const schema = z.array(z.strictObject({ name: z.string(), tags: z.array(z.string()) }));
const key = cacheKey('things', '00000000-0000-7000-8000-000000000001' as Id<'Tenant'>, 'one');
const text = JSON.stringify([{ name: 'a', tags: ['x'] }]);

test('a text is read once; requests share the answer, which nobody can change', () => {
  const parsed = new ParsedAnswers();
  const first = parsed.read(schema, key, text);
  expect(first).toEqual({ answer: [{ name: 'a', tags: ['x'] }] });
  expect(parsed.read(schema, key, text)?.answer).toBe(first?.answer);
  expect(() => first?.answer[0]?.tags.push('y')).toThrow(TypeError);
  expect(() => first?.answer.push({ name: 'b', tags: [] })).toThrow(TypeError);
});

test('another text under the same key is read anew, and no text is no answer', () => {
  const parsed = new ParsedAnswers();
  parsed.read(schema, key, text);
  expect(parsed.read(schema, key, JSON.stringify([]))).toEqual({ answer: [] });
  expect(parsed.read(schema, key, null)).toBeNull();
  parsed.forget([key]);
  expect(parsed.read(schema, key, text)).toEqual({ answer: [{ name: 'a', tags: ['x'] }] });
});

test('a text of another shape, or none that is JSON, counts as not there', () => {
  const parsed = new ParsedAnswers();
  expect(parsed.read(schema, key, '[{"name":1}]')).toBeNull();
  expect(parsed.read(schema, key, '[{')).toBeNull();
});
