import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Arranged } from '../accounts/arrange.ts';
import { arrangeContext, contextOf, stateSample } from './arrange-context.ts';
import { sampleDocument, sampleInstant } from './sample.ts';

let program: Arranged;
let id: string;
beforeAll(async () => {
  program = await arrangeContext();
  id = await stateSample(program);
});
afterAll(() => program?.close());

/** Where two JSON values differ, by path. */
function differences(expected: unknown, found: unknown, path = ''): [path: string, expected: unknown, found: unknown][] {
  if (expected === null || found === null || typeof expected !== 'object' || typeof found !== 'object') return Object.is(expected, found) ? [] : [[path, expected, found]];
  const keys = [...new Set([...Object.keys(expected), ...Object.keys(found)])];
  return keys.flatMap((key) => differences(Reflect.get(expected, key), Reflect.get(found, key), path === '' ? key : `${path}.${key}`));
}

test('the sample comes out as it went in: no field is lost, and only its mistakes differ', async () => {
  const { document, ...context } = await contextOf(program, id);
  expect(differences(sampleDocument, document)).toEqual([
    // The graph knows more.
    ['salesforce.opportunity.currency', undefined, 'USD'],
    // The sample's own code makes the blocker of key and summary; its text is cut short.
    ['derived.primary_blocker', 'ACME-456: API latency concerns', 'ACME-456: API latency concerns - need benchmarks'],
    // A list, of which the sample shows one.
    ['derived.competitive_threats', undefined, ['Gong']],
  ]);
  expect(context).toEqual({
    cachedAt: sampleInstant, expiresAt: '2024-12-10T14:37:15.000Z', ttlSeconds: 300,
    sections: ['SALESFORCE', 'JIRA', 'SLACK', 'NOTION'].map((name) => ({ name, status: 'FRESH', fetchedAt: sampleInstant, error: null })),
  });
});
