import { afterAll, beforeAll, expect, test } from 'vitest';
import { defaultScoringModelParameters, publishScoringModel, rescoreNext } from '../../src/features/scoring/index.ts';
import { parseGlobalId, type Id } from '../../src/platform/ids.ts';
import { arrange, type Arranged } from '../accounts/arrange.ts';

let program: Arranged;
beforeAll(async () => {
  // The scheduler stays out: the test runs the job.
  program = await arrange({ roles: ['api'] });
});
afterAll(() => program.close());

test('one transaction of a rescoring takes few thousand signals, or one account', async () => {
  const many = `insert into signal (tenant_id, id, account_id, type, source, dedupe_key, occurred_at, recorded_at, payload, request_id)
    select $1, uuidv7(), $2, 'meeting', 'test', 'large ' || uuidv7(), $3, $3, '{}', 'test' from generate_series(1, $4::int) n`;
  const caller = { tenantId: program.tenant, actor: { kind: 'system', id: 'test' }, requestId: 'test' } as const;
  const sizes = [1_500, 1_500, 1_500, 4_500, 10, 10];
  for (const [index, size] of sizes.entries()) await program.rows(many, [program.tenant, parseGlobalId(await program.account(`large-${index}`))?.id, program.clock.now(), size]);
  await program.database.transact(caller, (work) => publishScoringModel(work, defaultScoringModelParameters(75)));
  const rescored = async (): Promise<{ accounts: number; signals: number }> => {
    const [row] = await program.rows(`select count(*)::int as accounts, coalesce(sum((select count(*) from signals_counted_at(p.tenant_id, p.account_id, p.recorded_at, p.model_version, null)) + coalesce(cardinality(p.counted), 0)), 0)::int as signals
      from score_point p where cause = 'MODEL' and model_version = (select max(version) from scoring_model where tenant_id = $1)`, [program.tenant]);
    return row as unknown as { accounts: number; signals: number };
  };
  const taken: { accounts: number; signals: number }[] = [];
  for (let after: Id<'Account'> | null = null, before = await rescored(); ; ) {
    const from: Id<'Account'> | null = after;
    after = await program.database.transact(caller, (work) => rescoreNext(work, from));
    if (after === null) break;
    const now = await rescored();
    taken.push({ accounts: now.accounts - before.accounts, signals: now.signals - before.signals });
    before = now;
  }
  expect(taken.map(({ accounts, signals }) => [accounts, signals])).toEqual([[2, 3_000], [1, 1_500], [1, 4_500], [2, 20]]);
});
