import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keptMeanings } from '../../migrations/0032-stage-catalogue.ts';
import { defaultStages } from '../../src/features/stages/default-stages.ts';
import { stageKey } from '../../src/features/stages/stage-key.ts';
import { arrange, crm, type Arranged } from '../accounts/arrange.ts';

let program: Arranged;
beforeAll(async () => {
  program = await arrange();
});
afterAll(() => program.close());

const publish = async (input: object, role: 'admin' | 'analyst' = 'admin') =>
  (await program.query<{ publishStageCatalogue: Record<string, unknown> }, { input: object }>('mutation ($input: StageCatalogueInput!) { publishStageCatalogue(input: $input) { __typename ... on StageCatalogue { version publishedAt stages { name kind } } ... on UserError { code message path } } }', { input }, { role })).data?.publishStageCatalogue;

test('the database has the defaults of the program, and its form of names', async () => {
  const [row] = await program.rows('select default_stage_kinds() as kinds');
  expect(row?.['kinds']).toEqual(Object.fromEntries(defaultStages.map(({ name, kind }) => [stageKey(name), kind])));
  await fc.assert(fc.asyncProperty(fc.string({ unit: fc.constantFrom('A', 'b', ' ', '\t', 'É', 'ß', 'Σ', 'ς', 'ﬁ', '１', '日', '/', '\u00a0', 'И') }), async (name) => {
    const [found] = await program.rows('select stage_key($1) as key', [name]);
    expect(found?.['key']).toBe(stageKey(name));
  }), { numRuns: 100 });
});

describe('a catalogue', () => {
  test('is the default until one is published; every version can be read', async () => {
    const { stageCatalogue } = await program.see<{ stageCatalogue: object }>('{ stageCatalogue { version publishedAt stages { name kind } } }');
    expect(stageCatalogue).toEqual({ version: 0, publishedAt: null, stages: defaultStages });
    const stages = [{ name: ' Discovery ', kind: 'OPEN' }, { name: 'Signed', kind: 'WON' }, { name: 'Dropped', kind: 'LOST' }];
    expect(await publish({ stages, basedOn: 0 })).toMatchObject({ __typename: 'StageCatalogue', version: 1, stages: [{ name: 'Discovery', kind: 'OPEN' }, stages[1], stages[2]] });
    expect(await program.see('{ now: stageCatalogue { version } first: stageCatalogue(version: 0) { version } none: stageCatalogue(version: 9) { version } }')).toEqual({ now: { version: 1 }, first: { version: 0 }, none: null });
    expect((await program.facts('stage_catalogue.published')).map(({ data }) => data)).toEqual([{ version: 1 }]);
  });

  test.each([
    [{ stages: [] }, ['input', 'stages']],
    [{ stages: [{ name: ' ', kind: 'OPEN' }] }, ['input', 'stages', '0', 'name']],
    [{ stages: [{ name: 'A b', kind: 'OPEN' }, { name: 'aB', kind: 'WON' }] }, ['input', 'stages', '1', 'name']],
    [{ stages: [{ name: 'x'.repeat(161), kind: 'OPEN' }] }, ['input', 'stages', '0', 'name']],
    [{ stages: [{ name: 'a\u0000', kind: 'OPEN' }] }, ['input', 'stages', '0', 'name']],
    [{ stages: Array.from({ length: 501 }, (_, index) => ({ name: String(index), kind: 'OPEN' })) }, ['input', 'stages']],
  ])('is refused with the place of the fault', async (input, path) => {
    const refused = await publish(input);
    expect([refused?.['code'] ?? 'BAD_USER_INPUT', refused?.['path'] ?? path]).toEqual(['BAD_USER_INPUT', path]);
    expect(await program.count('select from stage_catalogue')).toBe(1);
  });

  test('is published by administrators, from the version in force', async () => {
    const stages = [{ name: 'Signed', kind: 'WON' }];
    expect(await publish({ stages }, 'analyst')).toMatchObject({ __typename: 'ForbiddenError' });
    expect(await publish({ stages, basedOn: 0 })).toMatchObject({ __typename: 'ConflictError', path: ['input', 'basedOn'] });
  });

  test('decides what lists, figures and reads of the past say, each by the one in force then', async () => {
    const account = await program.account('kinds');
    await program.upsert('opportunities', [['one', 'discovery'], ['two', 'SIGNED'], ['three', 'Somewhere']].map(([id, stage]) => ({ account: { externalRef: crm('kinds') }, externalRef: crm(String(id)), name: id, stage })));
    program.clock.advance(1_000);
    const then = program.clock.now().toISOString();
    program.clock.advance(1_000);
    await publish({ stages: [{ name: 'Somewhere', kind: 'LOST' }, { name: 'Discovery', kind: 'OPEN' }] });
    const query = 'query ($id: ID!, $asOf: DateTime, $kinds: [StageKind!]) { account(id: $id, asOf: $asOf) { opportunities(filter: { stageKinds: $kinds }) { totalCount edges { node { name stageKind } } } } }';
    const kinds = async (asOf: string | null, only: readonly string[] | null = null) =>
      Object.fromEntries((await program.see<{ account: { opportunities: { edges: { node: { name: string; stageKind: string } }[] } } }>(query, { id: account, asOf, kinds: only })).account.opportunities.edges.map(({ node }) => [node.name, node.stageKind]));
    expect(await kinds(null)).toEqual({ one: 'OPEN', two: 'UNKNOWN', three: 'LOST' });
    expect(await kinds(then)).toEqual({ one: 'OPEN', two: 'WON', three: 'UNKNOWN' });
    expect(await kinds(null, ['LOST'])).toEqual({ three: 'LOST' });
    expect(await kinds(then, ['WON', 'UNKNOWN'])).toEqual({ two: 'WON', three: 'UNKNOWN' });
    const { accountStats } = await program.see<{ accountStats: object }>('{ accountStats { openPipeline { stage kind count } } }');
    expect(accountStats).toEqual({ openPipeline: [{ stage: 'SIGNED', kind: 'UNKNOWN', count: 1 }, { stage: 'discovery', kind: 'OPEN', count: 1 }] });
  });

  test('on upgrade keeps what words said of won and lost stages', async () => {
    await program.upsert('opportunities', [['kept-1', 'Closed Lost - No Budget'], ['kept-2', 'Deal won!'], ['kept-3', 'Pondering']].map(([id, stage]) => ({ account: { externalRef: crm('kinds') }, externalRef: crm(String(id)), name: id, stage })));
    await program.admin.query('begin');
    await program.admin.query('delete from stage_catalogue');
    for (const text of keptMeanings.split(/;\s*$/m).filter((part) => part.trim() !== '')) await program.admin.query(text);
    const [row] = await program.rows('select version, kinds, stages from stage_catalogue where tenant_id = $1', [program.tenant]);
    await program.admin.query('rollback');
    expect(row).toMatchObject({ version: 1, kinds: { 'closedlost-nobudget': 'LOST', 'dealwon!': 'WON', closedwon: 'WON', prospecting: 'OPEN' } });
    expect(row?.['stages']).toEqual([...defaultStages, { name: 'Closed Lost - No Budget', kind: 'LOST' }, { name: 'Deal won!', kind: 'WON' }]);
  });
});
