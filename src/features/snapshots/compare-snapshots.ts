import type { RevenueChangeAbsence, SignificanceReason, SnapshotHealthTrend } from './enums.ts';

/** What of a snapshot the next ones are compared with. */
export interface ComparedFigures {
  /** RFC 3339. */
  readonly takenAt: string;
  /** 0 to 100; null when there is none. */
  readonly overallHealthScore: number | null;
  readonly revenueMinor: number | null;
  readonly revenueCurrency: string | null;
}

/** From when on a change is significant. */
export interface SignificancePolicy {
  /** Health must move by more points than these. */
  readonly healthPoints: number;
  /** Revenue must move by more per cent than these. */
  readonly revenuePercent: number;
}

/** What changed since the snapshot before. */
export interface Comparison {
  readonly revenueChangeMinor: number | null;
  /** Of the revenue before; negative for a loss. */
  readonly revenueChangePercent: number | null;
  /** Why one of the two is null. */
  readonly revenueChangeAbsent: RevenueChangeAbsence | null;
  readonly healthScoreChange: number | null;
  readonly healthTrend: SnapshotHealthTrend | null;
  /** Whole days of 24 hours; null for the first. */
  readonly daysSinceLastSnapshot: number | null;
  readonly significantBecause: readonly SignificanceReason[];
}

/** What health must move by to have a direction. Points. */
const steady = 2;
const day = 86_400_000;
/** Differences of scores such as 70.3 − 65.3 are not to be significant by what a double cannot hold. */
const rounded = (value: number): number => Math.round(value * 1e9) / 1e9;

/** Compares what was read of an account with its last snapshots, the latest first; two are enough. */
export function compareSnapshots(present: ComparedFigures, earlier: readonly ComparedFigures[], policy: SignificancePolicy): Comparison {
  const [last] = earlier;
  const revenue = revenueChange(present, last);
  const healthScoreChange = present.overallHealthScore === null || !last || last.overallHealthScore === null ? null : rounded(present.overallHealthScore - last.overallHealthScore);
  const because: SignificanceReason[] = [];
  if (healthScoreChange !== null && Math.abs(healthScoreChange) > policy.healthPoints) because.push('HEALTH_CHANGED');
  const { revenueChangeMinor: minor, revenueChangePercent: percent } = revenue;
  if (percent === null ? minor !== null && minor !== 0 : Math.abs(percent) > policy.revenuePercent) because.push('REVENUE_CHANGED');
  return {
    ...revenue,
    healthScoreChange,
    healthTrend: trendOf([present, ...earlier]),
    daysSinceLastSnapshot: last ? Math.floor((Date.parse(present.takenAt) - Date.parse(last.takenAt)) / day) : null,
    significantBecause: because,
  };
}

function revenueChange(present: ComparedFigures, last: ComparedFigures | undefined): Pick<Comparison, 'revenueChangeMinor' | 'revenueChangePercent' | 'revenueChangeAbsent'> {
  const none = (revenueChangeAbsent: RevenueChangeAbsence) => ({ revenueChangeMinor: null, revenueChangePercent: null, revenueChangeAbsent });
  if (!last) return none('FIRST_SNAPSHOT');
  if (present.revenueMinor === null) return none('UNKNOWN_NOW');
  if (last.revenueMinor === null) return none('UNKNOWN_BEFORE');
  if (present.revenueCurrency !== last.revenueCurrency) return none('CURRENCY_CHANGED');
  const revenueChangeMinor = present.revenueMinor - last.revenueMinor;
  // Percent of nothing is nothing that could be said.
  if (last.revenueMinor === 0) return { revenueChangeMinor, revenueChangePercent: null, revenueChangeAbsent: 'NOTHING_BEFORE' };
  return { revenueChangeMinor, revenueChangePercent: rounded((revenueChangeMinor / Math.abs(last.revenueMinor)) * 100), revenueChangeAbsent: null };
}

/** Over the last three, this one included; null with fewer, or where one of them has no health. */
function trendOf(latestFirst: readonly ComparedFigures[]): SnapshotHealthTrend | null {
  const three = latestFirst.slice(0, 3).map(({ overallHealthScore }) => overallHealthScore);
  const [now, , first] = three;
  if (three.length < 3 || three.includes(null) || typeof now !== 'number' || typeof first !== 'number') return null;
  const moved = rounded(now - first);
  return moved > steady ? 'IMPROVING' : moved < -steady ? 'DECLINING' : 'STABLE';
}
