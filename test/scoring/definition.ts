import { expect } from 'vitest';
import type { ScoredSignal } from '../../src/features/scoring/intent-score.ts';
import type { ScoringModel } from '../../src/features/scoring/scoring-model.ts';
import { hour } from './arbitraries.ts';

/** A signal that is learned of when it happens, unless said otherwise. */
export const signal = (type: string, occurredAt: number, recordedAt = occurredAt): ScoredSignal => ({ type, occurredAt, recordedAt });

/** The formula as it is written, over all signals: what the analytic state is compared with. */
export function rawByDefinition(signals: readonly ScoredSignal[], model: ScoringModel, at: { fit: number; t: number }): number {
  let raw = 0;
  for (const { type, weight, halfLifeHours, cap } of model.signalTypes) {
    let sum = 0;
    for (const one of signals.filter((candidate) => candidate.type === type)) {
      const age = at.t - Math.min(one.occurredAt, one.recordedAt);
      sum += weight * 2 ** (-age / (halfLifeHours * hour));
    }
    const most = cap === null ? Infinity : -model.saturation * Math.log(1 - cap / 100);
    raw += Math.sign(sum) * Math.min(Math.abs(sum), most);
  }
  return Math.max(0, at.fit * raw);
}

/** Whether two numbers are equal up to a share of the larger one. */
export function expectClose(actual: number, expected: number, relative: number): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(relative * Math.max(Math.abs(actual), Math.abs(expected)) + 1e-200);
}
