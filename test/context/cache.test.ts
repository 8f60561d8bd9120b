import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Read } from '../../src/platform/postgres/read.ts';
import type { Arranged } from '../accounts/arrange.ts';
import { noteReads } from '../harness/note-reads.ts';
import { until } from '../harness/program.ts';
import { arrangeContext, contextOf, stateSample } from './arrange-context.ts';
import { sampleStatements } from './sample.ts';

let program: Arranged;
let id: string;
const reads: Read[] = [];
beforeAll(async () => {
  program = await arrangeContext();
  id = await stateSample(program);
  noteReads(program.database, reads);
});
afterAll(() => program?.close());

const readings = (): number => reads.flatMap((read) => read.asked).filter((name) => name.startsWith('context_records')).length;
const [opportunity] = sampleStatements.find(([plural]) => plural === 'opportunities')?.[1] ?? [];
const stage = async (): Promise<unknown> => Reflect.get((await contextOf(program, id)).document['salesforce']?.['opportunity'] ?? {}, 'stage');

/** Reads until the context comes from the cache: what was written before is settled then. */
const kept = (): Promise<true> => until('the context is kept', async () => {
  reads.length = 0;
  await contextOf(program, id);
  return readings() === 0;
});

test('a context is read once and then comes from the cache; one load serves all who ask at once', async () => {
  await kept();
  reads.length = 0;
  await Promise.all(Array.from({ length: 10 }, () => contextOf(program, id)));
  expect(readings()).toBe(0);
  const other = await program.account('asked-at-once');
  let round = 0;
  await until('one load serves all', async () => {
    await program.upsertAccounts([{ externalRef: { system: 'salesforce', id: 'asked-at-once' }, region: `region ${(round += 1)}` }]);
    reads.length = 0;
    await Promise.all(Array.from({ length: 20 }, () => contextOf(program, other)));
    return readings() <= 1;
  });
});

test('a write is seen by the next reader, and a context that was asked for lately is loaded again before anybody asks', async () => {
  await kept();
  for (const name of ['Proposal', 'Negotiation', 'Contract']) {
    reads.length = 0;
    program.clock.advance(1_000);
    await program.upsert('opportunities', [{ ...opportunity, stage: name, occurredAt: program.clock.now().toISOString() }]);
    await until('the context is loaded again', () => readings() > 0);
    expect(await stage()).toBe(name);
  }
});

test('a context that nobody asked for is not loaded by a write', async () => {
  await program.account('cold');
  await kept();
  reads.length = 0;
  program.clock.advance(1_000);
  await program.upsertAccounts([{ externalRef: { system: 'salesforce', id: 'cold' }, region: 'EMEA' }]);
  await program.upsert('opportunities', [{ ...opportunity, stage: 'Legal', occurredAt: program.clock.now().toISOString() }]);
  await until('the one that is asked for is loaded again', () => readings() > 0);
  const loaded = reads.flatMap((read) => (read.asked.some((name) => name.startsWith('context_records')) ? [read] : []));
  expect(loaded).toHaveLength(1);
});

test('who may not see addresses gets the same context without them', async () => {
  const { document } = await contextOf(program, id, { role: 'viewer' });
  expect(document['salesforce']).toMatchObject({ owner: { name: 'Sarah Chen', email: null }, contacts: [{ name: 'Jane Martinez', email: null }, { name: 'Bob Wilson', email: null }] });
  expect(JSON.stringify(document)).not.toContain('@');
});

test('an erasure takes the person out of the cached context at once', async () => {
  await kept();
  const { data } = await program.query<{ erasurePreview: { digest: string } }, Record<string, unknown>>('{ erasurePreview(email: "jane.martinez@acme.com") { digest } }', {}, { role: 'privacy_officer' });
  await program.query('mutation($digest: String!) { eraseSubject(email: "jane.martinez@acme.com", previewDigest: $digest) { __typename } }', { digest: data?.erasurePreview.digest }, { role: 'privacy_officer' });
  const text = JSON.stringify((await contextOf(program, id)).document);
  expect(text).not.toMatch(/jane|martinez/i);
  expect(text).toContain('bob.wilson@acme.com');
});
