import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { defaultScoringModelParameters, publishScoringModel } from '../../src/features/scoring/index.ts';
import { openDatabase } from '../../src/platform/postgres/database.ts';
import { ask, type Call } from '../../src/platform/graphql/call.ts';
import { Loaders } from '../../src/platform/graphql/loaders.ts';
import { cachedQuestion } from '../../src/platform/graphql/cached-question.ts';
import type { Read } from '../../src/platform/postgres/read.ts';
import { startTestProgram, until, type TestProgram } from '../harness/program.ts';
import { momentOf } from '../../src/platform/moment.ts';
import { noteReads } from '../harness/note-reads.ts';

let one: TestProgram;
let two: TestProgram;
const reads: Read[] = [];
beforeAll(async () => {
  one = await startTestProgram();
  two = await startTestProgram({ roles: ['api'] }, one);
  noteReads(two.database, reads);
});
afterAll(async () => {
  await two?.close();
  await one?.close();
});

/** The version shown, and the statements it took. */
async function shown(program: TestProgram): Promise<{ version: number | undefined; asked: string[] }> {
  reads.length = 0;
  const { data } = await program.query<{ scoringModel: { version: number } }, never>('{ scoringModel { version signalTypes { type } } }');
  return { version: data?.scoringModel.version, asked: reads.flatMap((read) => [...read.asked]) };
}

it('without Redis, the model in force is asked of the database once, and again when any process has published another', async () => {
  await until('it is kept', async () => (await shown(two)).asked.length === 0);
  expect(await shown(two)).toEqual({ version: 1, asked: [] });
  const input = { signalTypes: [{ type: 'meeting', weight: 7, halfLifeHours: 24 }], saturation: 50, highIntentThreshold: 75, mediumShare: 0.6 };
  const { data } = await one.query('mutation($input: ScoringModelInput!) { publishScoringModel(input: $input) { __typename } }', { input });
  expect(data).toEqual({ publishScoringModel: { __typename: 'ScoringModel' } });
  expect((await shown(one)).version).toBe(2);
  await until('the other process hears of it', async () => (await shown(two)).version === 2);
  await until('it is kept again', async () => (await shown(two)).asked.length === 0);
});

it('a process that ends between its commit and its word to the caches leaves the event, which makes them forget', async () => {
  await until('it is kept', async () => (await shown(two)).asked.length === 0);
  const mute = await openDatabase({ url: one.testDatabase.url, connections: 2, clock: one.clock, newId: one.newId, entities: [], onError: () => undefined });
  try {
    const caller = { tenantId: one.tenant, actor: { kind: 'system', id: 'test' }, requestId: 'test' } as const;
    const version = await mute.transact(caller, (work) => publishScoringModel(work, defaultScoringModelParameters()));
    for (const program of [one, two]) await until('it is forgotten', async () => (await shown(program)).version === version);
  } finally {
    await mute.close();
  }
});

it('a question about the past is never answered from what is kept', async () => {
  const loads: [readonly string[], string | null][] = [];
  const question = cachedQuestion<string, string>(
    { name: 'test_question', seconds: 60, schema: z.string(), staleBy: [] },
    { name: 'test_question', load: async (_call, keys, asOf) => (loads.push([keys, asOf && String(asOf)]), keys.map((key) => `${key} ${String(asOf ?? 'now')}`)) },
  );
  const caches: Call['caches'] = { through: async (_cache: unknown, { keys }: { keys: readonly string[] }) => keys.map((key) => `${key} kept`) } as never;
  const call = { tenantId: 'tenant', caches, loaders: new Loaders(), read: { openedAt: null } } as unknown as Call;
  expect(await ask(call, question, momentOf('2026-11-01T00:00:00.000Z'), 'a')).toBe('a 2026-11-01T00:00:00.000Z');
  expect(await ask(call, question, null, 'a')).toBe('a kept');
  expect(loads).toEqual([[['a'], '2026-11-01T00:00:00.000Z']]);
});
