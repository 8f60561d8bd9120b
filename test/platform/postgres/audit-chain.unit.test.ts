import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { canonicalJson } from '../../../src/platform/canonical-json.ts';
import { canonicalData, chainHash, chainHashOf, chainStart } from '../../../src/platform/postgres/audit-chain.ts';

const entry = {
  sequence: 12,
  id: '019a0000-0000-7000-8000-000000000001',
  kind: 'thing.happened',
  accountId: null,
  actorKind: 'user',
  actorId: 'o"brien \u2028 \\ é',
  requestId: 'request-1',
  occurredAt: '2026-11-30T10:00:00.000Z',
  recordedAt: '2026-11-30T10:00:01.000Z',
};

it('hashes the previous hash and the canonical JSON of the entry as an array', () => {
  const data = { b: [1, { d: 2, c: null }], a: 'x' };
  const row = canonicalJson([entry.sequence, entry.id, entry.kind, entry.accountId, entry.actorKind, entry.actorId, entry.requestId, entry.occurredAt, entry.recordedAt, data]);
  const expected = createHash('sha256').update(chainStart).update(row).digest();
  expect(chainHash(chainStart, { ...entry, data })).toEqual(expected);
  expect(chainHashOf(chainStart, entry, canonicalData(data))).toEqual(expected);
});

it.each([
  [{ z: 1, a: 'text', n: null, t: true, missing: undefined }],
  [{ when: new Date(0), list: [undefined, Number.NaN, { y: 1, x: undefined }], inner: { b: 2, a: 1 } }],
  [{ nan: Number.NaN, zero: -0, large: 1e21, small: 1e-7 }],
  [{}],
])('writes data as JSON stores it: %j', (data) => {
  expect(canonicalData(data)).toBe(canonicalJson(JSON.parse(JSON.stringify(data))));
});
