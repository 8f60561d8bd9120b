import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultScoringModelParameters, publishScoringModel, recountAccounts, rescoreNext } from '../../src/features/scoring/index.ts';
import { signalsAtOnce } from '../../src/features/scoring/replay-signals.ts';
import { parseGlobalId, type Id } from '../../src/platform/ids.ts';
import type { Statement } from '../../src/platform/postgres/statement.ts';
import type { Work } from '../../src/platform/postgres/work.ts';
import { arrange, type Arranged } from '../accounts/arrange.ts';
import { scoringTools } from './arrange.ts';

const size = 20_000;
let program: Arranged;
let id = '';
beforeAll(async () => {
  program = await arrange({ roles: ['api'] });
  id = await program.account('large');
  await program.rows(
    `insert into signal (tenant_id, id, account_id, type, source, dedupe_key, occurred_at, recorded_at, payload, request_id)
     select $1, uuidv7(), $2, (array['meeting', 'call', 'website_visit'])[1 + n % 3], 'test', 'large ' || n, $3::timestamptz - make_interval(mins => n), $3, '{}', 'test' from generate_series(1, $4::int) n`,
    [program.tenant, uuidOf(id), program.clock.now(), size]);
  program.clock.advance(60_000);
});
afterAll(() => program.close());
const { caller, uuidOf, points, stored, truth } = scoringTools(() => program);

/** Runs a body in a transaction; returns how many rows each page of signals had. */
function pagesOf(body: (work: Work) => Promise<unknown>): Promise<number[]> {
  return program.database.transact(caller(), async (work) => {
    const pages: number[] = [];
    const rows = async <Row>(asked: Statement<Row>, values?: readonly unknown[]): Promise<Row[]> => {
      const found = await work.rows(asked, values);
      if (asked.name === 'next_past_signals') pages.push(found.length);
      return found;
    };
    await body(Object.create(work, { rows: { value: rows } }) as Work);
    return pages;
  });
}

const edges = (): Promise<number> => program.count('select from lineage_edge');

test('an account with many signals is scored anew a page at a time, by one small row and no edge', async () => {
  const before = await edges();
  await program.database.transact(caller(), (work) => publishScoringModel(work, defaultScoringModelParameters(75)));
  const rescored = await pagesOf((work) => rescoreNext(work, null));
  const recounted = await pagesOf((work) => recountAccounts(work, [uuidOf(id) as Id<'Account'>], 'MERGE'));
  for (const pages of [rescored, recounted]) expect(pages).toEqual([...Array<number>(size / signalsAtOnce).fill(signalsAtOnce), 0]);
  expect(await edges()).toBe(before);
  const [point] = await program.rows('select pg_column_size(p.*) as bytes, counts_all, counted from score_point p where account_id = $1', [uuidOf(id)]);
  expect(point).toMatchObject({ counts_all: true, counted: null });
  expect(point?.['bytes']).toBeLessThan(500);
  expect((await stored(id))?.state).toEqual((await truth(id)).state);
});

test('its lineage is read within the budget, and says that there is more; from any of its signals the way leads to the score', async () => {
  const [point] = await points(id);
  const { derivationChain } = await program.see<{ derivationChain: { id: string; type: string; more: boolean }[] }>('query($id: ID!) { derivationChain(of: $id, maxNodes: 50) { id type more } }', { id });
  expect(derivationChain).toHaveLength(50);
  expect(derivationChain.find(({ type }) => type === 'SCORE_POINT')).toMatchObject({ more: true });
  const [oldest] = await program.rows('select id from signal where account_id = $1 order by occurred_at limit 1', [uuidOf(id)]);
  const signal = `Signal_${String(oldest?.['id']).replaceAll('-', '')}`;
  const { lineage } = await program.see<{ lineage: { nodes: { id: string }[] } }>('query($id: ID!) { lineage(of: $id, direction: DOWNSTREAM) { nodes { id } } }', { id: signal });
  expect(lineage.nodes.map((node) => parseGlobalId(node.id)?.id)).toEqual([oldest?.['id'], point?.id, uuidOf(id)]);
});
