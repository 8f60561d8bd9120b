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
  const query = `{ accounts(first: 100) { totalCount edges { node { name status primaryChampion { name } healthTrends(first: 100) { totalCount } activities(first: 1) { totalCount } tickets(first: 1) { totalCount } kpis(first: 50) { edges { node { status value productId } } } health { ${healthFields} } } } } }`;
  type Shown = { accounts: { totalCount: number; edges: { node: { name: string; status: string; primaryChampion: object | null; healthTrends: { totalCount: number }; activities: { totalCount: number }; tickets: { totalCount: number }; kpis: { edges: { node: { status: string; value: string; productId: string | null } }[] }; health: ShownHealth } }[] } };
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
  // No customer is good at everything, and each product is used by itself.
  const kpis = portfolio.map((account) => account.kpis.edges.map(({ node }) => node));
  expect(kpis.filter((own) => new Set(own.map(({ status }) => status)).size < 2).length).toBeLessThan(5);
  const ofProducts = kpis.map((own) => own.filter(({ productId }) => productId !== null).map(({ value }) => value)).filter((values) => values.length > 1);
  expect(ofProducts.length).toBeGreaterThan(5);
  expect(ofProducts.filter((values) => new Set(values).size === 1).length).toBeLessThan(ofProducts.length / 3);
  expect(portfolio.every(({ activities }) => activities.totalCount > 0)).toBe(true);
  expect(portfolio.filter(({ tickets }) => tickets.totalCount > 0).length).toBeGreaterThan(25);
});
