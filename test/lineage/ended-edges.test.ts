import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseGlobalId } from '../../src/platform/ids.ts';
import { arrange, type Arranged } from '../accounts/arrange.ts';

let program: Arranged;
beforeAll(async () => {
  program = await arrange();
});
afterAll(() => program.close());

interface Plan {
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
}

test('where a node derives from now is found without reading the edges that ended, however many', async () => {
  const id = parseGlobalId(await program.account('busy'))?.id;
  await program.rows('alter table lineage_edge disable trigger user');
  await program.rows(
    `insert into lineage_edge select $1, 'Account', $2, 'ScorePoint', uuidv7(), 'STANDS_AT', 'intent-score', '1', now() - interval '2 days' + n * interval '1 second', now() - interval '2 days' + (n + 1) * interval '1 second' from generate_series(1, 20000) n`,
    [program.tenant, id],
  );
  await program.rows(`insert into lineage_edge values ($1, 'Account', $2, 'ScorePoint', uuidv7(), 'STANDS_AT', 'intent-score', '1', now(), null)`, [program.tenant, id]);
  await program.rows('alter table lineage_edge enable trigger user');
  await program.rows('vacuum analyze lineage_edge');
  const current = `select from_id from lineage_edge where tenant_id = '${program.tenant}' and to_id = '${id}' and relation = 'STANDS_AT' and removed_at is null`;
  expect(await program.rows(current)).toHaveLength(1);
  const [row] = await program.rows(`explain (analyze, buffers, format json) ${current}`);
  const plan = (row as { 'QUERY PLAN': { Plan: Plan }[] } | undefined)?.['QUERY PLAN'][0]?.Plan;
  // By an index that has removed_at behind the source, these are hundreds.
  expect((plan?.['Shared Hit Blocks'] ?? NaN) + (plan?.['Shared Read Blocks'] ?? NaN)).toBeLessThan(20);
});
