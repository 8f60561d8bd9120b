import type { HealthTrendAbsence, RevenueChangeAbsence, SignificanceReason, SnapshotHealthTrend } from './enums.ts';

/** What of a snapshot the next ones are compared with. */
export interface ComparedFigures {
  /** RFC 3339. */
  readonly takenAt: string;
  /** 0 to 100; null when there is none. */
  readonly overallHealthScore: number | null;
  readonly revenueMinor: number | null;
  readonly revenueCurrency: string | null;
}

/** The earlier snapshots that one is compared with. */
export interface EarlierSnapshots {
  /** The one before; null for the first, and where that one is no longer kept. */
  readonly previous: ComparedFigures | null;
  /** The last significant one; the first one until there is any. Null for the first. */
  readonly baseline: ComparedFigures | null;
  /** Those that a trend is made of, the latest first: at least `trendHoursApart` before this one, and before each other. At most two. */
  readonly apart: readonly ComparedFigures[];
  /** How many snapshots of the account there were. */
  readonly count: number;
}

/** From when on a change is significant. */
export interface SignificancePolicy {
  /** Health must move by more points than these. */
  readonly healthPoints: number;
  /** Revenue must move by more per cent than these. */
  readonly revenuePercent: number;
}

/** What changed since earlier snapshots. */
export interface Comparison {
  readonly revenueChangeMinor: number | null;
  /** Of the revenue before; negative for a loss. */
  readonly revenueChangePercent: number | null;
  /** Why one of the two is null. */
  readonly revenueChangeAbsent: RevenueChangeAbsence | null;
  readonly healthScoreChange: number | null;
  /** Points since the baseline; null where there is none, or one of the two has no health. */
  readonly healthChangeSinceBaseline: number | null;
  readonly healthTrend: SnapshotHealthTrend | null;
  /** Why there is no trend. */
  readonly healthTrendAbsent: HealthTrendAbsence | null;
  /** Whole days of 24 hours; null for the first. */
  readonly daysSinceLastSnapshot: number | null;
  readonly significantBecause: readonly SignificanceReason[];
}

/** What health must move by to have a direction. Points. */
const steady = 2;
const day = 86_400_000;
/** Differences of scores such as 70.3 − 65.3 are not to be significant by what a double cannot hold. */
const rounded = (value: number): number => Math.round(value * 1e9) / 1e9;

/**
 * Compares what was read of an account with earlier snapshots. A snapshot is significant if health or revenue moved by
 * more than the policy says since the one before, or since the last significant one: so a slow drift is significant once
 * it has come that far, and then begins anew. A changed currency, and a figure that became unknown or known, are
 * significant by themselves.
 */
export function compareSnapshots(present: ComparedFigures, earlier: EarlierSnapshots, policy: SignificancePolicy): Comparison {
  const { previous, baseline } = earlier;
  return {
    ...revenueChange(present, previous),
    healthScoreChange: healthChange(present, previous),
    healthChangeSinceBaseline: healthChange(present, baseline),
    ...trendOf(present, earlier),
    daysSinceLastSnapshot: previous ? Math.floor((Date.parse(present.takenAt) - Date.parse(previous.takenAt)) / day) : null,
    significantBecause: [...healthReasons(present, earlier, policy), ...revenueReasons(present, earlier, policy)],
  };
}

function healthChange(present: ComparedFigures, earlier: ComparedFigures | null): number | null {
  return present.overallHealthScore === null || !earlier || earlier.overallHealthScore === null ? null : rounded(present.overallHealthScore - earlier.overallHealthScore);
}

function healthReasons(present: ComparedFigures, { previous, baseline }: EarlierSnapshots, { healthPoints }: SignificancePolicy): SignificanceReason[] {
  const moved = (earlier: ComparedFigures | null): boolean => Math.abs(healthChange(present, earlier) ?? 0) > healthPoints;
  if (previous && (previous.overallHealthScore === null) !== (present.overallHealthScore === null)) return [present.overallHealthScore === null ? 'HEALTH_BECAME_UNKNOWN' : 'HEALTH_BECAME_KNOWN'];
  if (moved(previous)) return ['HEALTH_CHANGED'];
  return moved(baseline) ? ['HEALTH_DRIFTED'] : [];
}

function revenueReasons(present: ComparedFigures, { previous, baseline }: EarlierSnapshots, { revenuePercent }: SignificancePolicy): SignificanceReason[] {
  const moved = (earlier: ComparedFigures | null): boolean => {
    const { revenueChangeMinor: minor, revenueChangePercent: percent } = revenueChange(present, earlier);
    return percent === null ? minor !== null && minor !== 0 : Math.abs(percent) > revenuePercent;
  };
  if (previous && (previous.revenueMinor === null) !== (present.revenueMinor === null)) return [present.revenueMinor === null ? 'REVENUE_BECAME_UNKNOWN' : 'REVENUE_BECAME_KNOWN'];
  if (previous && previous.revenueCurrency !== present.revenueCurrency) return ['CURRENCY_CHANGED'];
  if (moved(previous)) return ['REVENUE_CHANGED'];
  return moved(baseline) ? ['REVENUE_DRIFTED'] : [];
}

function revenueChange(present: ComparedFigures, last: ComparedFigures | null): Pick<Comparison, 'revenueChangeMinor' | 'revenueChangePercent' | 'revenueChangeAbsent'> {
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

/** Over three snapshots that lie far enough apart, this one included. */
function trendOf(present: ComparedFigures, { apart, count }: EarlierSnapshots): Pick<Comparison, 'healthTrend' | 'healthTrendAbsent'> {
  const absent = (healthTrendAbsent: HealthTrendAbsence) => ({ healthTrend: null, healthTrendAbsent });
  const [second, first] = apart;
  if (count < 2) return absent('TOO_FEW');
  if (!second || !first) return absent('TOO_CLOSE');
  const moved = second.overallHealthScore === null ? null : healthChange(present, first);
  if (moved === null) return absent('UNKNOWN_HEALTH');
  return { healthTrend: moved > steady ? 'IMPROVING' : moved < -steady ? 'DECLINING' : 'STABLE', healthTrendAbsent: null };
}
