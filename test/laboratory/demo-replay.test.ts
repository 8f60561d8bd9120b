import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadDemo, type DemoTenant } from '../../src/app/demo.ts';
import { reproduceScores } from '../../src/features/laboratory/reproduce-scores.ts';
import { scoreStandings } from '../../src/features/scoring/index.ts';
import type { Id } from '../../src/platform/ids.ts';
import { arrange, type Arranged } from '../accounts/arrange.ts';
import { laboratory } from './arrange.ts';

let program: Arranged;
let tenants: readonly DemoTenant[];
beforeAll(async () => {
  program = await arrange({ roles: ['api', 'outbox-relay', 'context-engine'] });
  tenants = await loadDemo({ ...program, highIntentThreshold: 75 });
  await program.settled();
  program.clock.advance(60_000);
}, 60_000);
afterAll(() => program.close());

test('a replay of the model in force over the demo gives every score that production stored, and every score at the end, bit for bit', async () => {
  expect(tenants).toHaveLength(2);
  for (const { id: tenant, slug } of tenants) {
    const { makeRun, replay, caller } = laboratory(() => ({ ...program, tenant }));
    const run = await makeRun({ days: 400 });
    const { metrics } = await replay(run, 7);
    const ids = (await program.rows('select id from account where tenant_id = $1', [tenant])).map(({ id }) => String(id) as Id<'Account'>);
    const points = await program.count('select from score_point where tenant_id = $1', [tenant]);
    expect(points, slug).toBeGreaterThan(0);
    expect(metrics, slug).toMatchObject({ accounts: ids.length, scoresCompared: points, scoresEqual: points, crossingsGained: 0, crossingsLost: 0 });
    const read = await program.database.transact(caller(), (work) => reproduceScores(work, ids, { until: run.windowTo, frozenAt: run.frozenAt }));
    expect({ points: read.points, equal: read.equal, differences: read.differences }, slug).toEqual({ points, equal: points, differences: [] });
    const shown = await program.database.transact(caller(), (work) => scoreStandings(work, ids, run.windowTo));
    const replayed = await program.rows('select account_id, production_score, candidate_score from lab.run_account where run_id = $1', [run.id]);
    expect(replayed, slug).toHaveLength(ids.length);
    for (const { account_id: id, production_score: production, candidate_score: candidate } of replayed) {
      expect([production, candidate], `${slug} ${String(id)}`).toEqual(Array(2).fill(shown.get(String(id) as Id<'Account'>)?.value ?? null));
    }
  }
});
