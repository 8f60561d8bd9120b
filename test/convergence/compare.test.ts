import { expect, test } from 'vitest';
import { describeDifferences, differences } from './compare.ts';

const account = (more: object) => ({ node: { externalRefs: [{ system: 'salesforce', id: '001' }], name: 'Acme', intent: { value: 40.5 }, ...more } });

test('graphs that are the same have no difference, in whatever order their keys come', () => {
  expect(differences({ a: 1, b: [account({})] }, { b: [account({})], a: 1 })).toEqual([]);
});

test('a difference is told with its place and both values', () => {
  const found = differences({ accounts: [account({})] }, { accounts: [account({ intent: { value: 40.500000000000007 } })] });
  expect(found).toEqual([{ place: 'accounts[salesforce:001].node.intent.value', one: '40.5', other: '40.50000000000001' }]);
  expect(describeDifferences(found)).toContain('accounts[salesforce:001].intent.value');
});

test('what only one of them has is a difference, also if it is there twice, absent, or null', () => {
  expect(differences({ list: [{ a: 1 }, { a: 1 }] }, { list: [{ a: 1 }] })).toEqual([{ place: 'list[]', one: '{"a":1}', other: 'absent' }]);
  expect(differences({ a: null }, {})).toEqual([{ place: 'a', one: 'null', other: 'absent' }]);
  expect(differences([], [{ a: 1 }])).toHaveLength(1);
  expect(differences('x', 'y')).toHaveLength(1);
});
