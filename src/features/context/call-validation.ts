import type { CallOutcome } from './enums.ts';

/** How a figure from a call compares with the deal. */
export interface CallComparison {
  readonly outcome: CallOutcome;
  /** Figure / baseline, rounded to two decimals; null without a baseline. */
  readonly ratio: number | null;
}

// The factor has at most four decimals, so that comparisons are exact.
const factorUnits = 10_000;

/**
 * Compares a figure extracted from a call with the deal's amount, both in minor units of one currency: ANOMALY_HIGH above
 * baseline x factor, ANOMALY_LOW below baseline / factor. A baseline of 0 or less is none.
 */
export function compareWithBaseline(extractedMinor: number, baselineMinor: number | null, factor: number): CallComparison {
  if (baselineMinor === null || baselineMinor <= 0) return { outcome: 'NO_BASELINE', ratio: null };
  const [extracted, baseline, times] = [BigInt(extractedMinor), BigInt(baselineMinor), BigInt(Math.round(factor * factorUnits))];
  const isHigh = extracted * BigInt(factorUnits) > baseline * times;
  const isLow = extracted * times < baseline * BigInt(factorUnits);
  return { outcome: isHigh ? 'ANOMALY_HIGH' : isLow ? 'ANOMALY_LOW' : 'OK', ratio: roundedRatio(extracted, baseline) };
}

/** Half up, in whole hundredths; figures are never negative. */
function roundedRatio(extracted: bigint, baseline: bigint): number {
  return Number((extracted * 200n + baseline) / (baseline * 2n)) / 100;
}
