import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadDemo } from '../../src/app/demo.ts';
import { portfolioAccounts } from '../../src/app/demo-portfolio.ts';
import { demoYearCourses, demoYearFiles, demoYearName, loadDemoYear } from '../../src/app/demo-year.ts';
import { roles } from '../../src/app/config.ts';
import { statement } from '../../src/platform/postgres/statement.ts';
import { startTestProgram, until, type TestProgram } from '../harness/program.ts';

const stored = statement<{ metrics: Record<string, unknown> }>('metrics_of_demo_year', 'select metrics from lab.experiment_run where tenant_id = $1');

let program: TestProgram;
beforeAll(async () => {
  program = await startTestProgram({ roles: roles.filter((role) => ['api', 'laboratory'].includes(role)) });
});
afterAll(() => program.close());

test('the year is small, and every account of it has its course', () => {
  const { signals, outcomes } = demoYearFiles(Date.parse('2026-11-30T00:00:00Z'), portfolioAccounts);
  const rows = signals.split('\n').slice(1);
  expect(rows.length).toBeLessThanOrEqual(6_000);
  expect(new Set(rows.map((row) => row.split(',')[0])).size).toBe(Object.values(demoYearCourses).reduce((sum, { accounts }) => sum + accounts, 0));
  expect(outcomes.split('\n').length - 1).toBe(32);
});

test('the known answer is recovered: who is flagged rightly, by the candidate and by production, and what always flagging nobody is worth', async () => {
  const [demo] = await loadDemo({ ...program, highIntentThreshold: 75 });
  if (!demo) throw new Error('the demo has no tenant');
  await loadDemoYear(program.database, demo.id, portfolioAccounts);
  await loadDemoYear(program.database, demo.id, portfolioAccounts);
  const token = await program.token('analyst', { tenant: demo.id });
  interface Shown { readonly name: string; readonly description: string; readonly runs: readonly { readonly id: string; readonly status: string; readonly failure: string | null; readonly metrics: Record<string, unknown> }[] }
  const experiment = await until('the run of the year is completed', async () => {
    const { data } = await program.query<{ experiments: { edges: { node: Shown }[] } }, never>('{ experiments(first: 10) { edges { node { name description runs { id status failure metrics { precision recall meanLeadTimeHours crossingsGained crossingsLost } } } } } }', undefined, { token });
    const found = data?.experiments.edges.map(({ node }) => node) ?? [];
    return found[0]?.runs[0]?.status === 'COMPLETED' && found;
  });
  expect(experiment).toMatchObject([{ name: demoYearName, description: expect.stringContaining('Synthetic data') as string, runs: [{ metrics: { precision: 17 / 19, recall: 17 / 18, crossingsGained: 15, crossingsLost: 12 } }] }]);
  const [run] = experiment[0]?.runs ?? [];
  expect(run?.metrics['meanLeadTimeHours']).toBeGreaterThan(20 * 24);
  expect(run?.metrics['meanLeadTimeHours']).toBeLessThan(60 * 24);
  const metrics = await program.database.lab({ tenantId: demo.id, actor: { kind: 'system', id: 'test' }, requestId: 'test' }, async (work) => (await work.rows(stored, [demo.id]))[0]?.metrics);
  expect(metrics).toMatchObject({ won: 18, lost: 14, models: { CANDIDATE: { flagged: 19, hits: 17 }, PRODUCTION: { flagged: 16, hits: 4, precision: { value: 0.25 }, recall: { value: 4 / 18 } }, NOTHING: { flagged: 0, recall: { value: 0 } } } });
});
