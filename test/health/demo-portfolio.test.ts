import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadDemo } from '../../src/app/demo.ts';
import { arrange, dataOf, type Arranged } from '../accounts/arrange.ts';
import { healthFields, type ShownHealth } from './arrange.ts';

let program: Arranged;
beforeAll(async () => {
  program = await arrange();
});
afterAll(() => program.close());

test('the demo is a portfolio: fifty accounts, each source of health, and every category', async () => {
  const [tenant] = await loadDemo({ ...program, highIntentThreshold: 75 });
  const token = await program.token('viewer', { tenant: tenant?.id ?? '' });
  const query = `{ accounts(first: 100) { totalCount edges { node { name status primaryChampion { name } healthTrends(first: 100) { totalCount } health { ${healthFields} } } } } }`;
  type Shown = { accounts: { totalCount: number; edges: { node: { name: string; status: string; primaryChampion: object | null; healthTrends: { totalCount: number }; health: ShownHealth } }[] } };
  const { accounts } = dataOf(await program.query<Shown, Record<string, unknown>>(query, {}, { token }));
  expect(accounts.totalCount).toBe(50);
  const all = accounts.edges.map(({ node }) => node);
  const portfolio = all.filter(({ primaryChampion }) => primaryChampion !== null);
  expect(portfolio).toHaveLength(45);
  for (const source of ['TREND', 'PROXY', 'NONE']) expect(all.filter(({ health }) => health.healthSource === source).length, source).toBeGreaterThan(1);
  expect(portfolio.filter(({ healthTrends }) => healthTrends.totalCount === 12).length).toBeGreaterThan(25);
  expect(new Set(all.map(({ status }) => status)).size).toBe(4);
  const counts = (of: string): number => portfolio.reduce((sum, { health }) => sum + (health.kpiCounts[of] ?? 0), 0);
  for (const of of ['critical', 'atRisk', 'healthy', 'unknown', 'productLevel']) expect(counts(of), of).toBeGreaterThan(of === 'unknown' ? 0 : 20);
  // Few cannot be judged, and the program's own model has thresholds for the rest.
  expect(counts('unknown')).toBeLessThan(counts('total') / 20);
});
