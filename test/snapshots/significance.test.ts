import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { roles } from '../../src/app/config.ts';
import { compareSnapshots, type ComparedFigures, type Comparison } from '../../src/features/snapshots/compare-snapshots.ts';
import { arrange, crm, dataOf, type Arranged } from '../accounts/arrange.ts';
import { create, read } from './arrange.ts';

const policy = { healthPoints: 5, revenuePercent: 10 };
const figures = (overallHealthScore: number | null, revenueMinor: number | null = null, revenueCurrency = 'USD'): ComparedFigures => ({ takenAt: '2026-11-21T00:00:00.000Z', overallHealthScore, revenueMinor, revenueCurrency: revenueMinor === null ? null : revenueCurrency });

/** Compares a row of snapshots as they are taken one after the other. */
function compareAll(row: readonly ComparedFigures[]): Comparison[] {
  let [previous, baseline]: (ComparedFigures | null)[] = [null, null];
  return row.map((present, count) => {
    const comparison = compareSnapshots(present, { previous: previous ?? null, baseline: baseline ?? null, apart: [], count }, policy);
    if (count === 0 || comparison.significantBecause.length > 0) baseline = present;
    previous = present;
    return comparison;
  });
}

describe('significance', () => {
  test('slow drift is flagged once it exceeds the threshold, and begins anew from there', () => {
    const because = compareAll([80, 76, 72, 68, 64, 60].map((score) => figures(score))).map(({ significantBecause }) => significantBecause);
    expect(because).toEqual([[], [], ['HEALTH_DRIFTED'], [], ['HEALTH_DRIFTED'], []]);
    expect(compareAll([1_000, 1_080, 1_160, 1_200].map((minor) => figures(50, minor))).map(({ significantBecause }) => significantBecause)).toEqual([[], [], ['REVENUE_DRIFTED'], []]);
  });

  test('no health ever lies further from the last significant one than the threshold without being significant itself', () => {
    const tenths = fc.integer({ min: 0, max: 1_000 }).map((value) => value / 10);
    const steps = fc.array(fc.integer({ min: -60, max: 60 }).map((value) => value / 10), { minLength: 1, maxLength: 60 });
    fc.assert(fc.property(tenths, steps, (start, moves) => {
      const row = moves.reduce((scores, move) => [...scores, Math.min(100, Math.max(0, (scores.at(-1) ?? 0) + move))], [start]);
      let baseline = start;
      for (const [place, { significantBecause, healthChangeSinceBaseline }] of compareAll(row.map((score) => figures(score))).entries()) {
        const score = row[place] ?? 0;
        const drift = Math.round((score - baseline) * 1e9) / 1e9;
        if (place > 0) expect(healthChangeSinceBaseline).toBe(drift);
        const moved = Math.abs(Math.round((score - (row[place - 1] ?? score)) * 1e9) / 1e9) > 5;
        expect(significantBecause).toEqual(place === 0 ? [] : moved ? ['HEALTH_CHANGED'] : Math.abs(drift) > 5 ? ['HEALTH_DRIFTED'] : []);
        if (significantBecause.length > 0) baseline = score;
      }
    }));
  });

  test('a changed currency, and what became unknown or known, are significant, each with its reason', () => {
    const row = [figures(50, 100), figures(null, 100), figures(null, 100, 'EUR'), figures(50, null), figures(50, null), figures(52, 100), figures(52, 100)];
    expect(compareAll(row).map(({ significantBecause }) => significantBecause)).toEqual([
      [], ['HEALTH_BECAME_UNKNOWN'], ['CURRENCY_CHANGED'], ['HEALTH_BECAME_KNOWN', 'REVENUE_BECAME_UNKNOWN'], [], ['REVENUE_BECAME_KNOWN'], [],
    ]);
  });
});

let program: Arranged;
beforeAll(async () => {
  program = await arrange({ roles: roles.filter((role) => role !== 'scheduler') });
});
afterAll(() => program?.close());

const measure = (name: string, overallScore: number) => program.upsert('healthTrends', [{ account: { externalRef: crm(name) }, externalRef: crm(name), year: 2026, month: 11, overallScore }]);
async function taken(name: string, id: string, overallScore: number, hours: number): Promise<Record<string, unknown>> {
  await measure(name, overallScore);
  const snapshot = await read(program, (await create(program, [id])).snapshots[0]?.id ?? '');
  program.clock.advance(hours * 3_600_000);
  return snapshot;
}

test('stored snapshots name the one that drift is measured from, in their lineage, too', async () => {
  const id = await program.account('drifts');
  const all: Record<string, unknown>[] = [];
  for (const score of [80, 76, 72, 68, 64, 60]) all.push(await taken('drifts', id, score, 24));
  expect(all.map(({ significantBecause, baseline, healthChangeSinceBaseline }) => [significantBecause, (baseline as { sequenceNumber: number } | null)?.sequenceNumber ?? null, healthChangeSinceBaseline])).toEqual([
    [[], null, null], [[], 1, -4], [['HEALTH_DRIFTED'], 1, -8], [[], 3, -4], [['HEALTH_DRIFTED'], 3, -8], [[], 5, -4],
  ]);
  const compared = await program.rows(`select e.from_id from lineage_edge e join account_snapshot s on s.id = e.to_id where e.relation = 'COMPARED' and s.sequence_number = 5 and s.account_id = (select id from account where name = 'drifts')`);
  expect(compared).toHaveLength(2);
  expect((await program.facts('snapshot.created')).filter(({ data }) => data['significant'] === true)).toHaveLength(2);
});

test('three snapshots within seconds are no trend; three that lie far enough apart are, whatever was taken between them', async () => {
  const id = await program.account('hasty');
  const trends: unknown[] = [];
  const step = async (score: number, hours: number) => trends.push(await taken('hasty', id, score, hours).then(({ healthTrend, healthTrendAbsent }) => healthTrend ?? healthTrendAbsent));
  for (const score of [50, 60, 70]) await step(score, 1 / 3_600);
  await step(60, 24);
  await step(60, 24);
  // 60 now, 60 a day ago, and 60 the day before.
  await step(70, 0);
  await step(30, 0);
  expect(trends).toEqual(['TOO_FEW', 'TOO_FEW', 'TOO_CLOSE', 'TOO_CLOSE', 'TOO_CLOSE', 'IMPROVING', 'DECLINING']);
  const saved = await program.query<{ saveSnapshotPolicy: object }, Record<string, unknown>>('mutation($input: SnapshotPolicyInput!) { saveSnapshotPolicy(input: $input) { __typename ... on SnapshotPolicy { trendHoursApart healthPoints } ... on UserError { path } } }', { input: { trendHoursApart: 0 } }, { role: 'admin' });
  expect(dataOf(saved).saveSnapshotPolicy).toEqual({ __typename: 'SnapshotPolicy', trendHoursApart: 0, healthPoints: 5 });
  trends.length = 0;
  for (const score of [70, 71, 72]) await step(score, 1 / 3_600);
  expect(trends.at(-1)).toBe('STABLE');
  const refused = await program.query<{ saveSnapshotPolicy: object }, Record<string, unknown>>('mutation { saveSnapshotPolicy(input: { trendHoursApart: -1 }) { __typename ... on UserError { path } } }', {}, { role: 'admin' });
  expect(dataOf(refused).saveSnapshotPolicy).toEqual({ __typename: 'InvalidInputError', path: ['input', 'trendHoursApart'] });
});
